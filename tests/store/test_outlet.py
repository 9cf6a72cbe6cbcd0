"""A result goes through a region whole and in order, however it is cut."""

from __future__ import annotations

import mmap
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.store.evaluate import Outlet, TooLarge


class Reader:
    """Who reads what an outlet hands on; `outlet` makes one that it reads."""

    def __init__(self, size: int = 1 << 16) -> None:
        self.region = mmap.mmap(-1, size)
        self.pieces: list[bytes] = []
        self.waits = 0

    def send(self, begin: int, end: int) -> None:
        self.pieces.append(self.region[begin:end])

    def wait(self) -> None:
        self.waits += 1

    def outlet(self, most: int = 1 << 20, **more: Any) -> Outlet:
        return Outlet(self.region, self.send, self.wait, most, **more)

    def whole(self, outlet: Outlet) -> bytes:
        begin, end = outlet.last()
        return b"".join([*self.pieces, self.region[begin:end]])


def outlet(most: int, **more: Any) -> Outlet:
    """An outlet whose bytes nobody reads."""
    return Reader().outlet(most, **more)


def test_more_bytes_than_allowed_end_the_result() -> None:
    outlet(10).write(b"x" * 10)
    with pytest.raises(TooLarge):
        outlet(10).write(b"x" * 11)
    written = outlet(10, first=1, piece=1)
    written.write(b"x" * 8)
    with pytest.raises(TooLarge):
        written.write(b"x" * 3)
    later = outlet(10, first=4, delay=60)
    later.write(b"x" * 4)
    with pytest.raises(TooLarge):
        later.write(b"x" * 7)


@given(
    writes=st.lists(st.binary(max_size=200), max_size=20),
    size=st.integers(1, 64),
    first=st.integers(1, 100),
    piece=st.integers(1, 100),
)
def test_what_a_region_cannot_hold_is_written_once_it_has_been_read(
    writes: list[bytes], size: int, first: int, piece: int
) -> None:
    reader = Reader(size)
    written = reader.outlet(first=first, piece=piece)
    for data in writes:
        assert written.write(data) == len(data)
    whole = b"".join(writes)
    assert reader.whole(written) == whole
    assert written.size == len(whole)
    assert reader.waits == max(-(-len(whole) // size) - 1, 0)


def test_a_piece_that_is_small_goes_when_the_last_went_some_time_ago() -> None:
    reader = Reader()
    written = reader.outlet(delay=0)
    written.write(b"x")
    assert reader.pieces == [b"x"]

"""A result goes through a region whole and in order, and its solutions are counted however it is cut."""

from __future__ import annotations

import io
import mmap
from itertools import pairwise
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.store.evaluate import SOLUTIONS, Outlet, TooLarge
from sergekg.store.rows import Rows, least_bytes

TEXTS = ["plain", 'quotes " and \\ backslashes', "braces } , { [ ]", "a line\nand another", ""]

LIKE_ROWS = ['[{"a":1},{"b":2}]', "},{", "x\r\ny", "\r", "</result>", "[]}}"]


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

    def outlet(self, most: int = 1 << 20, counter: Rows | None = None, **more: Any) -> Outlet:
        return Outlet(self.region, self.send, self.wait, most, counter, **more)

    def whole(self, outlet: Outlet) -> bytes:
        begin, end = outlet.last()
        return b"".join([*self.pieces, self.region[begin:end]])


def outlet(counter: Rows | None, most: int = 1 << 20, **more: Any) -> Outlet:
    """An outlet whose bytes nobody reads."""
    return Reader().outlet(most, counter, **more)


def document(rows: list[list[str | None]], format: str) -> bytes:
    """A result as the engine writes it; None leaves a variable unbound."""
    cells = ["(" + " ".join("UNDEF" if c is None else _literal(c) for c in row) + ")" for row in rows]
    found = ox.Store().query(f"SELECT ?a ?b {{ VALUES (?a ?b) {{ {' '.join(cells)} }} }}")
    out = io.BytesIO()
    assert isinstance(found, ox.QuerySolutions)
    found.serialize(out, SOLUTIONS[format])
    return out.getvalue()


def _literal(text: str) -> str:
    return str(ox.Literal(text))


@pytest.mark.parametrize("format", sorted(SOLUTIONS))
@given(
    rows=st.lists(st.lists(st.sampled_from([None, *TEXTS[:3]]), min_size=2, max_size=2), max_size=5),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_every_solution_counts_once(format: str, rows: list[list[str | None]], cuts: list[int]) -> None:
    data = document(rows, format)
    written = outlet(Rows(format), first=1, piece=1)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    for begin, end in pairwise(places):
        written.write(data[begin:end])
    written.last()
    assert written.rows == len(rows)


@pytest.mark.parametrize("format", ["xml", "tsv"])
def test_where_the_engine_escapes_the_marks_no_literal_counts(format: str) -> None:
    written = outlet(Rows(format))
    written.write(document([[text, None] for text in LIKE_ROWS], format))
    written.last()
    assert written.rows == len(LIKE_ROWS)


@pytest.mark.parametrize("format", ["json", "csv"])
@given(rows=st.lists(st.lists(st.sampled_from([None, *LIKE_ROWS]), min_size=2, max_size=2), max_size=5))
def test_a_literal_that_looks_like_a_row_never_hides_one(format: str, rows: list[list[str | None]]) -> None:
    """So a result that the row limit cut always says so; one that was not may say so too."""
    reader = Reader()
    written = reader.outlet(counter=Rows(format), first=1, piece=1)
    written.write(document(rows, format))
    assert reader.whole(written) == document(rows, format)
    counted = written.rows
    assert counted is not None
    assert counted >= len(rows)


@pytest.mark.parametrize("format", ["json", "xml", "tsv"])
def test_line_breaks_and_quotes_in_literals_are_no_rows(format: str) -> None:
    written = outlet(Rows(format))
    written.write(document([[text, None] for text in TEXTS], format))
    written.last()
    assert written.rows == len(TEXTS)


def test_more_bytes_than_allowed_end_the_result() -> None:
    outlet(None, 10).write(b"x" * 10)
    with pytest.raises(TooLarge):
        outlet(None, 10).write(b"x" * 11)
    written = outlet(None, 10, first=1, piece=1)
    written.write(b"x" * 8)
    with pytest.raises(TooLarge):
        written.write(b"x" * 3)


@pytest.mark.parametrize("format", sorted(SOLUTIONS))
@pytest.mark.parametrize("size", [1, 40, 1000])
@pytest.mark.parametrize("region", [64, 1 << 16])
def test_solutions_are_counted_as_soon_as_there_may_be_too_many(format: str, size: int, region: int) -> None:
    rows: list[list[str | None]] = [[None, None]] * size
    data = document(rows, format)
    for limit in (1, 30, size, size + 1, 10 * size):
        reader = Reader(region)
        written = reader.outlet(
            counter=Rows(format), first=16, piece=16, uncounted=least_bytes(limit, format)
        )
        for begin in range(0, len(data), 7):
            written.write(data[begin : begin + 7])
        assert reader.whole(written) == data
        found = written.rows
        assert (found or 0) >= limit if size >= limit else found in (None, size)


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


def test_what_never_needs_counting_is_not_counted() -> None:
    written = outlet(Rows("tsv"), first=1, piece=1, uncounted=None)
    written.write(b"?a\n")
    written.write(b"1\n" * 1000)
    written.last()
    assert written.rows is None

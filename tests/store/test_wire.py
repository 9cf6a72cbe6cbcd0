"""Frames arrive as they were sent, and whole."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from sergekg.store.wire import DATA, END, PIECE, Channel, Frame, pack, pack_place


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    """Both ends of a connection."""
    one, other = socket.socketpair()
    one.settimeout(20)
    other.settimeout(20)
    yield Channel(one), Channel(other)
    one.close()
    other.close()


def test_a_whole_frame_is_waited_for(ends: tuple[Channel, Channel]) -> None:
    sender, receiver = ends
    frame = pack(DATA, b"x" * 100_000)
    receiver.socket.settimeout(0.01)
    sender.send(frame[:60_000])
    with pytest.raises(TimeoutError):
        receiver.receive()
    sender.send(frame[60_000:], pack(END, {}))
    assert receiver.receive() == Frame(DATA, b"x" * 100_000)
    assert receiver.receive() == Frame(END, b"{}")


def test_who_goes_in_the_middle_of_a_frame_is_gone(ends: tuple[Channel, Channel]) -> None:
    sender, receiver = ends
    sender.send(pack(END, {}), pack(DATA, b"x" * 1000)[:500])
    sender.close()
    assert receiver.receive() == Frame(END, b"{}")
    assert receiver.receive() is None


def test_a_piece_is_where_its_frame_says(ends: tuple[Channel, Channel]) -> None:
    sender, receiver = ends
    sender.send(pack_place(3, 6))
    frame = receiver.receive()
    assert frame is not None
    assert frame.kind == PIECE
    assert b"abcdefgh"[frame.place] == b"def"

"""Frames arrive as they were sent, whole or, of data, as far as they are there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from sergekg.store.wire import DATA, END, HEAD, Channel, Frame, pack


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    """Both ends of a connection."""
    one, other = socket.socketpair()
    one.settimeout(20)
    other.settimeout(20)
    yield Channel(one), Channel(other)
    one.close()
    other.close()


def _all(channel: Channel) -> list[Frame]:
    return list(iter(channel.receive_piece, None))


def test_data_larger_than_what_the_system_holds_comes_in_pieces(ends: tuple[Channel, Channel]) -> None:
    sender, receiver = ends
    parts = [bytes([n]) * 50_000 for n in range(40)]

    def send() -> None:
        sender.send_data([pack(HEAD, {"kind": "graph"})], parts)
        sender.send_data([], parts)
        sender.send(pack(DATA, b""), pack(END, {"rows": None}))
        sender.close()

    thread = threading.Thread(target=send)
    thread.start()
    frames = _all(receiver)
    thread.join()
    assert [frame.kind for frame in (frames[0], frames[-1])] == [HEAD, END]
    assert {frame.kind for frame in frames[1:-1]} == {DATA}
    assert len(frames) > 6
    assert b"".join(frame.body for frame in frames[1:-1]) == b"".join(parts) * 2
    assert frames[-1].value == {"rows": None}


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


def test_who_goes_in_the_middle_of_data_is_gone(ends: tuple[Channel, Channel]) -> None:
    sender, receiver = ends
    sender.send(pack(DATA, b"x" * 1000)[:500])
    sender.close()
    assert b"".join(frame.body for frame in _all(receiver)) == b"x" * 495
    assert receiver.receive() is None

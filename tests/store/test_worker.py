"""What a worker does while no job comes belongs to one thread, and waits for none."""

from __future__ import annotations

import mmap
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from itertools import count, groupby
from typing import Any

import pytest

from sergekg.store.wire import END, ERROR, FULL, HEAD, JOB, PIECE, SETTLE, TAKEN, Channel, pack
from sergekg.store.worker import _without_limit, run_worker

JOBS = {"text": "ASK {}", "seconds": 60, "bytes": 1, "rows": None, "formats": {}}


class GivesWay:
    """An engine whose every query is made to give way to others, and fails."""

    def query(self, *_: Any) -> Any:
        os.setpriority(os.PRIO_PROCESS, 0, 19)
        raise ValueError("as it were")


class Endless:
    """An engine whose every result goes on for ever."""

    kind = "solutions"

    def query(self, *_: Any) -> Endless:
        return self

    def serialize(self, output: Any, _format: Any) -> None:
        for number in count():
            output.write(b"%08d" % number)


class LacksMemory:
    """An engine whose every result is too much for its process."""

    def query(self, *_: Any) -> Any:
        raise MemoryError


def _endless() -> Iterator[None]:
    home = threading.current_thread()  # numbers of threads come again
    while True:
        if threading.current_thread() is not home:
            os._exit(3)
        time.sleep(0.001)
        yield


@pytest.mark.slow
def test_a_worker_that_gives_way_while_it_settles_begins_that_anew() -> None:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        run_worker(theirs, mmap.mmap(-1, 1), GivesWay, 1 << 30, _endless)  # type: ignore[arg-type]
        os._exit(0)
    theirs.close()
    ours.settimeout(20)
    channel = Channel(ours)
    channel.send(pack(SETTLE), pack(JOB, JOBS))
    for _ in range(3):
        frame = channel.receive()
        assert frame is not None
        assert frame.kind == ERROR
        assert frame.value["message"] == "as it were"
        time.sleep(0.7)  # it settles
        channel.send(pack(JOB, JOBS))
    assert channel.receive() is not None
    channel.close()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_a_worker_that_lacks_memory_ends_without_a_word(capfd: pytest.CaptureFixture[str]) -> None:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        run_worker(theirs, mmap.mmap(-1, 1), LacksMemory, 1 << 30)
        os._exit(0)
    theirs.close()
    channel = Channel(ours)
    channel.send(pack(JOB, JOBS))
    assert channel.receive() is None
    channel.close()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    assert capfd.readouterr().err == ""


def test_what_is_shared_is_written_again_when_it_was_taken_and_who_has_gone_is_not_waited_for() -> None:
    ours, theirs = socket.socketpair()
    region = mmap.mmap(-1, 64)
    pid = os.fork()
    if pid == 0:
        ours.close()
        run_worker(theirs, region, Endless, 1 << 30)  # type: ignore[arg-type]
        os._exit(0)
    theirs.close()
    ours.settimeout(20)
    channel = Channel(ours)
    channel.send(pack(JOB, JOBS | {"bytes": 1 << 20, "formats": {"solutions": "tsv"}}))
    said, taken = [], []
    while said.count(FULL) < 2:
        frame = channel.receive()
        assert frame is not None
        said.append(frame.kind)
        if frame.kind == PIECE:
            taken.append(region[frame.place])
        elif frame.kind == FULL and said.count(FULL) == 1:
            time.sleep(0.1)
            assert region[:8] == b"00000000", "it was not taken yet"
            channel.send(pack(TAKEN))
    assert [kind for kind, _ in groupby(said)] == [HEAD, PIECE, FULL, PIECE, FULL]
    assert b"".join(taken) == b"".join(b"%08d" % number for number in range(16))
    channel.close()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_what_was_read_beside_a_frame_is_not_waited_for() -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(theirs)
    Channel(ours).send(pack(SETTLE), pack(JOB, JOBS))
    assert not channel.holds_more
    assert channel.receive() is not None
    assert channel.holds_more
    assert channel.receive() is not None
    assert not channel.holds_more
    ours.close()
    theirs.close()


class Once:
    """An engine whose result is empty, and takes its time and memory."""

    kind = "solutions"

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = b""

    def query(self, *_: Any) -> Once:
        time.sleep(0.06)
        self._held = os.urandom(self._size)
        return self

    def serialize(self, *_: Any) -> None:
        """Nothing was found."""


@pytest.mark.parametrize(("size", "retires"), [(0, False), (40 << 20, True)], ids=["little", "much"])
def test_a_worker_that_has_taken_much_memory_ends(size: int, *, retires: bool) -> None:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        run_worker(theirs, mmap.mmap(-1, 64), lambda: Once(size), 64 << 20)  # type: ignore[arg-type, return-value]
        os._exit(0)
    theirs.close()
    ours.settimeout(20)
    channel = Channel(ours)
    channel.send(pack(JOB, JOBS | {"formats": {"solutions": "tsv"}}))
    while (frame := channel.receive()) is not None and frame.kind != END:
        assert frame.kind != ERROR, frame.value
    assert frame is not None
    assert frame.value["retire"] is retires
    if retires:
        assert channel.receive() is None
    channel.close()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


@pytest.mark.slow
def test_the_time_of_a_query_that_failed_does_not_end_its_worker() -> None:
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        ours.close()
        run_worker(theirs, mmap.mmap(-1, 1), GivesWay, 1 << 30)  # type: ignore[arg-type]
        os._exit(0)
    theirs.close()
    ours.settimeout(20)
    channel = Channel(ours)
    for _ in range(2):
        channel.send(pack(JOB, JOBS | {"seconds": 0.2}))
        frame = channel.receive()
        assert frame is not None
        assert frame.kind == ERROR
        time.sleep(0.4)
    channel.close()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_the_time_of_a_query_stands_still_while_the_other_side_is_spoken_to() -> None:
    before = signal.setitimer(signal.ITIMER_REAL, 50)
    try:
        with _without_limit():
            assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 50
    finally:
        signal.setitimer(signal.ITIMER_REAL, *before)

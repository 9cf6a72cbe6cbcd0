"""What a keeper forks has what it needs and nothing that is the keeper's; the keeper keeps nothing of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sergekg.store.journal import Journal
from sergekg.store.keeper import Keeper, warm_up
from sergekg.store.wire import WRITE, Frame


class Home:
    """A keeper in this process, and the other end of what it is asked through."""

    def __init__(self, journal: Path) -> None:
        self.ours, theirs = socket.socketpair()
        source = {"kind": "memory", "memory": 1 << 30, "asks_others": True, "journal": str(journal)}
        self.keeper = Keeper(theirs, source)

    @contextmanager
    def writer(self) -> Iterator[socket.socket]:
        """The channel to a new writer, which ends when this is closed."""
        self.keeper.handle(Frame(WRITE, b""))
        said, (channel, region), _, _ = socket.recv_fds(self.ours, 4096, 2)
        os.close(region)
        with socket.socket(fileno=channel) as found:
            found.settimeout(10)
            yield found
        pid, deadline = json.loads(said[5:])["pid"], time.monotonic() + 10
        while not (ended := os.waitpid(pid, os.WNOHANG))[0]:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.001)
        assert ended[1] == 0, "it did not end by itself"

    def close(self) -> None:
        self.ours.close()
        self.keeper.control.close()
        assert self.keeper.journal is not None
        self.keeper.journal.close()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    opened = Home(tmp_path / "journal")
    yield opened
    opened.close()


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[socket.socket], object]], None]:
    """Has every writer do what a function does."""

    def set_work(work: Callable[[socket.socket], object]) -> None:
        monkeypatch.setattr("sergekg.store.keeper.run_writer", lambda sock, *_: work(sock))

    return set_work


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes the network from a process")
def test_a_writer_never_has_the_network(home: Home, writes: Any) -> None:
    """Also where queries may ask other endpoints: none decides what is written."""

    def connect(sock: socket.socket) -> None:
        try:
            socket.socket(socket.AF_INET).close()
        except PermissionError:
            sock.sendall(b"refused")
        else:
            sock.sendall(b"made")

    writes(connect)
    with home.writer() as writer:
        assert writer.recv(10) == b"refused"


def _wait(sock: socket.socket) -> None:
    """Say that it has begun, and wait for the other side to end."""
    sock.sendall(b"begun")
    sock.recv(1)


def test_what_was_forked_does_not_hold_the_journal(home: Home, writes: Any, tmp_path: Path) -> None:
    writes(_wait)
    with home.writer() as writer:
        assert writer.recv(10) == b"begun"
        assert home.keeper.journal is not None
        home.keeper.journal.close()
        Journal(tmp_path / "journal", "", patience=0).close()  # nobody has its lock


def test_what_was_forked_ends_with_its_channel_and_leaves_the_keeper_no_file(home: Home, writes: Any) -> None:
    writes(_wait)
    before = _open_files()
    with home.writer() as writer:
        assert writer.recv(10) == b"begun"
    assert _open_files() == before


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process has read")
@pytest.mark.parametrize(("most", "read"), [(1 << 30, 5 << 20), (2 << 20, 2 << 20)])
def test_the_files_of_a_store_are_read_ahead_as_far_as_there_is_memory(
    tmp_path: Path, most: int, read: int
) -> None:
    for name in ("1.sst", "2.sst"):
        (tmp_path / name).write_bytes(b"x" * (5 << 19))
    (tmp_path / "LOG").write_bytes(b"x" * (3 << 20))

    def read_so_far() -> int:
        return int(Path("/proc/self/io").read_text(encoding="ascii").split()[1])

    before = read_so_far()
    warm_up(tmp_path, most)
    assert read <= read_so_far() - before < read + (1 << 20)

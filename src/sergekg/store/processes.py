"""The web's handles of the keeper and of query workers: to start them, to ask them, to end them."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sergekg.errors import StoreUnavailable
from sergekg.store.large_pages import GLIBC_TUNABLES
from sergekg.store.region import open_region
from sergekg.store.wire import DONE, ERROR, READY, SPAWN, Channel, pack

_NICE = 19
"""Niceness of a worker whose query takes long."""


@dataclass(slots=True)
class Worker:
    """A process of the keeper's, the channel to it, and the memory that both share."""

    pid: int
    channel: Channel
    region: mmap.mmap
    version: int
    gives_way: bool = False
    is_told_to_settle: bool = False

    def kill(self) -> None:
        """End it, whatever it does."""
        # the pid is still its own: its socket is open, so the keeper's system has not buried it for long
        if not self.has_ended:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, signal.SIGKILL)
        self.channel.close()

    def cpu_seconds(self) -> float:
        """Seconds of processor time that it has had; 0 where the system does not tell."""
        with contextlib.suppress(OSError, IndexError, ValueError):
            fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    def give_way(self) -> None:
        """Let others go before the query that runs; its thread is followed by one that need not."""
        self.gives_way = True
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{self.pid}/task").iterdir():
                if thread.name != str(self.pid):
                    os.setpriority(os.PRIO_PROCESS, int(thread.name), _NICE)

    @property
    def has_ended(self) -> bool:
        """Whether its end of the channel is shut, whatever it sent before and nobody read."""
        if self.channel.socket.fileno() < 0:
            return True  # buried before
        poll = select.poll()
        poll.register(self.channel.socket, 0)  # to be told of a hang-up needs no asking
        return bool(poll.poll(0))


class KeeperProcess:
    """Starts the keeper and speaks with it.

    Raises:
        StoreUnavailable: it cannot be started, or cannot open the store.
    """

    def __init__(self, source: Mapping[str, Any]) -> None:
        with contextlib.ExitStack() as held:
            try:
                ours, theirs = (held.enter_context(end) for end in socket.socketpair())
                self.process = _start(source, theirs.fileno())
            except OSError as cause:  # no more processes, files or memory
                raise _no_process(str(cause)) from cause
            theirs.close()
            held.pop_all()
        self.channel = Channel(ours)
        self._lock = threading.Lock()
        first = self.channel.receive()
        if first is None or first.kind != READY:
            said = first.value if first is not None else {"message": "its process ended"}
            self.close()
            remedy = said.get("remedy", "build the release again")
            raise StoreUnavailable(f"the store cannot be opened: {said['message']}", remedy=remedy)
        self.written: str = first.value["written"]

    def spawn(self, version: int, kind: bytes = SPAWN) -> Worker:
        """A new process: a query worker, or with WRITE the writer of one write.

        Raises:
            StoreUnavailable: the keeper is gone, or the system has no room for another process.
        """
        with self._lock:
            try:
                self.channel.send(pack(kind))
                data, handles, _, _ = socket.recv_fds(self.channel.socket, 4096, 2)
                if data[:1] == ERROR:
                    raise _no_process(json.loads(data[5:])["message"])
                if len(handles) < 2:  # it closed, or this process may open no more
                    for handle in handles:
                        os.close(handle)
                    raise ConnectionError
                sock, region = socket.socket(fileno=handles[0]), open_region(handles[1])
            except OSError as cause:
                raise StoreUnavailable("the store's process is gone", remedy="try again") from cause
        return Worker(json.loads(data[5:])["pid"], Channel(sock), region, version)

    def ask(self, kind: bytes, body: bytes, then: Callable[[], object] = lambda: None) -> dict[str, Any]:
        """Send a request and return what the keeper answers.

        Args:
            then: called when it is done, before the keeper is asked for anything else, such as a worker.

        Raises:
            StoreUnavailable: the keeper is gone, or could not do it: the disk may be full.
        """
        with self._lock:
            try:
                self.channel.send(pack(kind, body))
                frame = self.channel.receive()
            except OSError as cause:
                raise StoreUnavailable("the store's process is gone", remedy="try again") from cause
            if frame is not None and frame.kind == DONE:
                then()
        if frame is None:
            raise StoreUnavailable("the store's process is gone", remedy="try again")
        if frame.kind == ERROR:
            raise StoreUnavailable(str(frame.value["message"]), remedy="try again later")
        assert frame.kind == DONE
        return frame.value

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        """Let it end: it does when nobody speaks with it any more, and its workers with it."""
        self.channel.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def _start(source: Mapping[str, Any], handle: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "sergekg.store.keeper", str(handle), json.dumps(source)]
    return subprocess.Popen(
        command,
        pass_fds=[handle],
        stdin=subprocess.DEVNULL,
        env={"GLIBC_TUNABLES": GLIBC_TUNABLES, **os.environ},
        process_group=0,  # the keeper ends its group, which is itself and its workers
    )


def _no_process(why: str) -> StoreUnavailable:
    return StoreUnavailable(f"no process can be started: {why}", remedy="try again")

"""The web's side of the query workers: who may run, who waits, and what becomes of a query that overruns."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sergekg.errors import QueryFailed, QueryTimeout, QueryTooLarge, StoreBusy, StoreError, StoreUnavailable
from sergekg.store.analysis import Rendering
from sergekg.store.answers import Outcome, Request
from sergekg.store.functions import are_called
from sergekg.store.wire import DATA, DONE, END, ERROR, HEAD, JOB, READY, SPAWN, Channel, Frame, pack

_GRACE = 0.5
"""Seconds after its limit at which a worker that its own timer did not end is killed."""
_WHOLE, _HOLD = 1 << 20, 0.025
"""Bytes, and seconds after the first of them, that are gathered before an answer is given as a stream."""
_LONG, _NICE = 0.5, 15
"""A query that runs longer than so many seconds gives way to the others by so much niceness."""


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How many queries run.

    Attributes:
        most: queries at once, in this web process.
        most_for_client: of one client.
        queue: how many may wait beyond those that run.
        patience: seconds that one waits before it is refused.
        memory: bytes that a worker may take beyond its share of the store.
        ready: workers that are kept waiting.
    """

    most: int = 16
    most_for_client: int = 4
    queue: int = 256
    patience: float = 10.0
    memory: int = 2 << 30
    ready: int = field(default_factory=lambda: (os.cpu_count() or 1) + 1)


@dataclass(slots=True)
class Worker:
    """A process of the keeper's, and the channel to it."""

    pid: int
    channel: Channel
    version: int
    is_worn: bool = False

    def kill(self) -> None:
        """End it, whatever it does."""
        # the pid is still its own: its socket is open, so the keeper's system has not buried it for long
        if not self._has_closed():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, signal.SIGKILL)
        self.channel.close()

    def give_way(self) -> None:
        """Let other processes go first from now on."""
        self.is_worn = True
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, _NICE)

    def _has_closed(self) -> bool:
        with contextlib.suppress(OSError):
            self.channel.socket.setblocking(False)
            return self.channel.socket.recv(1, socket.MSG_PEEK) == b""
        return False


class KeeperProcess:
    """Starts the keeper and speaks with it."""

    def __init__(self, source: Mapping[str, Any]) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "sergekg.store.keeper", str(theirs.fileno()), json.dumps(source)]
        self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self.channel = Channel(ours)
        self._lock = threading.Lock()
        first = self.channel.receive()
        if first is None or first.kind != READY:
            said = first.value["message"] if first is not None else "its process ended"
            self.close()
            raise StoreUnavailable(f"the store cannot be opened: {said}", remedy="build the release again")
        self.sequence: int = first.value["sequence"]

    def spawn(self, version: int, kind: bytes = SPAWN) -> Worker:
        """A new process: a query worker, or with WRITE the writer of one write.

        Raises:
            StoreUnavailable: the keeper is gone.
        """
        with self._lock:
            try:
                self.channel.send(pack(kind))
                data, handles, _, _ = socket.recv_fds(self.channel.socket, 4096, 1)
            except OSError as cause:
                raise StoreUnavailable("the store's process is gone", remedy="try again") from cause
        if not handles:
            raise StoreUnavailable("the store's process is gone", remedy="try again")
        sock = socket.socket(fileno=handles[0])
        return Worker(json.loads(data[5:])["pid"], Channel(sock), version)

    def ask(self, kind: bytes, body: bytes) -> dict[str, Any]:
        """Send a request and return what the keeper answers.

        Raises:
            StoreUnavailable: the keeper is gone.
            StoreError: it could not do it.
        """
        with self._lock:
            try:
                self.channel.send(pack(kind, body))
                frame = self.channel.receive()
            except OSError as cause:
                raise StoreUnavailable("the store's process is gone", remedy="try again") from cause
        if frame is None:
            raise StoreUnavailable("the store's process is gone", remedy="try again")
        if frame.kind == ERROR:
            raise StoreError(str(frame.value["message"]))
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


class WorkerPool:
    """Query workers over one source; safe to use from many threads of one process."""

    def __init__(self, source: Mapping[str, Any], settings: PoolSettings | None = None) -> None:
        self.settings = settings or PoolSettings()
        self._source = {**source, "memory": self.settings.memory}
        self._keeper: KeeperProcess | None = None
        self._process = os.getpid()
        self._starting = threading.Lock()
        self._places = Places(self.settings)
        self._idle: list[Worker] = []
        self._lock = threading.Lock()
        self.version = 0
        self.counts: Counter[str] = Counter()
        self._finalizer = weakref.finalize(self, _close_keepers, [])

    @property
    def running(self) -> int:
        """Queries that run now."""
        return self._places.taken

    @property
    def keeper(self) -> KeeperProcess:
        """The keeper, started when it is first needed and again if it has died."""
        with self._starting:
            if self._process != os.getpid():  # this process was forked from the one that made the pool
                self._idle, self._process, self._keeper = [], os.getpid(), None
            if self._keeper is None or not self._keeper.is_alive:
                if self._keeper is not None:
                    self._keeper.close()
                    self._drop_idle()
                self._keeper = KeeperProcess(self._source)
                self._finalizer.detach()
                self._finalizer = weakref.finalize(self, _close_keepers, [self._keeper])
            return self._keeper

    def warm(self) -> None:
        """Have as many workers as are kept waiting."""
        keeper = self.keeper
        while len(self._idle) < self.settings.ready:
            self._keep(keeper.spawn(self.version))

    def answer(self, request: Request, rendering: Rendering) -> WorkerAnswer:
        """Run a query on a worker; see `answers.Answering`."""
        began = time.monotonic()
        self._places.take(request.client)
        try:
            worker = self._worker()
        except BaseException:
            self._places.give_back(request.client)
            raise
        answer = WorkerAnswer(self, worker, request, rendering, time.monotonic() - began)
        answer.begin()
        return answer

    def renew(self) -> None:
        """Every worker has an old store: none of them answers another query."""
        with self._lock:
            self.version += 1
        self._drop_idle()

    def close(self) -> None:
        """End all workers and the keeper."""
        self._drop_idle()
        self._finalizer()

    def release(self, worker: Worker, client: str, *, is_sound: bool) -> None:
        """Take a worker back, or bury it and have another ready."""
        try:
            if is_sound and not worker.is_worn and worker.version == self.version:
                self._keep(worker)
            else:
                worker.kill()
                self.counts["workers_replaced"] += 1
                with contextlib.suppress(StoreError):
                    if len(self._idle) < self.settings.ready:
                        self._keep(self.keeper.spawn(self.version))
        finally:
            self._places.give_back(client)

    def _worker(self) -> Worker:
        keeper = self.keeper
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.version == self.version:
                    return worker
                worker.kill()
        return keeper.spawn(self.version)

    def _keep(self, worker: Worker) -> None:
        with self._lock:
            if worker.version == self.version and len(self._idle) < self.settings.ready:
                self._idle.append(worker)
                return
        worker.channel.close()  # it ends when it finds nobody to read from

    def _drop_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.channel.close()


class WorkerAnswer:
    """An `Answer` that comes from a worker."""

    def __init__(
        self, pool: WorkerPool, worker: Worker, request: Request, rendering: Rendering, waited: float
    ) -> None:
        self.kind = ""
        self.body: bytes | None = None
        self.outcome: Outcome | None = None
        self.waited = waited
        self._pool, self._worker, self._request, self._rendering = pool, worker, request, rendering
        self._parts: list[bytes] = []
        self._evaluated = 0.0
        self._is_done = False

    def begin(self) -> None:
        """Send the job and gather the first pieces."""
        request, graphs = self._request, self._request.graphs
        job = {
            "text": self._rendering.text,
            "default": graphs.default,
            "named": graphs.named,
            "formats": {"solutions": request.solutions, "boolean": request.solutions, "graph": request.graph},
            "seconds": request.limits.seconds,
            "bytes": request.limits.bytes,
            "functions": are_called(request.query.source),
            "services": [call.endpoint for call in request.query.services],
        }
        try:
            self._worker.channel.send(pack(JOB, job))
            held = 0
            first: float | None = None
            while not self._has_ended():
                wait = None if first is None else first + _HOLD - time.monotonic()
                if held >= _WHOLE or (wait is not None and wait <= 0):
                    return
                piece = self._next(wait)
                if piece is None and not self._has_ended():
                    return
                if piece:
                    first = first or time.monotonic()
                    held += len(piece)
                    self._parts.append(piece)
            self.body = b"".join(self._parts)
        except OSError as cause:
            self._finish(is_sound=False)
            raise StoreUnavailable("the query's process is gone", remedy="try again") from cause
        except BaseException:
            self._finish(is_sound=False)
            raise

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._parts
            self._parts = []
            while not self._has_ended():
                piece = self._next(None)
                if piece:
                    yield piece
        finally:
            self._finish(is_sound=False)

    def close(self) -> None:
        """Stop the query if it still runs."""
        self._finish(is_sound=False)

    def _has_ended(self) -> bool:
        return self._is_done

    def _next(self, wait: float | None) -> bytes | None:
        """The next piece; None after `wait` seconds, or at the end."""
        limit = self._request.limits.seconds
        sock = self._worker.channel.socket
        while True:
            left = limit + _GRACE - self._evaluated
            pause = left if self._worker.is_worn else min(left, max(_LONG - self._evaluated, 0.001))
            sock.settimeout(max(pause if wait is None else min(pause, wait), 0.001))
            began = time.monotonic()
            try:
                frame = self._worker.channel.receive()
            except TimeoutError:
                self._evaluated += time.monotonic() - began
                if self._evaluated >= limit + _GRACE:
                    self._finish(is_sound=False)
                    raise self._overrun() from None
                if self._evaluated >= _LONG and not self._worker.is_worn:
                    self._worker.give_way()
                if wait is not None:
                    return None
                continue
            self._evaluated += time.monotonic() - began
            found = self._take(frame)
            if found is not None or self._has_ended():
                return found

    def _take(self, frame: Frame | None) -> bytes | None:
        if frame is None:
            self._finish(is_sound=False)
            raise self._death()
        if frame.kind == DATA:
            return frame.body
        if frame.kind == HEAD:
            self.kind = frame.value["kind"]
        elif frame.kind == END:
            end = frame.value
            is_cut = self._request.is_bounded and end["rows"] >= self._request.limits.rows
            self.outcome = Outcome(end["rows"], end["bytes"], end["seconds"], is_cut)
            self._finish(is_sound=not end["retire"])
        elif frame.kind == ERROR:
            said = frame.value
            self._finish(is_sound=said["kind"] in ("syntax", "evaluation", "large"))
            raise self._failure(said["kind"], said["message"])
        return None

    def _finish(self, *, is_sound: bool) -> None:
        if not self._is_done:
            self._is_done = True
            self._pool.release(self._worker, self._request.client, is_sound=is_sound)

    def _death(self) -> StoreError:
        if self._evaluated >= self._request.limits.seconds - 0.1:
            return self._overrun()
        self._pool.counts["workers_died"] += 1
        return QueryTooLarge("the query needed more memory than it may", remedy="narrow it, or add a LIMIT")

    def _overrun(self) -> QueryTimeout:
        seconds = self._request.limits.seconds
        self._pool.counts["timeouts"] += 1
        return QueryTimeout(
            f"the query ran longer than {seconds:g} s and was stopped",
            seconds=seconds,
            remedy="narrow it, or add a LIMIT",
        )

    def _failure(self, kind: str, message: str) -> StoreError:
        if kind == "syntax":
            return self._rendering.error(message)
        if kind == "large":
            return QueryTooLarge(
                f"the result has more than {self._request.limits.bytes:,} bytes",
                remedy="add a LIMIT and an OFFSET",
            )
        if kind == "unavailable":
            return StoreUnavailable(
                f"the store cannot be opened: {message}", remedy="build the release again"
            )
        return failure(message)


class Places:
    """Who may run: so many at once, so many of one client, the others in the order they came."""

    def __init__(self, settings: PoolSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._by_client: Counter[str] = Counter()
        self._waiting: deque[tuple[str, threading.Event]] = deque()
        self.taken = 0

    def take(self, client: str) -> None:
        """Wait for a place.

        Raises:
            StoreBusy: none came free in time.
        """
        with self._lock:
            if not self._waiting and self._may(client):
                self._enter(client)
                return
            if len(self._waiting) >= self._settings.queue:
                raise self._busy(client)
            turn = threading.Event()
            entry = (client, turn)
            self._waiting.append(entry)
            self._call_next()
        if turn.wait(self._settings.patience):
            return
        with self._lock:
            if turn.is_set():
                return
            self._waiting.remove(entry)
            raise self._busy(client)

    def give_back(self, client: str) -> None:
        with self._lock:
            self.taken -= 1
            self._by_client[client] -= 1
            if not self._by_client[client]:
                del self._by_client[client]
            self._call_next()

    def _call_next(self) -> None:
        for entry in list(self._waiting):
            if self.taken >= self._settings.most:
                return
            if self._may(entry[0]):
                self._waiting.remove(entry)
                self._enter(entry[0])
                entry[1].set()

    def _may(self, client: str) -> bool:
        return self.taken < self._settings.most and self._by_client[client] < self._settings.most_for_client

    def _enter(self, client: str) -> None:
        self.taken += 1
        self._by_client[client] += 1

    def _busy(self, client: str) -> StoreBusy:
        retry = max(1, round(self._settings.patience / 2))
        if self._by_client[client] >= self._settings.most_for_client:
            return StoreBusy(
                f"{self._settings.most_for_client} of your queries already run",
                retry_after=retry,
                by_client=True,
                remedy="send them one after another",
            )
        return StoreBusy(
            "too many queries run at once", retry_after=retry, by_client=False, remedy="try again later"
        )


_UNKNOWN_FUNCTION = re.compile(r"custom function <([^>]*)>")


def failure(message: str) -> QueryFailed:
    """What the engine said of a query that it could read and not evaluate."""
    if found := _UNKNOWN_FUNCTION.search(message):
        return QueryFailed(
            f"no function is called <{found[1]}>",
            remedy="the description of the service at /sparql lists ours",
        )
    return QueryFailed(f"the query cannot be evaluated: {message}")


def _close_keepers(keepers: list[KeeperProcess]) -> None:
    for keeper in keepers:
        keeper.close()

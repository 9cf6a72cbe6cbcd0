"""A query worker: a process that answers one job after another and dies at its limits.

No signal, exception or thread stops the embedded engine while it evaluates; the end of its process does. A
timer of the kernel ends a runaway after its time, the limit on its memory after its bytes, and a client that
has gone by the error of writing to it.
"""

from __future__ import annotations

import contextlib
import gc
import mmap
import os
import resource
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from sergekg.errors import NotWritable
from sergekg.store.evaluate import Engine, Outlet, Oxigraph, TooLarge, kind_of, write_result
from sergekg.store.large_pages import gather_own
from sergekg.store.mistakes import locate
from sergekg.store.results_json import write_json
from sergekg.store.rows import AtMost, least_bytes
from sergekg.store.wire import END, ERROR, FULL, HEAD, SETTLE, TAKEN, Channel, pack, pack_place

_WAIT = 30.0
"""Seconds that the socket is waited for at a time."""
_NICE = 5
"""Niceness of workers beside the web, whose answers come from memory or small look-ups."""

_CALM = 0.5
"""Seconds without a job after which a worker sees to itself."""
_COPIED = 1024
"""Pages that are copied for a worker before it is worth to put what it has together again."""


class _Gone(Exception):
    """Nobody reads what this worker writes."""


def run_worker(
    sock: socket.socket,
    region: mmap.mmap,
    engine: Callable[[], Engine],
    memory: int,
    settle: Callable[[], Iterator[None]] | None = None,
) -> None:
    """Answer jobs until the other side closes.

    A thread of its own does it: what it allocates comes from new memory, where the first thread would fill
    the gaps between what is shared with the keeper and have page after page of that copied. And a thread that
    was made to give way to others cannot take its priority back; the next has that of the first.

    Args:
        region: where results are written for the other side (`region`).
        engine: opens the store; called once, in this process.
        memory: bytes that this process may take beyond what it has at its start.
        settle: gives the steps of what a worker that is told to does while no job waits.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.disable()  # jobs make no cycles, and a collection would copy what is shared with the keeper
    sock.settimeout(_WAIT)
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    jobs = _Jobs(Channel(sock), region, engine, memory, settle)
    while not jobs.are_over:
        thread = threading.Thread(target=jobs.run)
        thread.start()
        thread.join()


class _Jobs:
    """The jobs of one worker, answered by one thread after the other.

    Attributes:
        are_over: whether the worker may end.
    """

    def __init__(
        self,
        channel: Channel,
        region: mmap.mmap,
        engine: Callable[[], Engine],
        memory: int,
        settle: Callable[[], Iterator[None]] | None,
    ) -> None:
        self.are_over = False
        self._settle = settle
        self._steps: Iterator[None] | None = None
        self._is_told, self._has_read = False, False
        self._faults_before = 0
        self._channel, self._region = channel, region
        self._open, self._memory = engine, memory
        self._store: Engine | None = None
        self._started_with = 0
        self._priority = os.getpriority(os.PRIO_PROCESS, 0)

    def run(self) -> None:
        """Answer jobs until there are no more, or until this thread has been made to give way to others."""
        self.are_over = True
        if self._store is None:
            try:
                self._store = self._open()
            except (OSError, ValueError) as error:
                with contextlib.suppress(OSError):
                    self._channel.send(pack(ERROR, {"kind": "unavailable", "message": str(error)}))
                return
            limit_memory(self._memory)
            self._started_with = resident()
        while True:
            try:
                self._use_calm()
                frame = self._channel.receive()
            except TimeoutError:
                continue
            if frame is None:
                return
            if frame.kind == SETTLE:
                self._is_told = self._settle is not None
                continue
            try:
                if self._answer(self._store, frame.value):
                    return
            except _Gone:
                return
            if os.getpriority(os.PRIO_PROCESS, 0) != self._priority:  # Linux: of this thread
                self.are_over = False
                self._steps = None  # the engine's iterators belong to one thread
                return

    def _use_calm(self) -> None:
        """Take one step after the other while no job comes."""
        if not self._is_told or self._channel.holds_more:
            return
        if self._has_read and page_faults() - self._faults_before < _COPIED:
            return
        waiting = [self._channel.socket]
        if select.select(waiting, [], [], _CALM)[0]:
            return
        self._steps = self._steps or self._see_to_itself()
        for _ in self._steps:
            if select.select(waiting, [], [], 0)[0]:
                return
        self._steps = None

    def _see_to_itself(self) -> Iterator[None]:
        """Have copies of what queries will write to, and put copies together, those of later queries too."""
        if self._settle is not None and not self._has_read:
            yield from self._settle()
            self._has_read = True
        yield from gather_own()
        self._faults_before = page_faults()

    def _answer(self, store: Engine, job: dict[str, Any]) -> bool:
        """Answer one job; returns whether this process has taken so much memory that it had better end."""
        began = time.monotonic()
        channel = self._channel
        head: list[bytes] = []

        def send(begin: int, end: int) -> None:
            with _without_limit():
                channel.send(*head, pack_place(begin, end))
            head.clear()

        def wait() -> None:
            with _without_limit():
                self._wait_until_taken()

        def fail(kind: str, error: BaseException) -> None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            head.clear()
            with contextlib.suppress(OSError):
                message = forwarder.explain(str(error)) if forwarder else str(error)
                channel.send(pack(ERROR, {"kind": kind, "message": message[:2000]}))

        signal.setitimer(signal.ITIMER_REAL, job["seconds"])
        forwarder = _forwarder(job)
        try:
            functions = known_functions() if job.get("functions") else None
            text = forwarder.place(job["text"]) if forwarder else job["text"]
            result = store.query(text, job.get("default"), job.get("named"), functions)
            if job.get("as_written") is not None and isinstance(store, Oxigraph):
                result = store.as_written(result, job["as_written"])
            kind = kind_of(result)
            format = job["formats"][kind]
            outlet = Outlet(self._region, send, wait, job["bytes"])
            head.append(pack(HEAD, {"kind": kind}))
            rows, is_cut = _write(result, format, outlet, job)
            del result
            signal.setitimer(signal.ITIMER_REAL, 0)
            spent = time.monotonic() - began
            retire = spent > 0.05 and resident() - self._started_with > self._memory // 2
            last = pack_place(*outlet.last())
            end = {"bytes": outlet.size, "rows": rows, "cut": is_cut, "seconds": spent, "retire": retire}
            try:
                channel.send(*head, last, pack(END, end))
            except OSError as error:
                raise _Gone from error
            return retire
        except _Gone:
            raise
        except TooLarge as error:
            fail("large", error)
        except NotWritable as error:
            fail("format", error)
        except SyntaxError as error:
            fail("syntax", SyntaxError(locate(text, str(error))))
        except RecursionError as error:
            fail("evaluation", error)
        except MemoryError:
            os._exit(1)  # as the engine ends it
        except (ValueError, RuntimeError, OSError, KeyError) as error:
            fail("evaluation", error)
        finally:
            if forwarder:
                forwarder.close()
        return False

    def _wait_until_taken(self) -> None:
        """Wait until the other side has read what is in the region; it ends this process if nobody takes it.

        Raises:
            OSError: it is gone.
        """
        self._channel.send(pack(FULL))
        while True:
            try:
                frame = self._channel.receive()
            except TimeoutError:
                continue
            if frame is None or frame.kind != TAKEN:
                raise ConnectionError
            return


@contextlib.contextmanager
def _without_limit() -> Iterator[None]:
    """While the other side is spoken to: the time of a slow client is not the query's.

    Raises:
        _Gone: there is no other side.
    """
    left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
    try:
        yield
    except OSError as error:
        raise _Gone from error
    signal.setitimer(signal.ITIMER_REAL, max(left, 0.001))


def _write(result: Any, format: str, outlet: Outlet, job: dict[str, Any]) -> tuple[int | None, bool]:
    """Write a result; returns its solutions, None where nobody counted them, and whether there were more."""
    if kind_of(result) != "solutions":
        write_result(result, format, outlet)
        return 0, False
    most = job["rows"]
    if most is not None and least_bytes(most, format) > job["bytes"]:
        most = None  # the limit of bytes is met first
    if format == "json" and isinstance(result, ox.QuerySolutions):
        written = write_json(result, outlet, most)
    else:
        written = AtMost(outlet, format, most)
        write_result(result, format, written)
        written.close()
    return written.rows, written.is_cut


def _forwarder(job: dict[str, Any]) -> Any:
    """What asks other endpoints for a query that may; few do, so its modules are imported then."""
    if not job.get("services"):
        return None
    from sergekg.store.federation import Forwarder

    return Forwarder(job["services"], job["seconds"])


def known_functions() -> Any:
    """Our functions; what they need is imported when a query first calls one."""
    from sergekg.store.functions import FUNCTIONS

    return FUNCTIONS


def limit_memory(more: int) -> None:
    """Let this process take so many bytes more than it has; the system refuses what goes beyond."""
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
        most = pages * os.sysconf("SC_PAGESIZE") + more
        resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def page_faults() -> int:
    """Pages that this process was given since it began: its own copies of what it shared, above all."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def resident() -> int:
    """Bytes of memory that this process occupies; 0 where the system does not tell."""
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGESIZE")
    return 0

"""The answer of a query worker as it comes, and what becomes of a query that overruns."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Protocol

from sergekg.errors import (
    ClientGone,
    EngineFailed,
    NotWritable,
    QueryFailed,
    QueryTimeout,
    QueryTooLarge,
    SergekgError,
    StoreError,
    StoreUnavailable,
)
from sergekg.store.answers import Outcome, Request
from sergekg.store.functions import are_called
from sergekg.store.processes import Worker
from sergekg.store.rendering import Rendering
from sergekg.store.stalled import Watch
from sergekg.store.wire import END, ERROR, FULL, HEAD, JOB, PIECE, TAKEN, Frame, pack

_GRACE = 0.5
"""Seconds after its limit at which a worker that its own timer did not end is killed."""
_WHOLE, _HOLD = 1 << 20, 0.025
"""Bytes, and seconds after the first of them, that are gathered before an answer is given as a stream."""
_LOOK, _LONG = 0.25, 0.2
"""Seconds after which a query is looked at, again and again; how long it may compute after the first look
before it gives way to the others. Time of the processor counts, not of the clock: where others work too,
every query takes long.
"""
_ASK = 1.0
"""Seconds after which it is asked again whether a query is still wanted, from the first look on."""


class Home(Protocol):
    """Where a worker goes back to; see `pool.WorkerPool`."""

    counts: Counter[str]

    watch: Watch

    def release(self, worker: Worker, client: str, *, is_sound: bool) -> None:
        """Take a worker back, or bury it."""
        ...


class WorkerAnswer:
    """An `Answer` that comes from a worker."""

    def __init__(self, pool: Home, worker: Worker, request: Request, rendering: Rendering) -> None:
        self.kind = ""
        self.body: bytes | None = None
        self.outcome: Outcome | None = None
        self._pool, self._worker, self._request, self._rendering = pool, worker, request, rendering
        self._parts: list[bytes] = []
        self._evaluated = 0.0
        self._computed: float | None = None
        self._look = self._ask = _LOOK
        self._is_given = False
        self._ending = threading.Lock()
        self._is_done = False
        self._is_dropped = False
        self.began = time.monotonic()
        self.given = 0
        self.waited = 0.0
        self.waiting_since: float | None = None

    def begin(self) -> None:
        """Send the job and gather the first pieces.

        Raises:
            ClientGone: nobody waits for them any more.
            StoreError: as `answers.Answering.answer`.
        """
        request, graphs = self._request, self._request.graphs
        job = {
            "text": self._rendering.text,
            "default": graphs.default,
            "named": graphs.named,
            "formats": {"solutions": request.solutions, "boolean": request.solutions, "graph": request.graph},
            "seconds": request.limits.seconds,
            "bytes": request.limits.bytes,
            "rows": request.limits.rows if request.is_bounded else None,
            "functions": are_called(request.query),
            # a query that is only checked asks nobody
            "services": self._rendering.services if request.query.services else (),
            "as_written": request.as_written,
        }
        try:
            self._worker.channel.socket.settimeout(request.limits.seconds + _GRACE)
            self._worker.channel.send(pack(JOB, job))
            held = 0
            first: float | None = None
            while not self._has_ended():
                wait = None if first is None else first + _HOLD - time.monotonic()
                if held >= _WHOLE or (wait is not None and wait <= 0):
                    self._is_given = True
                    return
                piece = self._next(wait)
                if piece is None and not self._has_ended():
                    self._is_given = True
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
            yield from self._pool.watch.follow(self, self._pieces())
            if self._is_dropped:
                raise QueryFailed("the result was taken too slowly")
        except OSError as cause:
            raise StoreUnavailable("the query's process is gone", remedy="try again") from cause
        finally:
            self._finish(is_sound=False)

    def _pieces(self) -> Iterator[bytes]:
        yield from self._parts
        self._parts = []
        while not self._has_ended():
            if piece := self._next(None):
                yield piece

    def drop(self) -> None:
        """Stop the query, whose client takes too little."""
        self._is_dropped = True
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
            is_watched = not (self._worker.gives_way and self._is_given)
            pause = min(left, max(self._look - self._evaluated, 0.001)) if is_watched else left
            sock.settimeout(max(pause if wait is None else min(pause, wait), 0.001))
            began = time.monotonic()
            try:
                frame = self._worker.channel.receive()
            except TimeoutError:
                self._evaluated += time.monotonic() - began
                if self._evaluated >= limit + _GRACE:
                    self._finish(is_sound=False)
                    raise self._overrun() from None
                if is_watched and self._evaluated >= self._look:
                    self._look_at_it()
                if wait is not None:
                    return None
                continue
            self._evaluated += time.monotonic() - began
            found = self._take(frame)
            if found is not None or self._has_ended():
                return found

    def _look_at_it(self) -> None:
        if not self._worker.gives_way:
            computed = self._worker.cpu_seconds()
            if self._computed is None:
                self._computed = computed
            elif computed - self._computed >= _LONG:
                self._worker.give_way()
        if not self._is_given and self._evaluated >= self._ask:
            if not self._request.is_wanted():
                raise ClientGone
            self._ask = self._evaluated + _ASK
        self._look = self._ask if self._worker.gives_way else self._evaluated + _LOOK

    def _take(self, frame: Frame | None) -> bytes | None:
        if frame is None:
            self._finish(is_sound=False)
            raise self._death()
        if frame.kind == PIECE:
            return self._worker.region[frame.place]
        if frame.kind == HEAD:
            self.kind = frame.value["kind"]
        elif frame.kind == FULL:
            self._worker.channel.send(pack(TAKEN))
        elif frame.kind == END:
            end = frame.value
            self.outcome = Outcome(end["rows"], end["bytes"], end["seconds"], end["cut"])
            self._finish(is_sound=not end["retire"])
        elif frame.kind == ERROR:
            said = frame.value
            self._finish(is_sound=said["kind"] in ("syntax", "evaluation", "large", "format"))
            raise self._failure(said["kind"], said["message"])
        return None

    def _finish(self, *, is_sound: bool) -> None:
        with self._ending:
            if self._is_done:
                return
            self._is_done = True
        self._pool.release(self._worker, self._request.client, is_sound=is_sound)

    def _death(self) -> StoreError:
        # it may have come to its limit while its last pieces were taken
        if time.monotonic() - self.began >= self._request.limits.seconds - 0.1:
            return self._overrun()
        self._pool.counts["workers_died"] += 1
        # a process that lacks memory ends as one whose engine gives up: by an abort
        return EngineFailed(
            "the query needed more memory than it may, or the engine failed on it",
            remedy="narrow it, or add a LIMIT",
        )

    def _overrun(self) -> QueryTimeout:
        seconds = self._request.limits.seconds
        self._pool.counts["timeouts"] += 1
        return QueryTimeout(
            f"the query ran longer than {seconds:g} s and was stopped",
            seconds=seconds,
            remedy="narrow it, or add a LIMIT",
        )

    def _failure(self, kind: str, message: str) -> SergekgError:
        if kind == "syntax":
            return self._rendering.error(message)
        if kind == "large":
            return QueryTooLarge(
                f"the result has more than {self._request.limits.bytes:,} bytes",
                remedy="add a LIMIT and an OFFSET",
            )
        if kind == "format":
            return NotWritable(message)
        if kind == "unavailable":
            return StoreUnavailable(
                f"the store cannot be opened: {message}", remedy="build the release again"
            )
        return failure(message)


_UNKNOWN_FUNCTION = re.compile(r"custom function <([^>]*)>")


def failure(message: str) -> QueryFailed:
    """What the engine said of a query that it could read and not evaluate."""
    if found := _UNKNOWN_FUNCTION.search(message):
        return QueryFailed(
            f"no function is called <{found[1]}>",
            remedy="the description of the service at /sparql lists ours",
        )
    return QueryFailed(f"the query cannot be evaluated: {message}")

"""Lets go of streams that nobody takes: each holds a worker, and a place among the queries that may run."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Protocol

from sergekg.errors import StoreError

PATIENCE = 60.0
"""Seconds that a client may take nothing, or less than the slowest rate."""
RATE = 20_000
"""Bytes a second that a client has to take in the long run."""
_PAUSE = 5.0


class Stream(Protocol):
    """What is given piece by piece.

    Attributes:
        given: bytes so far.
        waited: seconds that its client let it wait, all pieces before the last together.
        waiting_since: when the last piece was given; None while the next is being made.
    """

    given: int
    waited: float
    waiting_since: float | None

    def drop(self) -> None:
        """End it; from any thread."""
        ...


def is_stalled(stream: Stream, now: float) -> bool:
    """Whether its client has taken nothing for long, or too little in all; to evaluate is not its time."""
    since = stream.waiting_since
    if since is None:
        return False
    return now - since > PATIENCE or stream.waited + now - since > PATIENCE + stream.given / RATE


class Watch:
    """A thread that looks at streams now and then, while there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams: set[Stream] = set()
        self._runs = False

    def follow(self, stream: Stream, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The pieces of a stream, which is watched while they are taken."""
        self._add(stream)
        try:
            for piece in pieces:
                stream.given += len(piece)
                stream.waiting_since = time.monotonic()
                yield piece
                stream.waited += time.monotonic() - stream.waiting_since
                stream.waiting_since = None
        finally:
            self._remove(stream)

    def _add(self, stream: Stream) -> None:
        with self._lock:
            self._streams.add(stream)
            if not self._runs:
                threading.Thread(target=self._look, name="stalled streams", daemon=True).start()
                self._runs = True

    def _remove(self, stream: Stream) -> None:
        with self._lock:
            self._streams.discard(stream)

    def _look(self) -> None:
        while True:
            time.sleep(_PAUSE)
            with self._lock:
                if not self._streams:
                    self._runs = False
                    return
                now = time.monotonic()
                stalled = [stream for stream in self._streams if is_stalled(stream, now)]
            for stream in stalled:
                with contextlib.suppress(OSError, StoreError):  # who drops the next one must not end with it
                    stream.drop()

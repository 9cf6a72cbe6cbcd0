"""Turns what is pushed into a writer into what is pulled piece by piece, with a bounded queue between."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Any

_PIECES = 16
"""Pieces that may wait; a producer that is ahead of its reader by more is held up."""


class _Stopped(Exception):
    """The reader has gone."""


def pull(produce: Callable[[Any], object]) -> Iterator[bytes]:
    """The bytes that `produce` writes to the file-like object it is given, from a thread of its own.

    What it raises is raised here after the last piece. When the reader stops early, writing raises.
    """
    pieces: queue.Queue[bytes | BaseException | None] = queue.Queue(_PIECES)
    stopped = threading.Event()

    class Writer:
        def write(self, data: bytes) -> int:
            while not stopped.is_set():
                try:
                    pieces.put(bytes(data), timeout=0.5)
                    return len(data)
                except queue.Full:
                    continue
            raise _Stopped

        def flush(self) -> None:
            """Nothing is held back."""

    def run() -> None:
        last: BaseException | None = None
        try:
            produce(Writer())
        except _Stopped:
            return
        except BaseException as error:
            last = error
        while not stopped.is_set():
            try:
                pieces.put(last, timeout=0.5)
                return
            except queue.Full:
                continue

    thread = threading.Thread(target=run, name="result", daemon=True)
    thread.start()
    try:
        while True:
            piece = pieces.get()
            if piece is None:
                return
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        stopped.set()

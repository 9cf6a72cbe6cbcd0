"""Turns what is pushed into a writer into what is pulled piece by piece, with a bounded queue between."""

from __future__ import annotations

import queue
import threading
import traceback
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
            _forget_frames(error)
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


def _forget_frames(error: BaseException | None) -> None:
    """Let go of what the frames of an error hold: results of the engine may not leave their thread."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__

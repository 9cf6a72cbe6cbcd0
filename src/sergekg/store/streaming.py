"""Turns what is pushed into a writer into what is pulled piece by piece, with a bounded queue between."""

from __future__ import annotations

import queue
import threading
import traceback
from collections.abc import Callable, Generator
from typing import Any

_PIECES = 16
"""Pieces that may wait; a producer that is ahead of its reader by more is held up."""

_PAUSE = 0.5
"""Seconds after which who waits for the other looks whether it has gone."""


class _Stopped(Exception):
    """The reader has gone."""


def pull(
    produce: Callable[[Any], object],
    stopped: threading.Event | None = None,
    look: Callable[[], object] = lambda: None,
) -> Generator[bytes, None, None]:
    """The bytes that `produce` writes to the file-like object it is given, from a thread of its own.

    What it raises is raised here after the last piece. When the reader stops early, writing raises.

    Args:
        stopped: set, by any thread, to end it: what was not read yet is given up, as if it were all.
        look: called now and then while the next piece is waited for; what it raises ends it.
    """
    pieces: queue.Queue[bytes | BaseException | None] = queue.Queue(_PIECES)
    over = stopped or threading.Event()

    class Writer:
        def write(self, data: bytes) -> int:
            while not over.is_set():
                try:
                    pieces.put(bytes(data), timeout=_PAUSE)
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
        while not over.is_set():
            try:
                pieces.put(last, timeout=_PAUSE)
                return
            except queue.Full:
                continue

    thread = threading.Thread(target=run, name="result", daemon=True)
    thread.start()
    try:
        while not over.is_set():
            try:
                piece = pieces.get(timeout=_PAUSE)
            except queue.Empty:
                look()
                continue
            if piece is None:
                return
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        over.set()


def _forget_frames(error: BaseException | None) -> None:
    """Let go of what the frames of an error hold: results of the engine may not leave their thread."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__

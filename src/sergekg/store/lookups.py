"""Answers queries of one triple pattern in the process that asks: less work than to send them to a worker.

A worker is there so that a query can be ended. One triple pattern cannot run away: each of its solutions is
one step of an index, and no more than a few steps are taken here.
"""

from __future__ import annotations

import io
import time
from typing import Any

from sergekg.store.answers import Outcome, Request, Whole
from sergekg.store.evaluate import TooLarge, kind_of, write_result
from sergekg.store.local import LocalStore
from sergekg.store.rows import Rows

_MOST_ROWS, _MOST_BYTES = 32, 1 << 18
"""Longer answers are faster from a worker's memory, and what was read of them here is lost."""
_LONGEST = 10_000
"""Characters of a query that an engine reads in no time."""


class LookUps:
    """Answers what is a look-up and has a short answer.

    Args:
        store: of the same data as the workers', its default graph the union of the named graphs.
    """

    def __init__(self, store: LocalStore) -> None:
        self._engine = store.engine

    def answer(self, request: Request) -> Whole | None:
        """The whole answer; None where a worker has to give it, or to say what is wrong."""
        query, limits = request.query, request.limits
        if request.graphs.is_given or not query.is_look_up or len(query.source) > _LONGEST:
            return None
        began = time.monotonic()
        most = min(_MOST_ROWS, limits.rows)
        is_select = query.form == "SELECT"
        rendering = query.limited(most + 1) if is_select else query.rendering
        written = _Short(min(_MOST_BYTES, limits.bytes))
        try:
            result = self._engine.query(rendering.text)
            kind = kind_of(result)
            write_result(result, request.solutions, written)
        except (TooLarge, SyntaxError, ValueError, RuntimeError, OSError):
            return None
        body = written.getvalue()
        rows = _count(body, request.solutions) if is_select else 0
        if rows > most:
            return None
        return Whole(kind, body, Outcome(rows, len(body), time.monotonic() - began))


class _Short(io.BytesIO):
    """What is written, up to so many bytes; raises `TooLarge` before there are more."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > self._most:
            raise TooLarge
        return super().write(data)


def _count(document: bytes, format: str) -> int:
    counter = Rows(format)
    counter.see(document)
    return counter.count

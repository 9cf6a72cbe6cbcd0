"""Answers kept by what decides them, so that the same question to the same data is evaluated once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from sergekg.errors import QueryError, QueryFailed, QueryTimeout, QueryTooLarge, StoreError
from sergekg.store.answers import Answer


@dataclass(frozen=True, slots=True)
class Kept:
    """A whole result."""

    kind: str
    body: bytes
    rows: int
    is_cut: bool

    @property
    def size(self) -> int:
        return len(self.body) + 512


@dataclass(slots=True)
class _Flight:
    """A question that somebody is having answered right now."""

    done: threading.Event = field(default_factory=threading.Event)
    kept: Kept | None = None
    error: StoreError | None = None


class AnswerCache:
    """Keeps the answers used last, up to so many bytes; of many equal questions one is evaluated.

    Args:
        most: bytes in all; an answer larger than an eighth of it is not kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._flights: dict[Hashable, _Flight] = {}
        self.size = 0
        self.hits = 0
        self.misses = 0

    def fetch(self, key: Hashable, evaluate: Callable[[], Answer], patience: float) -> Kept | Answer:
        """What is kept under a key; else what `evaluate` gives, kept if it is whole.

        Who asks for what is being evaluated waits for that, up to `patience` seconds, and shares its error
        if it fails for a reason that lies in the question.
        """
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                self.hits += 1
                return found
            self.misses += 1
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = _Flight()
        if not leads:
            flight.done.wait(patience)
            if flight.kept is not None:
                return flight.kept
            if flight.error is not None:
                raise flight.error
            return _whole(evaluate())
        try:
            answer = _whole(evaluate())
            if isinstance(answer, Kept):
                flight.kept = answer
                self._keep(key, answer)
            return answer
        except (QueryError, QueryFailed, QueryTimeout, QueryTooLarge) as error:
            flight.error = error
            raise
        finally:
            with self._lock:
                self._flights.pop(key, None)
            flight.done.set()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self.size = 0

    def _keep(self, key: Hashable, answer: Kept) -> None:
        if answer.size > self._most // 8:
            return
        with self._lock:
            self._kept[key] = answer
            self.size += answer.size
            while self.size > self._most:
                _, dropped = self._kept.popitem(last=False)
                self.size -= dropped.size


def _whole(answer: Answer) -> Kept | Answer:
    if answer.body is None:
        return answer
    outcome = answer.outcome
    return Kept(answer.kind, answer.body, outcome.rows if outcome else 0, bool(outcome and outcome.is_cut))

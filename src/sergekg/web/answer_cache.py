"""Answers kept by what decides them, so that the same question to the same data is evaluated once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field

from werkzeug.exceptions import HTTPException, TooManyRequests

from sergekg.byte_cache import ByteCache
from sergekg.errors import (
    ClientGone,
    NotWritable,
    QueryFailed,
    QueryTimeout,
    QueryTooLarge,
    SergekgError,
    StoreBusy,
)
from sergekg.store.answers import Answer, Outcome, always
from sergekg.web.crowd import Crowd

_GRACE = 1.0
"""Seconds past its time that somebody's answer is waited for."""
_ASK = 1.0
"""Seconds after which it is asked, again and again, whether who waits is still there."""
_MOST_WAITING, _MOST_OF_CLIENT, _BRIEFLY = 36, 24, 0.1
"""How many may wait for what others ask, each in a thread of the web's: with those that wait for a place
(`places.PoolSettings`) fewer than there are. How many of one client, and the seconds that more of them may.
"""
_TOO_MANY, _RETRY = "too many wait for the same answers", 5
_MOST_OF_STREAM = 4 << 20
"""Bytes that are held of an answer while it streams, to keep it when it has ended."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A whole result."""

    kind: str
    body: bytes
    rows: int | None
    is_cut: bool

    @property
    def size(self) -> int:
        return len(self.body) + 512


@dataclass(slots=True)
class _Flight:
    """A question that somebody is having answered right now, for all who ask it meanwhile."""

    done: threading.Event = field(default_factory=threading.Event)
    kept: Kept | None = None
    error: SergekgError | None = None
    askers: list[Callable[[], bool]] = field(default_factory=list)

    def is_wanted(self) -> bool:
        """Whether any of them still waits."""
        return any(is_there() for is_there in tuple(self.askers))


class AnswerCache:
    """Keeps the answers used last; of many equal questions one is evaluated.

    Args:
        most: bytes in all, as in `ByteCache`.

    Attributes:
        hits: answers that were kept, or came as somebody else asked for them.
        misses: those that were evaluated.
    """

    def __init__(self, most: int) -> None:
        self._lock = threading.Lock()
        self._kept: ByteCache[Kept] = ByteCache(most)
        self._flights: dict[Hashable, _Flight] = {}
        self._waiting = Crowd(_MOST_OF_CLIENT, _MOST_WAITING, (_TOO_MANY, _TOO_MANY), _RETRY)
        self.hits = 0
        self.misses = 0

    @property
    def size(self) -> int:
        """Bytes kept now."""
        return self._kept.size

    def fetch(
        self,
        key: Hashable,
        evaluate: Callable[[Callable[[], bool]], Answer],
        seconds: float,
        is_there: Callable[[], bool] = always,
        client: str = "",
    ) -> Kept | Answer:
        """What is kept under a key; else what `evaluate` gives, kept when it is whole.

        Who asks for what is being evaluated waits for that, up to the `seconds` that it may
        take itself, and shares its error if it fails for a reason that lies in the question.

        Args:
            evaluate: is given what tells whether anybody waits for the answer; see `Request.is_wanted`.
            is_there: whether the one who asks here does.
            client: who that is, for the limit of each.

        Raises:
            StoreBusy: too many wait for what others ask.
            ClientGone: nobody waits here any more.
        """
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self.hits += 1
                return found
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = _Flight()
                self.misses += 1
            flight.askers.append(is_there)
        if not leads:
            try:
                self._wait(flight, seconds + _GRACE, is_there, client)
            finally:
                flight.askers.remove(is_there)
            if flight.kept is not None:
                with self._lock:
                    self.hits += 1
                return flight.kept
            if isinstance(flight.error, ClientGone):  # this one came when it had just been given up
                if not is_there():
                    raise flight.error
                return self.fetch(key, evaluate, seconds, is_there, client)
            if flight.error is not None and not _had_less_time(flight.error, seconds):
                raise flight.error
            with self._lock:
                self.misses += 1
            return self._keep(key, evaluate(is_there))
        try:
            answer = self._keep(key, evaluate(flight.is_wanted))
            if isinstance(answer, Kept):
                flight.kept = answer
            return answer
        except (ClientGone, NotWritable, QueryFailed, QueryTimeout, QueryTooLarge) as error:
            flight.error = error  # no QueryError: where a mistake stands is told of each one's own text
            raise
        finally:
            with self._lock:
                self._flights.pop(key, None)
            flight.done.set()

    def _wait(self, flight: _Flight, seconds: float, is_there: Callable[[], bool], client: str) -> None:
        try:
            self._waiting.enter(client)
        except HTTPException as refusal:
            if not flight.done.wait(_BRIEFLY):
                raise StoreBusy(
                    _TOO_MANY,
                    retry_after=_RETRY,
                    by_client=isinstance(refusal, TooManyRequests),
                    remedy="try again later",
                ) from None
            return
        try:
            until = time.monotonic() + seconds
            while not flight.done.wait(min(_ASK, max(until - time.monotonic(), 0))):
                if time.monotonic() >= until:
                    return
                if not is_there():
                    raise ClientGone
        finally:
            self._waiting.leave(client)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def _keep(self, key: Hashable, answer: Answer) -> Kept | Answer:
        """The answer, kept now if it is whole, else once it has passed."""

        def keep(kept: Kept) -> None:
            self._kept.put(key, kept, kept.size)

        if answer.body is None:
            longest = min(_MOST_OF_STREAM, self._kept.largest)
            return _Passing(answer, keep, longest) if longest else answer
        outcome = answer.outcome
        kept = Kept(
            answer.kind, answer.body, outcome.rows if outcome else 0, bool(outcome and outcome.is_cut)
        )
        keep(kept)
        return kept


def _had_less_time(error: SergekgError, seconds: float) -> bool:
    return isinstance(error, QueryTimeout) and error.seconds < seconds


class _Passing:
    """An answer that streams, and is kept if it ends whole and has at most `longest` bytes."""

    body = None

    def __init__(self, answer: Answer, keep: Callable[[Kept], None], longest: int) -> None:
        self.kind = answer.kind
        self._answer, self._keep, self._longest = answer, keep, longest

    @property
    def outcome(self) -> Outcome | None:
        return self._answer.outcome

    def __iter__(self) -> Iterator[bytes]:
        held: list[bytes] = []
        size = 0
        for piece in self._answer:
            size += len(piece)
            if size <= self._longest:
                held.append(piece)
            else:
                held.clear()
            yield piece
        outcome = self._answer.outcome
        if size <= self._longest and outcome is not None and not outcome.is_cut:
            self._keep(Kept(self.kind, b"".join(held), outcome.rows, is_cut=False))

    def close(self) -> None:
        self._answer.close()

"""Who may run a query now, who waits, and who is told to come back."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sergekg.errors import ClientGone, StoreBusy
from sergekg.store.answers import always

_ASK = 1.0
"""Seconds after which it is asked, again and again, whether somebody still waits for what waits here."""
PAGES = "pages"
"""The client that our own pages are: many readers, so that no limit for one holds."""


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """How many queries run.

    Attributes:
        most: queries at once, in this web process.
        most_for_client: of one client.
        queue: how many may wait beyond those that run; with these, and with those that wait for what others
            ask (`web.answer_cache`), fewer than the web has threads, or these would stop everything else.
        queue_of_client: how many of one client.
        patience: seconds that one waits before it is refused.
        memory: bytes that a worker may take beyond its share of the store.
        ready: workers that are kept waiting.
        settled: of these, how many read through a store in memory while they wait: what they share with
            its keeper is copied as it is read (about 250 bytes a quad of the default graph), and then no
            query has to.
    """

    most: int = 16
    most_for_client: int = 4
    queue: int = 36
    queue_of_client: int = 18
    patience: float = 10.0
    memory: int = 2 << 30
    ready: int = field(default_factory=lambda: (os.cpu_count() or 1) + 1)
    settled: int = 2


class Places:
    """Who may run: so many at once, so many of one client, the others in the order they came."""

    def __init__(self, settings: PoolSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._by_client: Counter[str] = Counter()
        self._waiting: deque[tuple[str, threading.Event]] = deque()
        self.taken = 0

    def take(self, client: str, is_wanted: Callable[[], bool] = always) -> None:
        """Wait for a place.

        Raises:
            StoreBusy: none came free in time.
            ClientGone: it is not wanted any more.
        """
        until = time.monotonic() + self._settings.patience
        with self._lock:
            if self._may(client):  # then nobody who waits may, or would have been called
                self._enter(client)
                return
            if self._waits_enough(client):
                raise self._too_many(client)
            if len(self._waiting) >= self._settings.queue:
                raise self._busy(client)
            turn = threading.Event()
            entry = (client, turn)
            self._waiting.append(entry)
        while not turn.wait(max(min(_ASK, until - time.monotonic()), 0)):
            is_late = time.monotonic() >= until
            if not is_late and is_wanted():
                continue
            with self._lock:
                if turn.is_set():
                    return
                self._waiting.remove(entry)
                raise self._busy(client) if is_late else ClientGone

    @contextmanager
    def one(self, client: str, is_wanted: Callable[[], bool] = always) -> Iterator[None]:
        """A place for as long as it lasts; raises as `take`."""
        self.take(client, is_wanted)
        try:
            yield
        finally:
            self.give_back(client)

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
        return self.taken < self._settings.most and not self._has_its_share(client)

    def _has_its_share(self, client: str) -> bool:
        return client != PAGES and self._by_client[client] >= self._settings.most_for_client

    def _waits_enough(self, client: str) -> bool:
        waiting = sum(one == client for one, _ in self._waiting)
        return client != PAGES and waiting >= self._settings.queue_of_client

    def _enter(self, client: str) -> None:
        self.taken += 1
        self._by_client[client] += 1

    def _busy(self, client: str) -> StoreBusy:
        if self._has_its_share(client):
            return self._too_many(client)
        return StoreBusy(
            "too many queries run at once",
            retry_after=self._retry_after,
            by_client=False,
            remedy="try again later",
        )

    def _too_many(self, client: str) -> StoreBusy:
        running = self._by_client[client]
        return StoreBusy(
            f"{running} of your queries already run" if running else "too many of your queries already wait",
            retry_after=self._retry_after,
            by_client=True,
            remedy="send them one after another",
        )

    @property
    def _retry_after(self) -> int:
        return max(1, round(self._settings.patience / 2))

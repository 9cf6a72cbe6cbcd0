"""How many requests may do at once what holds the server up: of one client, and of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from werkzeug.exceptions import ServiceUnavailable, TooManyRequests


class Crowd:
    """The requests that are at it now.

    Args:
        too_many: what a client is told that has as many as it may; and what others are told.
        retry_after: seconds after which to try again.
    """

    def __init__(self, most_of_client: int, most: int, too_many: tuple[str, str], retry_after: int) -> None:
        self._most_of_client, self._most = most_of_client, most
        self._too_many, self._retry_after = too_many, retry_after
        self._lock = Lock()
        self._counts: Counter[str] = Counter()

    @contextmanager
    def joined(self, client: str) -> Iterator[None]:
        """Count one more until the block is left; raises as `enter`."""
        self.enter(client)
        try:
            yield
        finally:
            self.leave(client)

    def enter(self, client: str) -> None:
        """Count one more.

        Raises:
            TooManyRequests, ServiceUnavailable: there are too many.
        """
        of_client, of_all = self._too_many
        with self._lock:
            if self._counts[client] >= self._most_of_client:
                raise TooManyRequests(of_client, retry_after=self._retry_after)
            if self._counts.total() >= self._most:
                raise ServiceUnavailable(of_all, retry_after=self._retry_after)
            self._counts[client] += 1

    def leave(self, client: str) -> None:
        """Count one less."""
        with self._lock:
            self._counts[client] -= 1
            if not self._counts[client]:
                del self._counts[client]

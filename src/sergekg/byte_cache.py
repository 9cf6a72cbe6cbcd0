"""What several caches of one process have in common: a limit in bytes, and the least used goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class ByteCache(Generic[Value]):
    """Values by key, for many threads.

    Args:
        most: bytes in all.

    Attributes:
        size: bytes kept now.
        largest: bytes of a value; a larger one is not kept.
    """

    def __init__(self, most: int) -> None:
        self.size = 0
        self.largest = most // 8
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Value | None:
        """The value under a key, if it is still kept."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def put(self, key: Hashable, value: Value, size: int) -> None:
        """Keep a value of so many bytes in place of the one under its key."""
        if size > self.largest:
            return
        with self._lock:
            self._drop(key)
            self._kept[key] = value, size
            self.size += size
            while self.size > self._most:
                self._drop(next(iter(self._kept)))

    def drop(self, key: Hashable) -> None:
        """Forget what is under a key, if anything is."""
        with self._lock:
            self._drop(key)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self.size = 0

    def _drop(self, key: Hashable) -> None:
        if key in self._kept:
            self.size -= self._kept.pop(key)[1]

"""Remembers what functions gave for short texts, so that what many ask again is worked out once."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def remember(entries: int, longest: int) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Decorates a function of texts whose result nobody changes; calls with long texts are not kept.

    Args:
        entries: results that are kept, those asked for last.
        longest: characters, or bytes, that the texts of a call may have together.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        kept: Any = lru_cache(entries)(function)

        @wraps(function)
        def call(*args: P.args, **named: P.kwargs) -> T:
            is_short = sum(len(one) for one in args if isinstance(one, str | bytes)) <= longest
            found: T = (kept if is_short and not named else function)(*args, **named)
            return found

        return call

    return decorate

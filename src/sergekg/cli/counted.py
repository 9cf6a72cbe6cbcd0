"""Counts in words of English."""

from __future__ import annotations


def counted(count: int, one: str, several: str = "") -> str:
    """So many of something.

    >>> counted(1, "text"), counted(2, "text"), counted(2, "entity", "entities")
    ('1 text', '2 texts', '2 entities')
    """
    return f"{count} {one if count == 1 else several or f'{one}s'}"

"""The text that an engine is given, made from a source by edits, and its errors led back to the source."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sergekg.errors import QueryError
from sergekg.store.lexer import error_at

_POSITION = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of the source that an engine reads as something else."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Rendering:
    """A text for an engine, made from a source by edits; leads the engine's errors back to the source."""

    source: str
    text: str
    breaks: Sequence[tuple[int, int]]

    def error(self, message: str) -> QueryError:
        """The engine's syntax error, in few words, with the line and column of the source."""
        found = _POSITION.search(message)
        if not found:
            return QueryError(_shorten(message))
        lines = self.text.split("\n")
        row = min(int(found[1]), len(lines))
        offset = sum(len(line) + 1 for line in lines[: row - 1]) + int(found[2]) - 1
        index = bisect_right(self.breaks, (offset, len(self.source))) - 1
        at, origin = self.breaks[index] if index >= 0 else (0, 0)
        here = min(origin + max(offset - at, 0), len(self.source))
        return error_at(self.source, here, _unexpected(self.source, here), _expectation(found[3]))


def render(source: str, edits: Iterable[Edit]) -> Rendering:
    """Apply edits; what lies within a stretch that an earlier one replaced has gone with it."""
    parts: list[str] = []
    breaks, position, length = [(0, 0)], 0, 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        if edit.start < position:
            continue
        for part in (source[position : edit.start], edit.text):
            parts.append(part)
            length += len(part)
        position = edit.end
        breaks += [(length - len(edit.text), edit.start), (length, position)]
    parts.append(source[position:])
    return Rendering(source, "".join(parts), breaks)


def _unexpected(source: str, offset: int) -> str:
    found = re.match(r"\s*(\S{1,40})", source[offset:])
    if not found:
        return "the text ends too soon"
    return f"{found[1]} cannot stand here"


def _expectation(message: str) -> str | None:
    """The engine's expectations less its character classes: words and marks a person can use."""
    if "expected" not in message:
        return _shorten(message)
    wanted = re.findall(r"\b([A-Z]{2,}(?:_[A-Z]+)*)\b|\"([^\"A-Za-z0-9]{1,3})\"", message)
    words = [word or mark for word, mark in wanted if word or mark.strip("'\"_:$?+-.")]
    said = [
        part
        for part in re.split(r"expected (?:one of )?", message)[-1].split(", ")
        if " " in part and "[" not in part
    ]
    if said and not words:
        return _shorten(said[0])
    return "expected " + ", ".join(dict.fromkeys(words[:12])) if words else None


def _shorten(message: str) -> str:
    return " ".join(message.split())[:200]

"""The text that an engine is given, made from a source by edits, and its errors led back to the source."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sergekg.errors import QueryError
from sergekg.store.lexer import error_at

_CLASS = re.compile(r"\['.*?'\]|\[_\]", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_MARKS = (".", ";", ",", "}", ")", "]", "{", "(", "[", "=", "|", "/", "^")
"""Marks that a query may lack, those that it lacks most often first."""
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
        if sentence := _sentence(found[3]):
            return error_at(self.source, here, sentence)
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


def _sentence(message: str) -> str | None:
    """What the engine says of a query that its grammar has and the language has not."""
    if "expected" not in message:
        return _shorten(message)
    parts = _CLASS.sub("", message.partition("expected ")[2].removeprefix("one of ")).split(", ")
    said = [part for part in parts if re.match(r"[A-Z][A-Za-z*]+ [\w*]+ ", part)]
    return _shorten(said[0]) if said else None


def _expectation(message: str) -> str | None:
    """The engine's expectations as a person writes them: marks, words, an example of each kind of term."""
    listed = _CLASS.sub("", message.partition("expected ")[2])
    quoted = {mark.replace("\\", "") for mark in _QUOTED.findall(listed)}
    words = list(dict.fromkeys(re.findall(r"\b[A-Z][A-Z_]+\b", _QUOTED.sub("", listed))))
    if {"?", "<"} <= quoted:  # a term may begin here, and so many things that to list them helps nobody
        said = ["?variable", "<iri>", "prefix:name", *(['"text"'] if '"' in quoted else [])]
    else:
        said = [mark for mark in _MARKS if mark in quoted] + words[:12]
    return "expected " + " ".join(said) if said else None


def _shorten(message: str) -> str:
    return " ".join(message.split())[:200]

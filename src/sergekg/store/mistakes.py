"""Finds the place of a mistake in a query more exactly than the engine tells it.

The engine tells the furthest place that its parser reached, and takes a keyword that it only tried for read:
`OPTIONAL`, tried where a full stop is missing, puts the mistake eight characters too far and hides what could
stand there. Between words further apart than any keyword is long, no such guess reaches the next word.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence

import pyoxigraph as ox

from sergekg.errors import QueryError
from sergekg.store.lexer import Token, position_of, read_tokens
from sergekg.store.misuses import find_misuse

_POSITION = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_WIDE = " " * 24
_LONGEST = 20_000
"""Characters of a text that is read twice more; a longer one is left to what the engine says."""


def locate(text: str, message: str) -> str:
    """The engine's message on a text that it refused, with the line and column of the word that cannot stand
    there and with what could, or of the variable that is misused; the same message where no better is found.
    """
    if len(text) > _LONGEST or not _POSITION.search(message):
        return message
    try:
        tokens = read_tokens(text)
    except QueryError:
        return message
    text = _asking_nobody(text, tokens)
    if misuse := find_misuse(text, tokens, lambda written: _parse(written) is None):
        line, column = position_of(text, misuse[0].start)
        return f"error at {line}:{column}: {misuse[1]}"
    parts, starts, length, last = [], [], 0, 0
    for token in tokens:
        gap = text[last : token.start]
        # space is put only where it changes nothing: where there is some, and beside braces and semicolons
        gap += _WIDE if gap or token.text in "{};" else ""
        parts += [gap, text[token.start : token.end]]
        starts.append(length + len(gap))
        length += len(gap) + token.end - token.start
        last = token.end
    wide = "".join(parts) + _WIDE
    found = _parse(wide)
    if found is None:
        return message
    place, expected = found
    index = sum(start <= place for start in starts) if place < len(wide) else len(starts) + 1
    if index == 0:
        return message
    if index <= len(starts):
        at, before = tokens[index - 1].start, wide[: starts[index - 1]]
        ended = _parse(before)  # what could stand there is what a text that ends there lacks
        if ended is not None and ended[0] > len(before.rstrip()):
            expected = f"expected one of {_listed(ended[1])}, {_listed(expected)}"
    else:
        at = len(text.rstrip())
    line, column = position_of(text, at)
    return f"error at {line}:{column}: {expected}"


def check_syntax(text: str) -> None:
    """Have the engine read a query, which it does only by evaluating it: on nothing, and asking nobody.

    Raises:
        SyntaxError: the engine refuses it.
        QueryError: it has what is no terminal.
    """
    _read(_asking_nobody(text, read_tokens(text)))


def _asking_nobody(text: str, tokens: Sequence[Token]) -> str:
    """A text as long, with graphs of a store where it has endpoints, which evaluating it would ask."""
    parts, last = [], 0
    for token in tokens:
        if token.kind == "word" and token.text in ("SERVICE", "SILENT"):
            word = "GRAPH" if token.text == "SERVICE" else ""
            parts += [text[last : token.start], word.ljust(token.end - token.start)]
            last = token.end
    return "".join([*parts, text[last:]])


def _read(text: str) -> None:
    with contextlib.suppress(ValueError, RuntimeError, OSError):  # what fails on nothing need not fail
        ox.Store().query(text, default_graph=[], named_graphs=[])


def _parse(text: str) -> tuple[int, str] | None:
    """Where the engine refuses a text, and its words; None where it takes it."""
    try:
        _read(text)
    except SyntaxError as error:
        found = _POSITION.search(str(error))
    else:
        return None
    if found is None:
        return None
    lines = text.split("\n")[: int(found[1]) - 1]
    return sum(len(line) + 1 for line in lines) + int(found[2]) - 1, found[3]


def _listed(expected: str) -> str:
    return expected.removeprefix("expected ").removeprefix("one of ")

"""Finds the variable that a query misuses: one that is not grouped, or that has a value already.

The engine refuses such a query at its end, and does not always say why. So each place where a variable can be
misused is written as something that is always right, and then, place by place, as it was.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sergekg.store.lexer import Token

_MOST = 500
"""Places of a query that is looked at."""
_NOT_GROUPED = "{word} is neither in GROUP BY nor within COUNT, SUM or another aggregate"
_HAS_VALUE = "{word} has a value already; choose another name behind AS"
_TWICE = "{word} is selected twice"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a variable may be misused.

    Attributes:
        index: of its token.
        depth: of the brackets around its clause; what is inside is judged first.
        plain: what is always right in its stead, with `{}` for a number.
        misuse: what is wrong if it is this one.
    """

    index: int
    depth: int
    plain: str
    misuse: str


def find_misuse(
    text: str, tokens: Sequence[Token], is_right: Callable[[str], bool]
) -> tuple[Token, str] | None:
    """The token of a text that misuses a variable, and a sentence on it; None if no place explains it.

    Args:
        tokens: of the text, which the engine refuses.
        is_right: whether the engine takes a text.
    """
    places = sorted(_places(tokens), key=lambda place: (-place.depth, place.index))
    if not 0 < len(places) <= _MOST or not is_right(_written(text, tokens, places)):
        return None
    # with the first so many places as they were, and the first number of them at which it is refused
    number = bisect_left(
        range(1, len(places)), True, key=lambda kept: not is_right(_written(text, tokens, places[kept:]))
    )
    place = places[number]
    token = tokens[place.index]
    return token, place.misuse.format(word=token.text)


def _written(text: str, tokens: Sequence[Token], places: Sequence[_Place]) -> str:
    parts, last = [], 0
    for number, place in enumerate(sorted(places, key=lambda place: place.index)):
        token = tokens[place.index]
        # no name of a reader has two low lines at its end and a number between
        parts += [text[last : token.start], place.plain.format(f"zz__{number}__")]
        last = token.end
    return "".join([*parts, text[last:]])


def _places(tokens: Sequence[Token]) -> Iterator[_Place]:
    depth = 0
    for index, token in enumerate(tokens):
        if token.text in ("(", "{"):
            depth += 1
        elif token.text in (")", "}"):
            depth -= 1
        elif token.kind == "word" and token.text == "SELECT":
            yield from _selected(tokens, index + 1, depth)
        elif token.kind == "word" and token.text == "BIND":
            target = _target(tokens, index + 1)
            if target is not None:
                yield _Place(target, depth, "?{}", _HAS_VALUE)


def _selected(tokens: Sequence[Token], index: int, depth: int) -> Iterator[_Place]:
    """The places of one SELECT clause, whose items begin at an index."""
    names: set[str] = set()
    while index < len(tokens):
        token = tokens[index]
        if token.kind == "variable":
            yield _Place(index, depth, "(1 AS ?{})", _TWICE if token.text[1:] in names else _NOT_GROUPED)
            names.add(token.text[1:])
        elif token.text == "(":
            end = _end(tokens, index)
            target = _target(tokens, index)
            if target is None:
                return
            for inside in range(index + 1, target):
                if tokens[inside].kind == "variable":
                    yield _Place(inside, depth, "1", _NOT_GROUPED)
            name = tokens[target].text[1:]
            yield _Place(target, depth, "?{}", _TWICE if name in names else _HAS_VALUE)
            names.add(name)
            index = end
        elif token.text not in ("DISTINCT", "REDUCED"):
            return
        index += 1


def _target(tokens: Sequence[Token], index: int) -> int | None:
    """The variable behind AS at the end of a bracket that opens at an index."""
    end = _end(tokens, index)
    is_there = end - index > 2 and tokens[end - 2].text == "AS" and tokens[end - 1].kind == "variable"
    return end - 1 if is_there else None


def _end(tokens: Sequence[Token], index: int) -> int:
    """Where a bracket closes that opens at an index."""
    depth = 0
    for here in range(index, len(tokens)):
        depth += (tokens[here].text == "(") - (tokens[here].text == ")")
        if depth <= 0:
            return here
    return len(tokens) - 1

"""Reads groups of a query: their triples, written out one by one, and their filters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sergekg.store.lexer import CLOSING, OPENING, Token

_TERMS = frozenset({"variable", "iri", "name", "string", "number"})
_OTHERS = frozenset({"OPTIONAL", "MINUS", "GRAPH", "SERVICE", "BIND", "VALUES", "UNION", "LATERAL"})


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of tokens: indices of its first and of what follows its last."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Triple:
    """A triple pattern: its three terms, and the index where the triples of its subject begin."""

    subject: Part
    predicate: Part
    object: Part
    begin: int

    @property
    def terms(self) -> tuple[Part, Part, Part]:
        return self.subject, self.predicate, self.object


@dataclass
class Group:
    """What stands directly in a group (SPARQL 1.1 Query, [54]).

    Attributes:
        begin, end: indices of its braces.
        has_others: whether there is more than triples and filters.
    """

    begin: int
    end: int
    triples: list[Triple] = field(default_factory=list)
    filters: list[Part] = field(default_factory=list)
    has_others: bool = False


def read_groups(tokens: Sequence[Token], start: int) -> Iterator[Group]:
    """The groups whose triples are terms alone: no paths, lists or nodes in brackets.

    Args:
        start: index of the word that says the query's form.
    """
    closing = _closings(tokens, start)
    for begin in _beginnings(tokens, start, closing):
        if (group := _read(tokens, begin, closing[begin], closing)) is not None:
            yield group


def read_outermost(tokens: Sequence[Token], start: int) -> Group | None:
    """The group of the query itself, if `read_groups` gives it."""
    closing = _closings(tokens, start)
    begin = next(_beginnings(tokens, start, closing), None)
    return None if begin is None else _read(tokens, begin, closing[begin], closing)


def _beginnings(tokens: Sequence[Token], start: int, closing: dict[int, int]) -> Iterator[int]:
    """Where groups begin, from the outermost."""
    has_template = [token.text for token in tokens[start : start + 2]] == ["CONSTRUCT", "{"]
    for begin in sorted(closing):
        if tokens[begin].text == "{" and not (has_template and begin == start + 1):
            yield begin


def variables(tokens: Sequence[Token], part: Part) -> set[str]:
    """The names of the variables in a stretch."""
    return {token.text[1:] for token in tokens[part.begin : part.end] if token.kind == "variable"}


def _closings(tokens: Sequence[Token], start: int) -> dict[int, int]:
    """Where each bracket is closed."""
    found, opened = {}, []
    for index in range(start, len(tokens)):
        token = tokens[index]
        if token.kind == "mark" and token.text in OPENING:
            opened.append(index)
        elif token.kind == "mark" and token.text in CLOSING and opened:
            found[opened.pop()] = index
    return found


def _read(tokens: Sequence[Token], begin: int, end: int, closing: dict[int, int]) -> Group | None:
    group = Group(begin, end)
    index = begin + 1
    may_stop = False
    while index < end:
        token = tokens[index]
        if token.text == "." and token.kind == "mark":
            if not may_stop:
                return None  # an engine says that there is nothing to end
            may_stop = False
            index += 1
            continue
        may_stop = True
        if token.kind == "word" and token.text == "FILTER":
            after = _after_filter(tokens, index, closing)
            if after is None:
                return None
            group.filters.append(Part(index, after))
            index = after
        elif (token.kind == "word" and token.text in _OTHERS) or token.text == "{":
            group.has_others = True
            index = _after_other(tokens, index, end, closing)
        else:
            after = _read_triples(tokens, index, end, group.triples)
            if after is None:
                return None
            index = after
    return group


def _after_filter(tokens: Sequence[Token], index: int, closing: dict[int, int]) -> int | None:
    """Constraint ([69]): an expression in parentheses, a call, or EXISTS with its group."""
    index += 1
    while tokens[index].kind != "mark":
        index += 1
    return closing[index] + 1 if tokens[index].text in ("(", "{") else None


def _after_other(tokens: Sequence[Token], index: int, end: int, closing: dict[int, int]) -> int:
    """What follows the last bracket of a pattern that begins with a word, or of a group."""
    word = tokens[index].text
    while index < end and index not in closing:
        index += 1
    index = closing.get(index, end) + 1
    if word == "VALUES" and index < end and tokens[index].text == "{":  # the first were its variables
        index = closing[index] + 1
    return index


def _read_triples(tokens: Sequence[Token], begin: int, end: int, triples: list[Triple]) -> int | None:
    """Read the triples of one subject ([75] to [79]); the index of what follows them."""
    subject = _read_term(tokens, begin)
    if subject is None:
        return None
    index = subject.end
    while index < end:
        verb = tokens[index]
        if not (verb.kind in ("variable", "iri", "name") or (verb.kind == "word" and verb.text == "A")):
            return None
        predicate = Part(index, index + 1)
        index += 1
        while True:
            value = _read_term(tokens, index)
            if value is None:
                return None
            triples.append(Triple(subject, predicate, value, begin))
            index = value.end
            if index < end and tokens[index].kind == "mark" and tokens[index].text == ",":
                index += 1
                continue
            break
        is_more = False
        while index < end and tokens[index].kind == "mark" and tokens[index].text == ";":
            is_more, index = True, index + 1
        ends = index >= end or tokens[index].text in (".", "{") or tokens[index].kind == "word"
        if ends and not (is_more and index < end and tokens[index].text == "A"):
            return index
        if not is_more:
            return None
    return None


def _read_term(tokens: Sequence[Token], index: int) -> Part | None:
    if index >= len(tokens):
        return None
    token = tokens[index]
    if token.kind == "word" and token.text in ("TRUE", "FALSE"):
        return Part(index, index + 1)
    if token.kind not in _TERMS:
        return None
    if token.kind == "string" and index + 2 < len(tokens):
        if tokens[index + 1].kind == "language":
            return Part(index, index + 2)
        if tokens[index + 1].text == "^^":
            return Part(index, index + 3) if tokens[index + 2].kind in ("iri", "name") else None
    return Part(index, index + 1)

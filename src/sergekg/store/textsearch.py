"""Text search: the magic property `skg:textMatch`, over an index of names and quotes beside the store.

The engine has no index of text. So the pattern `?thing skg:textMatch "words"` leaves the query before the
engine sees it, and what SQLite's FTS5 finds comes in its place as VALUES. Where there is no index, or only
some graphs are asked, a sub-query does the same by reading every name and quote: with `skg:matches`, or on a
remote store with CONTAINS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from sergekg.errors import QueryError, QueryTooLarge
from sergekg.store.analysis import STORES_OWN, Dataset, Query
from sergekg.store.functions import MATCHES, TEXT_MATCH, WORD, find_names, words_asked
from sergekg.store.lexer import CLOSING, OPENING, Token, error_at
from sergekg.store.rendering import Edit
from sergekg.vocab import PREFIXES

MOST = 20_000
"""Things that the searches of one query may find together; more is an error, not a cut."""
MOST_SEARCHES, MOST_WORDS = 8, 32
"""Searches of one query, and words of one search."""
PROPERTIES = ("rdfs:label", "skos:prefLabel", "skos:altLabel", "skg:quote", "oa:exact")
_TEXT_MATCH = frozenset({TEXT_MATCH})
_TERMS = frozenset({"A", "TRUE", "FALSE"})
"""The words of the grammar that stand in triples."""

Within = str | None
"""The graphs that a search looks through: None for all of the store together; else the variable of the GRAPH
that it stands in, or nothing where that has a name or the query a dataset, and within LATERAL."""
Pattern = Callable[[str, str, Within], str]
"""From a variable, words and graphs, the pattern that binds the variable to what matches the words there."""


def by_function(variable: str, words: str, within: Within = None) -> str:
    """A sub-query that reads every name and quote; for stores whose functions are ours."""
    return _subquery(variable, f"<{MATCHES}>({{text}}, {_quoted(words)})", within)


def by_contains(variable: str, words: str, within: Within = None) -> str:
    """A sub-query of SPARQL 1.1 alone: accents and transliterations have to be as written."""
    tests = [f"CONTAINS(LCASE(STR({{text}})), {_quoted(part)})" for part in WORD.findall(words.lower())]
    return _subquery(variable, " && ".join(tests) or "false", within)


def expand(query: Query, pattern: Pattern, graphs: Dataset = STORES_OWN) -> Query:
    """The query with patterns in place of `skg:textMatch`.

    Args:
        graphs: what the protocol asked for; it takes the place of the query's own dataset.

    Raises:
        QueryError: the property stands where it has no meaning.
        QueryTooLarge: the words match too much.
    """
    places = find_searches(query)
    if not places:
        return query
    tokens = query.tokens
    if len(places) > MOST_SEARCHES:
        raise error_at(
            query.source,
            tokens[places[MOST_SEARCHES]].start,
            f"a query may search with skg:textMatch {MOST_SEARCHES} times",
            "ask in several queries",
        )
    if query.form == "CONSTRUCT" and tokens[query.begin + 1].text != "{":
        raise error_at(
            query.source,
            tokens[places[0]].start,
            "CONSTRUCT WHERE takes nothing but triples of the store",
            "write a template between CONSTRUCT and WHERE",
        )
    is_whole = not graphs.is_given and not query.dataset.is_given
    edits: list[Edit] = []
    for triples in _read_triples(query, frozenset(places), None if is_whole else ""):
        edits += _place(query, triples, pattern)
        if sum(edit.text.count("<") for edit in edits) > MOST:  # no IRI holds this mark
            raise QueryTooLarge(
                f"more than {MOST:,} things match the searches of the query",
                remedy="give more, or longer, words",
            )
    stretches = [edit for edit in edits if edit.end > edit.start]
    kept = [
        edit
        for edit in query.edits
        if not any(gone.start <= edit.start and edit.end <= gone.end for gone in stretches)
    ]
    return replace(query, edits=[*kept, *edits], is_look_up=False)


def find_searches(query: Query) -> list[int]:
    """Where the property stands among the tokens; each way to write it is resolved once, all together."""
    places = find_names(query, _TEXT_MATCH)
    if not places:
        return []
    written = {query.tokens[index].text: query.tokens[index] for index in places}
    iris = dict(zip(written, query.resolve(list(written.values())), strict=True))
    return [index for index in places if iris[query.tokens[index].text] == TEXT_MATCH]


@dataclass(frozen=True, slots=True)
class _Triples:
    """The triples of one subject with the searches among them.

    Attributes:
        begin, end: indices of the subject and of what follows the triples.
        parts: where the property and objects between two `;` begin, and where they end; some are empty.
        searches: indices of the property.
        within: see `Within`.
    """

    begin: int
    end: int
    parts: Mapping[int, int]
    searches: Sequence[int]
    within: Within


@dataclass(slots=True)
class _Bracket:
    """An open bracket and, in one of a group, the pattern that is being read.

    Attributes:
        begin: index where the pattern begins; None between two patterns.
        is_worded: whether a word begins it, as FILTER does, so that it is no triples.
        breaks: indices of its `;`.
        searches: indices of the property in it.
    """

    is_group: bool
    within: Within
    is_elsewhere: bool
    begin: int | None = None
    is_worded: bool = False
    breaks: list[int] = field(default_factory=list)
    searches: list[int] = field(default_factory=list)

    def finish(self, end: int) -> Iterator[_Triples]:
        """End the pattern before an index; gives it if there are searches in it."""
        if self.begin is not None and self.searches:
            parts = {one + 1: other for one, other in pairwise([self.begin, *self.breaks, end])}
            yield _Triples(self.begin, end, parts, self.searches, self.within)
        self.begin, self.is_worded, self.breaks, self.searches = None, False, [], []


def _read_triples(query: Query, places: Collection[int], within: Within) -> Iterator[_Triples]:
    """The triples with searches, by the grammar of group patterns (SPARQL 1.1 Query, [53] to [77]).

    Only triples need a full stop between them: other patterns begin with a word or a brace, and end with a
    brace or, FILTER and BIND, with a parenthesis. What stands in SERVICE is left to the endpoint asked there.
    """
    tokens = query.tokens
    brackets = [_Bracket(False, within, False)]
    for index, token in enumerate(tokens):
        here = brackets[-1]
        mark = token.text if token.kind == "mark" else ""
        if mark in CLOSING:
            yield from here.finish(index)
            brackets.pop()
            here = brackets[-1]
            if here.begin is not None and (mark == "}" or tokens[here.begin].text in ("FILTER", "BIND")):
                yield from here.finish(index + 1)
            continue
        if here.is_group:
            is_word = token.kind == "word" and token.text not in _TERMS
            if mark == "." or (here.begin is not None and not here.is_worded and (is_word or mark == "{")):
                yield from here.finish(index)
            if here.begin is None and mark != ".":
                here.begin, here.is_worded = index, is_word
            elif mark == ";":
                here.breaks.append(index)
        # who asks what the property is; words right behind it stand where a property does
        is_subject = here.is_group and here.begin == index and tokens[index + 1].kind != "string"
        if index in places and not (here.is_elsewhere or is_subject):
            if not here.is_group:
                raise _misplaced(query, index)
            here.searches.append(index)
        if mark in OPENING:
            brackets.append(_opened(tokens, index, here))


def _opened(tokens: Sequence[Token], index: int, outer: _Bracket) -> _Bracket:
    word = tokens[outer.begin].text if outer.begin is not None else ""
    before = tokens[index - 1]
    within = outer.within
    if word == "GRAPH":
        within = before.text if before.kind == "variable" else ""
    elif word == "LATERAL" and within is None:
        within = ""  # VALUES may not give a variable that has a value on its left
    is_group = tokens[index].text == "{" and before.text != "CONSTRUCT"
    return _Bracket(is_group, within, outer.is_elsewhere or word == "SERVICE")


def _place(query: Query, triples: _Triples, pattern: Pattern) -> Iterator[Edit]:
    """The edits that put patterns in the place of searches; other triples of the subject stay."""
    tokens, parts = query.tokens, triples.parts
    subject = tokens[triples.begin]
    found = " "  # what stands before may be a name with a prefix, written up to the full stop
    for index in triples.searches:
        kinds = [token.kind for token in tokens[index + 1 : parts.get(index, index)]]
        if subject.kind != "variable" or kinds not in (["string"], ["string", "language"]):
            raise _misplaced(query, index)
        words = tokens[index + 1]
        spoken = unquoted(words)
        if any(len(one) > MOST_WORDS for one in words_asked(spoken)):
            raise error_at(
                query.source, words.start, f"a search may have {MOST_WORDS} words", "give fewer words"
            )
        found += pattern(subject.text, spoken, triples.within)
    kept = [begin for begin, end in parts.items() if begin < end and begin not in triples.searches]
    if not kept:
        yield Edit(subject.start, tokens[triples.end - 1].end, found)
        return
    yield Edit(subject.start, subject.start, found)
    yield Edit(tokens[triples.begin + 1].start, tokens[kept[0]].start, " ")
    for index in triples.searches:
        if index > kept[0]:
            yield Edit(tokens[index].start, tokens[parts[index] - 1].end, "")


def _misplaced(query: Query, index: int) -> QueryError:
    return error_at(
        query.source,
        query.tokens[index].start,
        "skg:textMatch stands between a variable and words",
        'write ?thing skg:textMatch "words"',
    )


def _subquery(variable: str, test: str, within: Within) -> str:
    """A sub-query for what has a text that passes a test.

    It gives the graph too: an engine that evaluates GRAPH triple by triple, as Oxigraph does, would lose it.
    """
    text = f"{variable}_text"
    if within and within[1:] == text[1:]:
        text += "_"
    given = variable if not within or within[1:] == variable[1:] else f"{variable} {within}"
    paths = "|".join(f"<{in_full(name)}>" for name in PROPERTIES)
    return (
        f"{{ SELECT DISTINCT {given} WHERE {{ {variable} {paths} {text} "
        f"FILTER({test.replace('{text}', text)}) }} }} "
    )


def in_full(name: str) -> str:
    """The IRI of a name with a prefix of ours."""
    prefix, _, local = name.partition(":")
    return f"{PREFIXES[prefix]}{local}"


def _quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ECHAR = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", "\\": "\\", '"': '"', "'": "'"}


def unquoted(literal: Token) -> str:
    """The characters that a string stands for (SPARQL 1.1 Query, [160])."""
    size = 3 if literal.text[:3] in ('"""', "'''") else 1
    return _ESCAPE.sub(lambda found: _ECHAR[found[1]], literal.text[size:-size])

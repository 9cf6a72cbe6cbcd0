"""Writes the triples of a query in the order in which they are rarest first, for a large store.

The engine does not know how many triples a pattern has. It begins with the one that has most places filled,
and takes others that are alike as they are written; so a query over millions looks up tens of thousands of
things before it comes to the FILTER that leaves a few. The solutions are the same in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sergekg.byte_cache import ByteCache
from sergekg.errors import SergekgError
from sergekg.remember import remember
from sergekg.store.analysis import Dataset, Query
from sergekg.store.base import Store
from sergekg.store.groups import Group, Part, Triple, read_outermost, variables
from sergekg.store.lexer import Token
from sergekg.store.rendering import Edit, render

FEW = 2000
"""Triples of a pattern from which any order is quick."""
_MOST_COUNTED = 250_000
_MOST_TRIPLES, _MOST_TOKENS = 12, 300
_NARROWED = 4
"""How many times fewer are left of a pattern, at a guess, by a FILTER of its own variables."""

Suit = Callable[[Query, Dataset], Query]
"""From a query and what the protocol asked for, the query as a store runs it."""
Count = Callable[[str, str, str], int]
"""From subject, predicate and object, as SPARQL writes them, the number of triples, up to a limit."""


def as_written(query: Query, _dataset: Dataset) -> Query:
    """The query itself, which suits a small store."""
    return query


class Orders:
    """Orders the queries of one store that never changes; what was counted once is remembered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._count = remember(entries=4096, longest=2000)(self._counted)
        self._kept: ByteCache[Query] = ByteCache(8 << 20)

    def order(self, query: Query, dataset: Dataset) -> Query:
        """See `order`."""
        key = query.rendering.text
        if dataset.is_given or query.dataset.is_given or len(key) > 4096:
            return query
        found = self._kept.get(key)
        if found is None:
            found = order(query, dataset, self._count)
            self._kept.put(key, found, 200 * len(query.tokens) + 4 * len(key))
        return found

    def _counted(self, subject: str, predicate: str, value: str) -> int:
        pattern = f"{{ SELECT * {{ {subject} {predicate} {value} }} LIMIT {_MOST_COUNTED} }}"
        try:
            return int(str(self._store.select(f"SELECT (COUNT(*) AS ?n) {pattern}")[0]["n"]))
        except SergekgError:  # what is wrong with it is said when the query itself is run
            return 0


@dataclass(frozen=True)
class _Pattern:
    """A triple pattern with what is known of it.

    Attributes:
        texts: its terms as an engine is given them.
        names: its variables.
        filters: those that speak of no other variables.
        count: its triples.
    """

    texts: tuple[str, str, str]
    names: frozenset[str]
    filters: Sequence[str]
    is_narrow: bool
    count: int

    @property
    def weight(self) -> float:
        return self.count / _NARROWED if self.filters else self.count

    @property
    def text(self) -> str:
        return " ".join(self.texts) + " . "


def order(query: Query, dataset: Dataset, count: Count) -> Query:
    """The query with its outermost triples in a better order, where there is one.

    Only a group of triples and filters alone is touched, over the default graph of the store.

    Args:
        dataset: what the protocol asked for.
        count: counts in the default graph.
    """
    if dataset.is_given or query.dataset.is_given or query.services:
        return query
    start = next(index for index, token in enumerate(query.tokens) if token.text == query.form)
    if query.tokens[start + 1].text == "*" or query.tokens[start + 2].text == "*":
        return query  # the columns come in the order in which they are written
    outermost = read_outermost(query.tokens, start)
    if outermost is None or outermost.has_others or not 2 <= len(outermost.triples) <= _MOST_TRIPLES:
        return query
    within = query.tokens[outermost.begin + 1 : outermost.end]
    if len(within) > _MOST_TOKENS or "EXISTS" in query.words:
        return query
    begin, end = query.tokens[outermost.begin].end, query.tokens[outermost.end].start
    kept = [edit for edit in query.edits if edit.end <= begin or edit.start >= end]
    of_tokens = sum(_is_within(edit, token) for edit in query.edits for token in within)
    of_comments = sum(begin <= edit.start < edit.end <= end and not edit.text for edit in query.edits)
    if of_tokens + of_comments < len(query.edits) - len(kept):  # something else has been put there
        return query
    written = _best(query, outermost, count)
    if written is None:
        return query
    return replace(query, edits=[*kept, Edit(begin, end, f" {written}")], is_look_up=False)


def _best(query: Query, group: Group, count: Count) -> str | None:
    """The text of the group in its best order; None where it does not matter, or nobody can tell."""
    tokens = query.tokens
    filters = [(_text(query, part), variables(tokens, part)) for part in group.filters]
    narrow: list[Triple] = []
    others: list[Triple] = []
    for triple in group.triples:
        is_narrow = any(tokens[part.begin].kind != "variable" for part in (triple.subject, triple.object))
        (narrow if is_narrow else others).append(triple)
    seen = {id(triple): _pattern(query, triple, filters, count) for triple in narrow}
    if any(pattern.count < FEW for pattern in seen.values()):
        return None  # the engine begins there, and little is left
    if any(tokens[triple.predicate.begin].kind == "variable" for triple in narrow):
        return None
    seen |= {id(triple): _pattern(query, triple, filters, count) for triple in others}
    given = [seen[id(triple)] for triple in group.triples]
    ordered = _in_order(given)
    if ordered is None or ordered == given:
        return None
    first, rest = ordered[0], ordered[1:]
    of_all = "".join(text for text, _ in filters if text not in first.filters)
    told = "".join(pattern.text for pattern in rest)
    if first.filters and not first.is_narrow:
        # the engine would not begin with it by itself; LATERAL takes its solutions one by one (SEP-0006)
        return f"{{ {first.text}{''.join(first.filters)}}} LATERAL {{ {told}}} {of_all}"
    return f"{first.text}{told}{''.join(text for text, _ in filters)}"


def _pattern(query: Query, triple: Triple, filters: Sequence[tuple[str, set[str]]], count: Count) -> _Pattern:
    tokens = query.tokens
    subject, predicate, value = (_text(query, part).strip() for part in triple.terms)
    names = frozenset(name for part in triple.terms for name in variables(tokens, part))
    constant = [part for part in triple.terms if tokens[part.begin].kind in ("iri", "name")]
    known = dict(zip(constant, query.resolve([tokens[part.begin] for part in constant]), strict=True))
    of_store = [
        f"<{known[part]}>" if part in known else text
        for part, text in zip(triple.terms, (subject, predicate, value), strict=True)
    ]
    return _Pattern(
        (subject, predicate, value),
        names,
        tuple(text for text, used in filters if used and used <= names),
        any(tokens[part.begin].kind != "variable" for part in (triple.subject, triple.object)),
        count(of_store[0], of_store[1], of_store[2]),
    )


def _in_order(given: Sequence[_Pattern]) -> list[_Pattern] | None:
    """The patterns, each after one that it shares a variable with; None where that cannot be."""
    left = list(given)
    found: list[_Pattern] = []
    bound: set[str] = set()
    while left:
        near = [pattern for pattern in left if pattern.names & bound] if found else left
        if not near:
            return None
        # of those that are begun with, one with a term is a step of an index; later any is
        best = min(near, key=lambda pattern: (pattern.weight, given.index(pattern)))
        found.append(best)
        left.remove(best)
        bound |= best.names
    return found


def _text(query: Query, part: Part) -> str:
    """A stretch of the query as an engine is given it, without comments."""
    words = []
    for token in query.tokens[part.begin : part.end]:
        edits = [
            Edit(edit.start - token.start, edit.end - token.start, edit.text)
            for edit in query.edits
            if _is_within(edit, token)
        ]
        words.append(render(query.source[token.start : token.end], edits).text)
    return _joined(words)


def _is_within(edit: Edit, token: Token) -> bool:
    return token.start <= edit.start < edit.end <= token.end


def _joined(words: Sequence[str]) -> str:
    text = ""
    for word in words:
        text += word if word.startswith(("@", "^^")) or text.endswith("^^") else f" {word}"
    return f"{text} "

"""What a query asks for, read from its tokens before any engine sees it, and the text that engines are given.

The embedded engine's grammar has no word boundaries: it reads `SERVICEex:s` as SERVICE and `ex:s`. So every
prefix is renamed to one that no keyword begins, dataset clauses leave the text and become parameters, and
only known keywords pass (`lexer`). What an engine reads is then what was judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sergekg.store.federation import PLACEHOLDER
from sergekg.store.lexer import MAX_DEPTH, Token, error_at, read_tokens
from sergekg.store.prologue import Prologue, needs_base
from sergekg.store.rendering import Edit, Rendering, render, sign_numbers, spell

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_MOST_TOKENS = 400_000
"""Terminals of a query: what a web process reads in about a second."""
_VOLATILE = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE", "SERVICE"})
_NO_DEPTH = MAX_DEPTH + 1
"""Deeper than any bracket."""
_UNBOUNDED = 2**62
"""A number of solutions that no store has."""
_LONGEST_LOOK_UP = 32
"""Terminals, without declarations."""
_SHORT, _SHORT_SOURCE = 300, 10_000
"""Terminals without declarations, and characters, of a query that is looked through in no time."""
_BEHIND_FROM = frozenset({"FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"})
"""Words that may stand behind a FROM clause: another, the pattern, or what DESCRIBE has without one."""
_LETTERS = {"variable": "v", "iri": "t", "name": "t", "number": "t", "string": "s", "language": "l"}
_TERM = r"(?: v| t| A| s(?: l| \^\^ t)?)"
_LOOK_UP = re.compile(rf"(?:ASK|SELECT(?: v)+|SELECT \*)(?: WHERE)? {{{_TERM}{{3}}(?: \.)? }}")
"""What `_LETTERS` make of a query of one triple pattern: `SELECT v { t t v }`."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """The graphs of a query (SPARQL 1.1 Query, 13.2); None stands for what the store has by itself."""

    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None

    @property
    def is_given(self) -> bool:
        return self.default is not None or self.named is not None

    @classmethod
    def of(cls, default: Iterable[str], named: Iterable[str]) -> Dataset:
        """Of two lists of IRIs: one that is empty is an empty set of graphs if the other is not."""
        default, named = tuple(dict.fromkeys(default)), tuple(dict.fromkeys(named))
        return cls(default, named) if default or named else cls()


STORES_OWN = Dataset()
"""The dataset of a query that asks for none."""


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """A SERVICE clause: its endpoint, or None for a variable, and where the endpoint is written."""

    endpoint: str | None
    start: int
    end: int


@dataclass(frozen=True)
class Query:
    """A query that may be run, as far as its text can tell.

    Attributes:
        form: one of `FORMS`.
        dataset: what its FROM clauses ask for.
        services: its SERVICE clauses.
        words: its keywords.
        limit, offset: of the outermost solutions, as written.
        is_look_up: whether it asks for one term of a triple, or whether one triple is there, and for nothing
            else; each solution is then one step of an index.
    """

    source: str
    form: str
    tokens: Sequence[Token]
    edits: Sequence[Edit]
    dataset: Dataset
    services: Sequence[ServiceCall]
    words: frozenset[str]
    limit: int | None
    offset: int | None
    is_look_up: bool
    _slice: _Slice = field(repr=False)
    _prologue: Prologue = field(repr=False)
    _limited: dict[int, Rendering] = field(init=False, default_factory=dict, repr=False, compare=False)
    _pages: dict[int, str] = field(init=False, default_factory=dict, repr=False, compare=False)

    @property
    def is_repeatable(self) -> bool:
        """Whether the same store gives the same answer again."""
        return not self.words & _VOLATILE

    @property
    def has_pages(self) -> bool:
        """Whether its solutions come in the same order each time, so that parts of them make the whole.

        Oxigraph orders the branches of a UNION by names, some of which it makes at random for each query.
        """
        return self.is_repeatable and "UNION" not in self.words

    @cached_property
    def is_short(self) -> bool:
        """Whether what takes time for each of its terminals, or pairs of them, takes hardly any.

        LIMIT and OFFSET of its solutions do not count, so that all its pages are short, or none is.
        """
        spans = [span for span in (self._slice.limit_span, self._slice.offset_span) if span]
        if len(self.tokens) - self.begin > _SHORT + 2 * len(spans):
            return False
        counted = [
            len(token.text)
            for token in self.tokens[self.begin :]
            if not any(begin <= token.start < end for begin, end in spans)
        ]
        return len(counted) <= _SHORT and self.tokens[self.begin].start + sum(counted) <= _SHORT_SOURCE

    @cached_property
    def rendering(self) -> Rendering:
        return render(self.source, self.edits)

    @cached_property
    def begin(self) -> int:
        """Where the word of its form stands among the tokens, after the declarations."""
        return next(index for index, token in enumerate(self.tokens) if token.text == self.form)

    @cached_property
    def endings(self) -> Mapping[str, Sequence[int]]:
        """The tokens after the declarations that stand for IRIs, by what their IRIs end with.

        As far as single tokens tell: the IRI of a prefix may end anywhere, and a relative IRI shows its
        fragment. Those that tell nothing end with the empty string.
        """
        found: dict[str, list[int]] = {}
        for index, token in enumerate(self.tokens[self.begin :], self.begin):
            if token.kind == "name":
                found.setdefault(token.text.partition(":")[2].replace("\\", ""), []).append(index)
            elif token.kind == "iri":
                text = "" if "\\" in token.text else token.text[1:-1].rpartition("#")[2]
                found.setdefault(text, []).append(index)
        return found

    def limited(self, rows: int) -> Rendering:
        """The same query, giving at most so many solutions."""
        if self.limit is not None and self.limit <= rows:
            return self.rendering
        found = self._limited.get(rows)
        if found is None:
            edits = self._slice.edits(self.limit, rows, None, None)
            found = self._limited[rows] = render(self.source, [*edits, *self.edits])
        return found

    def part(self, skip: int, most: int) -> Rendering:
        """The query for at most `most` of its solutions after the first `skip`."""
        left = most if self.limit is None else min(self.limit - skip, most)
        edits = self._slice.edits(self.limit, left, self.offset, (self.offset or 0) + skip)
        return render(self.source, [*edits, *self.edits])

    def page(self, rows: int) -> str:
        """The source of the query for the solutions after the first `rows`."""
        found = self._pages.get(rows)
        if found is None:
            left = None if self.limit is None else self.limit - rows
            edits = self._slice.edits(self.limit, left, self.offset, (self.offset or 0) + rows)
            found = self._pages[rows] = render(self.source, edits).text
        return found

    def resolve(self, tokens: Sequence[Token]) -> list[str]:
        """The absolute IRIs that tokens of the query stand for."""
        return self._prologue.resolve(tokens)


def read_query(source: str, prefixes: Mapping[str, str], base: str | None = None) -> Query:
    """Read a query.

    Args:
        prefixes: those that count as declared where the query does not declare them.
        base: what relative IRIs are relative to where it has no BASE (SPARQL 1.1 Query, 4.1.1.2).

    Raises:
        QueryError: it is no query, or a prefix is unknown.
    """
    source = source.removeprefix("\ufeff")  # what some editors begin a file with
    tokens = read_tokens(source, _MOST_TOKENS)
    prologue = Prologue(source, prefixes, base if needs_base(tokens) else None)
    start = prologue.read(tokens, 0)
    if start == len(tokens):
        raise error_at(
            source, len(source), "there is no query here", "begin with SELECT, ASK, CONSTRUCT or DESCRIBE"
        )
    form = tokens[start]
    if form.kind != "word" or form.text not in FORMS:
        hint = (
            "updates go to /update" if form.text in UPDATE_WORDS else f"begin with one of {', '.join(FORMS)}"
        )
        raise error_at(source, form.start, f"a query cannot begin with {form.text}", hint)
    default, named, clauses = _dataset_clauses(source, tokens, start)
    services, asked_here = _services(tokens)
    constant = [token for token in services if token.kind in ("iri", "name")]
    resolved = dict(
        zip([*default, *named, *constant], prologue.resolve([*default, *named, *constant]), strict=True)
    )
    asked = [
        Edit(token.start, token.end, f"<{PLACEHOLDER}>", resolved[token])
        for token in asked_here
        if token in resolved
    ]
    endpoints = {token.start for token in asked_here}
    edits = prologue.rename([token for token in tokens[start:] if token.start not in endpoints])
    found = _Slice.find(source, tokens, start)
    words = frozenset(token.text for token in tokens if token.kind == "word")
    signs = sign_numbers(tokens) if "+" in source else []
    return Query(
        source=source,
        form=form.text,
        tokens=tokens,
        edits=[*prologue.edits, *edits, *clauses, *asked, *found.corrections, *spell(source, tokens), *signs],
        dataset=Dataset.of([resolved[token] for token in default], [resolved[token] for token in named]),
        services=[ServiceCall(resolved.get(token), token.start, token.end) for token in services],
        words=words,
        limit=found.limit,
        offset=found.offset,
        is_look_up=_is_look_up(tokens[start : start + _LONGEST_LOOK_UP + 1]),
        _slice=found,
        _prologue=prologue,
    )


def _services(tokens: Sequence[Token]) -> tuple[list[Token], list[Token]]:
    """What stands for the endpoint of each SERVICE; and of those that are asked from here.

    What is in the group of a SERVICE goes to its endpoint, which is to ask those named there itself.
    """
    named: list[Token] = []
    asked_here: list[Token] = []
    depth, outermost = 0, _NO_DEPTH
    for index, token in enumerate(tokens[:-2]):
        if token.kind == "mark":
            depth += (token.text == "{") - (token.text == "}")
            if token.text == "}" and depth <= outermost:
                outermost = _NO_DEPTH
        elif token.kind == "word" and token.text == "SERVICE":
            named.append(tokens[index + 2] if tokens[index + 1].text == "SILENT" else tokens[index + 1])
            if depth <= outermost:
                asked_here.append(named[-1])
                outermost = depth
    return named, asked_here


def _is_look_up(tokens: Sequence[Token]) -> bool:
    """See `Query.is_look_up`.

    For a variable that stands twice, and for DISTINCT, an engine has to search; and LIMIT asks for some
    solutions, in an order that another engine need not have.
    """
    if len(tokens) > _LONGEST_LOOK_UP:
        return False
    texts = [token.text for token in tokens]
    kinds = [_LETTERS.get(token.kind, token.text) for token in tokens]
    if not _LOOK_UP.fullmatch(" ".join(kinds)):
        return False
    variables = [text[1:] for text in texts[texts.index("{") :] if text[0] in "?$"]
    return len(set(variables)) == len(variables) <= (3 if texts[0] == "ASK" else 1)


UPDATE_WORDS = frozenset(
    {"INSERT", "DELETE", "WITH", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"}
)
"""What an operation of an update begins with (SPARQL 1.1 Update, 3)."""


@dataclass(frozen=True)
class _Slice:
    """Where LIMIT and OFFSET of the outermost solutions stand, or would.

    Attributes:
        corrections: edits that write their numbers as they are understood here.
        gap: what has to part a new number from what follows it.
    """

    limit: int | None
    offset: int | None
    limit_span: tuple[int, int] | None
    offset_span: tuple[int, int] | None
    end: int
    corrections: Sequence[Edit]
    gap: str

    @classmethod
    def find(cls, source: str, tokens: Sequence[Token], start: int) -> _Slice:
        numbers: dict[str, int] = {}
        spans: dict[str, tuple[int, int]] = {}
        corrections: list[Edit] = []
        depth, end = 0, tokens[-1].end
        for index in range(start, len(tokens)):
            token = tokens[index]
            if token.kind == "mark":
                depth += (token.text in "({[") - (token.text in ")}]")
            elif depth == 0 and token.kind == "word":
                if token.text in ("LIMIT", "OFFSET"):
                    if index + 1 == len(tokens) or not tokens[index + 1].text.isdecimal():
                        raise error_at(source, token.start, f"{token.text} needs a whole number")
                    written = tokens[index + 1].text
                    digits = written.lstrip("0") or "0"
                    # what no store can hold counts as no bound, and never overflows an engine's integer
                    number = min(int(digits[:20]), _UNBOUNDED)
                    numbers[token.text] = number
                    spans[token.text] = span = (token.start, tokens[index + 1].end)
                    if written != str(number):
                        corrections.append(Edit(*span, f"{token.text} {number}"))
                elif token.text == "VALUES":
                    end = tokens[index - 1].end
                    break
        limit, offset = numbers.get("LIMIT"), numbers.get("OFFSET")
        gap = " " if source[end : end + 1].strip() else ""
        return cls(limit, offset, spans.get("LIMIT"), spans.get("OFFSET"), end, corrections, gap)

    def edits(
        self, limit: int | None, new_limit: int | None, offset: int | None, new_offset: int | None
    ) -> list[Edit]:
        """Edits that put new numbers in; None leaves things as they are."""
        edits = []
        for word, old, new, span in (
            ("LIMIT", limit, new_limit, self.limit_span),
            ("OFFSET", offset, new_offset, self.offset_span),
        ):
            if new is None or new == old:
                continue
            place = span or (self.end, self.end)
            edits.append(Edit(*place, f"{word} {new}" if span else f" {word} {new}{self.gap}"))
        return edits


def _dataset_clauses(
    source: str, tokens: Sequence[Token], start: int
) -> tuple[list[Token], list[Token], list[Edit]]:
    """The graphs of the clauses before the pattern, default and named; edits that take these out.

    Raises:
        QueryError: something stands between them and the pattern.
    """
    default: list[Token] = []
    named: list[Token] = []
    edits, depth = [], 0
    behind = len(tokens)  # where the last clause ends
    for index in range(start, len(tokens)):
        token = tokens[index]
        if token.kind == "mark":
            is_template = index == start + 1 and tokens[start].text == "CONSTRUCT"
            if token.text == "{" and depth == 0 and not is_template:
                break
            depth += (token.text in "({[") - (token.text in ")}]")
        elif depth == 0 and token.kind == "word" and token.text == "WHERE":
            break
        if index == behind and not (token.kind == "word" and token.text in _BEHIND_FROM):
            raise error_at(
                source,
                token.start,
                "behind FROM stands another FROM, or the pattern",
                "name what is asked for before FROM",
            )
        if depth == 0 and token.kind == "word" and token.text == "FROM":
            is_named = tokens[min(index + 1, len(tokens) - 1)].text == "NAMED"
            graph = tokens[min(index + 1 + is_named, len(tokens) - 1)]
            if graph.kind in ("iri", "name"):
                (named if is_named else default).append(graph)
                edits.append(Edit(token.start, graph.end, ""))
                behind = index + 2 + is_named
    return default, named, edits

"""What a query asks for, read from its tokens before any engine sees it, and the text that engines are given.

The embedded engine's grammar has no word boundaries: it reads `SERVICEex:s` as SERVICE and `ex:s`. So every
prefix is renamed to one that no keyword begins, dataset clauses leave the text and become parameters, and
only known keywords pass (`lexer`). What an engine reads is then what was judged here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pyoxigraph as ox
from rapidfuzz import fuzz, process

from sergekg.errors import QueryError
from sergekg.store.federation import PLACEHOLDER
from sergekg.store.lexer import Token, error_at, read_tokens

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_VOLATILE = frozenset({"NOW", "RAND", "UUID", "STRUUID", "BNODE", "SERVICE"})
_SAFE_PREFIX = "zz"
_NOWHERE = ox.Store()
_POSITION = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


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
class Edit:
    """A stretch of the source that an engine reads as something else."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """A SERVICE clause: its endpoint, or None for a variable, and where the endpoint is written."""

    endpoint: str | None
    start: int
    end: int


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


@dataclass(frozen=True)
class Query:
    """A query that may be run, as far as its text can tell.

    Attributes:
        form: one of `FORMS`.
        dataset: what its FROM clauses ask for.
        services: its SERVICE clauses.
        words: its keywords.
        limit, offset: of the outermost solutions, as written.
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
    _slice: _Slice = field(repr=False)
    _prologue: Prologue = field(repr=False)

    @property
    def is_repeatable(self) -> bool:
        """Whether the same store gives the same answer again."""
        return not self.words & _VOLATILE

    @cached_property
    def rendering(self) -> Rendering:
        return render(self.source, self.edits)

    def limited(self, rows: int) -> Rendering:
        """The same query, giving at most so many solutions."""
        if self.limit is not None and self.limit <= rows:
            return self.rendering
        return render(self.source, [*self.edits, *self._slice.edits(self.limit, rows, None, None)])

    def page(self, rows: int) -> str:
        """The source of the query for the solutions after the first `rows`."""
        left = None if self.limit is None else self.limit - rows
        edits = self._slice.edits(self.limit, left, self.offset, (self.offset or 0) + rows)
        return render(self.source, edits).text

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
    tokens = read_tokens(source)
    prologue = Prologue(source, prefixes, base if has_relative(tokens) else None)
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
    default, named, clauses = _dataset_clauses(tokens, start)
    services = [
        (tokens[index + 2] if tokens[index + 1].text == "SILENT" else tokens[index + 1])
        for index, token in enumerate(tokens[:-2])
        if token.kind == "word" and token.text == "SERVICE"
    ]
    constant = [token for token in services if token.kind in ("iri", "name")]
    resolved = dict(
        zip([*default, *named, *constant], prologue.resolve([*default, *named, *constant]), strict=True)
    )
    asked = [
        Edit(token.start, token.end, f"<{PLACEHOLDER}{number}>")
        for number, token in enumerate(services)
        if token in resolved
    ]
    edits = prologue.rename([token for token in tokens[start:] if token not in services])
    found = _Slice.find(source, tokens, start)
    words = frozenset(token.text for token in tokens if token.kind == "word")
    return Query(
        source=source,
        form=form.text,
        tokens=tokens,
        edits=[*prologue.edits, *edits, *clauses, *asked],
        dataset=Dataset.of([resolved[token] for token in default], [resolved[token] for token in named]),
        services=[ServiceCall(resolved.get(token), token.start, token.end) for token in services],
        words=words,
        limit=found.limit,
        offset=found.offset,
        _slice=found,
        _prologue=prologue,
    )


UPDATE_WORDS = frozenset(
    {"INSERT", "DELETE", "WITH", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY"}
)
"""What an operation of an update begins with (SPARQL 1.1 Update, 3)."""


class Prologue:
    """The declarations in force, each prefix under a name of ours."""

    def __init__(self, source: str, predeclared: Mapping[str, str], base: str | None = None) -> None:
        self.source = source
        self.edits: list[Edit] = []
        self._predeclared = predeclared
        self._names: dict[str, str] = {}
        self._declared: list[str] = [f"BASE <{base}>"] if base and is_iri(base) else []
        self._used: dict[str, str] = {}

    def read(self, tokens: Sequence[Token], index: int) -> int:
        """Take in the declarations at `index`; returns the index of what follows them.

        They leave the text where they stand and begin it instead, in the same order, so that they may
        also stand between the operations of an update.
        """
        begin = index
        while index < len(tokens) and tokens[index].kind == "word" and tokens[index].text in _DECLARATIONS:
            kinds = _DECLARATIONS[tokens[index].text]
            parts = tokens[index + 1 : index + 1 + len(kinds)]
            for token, kind in zip([*parts, *[None] * len(kinds)], kinds, strict=False):
                if (
                    token is None
                    or token.kind != kind
                    or (kind == "name" and token.text.find(":") != len(token.text) - 1)
                ):
                    where = tokens[index] if token is None else token
                    raise error_at(
                        self.source,
                        where.start,
                        f"{tokens[index].text} is not followed by what it declares",
                        "PREFIX name: <iri>, BASE <iri>",
                    )
            self._declare(tokens[index].text, parts)
            index += 1 + len(kinds)
        if index > begin:
            self.edits.append(Edit(tokens[begin].start, tokens[index - 1].end, ""))
        return index

    @property
    def text(self) -> str:
        """The declarations for an engine."""
        used = (f"PREFIX {name} <{self._predeclared[label]}> " for label, name in self._used.items())
        return "".join([*used, *(f"{declaration} " for declaration in self._declared)])

    def rename(self, tokens: Sequence[Token]) -> list[Edit]:
        """Edits that put our names of prefixes into the text, and the declarations at its beginning.

        Raises:
            QueryError: a prefix is neither declared nor known.
        """
        edits = [self._rename(token) for token in tokens if token.kind == "name"]
        return [*edits, Edit(0, 0, self.text)]

    def resolve(self, tokens: Sequence[Token]) -> list[str]:
        """The absolute IRIs of tokens, by the engine's own rules (SPARQL 1.1 Query, 4.1.1).

        Raises:
            QueryError: one is no IRI, or relative and there is no BASE.
        """
        try:
            return self._resolve(tokens)
        except SyntaxError:
            for token in tokens:
                try:
                    self._resolve([token])
                except SyntaxError as cause:
                    raise error_at(
                        self.source,
                        token.start,
                        f"{token.text[:80]} is not an absolute IRI",
                        "give one, or a BASE",
                    ) from cause
            raise QueryError("the declarations cannot be used") from None

    def _resolve(self, tokens: Sequence[Token]) -> list[str]:
        if not tokens:
            return []
        terms = [
            render(t.text, [_shift(self._rename(t), -t.start)]).text if t.kind == "name" else t.text
            for t in tokens
        ]
        rows = " ".join(f"({number} {term})" for number, term in enumerate(terms))
        solutions = _NOWHERE.query(f"{self.text}SELECT * {{ VALUES (?n ?i) {{ {rows} }} }}")
        found = {int(row["n"].value): row["i"].value for row in solutions}  # type: ignore[union-attr]
        return [found[number] for number in range(len(terms))]

    def _declare(self, word: str, parts: Sequence[Token]) -> None:
        if word == "PREFIX":
            label = parts[0].text[:-1]
            self._names[label] = f"{_SAFE_PREFIX}{len(self._declared)}:"
            self._declared.append(f"PREFIX {self._names[label]} {parts[1].text}")
        elif word == "BASE":
            self._declared.append(f"BASE {parts[0].text}")
        else:
            self._declared.append(f"VERSION {parts[0].text}")

    def _rename(self, token: Token) -> Edit:
        label = token.text.partition(":")[0]
        name = self._names.get(label) or self._used.get(label)
        if name is None:
            if label not in self._predeclared:
                known = [*self._names, *self._predeclared]
                nearest = (
                    process.extractOne(label, known, scorer=fuzz.ratio, score_cutoff=70) if label else None
                )
                hint = f"perhaps {nearest[0]}:" if nearest else f"add PREFIX {label}: <...>"
                raise error_at(self.source, token.start, f"the prefix {label}: is not declared", hint)
            name = self._used[label] = f"{_SAFE_PREFIX}p{len(self._used)}:"
        return Edit(token.start, token.start + len(label) + 1, name)


def has_relative(tokens: Iterable[Token]) -> bool:
    """Whether an IRI among the tokens has no scheme."""
    return any(token.kind == "iri" and not _SCHEME.match(token.text) for token in tokens)


def is_iri(text: str) -> bool:
    """Whether it is an absolute IRI."""
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


_SCHEME = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*:")
_DECLARATIONS = {"PREFIX": ("name", "iri"), "BASE": ("iri",), "VERSION": ("string",)}


@dataclass(frozen=True)
class _Slice:
    """Where LIMIT and OFFSET of the outermost solutions stand, or would."""

    limit: int | None
    offset: int | None
    limit_span: tuple[int, int] | None
    offset_span: tuple[int, int] | None
    end: int

    @classmethod
    def find(cls, source: str, tokens: Sequence[Token], start: int) -> _Slice:
        numbers: dict[str, int] = {}
        spans: dict[str, tuple[int, int]] = {}
        depth, end = 0, tokens[-1].end
        for index in range(start, len(tokens)):
            token = tokens[index]
            if token.kind == "mark":
                depth += (token.text in "({[") - (token.text in ")}]")
            elif depth == 0 and token.kind == "word":
                if token.text in ("LIMIT", "OFFSET"):
                    if index + 1 == len(tokens) or not tokens[index + 1].text.isdecimal():
                        raise error_at(source, token.start, f"{token.text} needs a whole number")
                    # what no store can hold counts as no bound, and never overflows an engine's integer
                    numbers[token.text] = min(int(tokens[index + 1].text[:19]), 2**62)
                    spans[token.text] = (token.start, tokens[index + 1].end)
                elif token.text == "VALUES":
                    end = tokens[index - 1].end
                    break
        return cls(numbers.get("LIMIT"), numbers.get("OFFSET"), spans.get("LIMIT"), spans.get("OFFSET"), end)

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
            edits.append(Edit(*place, f"{'' if span else ' '}{word} {new}"))
        return edits


def _dataset_clauses(tokens: Sequence[Token], start: int) -> tuple[list[Token], list[Token], list[Edit]]:
    default: list[Token] = []
    named: list[Token] = []
    edits, depth = [], 0
    for index in range(start, len(tokens) - 1):
        token = tokens[index]
        if token.kind == "mark":
            depth += (token.text in "({[") - (token.text in ")}]")
        elif depth == 0 and token.kind == "word" and token.text == "FROM":
            is_named = tokens[index + 1].text == "NAMED"
            graph = tokens[min(index + 1 + is_named, len(tokens) - 1)]
            if graph.kind in ("iri", "name"):
                (named if is_named else default).append(graph)
                edits.append(Edit(token.start, graph.end, ""))
    return default, named, edits


def _shift(edit: Edit, by: int) -> Edit:
    return Edit(edit.start + by, edit.end + by, edit.text)


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

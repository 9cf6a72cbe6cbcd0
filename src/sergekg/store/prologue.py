"""Declarations of prefixes and bases: each prefix gets a name that no keyword begins with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import pyoxigraph as ox
from rapidfuzz import fuzz, process

from sergekg.errors import QueryError
from sergekg.model.values import is_iri
from sergekg.store.lexer import SAFE_PREFIX, WHOLE_IRI, Token, error_at
from sergekg.store.rendering import Edit, render

_NOWHERE = ox.Store()
_MOST_RESOLVED = 8 << 20
"""Characters of all IRIs that a query may have resolved, each as long as the longest that is declared."""
_MOST_MADE, _MOST_FOR_EACH, _USUAL = 1 << 20, 8, 200
"""Characters of IRIs that are made of prefixes and names: so many, and so many for each of the source's own.
What is usual for an IRI that is made only to be looked at does not count.
"""
_LONGEST_LABEL = 80
"""Characters of a prefix that others are compared with."""
_TWO_RUNS = re.compile(r"\.[^.]+\.")
"""A second run of full stops in a name: the embedded engine ends the name before it."""
_OPEN_ENDED = frozenset("_-.?")
"""Marks that a name of ours would go on with, beside letters and digits."""
_LOCAL_ESCAPE = re.compile(r"\\(.)")


class Prologue:
    """The declarations in force, each prefix under a name of ours."""

    def __init__(self, source: str, predeclared: Mapping[str, str], base: str | None = None) -> None:
        self.source = source
        self.edits: list[Edit] = []
        self._predeclared = predeclared
        self._names: dict[str, str] = {}
        self._base = f"BASE <{base}>" if base and is_iri(base) else ""
        self._declared: list[str] = []
        self._is_base_used = False
        self._used: dict[str, str] = {}
        self._unneeded: dict[str, str] = {}
        self._longest = len(base or "")
        self._has_base = bool(self._base)
        self._namespaces: dict[str, str] = {}
        self._made = 0

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
        """The declarations for an engine, without those that nothing has needed: reading them takes time.

        One BASE comes first, which is all that Virtuoso reads; another follows only where the meaning of
        something else depends on the one before.
        """
        used = (f"PREFIX {name} <{self._predeclared[label]}> " for label, name in self._used.items())
        unneeded = set(self._unneeded.values())
        rest = (f"{one} " for one in self._declared if one not in unneeded)
        return "".join([f"{self._base} " if self._base else "", *used, *rest])

    def rename(self, tokens: Sequence[Token]) -> list[Edit]:
        """Edits that put our names of prefixes into the text, and the declarations at its beginning.

        Raises:
            QueryError: a prefix is neither declared nor known.
        """
        self._know(tokens)
        edits = [self._rename(token) for token in tokens if token.kind == "name"]
        return [*edits, Edit(0, 0, self.text)]

    def resolve(self, tokens: Sequence[Token]) -> list[str]:
        """The absolute IRIs of tokens, by the engine's own rules (SPARQL 1.1 Query, 4.1.1).

        Raises:
            QueryError: one is no IRI, or relative and there is no BASE.
        """
        if not tokens:
            return []
        self._check_length(len(tokens))
        self._know(tokens)
        try:
            return self._resolve(tokens)
        except SyntaxError as cause:
            if not self._can_resolve([]):
                raise QueryError("the declarations cannot be used") from None
            wrong = self._first_wrong(tokens)
            raise error_at(
                self.source, wrong.start, f"{wrong.text[:80]} is not an absolute IRI", "give one, or a BASE"
            ) from cause

    def _first_wrong(self, tokens: Sequence[Token]) -> Token:
        """The first token that cannot be resolved, by halves: each try reads all declarations again."""
        while len(tokens) > 1:
            half = tokens[: len(tokens) // 2]
            tokens = tokens[len(half) :] if self._can_resolve(half) else half
        return tokens[0]

    def _can_resolve(self, tokens: Sequence[Token]) -> bool:
        try:
            self._resolve(tokens)
        except SyntaxError:
            return False
        return True

    def _resolve(self, tokens: Sequence[Token]) -> list[str]:
        return self._evaluated(
            render(t.text, [_shift(self._rename(t), -t.start)]).text if t.kind == "name" else t.text
            for t in tokens
        )

    def _evaluated(self, written: Iterable[str]) -> list[str]:
        terms = list(written)
        rows = " ".join(f"({number} {term})" for number, term in enumerate(terms))
        solutions = _NOWHERE.query(f"{self.text}SELECT * {{ VALUES (?n ?i) {{ {rows} }} }}")
        found = {int(row["n"].value): row["i"].value for row in solutions}  # type: ignore[union-attr]
        return [found[number] for number in range(len(terms))]

    def _declare(self, word: str, parts: Sequence[Token]) -> None:
        self._longest = max(self._longest, *(len(part.text) for part in parts))
        if word == "PREFIX":
            label = parts[0].text[:-1]
            name = self._names[label] = f"{SAFE_PREFIX}{len(self._declared)}:"
            declaration = f"PREFIX {name} {parts[1].text}"
            self._declared.append(declaration)
            if not self._has_base:
                self._namespaces[name] = parts[1].text[1:-1]
            if _SCHEME.match(parts[1].text):  # what is wrong with another the engine has to say
                self._unneeded[name] = declaration
            else:
                self._is_base_used = True
        elif word == "BASE":
            if _SCHEME.match(parts[0].text) and not self._is_base_used:
                self._base = f"BASE {parts[0].text}"
            else:
                self._declared.append(f"BASE {parts[0].text}")
                self._is_base_used = True
            self._has_base = True
        else:
            self._declared.append(f"VERSION {parts[0].text}")

    def _rename(self, token: Token) -> Edit:
        label = token.text.partition(":")[0]
        name = self._names.get(label) or self._used.get(label)
        if name is None:
            if label not in self._predeclared:
                shown = label[:_LONGEST_LABEL]
                known = [one for one in (*self._names, *self._predeclared) if len(one) <= _LONGEST_LABEL]
                nearest = (
                    process.extractOne(label, known, scorer=fuzz.ratio, score_cutoff=70)
                    if label == shown != ""
                    else None
                )
                hint = f"perhaps {nearest[0]}:" if nearest else f"add PREFIX {shown}: <...>"
                raise error_at(self.source, token.start, f"the prefix {shown}: is not declared", hint)
            name = self._used[label] = f"{SAFE_PREFIX}p{len(self._used)}:"
            self._namespaces[name] = self._predeclared[label]
        self._unneeded.pop(name, None)
        local = token.text[len(label) + 1 :]
        iri = self._namespaces[name] + _LOCAL_ESCAPE.sub(r"\1", local) if local else ""
        is_written = bool(_TWO_RUNS.search(local))
        self._made += len(iri) if is_written else max(len(iri) - _USUAL, 0)
        if self._made > _MOST_MADE + _MOST_FOR_EACH * len(self.source):
            raise _too_long()
        # of what is no IRI the engine would take the prefix for the name; `zz0:` could begin more than an IRI
        if (local and not is_iri(iri)) or (is_written and not WHOLE_IRI.match(f"<{iri}>")):
            raise error_at(
                self.source, token.start, f"{token.text[:80]} is not an absolute IRI", "write the IRI itself"
            )
        if is_written:
            return Edit(token.start, token.end, f" <{iri}>")
        # what stands before may have no end of its own, as `?s` in `?s:p`
        before = self.source[token.start - 1 : token.start]
        gap = " " if before.isalnum() or before in _OPEN_ENDED or before > "\x7f" else ""
        return Edit(token.start, token.start + len(label) + 1, f"{gap}{name}")

    def _know(self, tokens: Iterable[Token]) -> None:
        """Learn what the prefixes of tokens stand for; what is relative to a base takes the engine to tell.

        Raises:
            QueryError: the declarations are wrong.
        """
        labels = dict.fromkeys(token.text.partition(":")[0] for token in tokens if token.kind == "name")
        names = [self._names[label] for label in labels if label in self._names]
        unknown = [name for name in names if name not in self._namespaces]
        if not unknown:
            return
        self._check_length(len(unknown))
        for name in unknown:
            self._unneeded.pop(name, None)
        try:
            self._namespaces |= dict(zip(unknown, self._evaluated(unknown), strict=True))
        except SyntaxError:
            raise QueryError("the declarations cannot be used") from None

    def _check_length(self, resolved: int) -> None:
        """Have no small text name so many IRIs, each as long as one of them, that they fill the memory."""
        if (resolved + len(self._declared)) * self._longest > _MOST_RESOLVED:
            raise _too_long()


def _too_long() -> QueryError:
    return QueryError("the IRIs of the query are too long together", remedy="shorten what is declared")


def needs_base(tokens: Iterable[Token]) -> bool:
    """Whether an IRI among the tokens has no scheme, or a function makes one (SPARQL 1.1 Query, 17.4.2.8)."""
    return any(
        not _SCHEME.match(token.text) if token.kind == "iri" else token.text in _MAKES_IRI for token in tokens
    )


_MAKES_IRI = frozenset({"IRI", "URI"})
_SCHEME = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*:")
_DECLARATIONS = {"PREFIX": ("name", "iri"), "BASE": ("iri",), "VERSION": ("string",)}


def _shift(edit: Edit, by: int) -> Edit:
    return Edit(edit.start + by, edit.end + by, edit.text)

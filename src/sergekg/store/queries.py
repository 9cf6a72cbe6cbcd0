"""Stored queries: their head, their parameters, and putting terms into their text (docs/queries.md).

Parameters are written with SPARQL's other sigil, `$name`. Text is what every store understands the same
way; `initBindings` means something else in each.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rdflib import XSD, Literal, URIRef

from sergekg.errors import Location, QueryError, SergekgError
from sergekg.iris import SLUG, THING, Iris
from sergekg.store.base import Term
from sergekg.vocab import PREFIXES

TYPES = ("iri", "text", "date", "integer")
"""What a parameter may be."""

_PARAMETER = re.compile(r"\$([A-Za-z_]\w*)")
_VARIABLE = re.compile(r"\?([A-Za-z_]\w*)")
_DECORATOR = re.compile(r"#\+\s*([A-Za-z][\w.-]*)\s*:\s*(.*?)\s*")
_TOKENS = re.compile(
    r"""(?P<keep> <[^<>"{}|^`\\\s]*> | \"\"\"(?:[^\\]|\\.)*?\"\"\" | '''(?:[^\\]|\\.)*?'''
               | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | \#[^\n]* )
        | \$(?P<name>[A-Za-z_]\w*)""",
    re.VERBOSE | re.DOTALL,
)
_INTEGER = re.compile(r"[+-]?\d{1,18}")
_IRI = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|^`\\]+')
_LONGEST_VALUE = 2000


@dataclass(frozen=True, slots=True)
class Parameter:
    """A `$name` of a stored query.

    Attributes:
        type: one of `TYPES`.
        default: as written in the head; empty where a value has to be given.
        titles: language tag to what it is called.
    """

    name: str
    type: str
    default: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)

    def default_thing(self, iris: Iris) -> URIRef | None:
        """The thing that it means by default, if it is one of the corpus."""
        is_thing = self.type == "iri" and THING.fullmatch(self.default)
        return iris.thing(self.default) if is_thing else None


@dataclass(frozen=True)
class StoredQuery:
    """One question of the project, as its file asks it.

    Attributes:
        name: the file's name without `.rq`; names its addresses.
        text: SPARQL with `$name` where parameters go; the head is left out.
        head: decorator to its value, `param.*`, `column.*`, `value.*` and titles included.
        group: the directory of the file below queries/, such as `competency`.
    """

    name: str
    text: str
    head: Mapping[str, str]
    parameters: Sequence[Parameter]
    group: str
    where: Location

    def default_things(self, iris: Iris) -> frozenset[URIRef]:
        """The things of the corpus that it is about by default."""
        return frozenset(thing for p in self.parameters if (thing := p.default_thing(iris)) is not None)

    def said(self, what: str, language: str) -> str:
        """A decorator such as `title` or `summary` in a language, else in any, else empty."""
        for tag in (f"{what}.{language}", what, f"{what}.fr", f"{what}.en"):
            if self.head.get(tag):
                return self.head[tag]
        return ""

    def title(self, language: str) -> str:
        return self.said("title", language) or self.said("summary", language) or self.name

    def column(self, variable: str, language: str) -> str:
        """What a page calls a column of the answer."""
        return self.said(f"column.{variable}", language) or variable

    def value(self, variable: str, word: str, language: str) -> str:
        """How a page says a word that the query itself writes into a column; empty where the word stands."""
        return self.said(f"value.{variable}.{word}", language)

    def fill(self, values: Mapping[str, str], base: str) -> str:
        """The query with a term in the place of each parameter.

        Args:
            values: parameter to value as a person writes it; what is missing takes its default.

        Raises:
            QueryError: a value is missing, or is not of the parameter's type.
        """
        terms: dict[str, Term] = {}
        for parameter in self.parameters:
            value = values.get(parameter.name, "").strip() or parameter.default
            if not value:
                raise QueryError(
                    f"the query {self.name} wants a value for {parameter.name}",
                    remedy=f"give {parameter.name}=…, a value of type {parameter.type}",
                )
            terms[parameter.name] = to_term(parameter, value, base)
        return _fill(self.text, terms)


def to_term(parameter: Parameter, value: str, base: str) -> Term:
    """The term that a person means by a value.

    An IRI may be written whole, in angle brackets, with a known prefix, or as `<type>/<slug>`.

    Raises:
        QueryError: it is not of the parameter's type.
    """
    if len(value) > _LONGEST_VALUE:
        raise QueryError(f"the value of {parameter.name} is longer than {_LONGEST_VALUE} characters")
    if parameter.type == "iri":
        return _iri(parameter, value, base)
    if parameter.type == "integer":
        if not _INTEGER.fullmatch(value):
            raise _wrong(parameter, value, "a whole number")
        return Literal(str(int(value)), datatype=XSD.integer)
    if parameter.type == "date":
        try:
            return Literal(datetime.date.fromisoformat(value).isoformat(), datatype=XSD.date)
        except ValueError as cause:
            raise _wrong(parameter, value, "a day such as 1936-05-01") from cause
    return Literal(value)


def _iri(parameter: Parameter, value: str, base: str) -> URIRef:
    inner = value[1:-1] if value.startswith("<") and value.endswith(">") else value
    if THING.fullmatch(inner):
        return Iris(base).thing(inner)
    prefix, colon, local = inner.partition(":")
    if colon and prefix in PREFIXES and not local.startswith("//"):
        inner = PREFIXES[prefix] + local
    if not _IRI.fullmatch(inner):
        raise _wrong(parameter, value, "an IRI, a name with a known prefix, or <type>/<slug>")
    return URIRef(inner)


def _wrong(parameter: Parameter, value: str, wanted: str) -> QueryError:
    return QueryError(f"{parameter.name} is {value[:80]!r}", remedy=f"give {wanted}")


def bind(query: str, parameters: Mapping[str, Term | Iterable[Term]]) -> str:
    """The query with every `$name` replaced by its term, or by its terms parted by spaces (for VALUES).

    Raises:
        QueryError: a parameter of the query has no term.

    >>> from rdflib import URIRef
    >>> bind("SELECT * { $who ?p ?o }", {"who": URIRef("http://example.org/a")})
    'SELECT * { <http://example.org/a> ?p ?o }'
    """

    def written(match: re.Match[str]) -> str:
        name = match[1]
        if name not in parameters:
            raise QueryError(f"the query wants a value for ${name}", remedy=f"give {name}")
        value = parameters[name]
        terms = [value] if hasattr(value, "n3") else value
        return " ".join(_n3(term) for term in terms)

    return _PARAMETER.sub(written, query)


def _fill(text: str, terms: Mapping[str, Term]) -> str:
    """Only declared parameters are replaced, and none inside an IRI, a string or a comment."""

    def written(match: re.Match[str]) -> str:
        name = match["name"]
        return _n3(terms[name]) if name in terms else match[0]

    return _TOKENS.sub(written, text)


def _n3(term: object) -> str:
    from sergekg.rdf.terms import to_oxigraph

    return str(to_oxigraph(term))  # type: ignore[arg-type]


def read_query(path: Path, root: Path) -> StoredQuery:
    """Read one `.rq` file.

    Raises:
        QueryError: its head cannot be read; it says the file and the line.
    """
    where = f"queries/{path.relative_to(root).as_posix()}"
    if not SLUG.fullmatch(path.stem):
        raise QueryError(
            f"{path.stem!r} cannot name an address", remedy="use a-z, 0-9 and hyphens"
        ).at(Location(where))  # fmt: skip
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as cause:
        raise QueryError("cannot be read as UTF-8", remedy="save it again").at(Location(where)) from cause
    head: dict[str, str] = {}
    parameters: dict[str, Parameter] = {}
    body: list[str] = []
    for number, line in enumerate(lines, start=1):
        if not line.startswith("#+"):
            body.append(line)
            continue
        found = _DECORATOR.fullmatch(line)
        if not found:
            raise QueryError(
                f"{line[:60]!r} is no decorator", remedy="write `#+ name: value`"
            ).at(Location(where, number))  # fmt: skip
        head[found[1]] = found[2]
        if found[1].startswith("param."):
            try:
                _declare(found[1], found[2], parameters)
            except QueryError as error:
                raise error.at(Location(where, number)) from error
    text = "\n".join(body).strip() + "\n"
    bare = _TOKENS.sub(lambda m: "" if m["keep"] else m[0], text)
    used = {"$": set(_PARAMETER.findall(bare)), "?": set(_VARIABLE.findall(bare))}
    columns = [decorator.split(".")[1] for decorator in head if decorator.startswith(("column.", "value."))]
    for sigil, name in (*(("$", name) for name in parameters), *(("?", name) for name in columns)):
        if name not in used[sigil]:
            raise QueryError(f"{sigil}{name} is declared and not used", remedy="use it or drop it").at(
                Location(where)
            )
    group = path.parent.relative_to(root).as_posix()
    return StoredQuery(
        path.stem, text, head, tuple(parameters.values()), "" if group == "." else group, Location(where)
    )


def _declare(decorator: str, value: str, parameters: dict[str, Parameter]) -> None:
    _, name, *rest = decorator.split(".")
    if rest:  # param.<name>.title.fr
        known = parameters.get(name)
        if known is None:
            raise QueryError(f"{decorator} comes before param.{name}", remedy="declare the parameter first")
        if rest[0] in ("title", "label") and len(rest) <= 2:
            titles = {**known.titles, (rest[1] if len(rest) == 2 else ""): value}
            parameters[name] = Parameter(known.name, known.type, known.default, titles)
        return
    type_, _, default = value.partition(" ")
    if type_ not in TYPES:
        raise QueryError(f"{name} is of the unknown type {type_!r}", remedy=f"use {', '.join(TYPES)}")
    parameters[name] = Parameter(name, type_, default.strip())


def read_queries(directory: Path) -> tuple[list[StoredQuery], list[SergekgError]]:
    """Every stored query under a directory, by group and name, and what is wrong with the others."""
    found: dict[str, StoredQuery] = {}
    problems: list[SergekgError] = []
    for path in sorted(directory.rglob("*.rq")):
        try:
            query = read_query(path, directory)
        except SergekgError as error:
            problems.append(error)
            continue
        if query.name in found:
            problems.append(
                QueryError(
                    f"the name {query.name!r} is taken by {found[query.name].where}", remedy="rename it"
                ).at(query.where)
            )
        else:
            found[query.name] = query
    return sorted(found.values(), key=lambda query: (query.group, query.name)), problems

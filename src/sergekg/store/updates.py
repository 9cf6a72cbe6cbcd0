"""What an update asks for: its operations, read from tokens, each with the text that the engine is given.

Operations are run one after another on a private copy of the store (`writer`), so a request is done as a
whole or not at all although the engine sees them apart (SPARQL 1.1 Update, 3).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sergekg.errors import QueryError, QueryRefused
from sergekg.store.analysis import UPDATE_WORDS, Dataset, ServiceCall, read_query
from sergekg.store.functions import TEXT_MATCH
from sergekg.store.lexer import Token, error_at, read_tokens
from sergekg.store.prologue import Prologue, needs_base
from sergekg.store.rendering import Edit, Rendering, render, sign_numbers, spell
from sergekg.store.textsearch import by_function, expand

_BEFORE_SUBJECTS = frozenset({"{", "}", ".", "<<", "<<("})
"""What stands before the subject of a triple in a template."""


_MOST_TOKENS, _MOST_OPERATIONS = 2_000_000, 50_000
"""Terminals and operations of an update: what a web process reads in some seconds and a few hundred MB."""
_MOST_RENDERED, _MOST_FOR_EACH = 32 << 20, 4
"""Characters of all operations, each with its declarations: so many, and so many for each of the source."""


@dataclass(frozen=True)
class Quads:
    """What stands in braces, in two readings.

    Attributes:
        text: INSERT DATA of it, whose reading by the engine counts.
        block: TriG of it, which keeps literals as they were written; None where that need not be.
    """

    text: str
    block: str | None = None


@dataclass(frozen=True)
class Modification:
    """DELETE and INSERT with WHERE, in the parts that are evaluated apart (SPARQL 1.1 Update, 3.1.3).

    Attributes:
        select: a query for the variables of the templates, in the order of their numbers.
        hole: in the templates an IRI of this and a number stands for the variable of that number.
        graph: that of WITH, for what the templates have outside of GRAPH.
        dataset: what WHERE is evaluated over.
    """

    select: str
    hole: str
    delete: Quads | None
    insert: Quads | None
    graph: str | None
    dataset: Dataset


@dataclass(frozen=True)
class Operation:
    """One operation of an update.

    Attributes:
        kind: `INSERT DATA`, `DELETE DATA`, `MODIFY`, or the word that the operation begins with.
        data: of INSERT DATA and DELETE DATA; None where it is not written like one.
        modification: of `MODIFY`; None where it is not written like one.
        graphs: what it names otherwise: IRIs, or DEFAULT, NAMED or ALL.
        is_silent: whether what it cannot do is passed over.
    """

    kind: str
    rendering: Rendering
    data: Quads | None = None
    modification: Modification | None = None
    graphs: Sequence[str] = ()
    is_silent: bool = False

    def to_job(self) -> dict[str, Any]:
        """What the writing process needs of it, for JSON."""
        return {
            "kind": self.kind,
            "text": self.rendering.text,
            "data": asdict(self.data) if self.data else None,
            "modification": asdict(self.modification) if self.modification else None,
            "graphs": list(self.graphs),
            "silent": self.is_silent,
        }


@dataclass(frozen=True)
class Update:
    """A request with its operations in their order."""

    source: str
    operations: Sequence[Operation]
    services: Sequence[ServiceCall]
    words: frozenset[str]


def read_update(source: str, prefixes: Mapping[str, str], using: Dataset, base: str | None = None) -> Update:
    """Read an update.

    Args:
        prefixes: those that count as declared where the update does not declare them.
        base: what relative IRIs are relative to where it has no BASE.
        using: what `using-graph-uri` and `using-named-graph-uri` gave (SPARQL 1.1 Protocol, 2.2.3).

    Raises:
        QueryError: it is no update, or uses USING or WITH beside the parameters of the protocol.
        QueryRefused: it has LOAD without SILENT.
    """
    source = source.removeprefix("\ufeff")  # what some editors begin a file with
    tokens = read_tokens(source, _MOST_TOKENS)
    prologue = Prologue(source, prefixes, base if needs_base(tokens) else None)
    operations: list[Operation] = []
    services: list[ServiceCall] = []
    labels: dict[str, int] = {}
    index, rendered = 0, 0
    while True:
        index = prologue.read(tokens, index)
        if index == len(tokens):
            break
        end = _end_of_operation(tokens, index)
        part = tokens[index:end]
        if not part:
            raise error_at(source, tokens[index].start, "; stands where an operation should begin")
        if len(operations) >= _MOST_OPERATIONS:
            raise error_at(
                source,
                part[0].start,
                f"an update may have {_MOST_OPERATIONS:,} operations",
                "send it in parts",
            )
        _check_labels(source, part, len(operations), labels)
        services += _services(prologue, part)
        for operation in _operation(source, prologue, part, using):
            operations.append(operation)
            rendered += len(operation.rendering.text)
        if rendered > _MOST_RENDERED + _MOST_FOR_EACH * len(source):
            raise error_at(
                source,
                part[0].start,
                "the declarations are too long for so many operations",
                "send it in parts",
            )
        index = end
        if index < len(tokens):
            index += 1
    return Update(source, operations, services, frozenset(t.text for t in tokens if t.kind == "word"))


def _end_of_operation(tokens: Sequence[Token], index: int) -> int:
    depth = 0
    for here in range(index, len(tokens)):
        if tokens[here].kind == "mark":
            depth += (tokens[here].text in "({[") - (tokens[here].text in ")}]")
            if depth == 0 and tokens[here].text == ";":
                return here
    return len(tokens)


def _operation(source: str, prologue: Prologue, part: Sequence[Token], using: Dataset) -> Iterator[Operation]:
    first = part[0]
    if first.kind != "word" or first.text not in UPDATE_WORDS:
        hint = "queries go to /sparql" if first.text in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE") else None
        raise error_at(source, first.start, f"an operation cannot begin with {first.text[:40]}", hint)
    second = part[1].text if len(part) > 1 else ""
    kind = first.text
    if kind == "LOAD":
        if second != "SILENT":
            raise QueryRefused("LOAD is not allowed here", remedy="send the data itself")
        _check_load(source, part)
        return  # it fails silently, as SILENT asks (SPARQL 1.1 Update, 3.1.4)
    written = spell(source, part, first.start, part[-1].end)
    edits = [*prologue.rename(part)[:-1], *sign_numbers(part), *written]
    outside = [Edit(0, first.start, prologue.text), Edit(part[-1].end, len(source), "")]
    rendering = render(source, [*edits, *outside])
    if kind in ("INSERT", "DELETE") and second == "DATA":
        body = part[2:]
        is_block = len(body) > 1 and body[0].text == "{" and body[-1].text == "}"
        data = None
        if is_block and kind == "INSERT":
            data = Quads(rendering.text, _trig(source, prologue, body, edits))
        elif is_block:
            data = Quads(_insertion(source, prologue, body, edits))
        yield Operation(f"{kind} DATA", rendering, data)
    elif kind in ("INSERT", "DELETE", "WITH"):
        yield Operation("MODIFY", rendering, modification=_modification(source, prologue, part, edits, using))
    else:
        named = [token for token in part[1:] if token.kind in ("iri", "name")]
        iris = dict(zip(named, prologue.resolve(named), strict=True))
        graphs = [
            iris.get(token, token.text)
            for token in part[1:]
            if token in iris or token.text in ("DEFAULT", "NAMED", "ALL")
        ]
        yield Operation(kind, rendering, graphs=graphs, is_silent=second == "SILENT")


def _modification(
    source: str, prologue: Prologue, part: Sequence[Token], edits: Sequence[Edit], using: Dataset
) -> Modification | None:
    """The parts of DELETE and INSERT with WHERE; None where it is not written like one.

    Raises:
        QueryError: USING or WITH stands beside the parameters of the protocol (SPARQL 1.1 Protocol, 2.2.3).
    """
    groups: dict[str, Sequence[Token]] = {}
    graphs: dict[str, list[Token]] = {"WITH": [], "USING": [], "NAMED": []}
    word, begin, depth = "", 0, 0
    for here, token in enumerate(part):
        if token.kind == "mark":
            if depth == 0 and token.text == "{":
                begin = here
            depth += (token.text in "({[") - (token.text in ")}]")
            if depth == 0 and token.text == "}":
                if word in groups:
                    return None
                groups[word] = part[begin : here + 1]
        elif depth == 0 and token.kind == "word":
            word = token.text
            if word in ("USING", "WITH") and using.is_given:
                raise error_at(
                    source,
                    token.start,
                    f"{word} cannot stand beside using-graph-uri",
                    "give the graphs in the update or in the request, not in both",
                )
        elif depth == 0 and token.kind in ("iri", "name") and word in graphs:
            graphs[word].append(token)
    where = groups.get("WHERE")
    delete, insert = groups.get("DELETE"), groups.get("INSERT")
    if delete is None and insert is None:
        delete = where  # DELETE WHERE (SPARQL 1.1 Update, 3.1.3.3)
    if where is None or where[-1] is not part[-1]:
        return None
    own = {clause: prologue.resolve(tokens) for clause, tokens in graphs.items()}
    graph = own["WITH"][0] if own["WITH"] else None
    dataset = using if using.is_given else Dataset.of(own["USING"], own["NAMED"])
    if graph is not None and not dataset.is_given:
        dataset = Dataset(default=(graph,))
    # nobody can have guessed it, so no IRI of the request is taken for a variable, and none has this name
    secret = secrets.token_hex(8)
    hole, unbound = f"urn:x-sergekg:variable:{secret}:", f"none{secret}"
    templates = (*(delete or ()), *(insert or ()))
    names = [(first.start, last.end, unbound) for first, last in _no_subjects(templates)]
    names += [(token.start, token.end, token.text[1:]) for token in templates if token.kind == "variable"]
    numbers: dict[str, int] = {}
    holes = [
        Edit(start, end, f"<{hole}{numbers.setdefault(name, len(numbers))}>") for start, end, name in names
    ]
    variables = " ".join(f"?{name}" for name in numbers) or "?none"
    begin, end = where[0].start, where[-1].end
    outside = [
        Edit(0, begin, f"{prologue.text}SELECT {variables} WHERE "),
        Edit(end, len(source), ""),
    ]
    select = render(source, [*edits, *outside]).text
    if _has_searches(prologue, where):
        try:
            select = expand(read_query(select, {}), by_function, dataset).rendering.text
        except QueryError as error:  # whose place is one in the sub-query
            raise error_at(source, begin, error.what, error.remedy) from None
    return Modification(
        select,
        hole,
        _quads(source, prologue, delete, [*edits, *holes]) if delete else None,
        _quads(source, prologue, insert, [*edits, *holes]) if insert else None,
        graph,
        dataset,
    )


def _has_searches(prologue: Prologue, where: Sequence[Token]) -> bool:
    """Whether a pattern names `skg:textMatch`, which the engine knows nothing of."""
    names = {token.text: token for token in where if token.kind in ("iri", "name") and _may_search(token)}
    return TEXT_MATCH in prologue.resolve(list(names.values()))


def _may_search(token: Token) -> bool:
    """Whether the IRI of a token may be that of `skg:textMatch`, as far as its end tells."""
    if token.kind == "name":
        return TEXT_MATCH.endswith(token.text.partition(":")[2].replace("\\", ""))
    return "\\" in token.text or TEXT_MATCH.endswith(token.text[1:-1].rpartition("#")[2])


def _no_subjects(templates: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    """The first and the last token of each literal and triple term that stands as a subject.

    No triple can have such a subject, and one that would is left out (SPARQL 1.1 Update, 3.1.3), as with a
    variable without a value; the engine reads none in data.
    """
    for here, (before, token, after) in enumerate(
        zip(templates, templates[1:], templates[2:], strict=False), 1
    ):
        if before.text not in _BEFORE_SUBJECTS:
            continue
        if token.kind == "number" or token.text in ("TRUE", "FALSE"):
            yield token, token
        elif token.text in ("+", "-"):
            yield token, after
        elif token.kind == "string":
            is_typed, has_language = after.text == "^^", after.kind == "language"
            yield token, templates[here + 2 * is_typed + has_language]
        elif token.text == "<<(":
            depth, end = 1, here
            while depth:
                end += 1
                depth += (templates[end].text == "<<(") - (templates[end].text == ")>>")
            yield token, templates[end]


def _quads(source: str, prologue: Prologue, block: Sequence[Token], edits: Sequence[Edit]) -> Quads:
    """What stands between two braces, which are the first and the last token."""
    return Quads(_insertion(source, prologue, block, edits), _trig(source, prologue, block, edits))


def _insertion(source: str, prologue: Prologue, block: Sequence[Token], edits: Sequence[Edit]) -> str:
    begin, end = block[0].start, block[-1].end
    outside = [Edit(0, begin, f"{prologue.text}INSERT DATA "), Edit(end, len(source), "")]
    return render(source, [*edits, *outside]).text


def _trig(source: str, prologue: Prologue, block: Sequence[Token], renamed: Sequence[Edit]) -> str:
    """The quads of a block as TriG: as they are, less the marks that only SPARQL allows."""
    body = list(block[1:-1])
    edits = list(renamed)
    for before, token in zip([None, *body], body, strict=False):
        if token.kind == "mark" and token.text == "." and before is not None and before.text == "}":
            edits.append(Edit(token.start, token.end, ""))
        elif token.kind == "word" and token.text == "GRAPH":
            full_stop = before is not None and before.text not in ("}", ".")
            edits.append(Edit(token.start, token.end, " . GRAPH" if full_stop else "GRAPH"))
        elif token.kind == "word" and token.text in ("TRUE", "FALSE"):
            edits.append(Edit(token.start, token.end, token.text.lower()))
    last = body[-1].text if body else "}"
    tail = "" if last in ("}", ".") else " ."
    outside = [Edit(0, block[0].end, prologue.text), Edit(block[-1].start, len(source), tail)]
    return render(source, [*edits, *outside]).text


def _services(prologue: Prologue, part: Sequence[Token]) -> Iterator[ServiceCall]:
    for here, token in enumerate(part[:-2]):
        if token.kind == "word" and token.text == "SERVICE":
            named = part[here + 2] if part[here + 1].text == "SILENT" else part[here + 1]
            constant = named.kind in ("iri", "name")
            yield ServiceCall(prologue.resolve([named])[0] if constant else None, named.start, named.end)


def _check_labels(source: str, part: Sequence[Token], number: int, labels: dict[str, int]) -> None:
    """A blank node label names one node within one operation only (SPARQL 1.1 Query, 19.6)."""
    if [token.text for token in part[:2]] != ["INSERT", "DATA"]:
        return
    for token in part:
        if token.kind == "blank" and labels.setdefault(token.text, number) != number:
            raise error_at(
                source,
                token.start,
                f"the blank node {token.text} stands in two operations",
                "give it two labels",
            )


def _check_load(source: str, part: Sequence[Token]) -> None:
    shape = [token.text if token.kind == "word" else token.kind for token in part]
    iri = ("iri", "name")
    if not (
        len(shape) in (3, 6)
        and shape[2] in iri
        and (len(shape) == 3 or (shape[3:5] == ["INTO", "GRAPH"] and shape[5] in iri))
    ):
        raise error_at(
            source, part[0].start, "LOAD is not written like this", "LOAD SILENT <iri> INTO GRAPH <iri>"
        )


def check_update_services(update: Update, allowed: Sequence[str]) -> None:
    """Refuse an update that asks another endpoint: none may decide what is written here.

    Raises:
        QueryRefused: it does.
    """
    for call in update.services:
        if call.endpoint not in allowed or call.endpoint is None:
            raise QueryRefused("SERVICE is not allowed in updates here", remedy="send the data itself")

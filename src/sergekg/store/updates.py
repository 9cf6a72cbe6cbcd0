"""What an update asks for: its operations, read from tokens, each with the text that the engine is given.

Operations are run one after another on a private copy of the store (`writer`), so a request is done as a
whole or not at all although the engine sees them apart (SPARQL 1.1 Update, 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sergekg.errors import QueryError, QueryRefused
from sergekg.store.analysis import UPDATE_WORDS, Dataset, ServiceCall
from sergekg.store.evaluate import MERGED
from sergekg.store.lexer import Token, error_at, read_tokens
from sergekg.store.prologue import Prologue, needs_base
from sergekg.store.rendering import Edit, Rendering, render


@dataclass(frozen=True)
class Operation:
    """One operation of an update.

    Attributes:
        kind: `INSERT DATA`, `DELETE DATA`, `MODIFY`, or the word that the operation begins with.
        using: the graphs whose merge `MERGED` stands for.
        block: the quads of INSERT DATA as TriG, to keep their literals as written.
        as_insert: DELETE DATA with the other word, which tells the engine's reading of its quads.
        touches_default: whether it names the default graph as a whole.
    """

    kind: str
    rendering: Rendering
    using: Sequence[str] = ()
    block: str | None = None
    as_insert: str | None = None
    touches_default: bool = False


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
    tokens = read_tokens(source)
    prologue = Prologue(source, prefixes, base if needs_base(tokens) else None)
    operations: list[Operation] = []
    services: list[ServiceCall] = []
    labels: dict[str, int] = {}
    index = 0
    while True:
        index = prologue.read(tokens, index)
        if index == len(tokens):
            break
        end = _end_of_operation(tokens, index)
        part = tokens[index:end]
        if not part:
            raise error_at(source, tokens[index].start, "; stands where an operation should begin")
        _check_labels(source, part, len(operations), labels)
        services += _services(prologue, part)
        operations += _operation(source, prologue, part, using)
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
    edits = prologue.rename(part)[:-1]
    graphs: list[str] = []
    kind = first.text
    if kind == "LOAD":
        if second != "SILENT":
            raise QueryRefused("LOAD is not allowed here", remedy="send the data itself")
        _check_load(source, part)
        return  # it fails silently, as SILENT asks (SPARQL 1.1 Update, 3.1.4)
    if kind in ("INSERT", "DELETE") and second == "DATA":
        kind = f"{kind} DATA"
    elif kind in ("INSERT", "DELETE", "WITH"):
        kind = "MODIFY"
        graphs, more = _using(source, prologue, part, using)
        edits += more
    text = prologue.text
    outside = [Edit(0, first.start, text), Edit(part[-1].end, len(source), "")]
    yield Operation(
        kind,
        render(source, [*edits, *outside]),
        graphs,
        _block(source, prologue, part) if kind == "INSERT DATA" else None,
        render(source, [*edits, *outside, Edit(first.start, first.end, "INSERT")]).text
        if kind == "DELETE DATA"
        else None,
        any(token.kind == "word" and token.text in ("DEFAULT", "ALL") for token in part),
    )


def _using(
    source: str, prologue: Prologue, part: Sequence[Token], using: Dataset
) -> tuple[list[str], list[Edit]]:
    """The default graphs of USING where they are several, and the edits that the protocol asks for."""
    own: list[tuple[Token, Token]] = []
    where = None
    depth = 0
    for here, token in enumerate(part):
        if token.kind == "mark":
            depth += (token.text in "({[") - (token.text in ")}]")
        elif depth == 0 and token.kind == "word":
            if token.text in ("USING", "WITH") and using.is_given:
                raise error_at(
                    source,
                    token.start,
                    f"{token.text} cannot stand beside using-graph-uri",
                    "give the graphs in the update or in the request, not in both",
                )
            if token.text == "USING" and here + 1 < len(part) and part[here + 1].kind in ("iri", "name"):
                own.append((token, part[here + 1]))
            elif token.text == "WHERE":
                where = (here, token)
    if using.is_given and where is not None:
        default = using.default or ()
        clauses = [f"USING <{MERGED}>"] if len(default) > 1 else [f"USING <{iri}>" for iri in default]
        clauses += [f"USING NAMED <{iri}>" for iri in using.named or ()]
        if not default and using.named is not None:
            clauses.append(f"USING <{MERGED}>")  # no default graph was given: an empty one
        here, token = where
        # DELETE WHERE has no place for USING: its pattern is written twice
        pattern = ""
        if here == 1 and part[0].text == "DELETE":
            renamed = render(
                source,
                [
                    *prologue.rename(part)[:-1],
                    Edit(0, part[2].start, ""),
                    Edit(part[-1].end, len(source), ""),
                ],
            )
            pattern = f"{renamed.text} "
        return (
            list(default) if len(default) != 1 else [],
            [Edit(token.start, token.start, f"{pattern}{' '.join(clauses)} ")],
        )
    if len(own) > 1:
        graphs = prologue.resolve([graph for _, graph in own])
        edits = [Edit(token.start, graph.end, "") for token, graph in own[1:]]
        return graphs, [*edits, Edit(own[0][0].start, own[0][1].end, f"USING <{MERGED}>")]
    return [], []


def _block(source: str, prologue: Prologue, part: Sequence[Token]) -> str | None:
    """The quads of an operation as TriG: as they are, less the marks that only SPARQL allows."""
    body = list(part[3:-1])
    edits = prologue.rename(part)[:-1]
    depth = 0
    for before, token in zip([None, *body], body, strict=False):
        if token.kind == "mark" and token.text in "{}":
            depth += 1 if token.text == "{" else -1
        elif token.kind == "mark" and token.text == "." and before is not None and before.text == "}":
            edits.append(Edit(token.start, token.end, ""))
        elif token.kind == "word" and token.text == "GRAPH":
            full_stop = before is not None and before.text not in ("}", ".")
            edits.append(Edit(token.start, token.end, " . GRAPH" if full_stop else "GRAPH"))
        elif token.kind == "word" and token.text in ("TRUE", "FALSE"):
            edits.append(Edit(token.start, token.end, token.text.lower()))
    if len(part) < 4 or part[2].text != "{" or part[-1].text != "}":
        return None
    last = body[-1].text if body else "}"
    tail = "" if last in ("}", ".") else " ."
    outside = [Edit(0, part[2].end, prologue.text), Edit(part[-1].start, len(source), tail)]
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


__all__ = ["Operation", "QueryError", "Update", "check_update_services", "read_update"]

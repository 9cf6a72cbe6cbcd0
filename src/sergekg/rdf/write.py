"""Writes quads in a format: same quads in the same order, same bytes; only the prefixes that are used.

The engine's writers list prefixes in an order of chance, all of them; here they are put in the order of
`vocab.PREFIXES`. JSON-LD is written by `rdf.jsonld`, compact and with its context inside.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import IO

import pyoxigraph as ox

from sergekg.rdf.jsonld import write_jsonld
from sergekg.rdf.terms import Quad, to_oxigraph
from sergekg.vocab import PREFIXES
from sergekg.xml import WellFormed, refusing_terms

FORMATS: dict[str, ox.RdfFormat] = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdfxml": ox.RdfFormat.RDF_XML,
}
"""Name as `sergekg export --format` knows it, to the engine's writer."""

_LOCAL = re.compile(r"[\w-]*(?:\.[\w-]+)*")
_SHORTHAND = {
    f"http://www.w3.org/2001/XMLSchema#{name}" for name in ("boolean", "integer", "decimal", "double")
}
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_DECLARATION = re.compile(rb' xmlns:([\w-]+)="([^"]*)"')
_ORDER = {prefix.encode(): rank for rank, prefix in enumerate(PREFIXES)}
_LANGUAGE_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"


def write_quads(quads: Iterable[Quad], form: ox.RdfFormat, *, with_graphs: bool = True) -> bytes:
    """The quads as bytes, subjects in the order in which they first come.

    Args:
        with_graphs: whether a format that can hold graph names does; without, and in one that cannot,
            each triple is written once.
    """
    made = [ox.Quad(*(to_oxigraph(term) for term in quad)) for quad in quads]  # type: ignore[arg-type]
    out = io.BytesIO()
    write_engine_quads(made, form, out, with_graphs=with_graphs)
    return out.getvalue()


def write_engine_quads(
    quads: Sequence[ox.Quad], form: ox.RdfFormat, out: IO[bytes], *, with_graphs: bool = True
) -> None:
    """Write quads of the engine into a file that is open for bytes.

    Raises:
        NotWritable: the format cannot hold them.
    """
    graphs = with_graphs and form.supports_datasets
    if form == ox.RdfFormat.JSON_LD:
        out.write(write_jsonld(quads, with_graphs=graphs))
        return
    rows: Iterable[ox.Quad] | Iterable[ox.Triple]
    rows = quads if graphs else dict.fromkeys(quad.triple for quad in quads)
    if graphs and form == ox.RdfFormat.TRIG:
        rows = sorted(quads, key=lambda quad: str(quad.graph_name))  # else a graph is opened again and again
    if form in (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS):
        ox.serialize(rows, out, format=form)
        return
    prefixes = used_prefixes(quads, form)
    directed = any(_is_directed(quad.object) for quad in quads)
    writer = WellFormed(out, has_names=True) if form == ox.RdfFormat.RDF_XML else out
    header = _Header(writer, form, keep_its=directed)
    with refusing_terms():
        ox.serialize(rows, header, format=form, prefixes=prefixes)
    header.finish()


def _is_directed(term: object) -> bool:
    """Whether a text with a base direction is in it."""
    if isinstance(term, ox.Triple):
        return _is_directed(term.object)
    return isinstance(term, ox.Literal) and term.direction is not None


def used_prefixes(quads: Iterable[ox.Quad], form: ox.RdfFormat) -> dict[str, str]:
    """The prefixes that a writer of the format will use for these quads, in our order."""
    xml = form == ox.RdfFormat.RDF_XML
    namespaces = {namespace: prefix for prefix, namespace in PREFIXES.items()}
    seen: set[str] = set()
    iris: set[str] = set()
    for quad in quads:
        iris.add(quad.predicate.value)
        if isinstance(quad.object, ox.Literal):
            if not xml and quad.object.datatype.value not in _SHORTHAND:
                iris.add(quad.object.datatype.value)
        elif isinstance(quad.object, ox.NamedNode) and (not xml or quad.predicate.value == _TYPE):
            iris.add(quad.object.value)
        if not xml:
            iris.update(t.value for t in (quad.subject, quad.graph_name) if isinstance(t, ox.NamedNode))
    iris -= {_TYPE, "http://www.w3.org/2001/XMLSchema#string", _LANGUAGE_STRING}
    for iri in iris:
        cut = max(iri.rfind("#"), iri.rfind("/")) + 1
        if iri[:cut] in namespaces and _LOCAL.fullmatch(iri[cut:]):
            seen.add(namespaces[iri[:cut]])
    return {prefix: namespace for prefix, namespace in PREFIXES.items() if prefix in seen}


class _Header(io.BytesIO):
    """Passes bytes on, once the declarations at their beginning are complete and in order."""

    def __init__(self, out: IO[bytes] | WellFormed, form: ox.RdfFormat, *, keep_its: bool) -> None:
        super().__init__()
        self._out, self._xml, self._keep_its = out, form == ox.RdfFormat.RDF_XML, keep_its
        self._held: bytes | None = b""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        data = bytes(data)
        if self._held is None:
            self._out.write(data)
            return len(data)
        self._held += data
        end = self._end(self._held)
        if end is not None:
            self._release(end)
        return len(data)

    def finish(self) -> None:
        """Pass on what is left, where there were only declarations."""
        if self._held is not None:
            self._release(len(self._held))

    def _end(self, held: bytes) -> int | None:
        """Where the declarations end, once that is known."""
        if self._xml:
            begin = held.find(b"<rdf:RDF")
            end = held.find(b">", begin) if begin >= 0 else -1
            return end if end >= 0 else None
        here = 0
        while held.startswith(b"@prefix ", here):
            line = held.find(b"\n", here)
            if line < 0:
                return None
            here = line + 1
        return here if len(held) - here >= len(b"@prefix ") else None

    def _release(self, end: int) -> None:
        held, self._held = self._held or b"", None
        head, rest = held[:end], held[end:]
        if self._xml:
            found = sorted(
                # the engine always declares `its`, which only base directions use
                (item for item in _DECLARATION.findall(head) if item[0] != b"its" or self._keep_its),
                key=lambda item: (item[0] != b"rdf", _ORDER.get(item[0], len(_ORDER))),
            )
            head = _DECLARATION.sub(b"", head) + b"".join(b'\n\txmlns:%s="%s"' % item for item in found)
        else:
            lines = head.splitlines(keepends=True)
            lines.sort(key=lambda line: _ORDER.get(line.split(b" ")[1].rstrip(b":"), len(_ORDER)))
            head = b"".join(lines)
        self._out.write(head + rest)

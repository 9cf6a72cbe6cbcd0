"""Solutions that are quads, as `Store.quads` gives them, made of what a store answers.

They are of RDF 1.1, as every row of a store is: triple terms and base directions are left out. Where several
threads ask, TSV is the fast way: the engine looks everything up in the one step that writes it, for which no
other thread waits, and to read what was written needs no store.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from sergekg.rdf.terms import to_oxigraph
from sergekg.store.base import Row

_TERMS = ("s", "p", "o", "g")


def from_solutions(solutions: Iterable[Any]) -> list[ox.Quad]:
    """The quads of the engine's solutions for `?s ?p ?o ?g`."""
    found = []
    for subject, predicate, value, graph in solutions:
        if isinstance(value, ox.Literal) and value.direction is not None:
            found.append(ox.Quad(subject, predicate, ox.Literal(value.value, language=value.language), graph))
        elif not isinstance(value, ox.Triple):
            found.append(ox.Quad(subject, predicate, value, graph))
    return found


def from_tsv(document: bytes) -> list[ox.Quad]:
    """The quads of SPARQL 1.1 Query Results TSV with `?s ?p ?o ?g`.

    Raises:
        MemoryError: a solution has more than 16 MiB, which the engine does not read.
    """
    found: Any = ox.parse_query_results(document, ox.QueryResultsFormat.TSV)
    return from_solutions(found)


def from_rows(rows: Iterable[Row]) -> list[ox.Quad]:
    """The quads of rows with `s`, `p`, `o` and `g`."""
    return [ox.Quad(*(to_oxigraph(row[name]) for name in _TERMS)) for row in rows]  # type: ignore[arg-type]

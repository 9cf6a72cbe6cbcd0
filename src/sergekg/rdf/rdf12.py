"""The same graph in RDF 1.2: a statement reifies a triple term instead of naming its three parts.

RDF 1.2 Concepts (W3C Candidate Recommendation), 1.5; `rdf:subject`, `rdf:predicate` and `rdf:object` of a
statement become one `rdf:reifies <<( s p o )>>`, and nothing else changes.
"""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_PARTS = tuple(ox.NamedNode(f"{_RDF}{name}") for name in ("subject", "predicate", "object"))
REIFIES = ox.NamedNode(f"{_RDF}reifies")


def to_rdf12(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Statements with triple terms, in the place where the first of their parts stood."""
    rows = list(quads)
    parts: dict[tuple[object, object], dict[ox.NamedNode, object]] = {}
    for quad in rows:
        if quad.predicate in _PARTS:
            parts.setdefault((quad.subject, quad.graph_name), {})[quad.predicate] = quad.object
    written: list[ox.Quad] = []
    done = set()
    for quad in rows:
        key = (quad.subject, quad.graph_name)
        found = parts.get(key, {})
        if quad.predicate not in _PARTS or len(found) < len(_PARTS):
            written.append(quad)
        elif key not in done:
            done.add(key)
            term = ox.Triple(*(found[part] for part in _PARTS))  # type: ignore[arg-type]
            written.append(ox.Quad(quad.subject, REIFIES, term, quad.graph_name))
    return written

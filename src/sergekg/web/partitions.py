"""What the dataset is made of, for completion: classes and properties, counted graph by graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sergekg.store.base import Store

_CLASSES = """
SELECT ?graph ?term (COUNT(?x) AS ?count) WHERE { GRAPH ?graph { ?x a ?term } } GROUP BY ?graph ?term"""
_PROPERTIES = """
SELECT ?graph ?term (COUNT(*) AS ?count) WHERE { GRAPH ?graph { ?x ?term ?y } } GROUP BY ?graph ?term"""


@dataclass(frozen=True, slots=True)
class Partition:
    """A class or property: how often it is used in each graph, by the number of the graph."""

    iri: str
    is_class: bool
    counts: Mapping[int, int]


@dataclass(frozen=True)
class Partitions:
    """All graphs, and every class and property used in them."""

    graphs: Sequence[str]
    terms: Sequence[Partition]


def read_partitions(store: Store) -> Partitions:
    """Count what the dataset uses."""
    found: dict[tuple[str, bool], dict[str, int]] = {}
    for query, is_class in ((_CLASSES, True), (_PROPERTIES, False)):
        for row in store.select(query):
            counts = found.setdefault((str(row["term"]), is_class), {})
            counts[str(row["graph"])] = int(str(row["count"]))
    graphs = sorted({graph for counts in found.values() for graph in counts})
    number = {graph: index for index, graph in enumerate(graphs)}
    terms = [
        Partition(iri, is_class, {number[graph]: count for graph, count in counts.items()})
        for (iri, is_class), counts in sorted(found.items())
    ]
    return Partitions(graphs, terms)

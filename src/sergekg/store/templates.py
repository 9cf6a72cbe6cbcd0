"""Templates of an update: quads with holes, filled from the solutions of WHERE (SPARQL 1.1 Update, 4.1.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pyoxigraph as ox

_Nodes = dict[str, ox.BlankNode]
_Slot = Callable[[Any, _Nodes], Any]
"""Gives a term, or None, for a solution and for the blank nodes that were made for it."""


class Template:
    """Quads with holes.

    Args:
        quads: they have, for the variable of number 3, an IRI of `hole` and 3.
        graph: takes what stands in none.
    """

    def __init__(self, quads: Iterable[ox.Quad], hole: str, graph: ox.NamedNode | ox.DefaultGraph) -> None:
        self._hole = hole
        self._quads: Sequence[tuple[_Slot, _Slot, _Slot, _Slot]] = [
            (
                self._slot(quad.subject),
                self._slot(quad.predicate),
                self._slot(quad.object),
                self._slot(graph if isinstance(quad.graph_name, ox.DefaultGraph) else quad.graph_name),
            )
            for quad in quads
        ]

    def fill(self, solution: Any) -> Iterator[ox.Quad]:
        """The quads for a solution, less those with a variable without a value or a term out of its place.

        A label of a blank node is a new node for each solution, and one node within it.
        """
        nodes: _Nodes = {}
        for slots in self._quads:
            subject, predicate, object, graph = (slot(solution, nodes) for slot in slots)
            if isinstance(graph, ox.NamedNode | ox.DefaultGraph):
                try:
                    yield ox.Quad(subject, predicate, object, graph)
                except TypeError:  # a literal as subject, no value as object, and so on
                    continue

    def _slot(self, term: Any) -> _Slot:
        if isinstance(term, ox.NamedNode) and term.value.startswith(self._hole):
            number = int(term.value[len(self._hole) :])
            return lambda solution, _: solution[number]
        if isinstance(term, ox.BlankNode):
            label = term.value
            return lambda _, nodes: nodes.setdefault(label, ox.BlankNode())
        if isinstance(term, ox.Triple):
            slots = self._slot(term.subject), self._slot(term.predicate), self._slot(term.object)
            return lambda solution, nodes: _triple(slot(solution, nodes) for slot in slots)
        return lambda *_: term


def _triple(terms: Iterable[Any]) -> ox.Triple | None:
    try:
        return ox.Triple(*terms)
    except TypeError:
        return None

"""The seam for stores: what pages and commands may ask of any of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import pyoxigraph as ox
from rdflib import BNode, Literal, URIRef

Term = URIRef | BNode | Literal
Row = Mapping[str, Term]
"""One solution: variable name to term; an unbound variable has no entry."""


class Store(Protocol):
    """A SPARQL dataset whose default graph is the union of its named graphs, each triple once.

    Every method raises `StoreError`: of the query (`QueryError`, `QueryFailed`, `QueryRefused`), of its
    limits (`QueryTimeout`, `QueryTooLarge`), or as nothing can answer now (`StoreBusy`, `StoreUnavailable`).
    """

    def select(self, query: str) -> Sequence[Row]:
        """All solutions of a SELECT, in its order, less those with a triple term."""
        ...

    def ask(self, query: str) -> bool:
        """The answer to an ASK."""
        ...

    def construct(self, query: str) -> Sequence[tuple[Term, Term, Term]]:
        """The distinct triples of a CONSTRUCT or DESCRIBE, in no order, less those with a triple term."""
        ...

    def quads(self, query: str) -> Sequence[ox.Quad]:
        """The quads `?s ?p ?o ?g` of all solutions of a SELECT, in its order, less those with a triple term.

        For documents, which the engine writes: its terms go from it into them as they are.
        """
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...

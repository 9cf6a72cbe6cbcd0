"""Reads the Turtle files that people edit, with the engine's parser, as graphs of rdflib."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
from rdflib import Graph

from sergekg.errors import Location, ShapeError
from sergekg.rdf.terms import from_oxigraph


def read_turtle(path: Path, graph: Graph, shown: str) -> None:
    """Add the triples and the prefixes of a file to a graph; its blank nodes get names of their own.

    The engine's parser gives the triples of rdflib's in half the time, and names the line of a mistake.

    Args:
        shown: the file's path as people know it.

    Raises:
        ShapeError: the file cannot be read, or is not Turtle; with the line.
    """
    try:
        parser = ox.parse(path=str(path), format=ox.RdfFormat.TURTLE, rename_blank_nodes=True)
        for quad in parser:
            graph.add(tuple(from_oxigraph(term) for term in (quad.subject, quad.predicate, quad.object)))  # type: ignore[arg-type]
    except SyntaxError as cause:
        where = Location(shown, cause.lineno)
        raise ShapeError(f"not Turtle: {cause.msg}", where=where, remedy="mend it") from cause
    except (OSError, ValueError) as cause:
        raise ShapeError(f"cannot be read: {cause}", where=Location(shown), remedy="mend it") from cause
    for prefix, namespace in parser.prefixes.items():
        graph.bind(prefix, namespace)

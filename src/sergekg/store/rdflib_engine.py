"""rdflib in memory as an engine for query workers: slow, and a second opinion on every answer.

It evaluates in the same workers as Oxigraph, so that its queries can be ended, and reads no file and no
address: dataset clauses are gone from the text before it sees it, and it asks no other endpoint. It expands
codepoint escapes before it looks for strings and comments, and so gets no text in which there are any.
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph as ox

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # rdflib's own, of its plugins
    import rdflib
    from rdflib.plugins import sparql
    from rdflib.plugins.sparql.operators import register_custom_function
    from rdflib.plugins.sparql.sparql import SPARQLError

from sergekg.rdf.terms import from_oxigraph, to_oxigraph
from sergekg.store.evaluate import GRAPHS, SOLUTIONS, Functions
from sergekg.store.mistakes import check_syntax
from sergekg.store.rendering import find_escape


def _refuse_service(_: Any, part: Any) -> Any:
    """An evaluation of rdflib that takes only SERVICE, and does not do it: rdflib would ask any address.

    Raises:
        NotImplementedError: it is something else, for rdflib to evaluate.
        RuntimeError: it is SERVICE.
    """
    if part.name != "ServiceGraphPattern":
        raise NotImplementedError
    raise RuntimeError("this store asks no other endpoint")


sparql.SPARQL_LOAD_GRAPHS = False
sparql.CUSTOM_EVALS["sergekg"] = _refuse_service


class RdflibResult:
    """A result that serialises like those of Oxigraph; rdflib's own writers lose values."""

    def __init__(self, result: Any) -> None:
        self.kind = {"SELECT": "solutions", "ASK": "boolean"}.get(result.type, "graph")
        self._result = result

    def serialize(self, output: Any, format: Any) -> None:
        if self.kind == "graph":
            triples = (ox.Triple(*(to_oxigraph(term) for term in triple)) for triple in self._result.graph)  # type: ignore[arg-type]
            ox.serialize(triples, output, format)
            return
        data = io.BytesIO(json.dumps(self._document()).encode())
        ox.parse_query_results(data, ox.QueryResultsFormat.JSON).serialize(output, format)

    def _document(self) -> dict[str, Any]:
        if self.kind == "boolean":
            return {"head": {}, "boolean": bool(self._result.askAnswer)}
        names = [str(name) for name in self._result.vars or ()]
        bindings = [
            {name: _binding(term) for name, term in zip(names, row, strict=True) if term is not None}
            for row in self._result
        ]
        return {"head": {"vars": names}, "results": {"bindings": bindings}}


class Rdflib:
    """One rdflib dataset that answers jobs as `evaluate.Oxigraph` does."""

    def __init__(self, dataset: rdflib.Dataset) -> None:
        self.dataset = dataset

    @classmethod
    def load(cls, source: ox.Store) -> Rdflib:
        """Copy a store, its default graph too."""
        dataset = rdflib.Dataset()
        for quad in source:
            name = quad.graph_name
            graph = (
                dataset.default_graph
                if isinstance(name, ox.DefaultGraph)
                else dataset.graph(from_oxigraph(name))
            )
            graph.add(tuple(from_oxigraph(term) for term in quad.triple))  # type: ignore[arg-type]
        return cls(dataset)

    def query(
        self, text: str, default: list[str] | None, named: list[str] | None, functions: Functions | None
    ) -> RdflibResult:
        """See `evaluate.Oxigraph.query`.

        Raises:
            SyntaxError: the query is wrong.
            RuntimeError: rdflib cannot read or evaluate it.
        """
        if message := find_escape(text):
            raise SyntaxError(message)
        dataset = (
            self.dataset if default is None and named is None else self._part(default or [], named or [])
        )
        for iri, function in (functions or {}).items():
            register_custom_function(rdflib.URIRef(iri), _called_by_rdflib(function), override=True)
        try:
            return RdflibResult(dataset.query(text))
        except (
            SPARQLError,
            NotImplementedError,
            TypeError,
            KeyError,
            AttributeError,
            RuntimeError,
        ) as cause:
            raise RuntimeError(f"rdflib cannot evaluate it: {cause}") from cause
        except Exception as cause:  # its parser raises pyparsing's own kinds
            check_syntax(text)  # says where the mistake is
            raise RuntimeError(f"rdflib cannot read it: {cause}") from cause

    def _part(self, default: list[str], named: list[str]) -> rdflib.Dataset:
        dataset = rdflib.Dataset()
        for iri in default:
            for triple in self.dataset.graph(rdflib.URIRef(iri)):
                dataset.default_graph.add(triple)
        for iri in named:
            target = dataset.graph(rdflib.URIRef(iri))
            for triple in self.dataset.graph(rdflib.URIRef(iri)):
                target.add(triple)
        return dataset


def _called_by_rdflib(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function over the engine's terms as one over rdflib's, where an error is raised and not None."""

    def call(*terms: Any) -> Any:
        found = function(*(to_oxigraph(term) for term in terms))
        if found is None:
            raise SPARQLError("the function has no value for these terms")
        return from_oxigraph(found)

    return call


def _binding(term: Any) -> dict[str, str]:
    if isinstance(term, rdflib.URIRef):
        return {"type": "uri", "value": str(term)}
    if isinstance(term, rdflib.BNode):
        return {"type": "bnode", "value": str(term)}
    found = {"type": "literal", "value": str(term)}
    if term.language:
        found["xml:lang"] = term.language
    elif term.datatype is not None:
        found["datatype"] = str(term.datatype)
    return found


def load(path: Path) -> Rdflib:
    """The store of a release on disk, in rdflib."""
    return Rdflib.load(ox.Store.read_only(str(path)))


__all__ = ["GRAPHS", "SOLUTIONS", "Rdflib", "RdflibResult", "load"]

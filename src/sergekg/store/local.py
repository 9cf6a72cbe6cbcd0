"""The embedded store: Oxigraph on disk, read-only once made, or in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox

from sergekg.errors import QueryError, ReleaseError, StoreError
from sergekg.rdf.terms import from_oxigraph, from_triples
from sergekg.store.base import Row, Term
from sergekg.store.solutions import from_solutions, from_tsv
from sergekg.vocab import PREFIXES

_POSITION = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


class LocalStore:
    """A `Store` over one Oxigraph store; queries take the prefixes of sergekg as declared."""

    def __init__(self, engine: ox.Store) -> None:
        self.engine = engine

    @classmethod
    def open(cls, directory: Path) -> LocalStore:
        """Open the store of a release, read-only.

        Raises:
            ReleaseError: there is none, or it is damaged.
        """
        try:
            return cls(ox.Store.read_only(str(directory)))
        except (OSError, ValueError) as cause:
            raise ReleaseError(
                f"the store {directory.name} cannot be opened ({cause})", remedy="build the release again"
            ) from cause

    def select(self, query: str) -> Sequence[Row]:
        solutions = self._solutions(query)
        names = [variable.value for variable in solutions.variables]
        with _evaluating():
            return [
                {
                    name: from_oxigraph(term)
                    for name, term in zip(names, solution, strict=True)
                    if term is not None
                }
                for solution in solutions
                if not any(isinstance(term, ox.Triple) for term in solution)
            ]

    def ask(self, query: str) -> bool:
        answer = self.query(query)
        if not isinstance(answer, ox.QueryBoolean):
            raise QueryError("not an ASK query")
        return bool(answer)

    def construct(self, query: str) -> Sequence[tuple[Term, Term, Term]]:
        triples = self.query(query)
        if not isinstance(triples, ox.QueryTriples):
            raise QueryError("not a CONSTRUCT or DESCRIBE query")
        with _evaluating():
            return from_triples(triples)

    def quads(self, query: str) -> Sequence[ox.Quad]:
        with _evaluating():
            try:
                document = self._solutions(query).serialize(format=ox.QueryResultsFormat.TSV)
                return from_tsv(document or b"")
            except MemoryError:
                return from_solutions(self._solutions(query))

    def close(self) -> None:
        """Nothing to let go of: the engine closes with its last reference."""

    def query(self, query: str) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """The engine's own lazy result, for callers that stream it.

        Raises:
            QueryError: the query is wrong.
            StoreError: the engine could not run it.
        """
        with _evaluating():
            return self.engine.query(query, prefixes=PREFIXES)

    def _solutions(self, query: str) -> ox.QuerySolutions:
        solutions = self.query(query)
        if not isinstance(solutions, ox.QuerySolutions):
            raise QueryError("not a SELECT query")
        return solutions


@contextmanager
def _evaluating() -> Iterator[None]:
    """What the engine raises as a query is read, and as its result is, which it makes only then.

    Raises:
        QueryError: the query is wrong.
        StoreError: the engine could not run it.
    """
    try:
        yield
    except SyntaxError as cause:
        raise to_query_error(str(cause)) from cause
    except (ValueError, RuntimeError, OSError) as cause:
        raise StoreError(f"the query could not be run: {cause}") from cause


def to_query_error(message: str) -> QueryError:
    """The engine's syntax error with its line and column apart."""
    found = _POSITION.search(message)
    if not found:
        return QueryError(message)
    return QueryError(found[3].strip(), line=int(found[1]), column=int(found[2]))

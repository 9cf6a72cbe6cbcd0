"""The same questions, asked of rdflib's engine: an answer does not hang on the engine that the server uses."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph as ox
import pytest
import rdflib
from rdflib import Namespace
from tests.queries.test_competency import COMPETENCY, expected_rows, is_graph

from sergekg.release import Release
from sergekg.store.queries import StoredQuery
from sergekg.vocab import PREFIXES

pytestmark = [
    pytest.mark.slow,
    # rdflib's own reader uses what rdflib deprecates
    pytest.mark.filterwarnings("ignore:Dataset\\..* is deprecated:DeprecationWarning"),
]

JOINED_TOO_SLOWLY = {
    "appeals", "friends-and-companions", "hunger-strikes", "named-in-both", "papers", "rumour-as-fact",
    "supporters", "unnamed-persons", "wikidata-links", "works-of-the-repressed",
}  # fmt: skip
"""rdflib joins the parts of these in an order that takes minutes; it is asked all the others."""


@pytest.fixture(scope="module")
def dataset(release: Release) -> Iterator[rdflib.Dataset]:
    """The release in rdflib's memory, its graphs united, without the catalogue that no question asks."""
    quads = (
        quad
        for quad in ox.Store.read_only(str(release.store))
        if isinstance(quad.graph_name, ox.NamedNode) and not quad.graph_name.value.endswith("/catalogue")
    )
    dataset = rdflib.Dataset(default_union=True)
    dataset.parse(data=ox.serialize(quads, format=ox.RdfFormat.N_QUADS), format="nquads")
    yield dataset
    dataset.close()


@pytest.mark.parametrize(
    "query",
    [query for query in COMPETENCY if query.name not in JOINED_TOO_SLOWLY and not is_graph(query)],
    ids=lambda query: query.name,
)
def test_another_engine_gives_the_same_answer(
    query: StoredQuery, dataset: rdflib.Dataset, release: Release
) -> None:
    namespaces = {prefix: Namespace(iri) for prefix, iri in PREFIXES.items()}
    result = dataset.query(query.fill({}, release.base), initNs=namespaces)
    if result.type == "ASK":
        found = [["answer"], [str(result.askAnswer).lower()]]
    else:
        assert result.vars is not None
        found = [[str(name) for name in result.vars]]
        found += [["" if term is None else str(term) for term in row] for row in result]  # type: ignore[union-attr]
    assert found == expected_rows(query)

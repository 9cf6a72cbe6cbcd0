"""What Oxigraph is asked for its default graph is what was meant by it."""

from __future__ import annotations

import pyoxigraph as ox

from sergekg.store.evaluate import Oxigraph


def test_all_named_graphs_are_not_the_default_graph_where_that_is_one_of_its_own() -> None:
    store = ox.Store()
    for number in range(2):
        store.update(f"INSERT DATA {{ GRAPH <http://e/g{number}> {{ <http://e/s> <http://e/p> {number} }} }}")
    found = Oxigraph(store, union=False).query(
        "SELECT * { ?s ?p ?o }", ["http://e/g0", "http://e/g1"], None, None
    )
    assert len(list(found)) == 2

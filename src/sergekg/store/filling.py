"""Fills a store with canonical N-Quads: each in its graph, and each distinct triple in the default graph.

Each has a graph, and none a blank node, as a load gives those new names.

The copy makes the union exact: the engine's own union counts a triple once for each graph it stands in
(oxigraph issue 1919).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyoxigraph as ox

_AT_ONCE = 64 << 20
"""Bytes of N-Quads whose triples are taken at a time."""


def build_store(directory: Path, nquads: Path) -> None:
    """Make an Oxigraph store on disk, optimised.

    Quads and triples are loaded at once, by two threads that have ended when this returns.

    Raises:
        OSError: the disk is full or read-only, or there is no such file.
        SyntaxError: it is not N-Quads.
    """
    store = ox.Store(str(directory))
    with ThreadPoolExecutor(1) as beside:
        merged = beside.submit(_load_union, store, nquads)
        store.bulk_load(path=str(nquads), format=ox.RdfFormat.N_QUADS)
        merged.result()
    store.optimize()
    store.flush()


def load_quads(store: ox.Store, nquads: Path, *, union: bool) -> None:
    """Load a store in memory; with `union` the default graph too.

    One after the other: loaded at once, quads that are read together would lie far apart.
    """
    store.bulk_load(path=str(nquads), format=ox.RdfFormat.N_QUADS)
    if union:
        _load_union(store, nquads)


def _load_union(store: ox.Store, nquads: Path) -> None:
    with nquads.open("rb") as file:
        while lines := file.readlines(_AT_ONCE):
            triples = b"".join([line.rpartition(b" <")[0] + b" .\n" for line in lines])
            store.bulk_load(triples, format=ox.RdfFormat.N_TRIPLES)  # a set: what recurs drops out

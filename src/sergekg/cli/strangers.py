"""Keeps stored questions about things that a release does not have apart, and tells who asks one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click
from rdflib import URIRef

from sergekg.iris import Iris
from sergekg.release import Release
from sergekg.store.local import LocalStore
from sergekg.store.queries import StoredQuery, to_term
from sergekg.web.describe import is_known


def offered(queries: Sequence[StoredQuery], release: Release) -> Sequence[StoredQuery]:
    """The questions less those about things of which this corpus says nothing, as the pages offer them."""
    store, iris = LocalStore.open(release.store), Iris(release.base)
    things = {thing for query in queries for thing in query.default_things(iris)}
    strange = {thing for thing in things if not is_known(store, thing)}
    return [q for q in queries if not q.default_things(iris) & strange]


def tell_strangers(query: StoredQuery, values: Mapping[str, str], release: Release) -> None:
    """Say on standard error which values of a question name nothing that the release has."""
    store, iris = LocalStore.open(release.store), Iris(release.base)
    for parameter in query.parameters:
        given = values.get(parameter.name, "").strip()
        term = to_term(parameter, given or parameter.default, release.base)
        key = iris.key(term) if isinstance(term, URIRef) else None
        if key is None or is_known(store, iris.thing(key)):
            continue
        default = "" if given else f", the default of {parameter.name}; give -p {parameter.name}=…"
        click.echo(f"sergekg: the release knows nothing called {key}{default}", err=True)

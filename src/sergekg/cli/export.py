"""`sergekg export`: the whole release, or one resource of it, in some format."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click
import pyoxigraph as ox
from rdflib import URIRef

from sergekg.cli.unshown import tell_unshown
from sergekg.config import load_config
from sergekg.errors import ReleaseError
from sergekg.export import Exporter, exporters
from sergekg.files import named_output
from sergekg.iris import Iris
from sergekg.model.values import is_iri
from sergekg.rdf.terms import Quad, from_oxigraph
from sergekg.rdf.write import FORMATS, write_quads
from sergekg.release import POINTER, Release, find_release
from sergekg.store.local import LocalStore
from sergekg.web.describe import describe, is_known


class _Format(click.Choice):  # type: ignore[type-arg]  # has none before click 8.2
    """A choice that tells on one line what there is, where nothing was chosen."""

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return f"Choose from: {', '.join(self.choices)}"


@click.command()
@click.option(
    "--format", "form", type=_Format([*FORMATS, *exporters()]), required=True, help="What to write."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Default: standard output."
)
@click.option("--resource", help="`<type>/<slug>` or an IRI; default the whole release.")
@click.option("--release", "name", default=POINTER, help="The beginning of a release's digest.")
def command(form: str, output: Path | None, resource: str | None, name: str) -> None:
    """Write the release in service, or what it says of one resource."""
    config = load_config()
    release = find_release(config.releases, name)
    tell_unshown(config.releases, name)
    exporter = exporters().get(form)
    written = _written(exporter, release, resource) if exporter else b""
    with _opened(output) as out:
        if exporter is not None:
            out.write(written)
        elif resource is None and form == "nquads":
            with release.quads.open("rb") as source:
                while block := source.read(1 << 20):
                    out.write(block)
        else:
            out.write(write_quads(_quads(release, resource), FORMATS[form]))


def _written(exporter: Exporter, release: Release, resource: str | None) -> bytes:
    key = Iris(release.base).key(resource or "") or resource
    if key is None and not exporter.of_release:
        named = ", ".join(str(release.text(slug)["key"]) for slug in release.texts)
        raise ReleaseError("this format is of one text", remedy=f"give --resource, one of {named}")
    if key is not None and not exporter.of_resource:
        raise ReleaseError("this format is of the whole release", remedy="leave --resource out")
    store = LocalStore.open(release.store)
    if key is not None:
        _known(store, release, key, str(resource))
    return exporter.write(release, store, key)


def _quads(release: Release, resource: str | None) -> Iterator[Quad]:
    if resource is not None:
        store = LocalStore.open(release.store)
        key = Iris(release.base).key(resource) or resource
        yield from describe(store, _known(store, release, key, resource))
        return
    for quad in ox.parse(path=str(release.quads), format=ox.RdfFormat.N_QUADS):
        s, p, o, g = (
            from_oxigraph(term) for term in (quad.subject, quad.predicate, quad.object, quad.graph_name)
        )
        yield s, p, o, g  # type: ignore[misc]


def _known(store: LocalStore, release: Release, key: str, asked: str) -> URIRef:
    """The thing of a key.

    Raises:
        ReleaseError: the release does not know it; what is no IRI names nothing.
    """
    # looked at as text first: rdflib warns of each URIRef that is no IRI
    if is_iri(f"{release.base}id/{key}"):
        thing = Iris(release.base).thing(key)
        if is_known(store, thing):
            return thing
    raise ReleaseError(f"the release knows nothing called {asked!r}", remedy="give <type>/<slug>")


@contextlib.contextmanager
def _opened(path: Path | None) -> Iterator[BinaryIO]:
    """The file, which appears under its name only once it is whole; or standard output."""
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with named_output(path) as file:
        yield file

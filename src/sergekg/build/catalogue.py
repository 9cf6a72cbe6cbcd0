"""Makes the catalogue of a release from its quads: counts, VoID and DCAT, in the graph `catalogue`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyoxigraph as ox
from rdflib import RDF

from sergekg.iris import Iris
from sergekg.rdf.dcat import dcat_triples
from sergekg.rdf.edition import DumpFile, Edition, TextPart
from sergekg.rdf.statistics import count_quads
from sergekg.rdf.terms import to_nquads
from sergekg.rdf.void import TARGETS, void_triples
from sergekg.vocab import SKG

GRAPH = "catalogue"


def make_catalogue(
    about: Mapping[str, Any], lines: Sequence[str], texts: Sequence[TextPart], dumps: Sequence[DumpFile]
) -> Mapping[str, list[str]]:
    """The lines of the catalogue's graph, by the document that shows them: `void` and `dcat`.

    Args:
        about: what `release.json` holds.
        lines: every quad of the release but these.
    """
    iris = Iris(about["base"])
    quads = list(ox.parse("\n".join(lines).encode() + b"\n", format=ox.RdfFormat.N_QUADS))
    counted = count_quads(quads, f"{iris.base}id/", TARGETS)
    edition = Edition(
        base=iris.base,
        digest=about["digest"],
        name=about["name"],
        title=about["title"],
        description=about["description"],
        version=about["version"],
        modified=about["modified"],
        license=about["license"],
        publisher=about["publisher"],
        contact=about["contact"],
        texts=texts,
        dumps=dumps,
        period=_period(quads),
    )
    graph = iris.graph(GRAPH)
    names = [name.removeprefix(iris.graph("")) for name in counted.graphs]
    return {
        "void": to_nquads((s, p, o, graph) for s, p, o in void_triples(edition, counted)),
        "dcat": to_nquads((s, p, o, graph) for s, p, o in dcat_triples(edition, names)),
    }


def _period(quads: Sequence[ox.Quad]) -> tuple[str, str] | None:
    """First and last day that dated statements, not interpretations, speak of."""
    kind, statement = ox.NamedNode(str(RDF.type)), ox.NamedNode(str(SKG.Statement))
    statements = {q.subject for q in quads if q.predicate == kind and q.object == statement}
    days: dict[str, list[str]] = {str(SKG.earliest): [], str(SKG.latest): []}
    for quad in quads:
        if (
            quad.predicate.value in days
            and quad.subject in statements
            and isinstance(quad.object, ox.Literal)
        ):
            days[quad.predicate.value].append(quad.object.value)
    first, last = days[str(SKG.earliest)], days[str(SKG.latest)]
    return (min(first), max(last)) if first and last else None

"""Clients that were not written here talk to the running server."""

from __future__ import annotations

import json
import shutil
import subprocess
import warnings
from collections.abc import Callable
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)

from sergekg.release import Release

DEPORTED = "SELECT ?who WHERE { ?who skg:wasDeportedTo/rdfs:label ?place FILTER(STR(?place) = 'Viatka') }"
GRAPH = "CONSTRUCT { ?who skg:wasDeportedTo ?place } WHERE { ?who skg:wasDeportedTo ?place }"
ANITA = "https://w3id.org/sergekg/id/person/anita-roussakova"


def _json(answer: Any) -> str:
    return str(answer["results"]["bindings"][0]["who"]["value"])


def _xml(answer: Any) -> str:
    return str(answer.getElementsByTagName("uri")[0].firstChild.data)


def _csv(answer: bytes) -> str:
    return answer.decode().splitlines()[1].strip()


def _tsv(answer: bytes) -> str:
    return answer.decode().splitlines()[1].strip("<>\r\n")


@pytest.mark.parametrize(
    "method", [(GET, URLENCODED), (POST, URLENCODED), (POST, POSTDIRECTLY)], ids=["get", "post", "direct"]
)
@pytest.mark.parametrize(
    ("form", "read"),
    [(JSON, _json), (XML, _xml), (CSV, _csv), (TSV, _tsv)],
    ids=["json", "xml", "csv", "tsv"],
)
def test_sparqlwrapper_reads_solutions(
    server: str, method: tuple[str, str], form: str, read: Callable[[Any], str]
) -> None:
    wrapper = SPARQLWrapper(f"{server}/sparql")
    wrapper.setQuery(DEPORTED)
    wrapper.setMethod(method[0])
    wrapper.setRequestMethod(method[1])
    wrapper.setReturnFormat(form)
    assert read(wrapper.query().convert()) == ANITA


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # SPARQLWrapper's own
@pytest.mark.parametrize("form", [TURTLE, RDFXML, JSONLD, XML], ids=["turtle", "rdfxml", "jsonld", "xml"])
def test_sparqlwrapper_reads_graphs(server: str, form: str) -> None:
    wrapper = SPARQLWrapper(f"{server}/sparql")
    wrapper.setQuery(GRAPH)
    wrapper.setReturnFormat(form)
    answer = wrapper.query().convert()
    graph = answer if isinstance(answer, rdflib.Graph) else rdflib.Graph().parse(data=answer, format="turtle")
    assert rdflib.URIRef(ANITA) in set(graph.subjects())


def test_rdflib_sparqlstore_asks_the_endpoint(server: str) -> None:
    graph = rdflib.Graph(SPARQLStore(f"{server}/sparql"))
    rows = list(
        graph.query(
            "PREFIX skg: <https://w3id.org/sergekg/ontology#> SELECT ?p { ?who skg:wasDeportedTo ?p }"
        )
    )
    assert len(rows) >= 2


def test_rdflib_parses_a_thing_by_its_address_following_the_303(server: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # urllib's own, of the redirected answer
        graph = rdflib.Graph().parse(f"{server}/id/person/anita-roussakova")
    names = {str(name) for name in graph.objects(rdflib.URIRef(ANITA), rdflib.SKOS.prefLabel)}
    assert "Anita Roussakova" in names


@pytest.mark.skipif(shutil.which("rapper") is None, reason="rapper (raptor2-utils) is not installed")
def test_rapper_parses_a_thing_by_its_address(server: str) -> None:
    command = ["rapper", "-q", "-g", "-o", "ntriples", f"{server}/id/person/anita-roussakova"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"<{ANITA}>" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("rapper") is None, reason="rapper (raptor2-utils) is not installed")
def test_three_parsers_agree_on_the_size_of_the_whole_release(release: Release) -> None:
    path = str(release.quads)
    by_rapper = subprocess.run(
        ["rapper", "-c", "-i", "nquads", path], capture_output=True, text=True, check=True
    ).stderr
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        dataset = rdflib.Dataset()
        dataset.parse(path, format="nquads")
    quads = len(set(ox.parse(path=path, format=ox.RdfFormat.N_QUADS)))
    assert f"returned {release.counts['quads']} triples" in by_rapper
    assert quads == release.counts["quads"] == sum(1 for _ in dataset.quads())


def test_the_query_of_the_readme_gives_its_answer(server: str) -> None:
    wrapper = SPARQLWrapper(f"{server}/sparql")
    wrapper.setQuery(
        "PREFIX skg: <https://w3id.org/sergekg/ontology#> SELECT ?who WHERE { ?who skg:wasDeportedTo ?p . "
        '?p rdfs:label|skos:prefLabel ?l FILTER(STR(?l)="Viatka") }'
    )
    wrapper.setReturnFormat(JSON)
    rows = wrapper.query().convert()
    assert {row["who"]["value"] for row in rows["results"]["bindings"]} == {ANITA}, json.dumps(rows)

"""What a description holds, in every format, and on pages where it is long."""

import json
import re
from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from rdflib import RDF, RDFS, SKOS, Graph, URIRef

from sergekg.rdf.jsonld import read_context
from sergekg.store.local import LocalStore
from sergekg.vocab import OA, SKG

BASE = "https://w3id.org/sergekg/id/"
READERS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
    "trig": ox.RdfFormat.TRIG,
    "nq": ox.RdfFormat.N_QUADS,
}


def pages(client: FlaskClient, key: str, suffix: str = "nq") -> Iterator[str]:
    """Every page of a description, by the links that name the next."""
    address: str | None = f"/data/{key}.{suffix}"
    while address:
        answer = client.get(address)
        assert answer.status_code == 200
        yield answer.get_data(as_text=True)
        following = [x for x in answer.headers["Link"].split(", <") if 'rel="next"' in x]
        address = following[0].partition(">")[0].lstrip("<") if following else None


def triples(text: str, suffix: str) -> set[ox.Triple]:
    """What a document says, whatever graphs it names."""
    return {quad.triple for quad in ox.parse(text.encode(), format=READERS[suffix])}


def whole(client: FlaskClient, key: str) -> set[ox.Quad]:
    return {q for page in pages(client, key) for q in ox.parse(page.encode(), format=ox.RdfFormat.N_QUADS)}


@pytest.mark.parametrize("key", ["person/anita-roussakova", "place/viatka", "letter/lettre-a-andre-gide"])
def test_every_format_says_the_same(client: FlaskClient, key: str) -> None:
    graphs = {}
    for suffix in READERS:
        text = client.get(f"/data/{key}.{suffix}").get_data(as_text=True)
        graphs[suffix] = triples(text, suffix)
    # the controls of a long description name its own address, which has the format in it
    first = {t for t in graphs["nt"] if "http://localhost" not in str(t.subject)}
    assert first
    for suffix, found in graphs.items():
        assert {t for t in found if "http://localhost" not in str(t.subject)} == first, suffix


def test_merged_graphs_hold_the_triples_of_the_named_ones(client: FlaskClient) -> None:
    named, merged = (
        list(ox.parse(client.get(f"/data/place/viatka.trig{query}").data, format=ox.RdfFormat.TRIG))
        for query in ("", "?graphs=merged")
    )
    assert {q.triple for q in named} == {q.triple for q in merged}
    assert {q.graph_name for q in merged} == {ox.DefaultGraph()}
    assert ox.NamedNode("https://w3id.org/sergekg/graph/entities") in {q.graph_name for q in named}


def test_a_description_tells_every_statement_of_the_thing_with_status_voice_and_words(
    client: FlaskClient, store: LocalStore
) -> None:
    quads = whole(client, "person/anita-roussakova")
    told = {
        q.subject.value
        for q in quads
        if q.predicate.value == str(RDF.type) and q.object.value == str(SKG.Statement)
    }  # type: ignore[union-attr]
    query = f"SELECT DISTINCT ?s WHERE {{ ?s a skg:Statement ; rdf:subject|rdf:object <{BASE}person/anita-roussakova> }}"
    assert {str(row["s"]) for row in store.select(query)} <= told
    for statement in told:
        said = {q.predicate.value for q in quads if q.subject.value == statement}  # type: ignore[union-attr]
        assert {
            str(t) for t in (RDF.subject, RDF.predicate, RDF.object, SKG.status, SKG.voice, SKG.hasEvidence)
        } <= said
    assert any(q.predicate.value == str(OA.exact) for q in quads)


def test_what_a_description_names_has_a_label(client: FlaskClient) -> None:
    quads = whole(client, "person/anita-roussakova")
    labelled = {q.subject for q in quads if q.predicate.value in (str(SKOS.prefLabel), str(RDFS.label))}
    objects = {
        q.object for q in quads if q.predicate.value in (str(RDF.subject), str(RDF.object), str(SKG.voice))
    }
    named = {o for o in objects if isinstance(o, ox.NamedNode)}
    assert named
    assert named <= labelled


@pytest.mark.slow
@pytest.mark.parametrize("key", ["person/victor-serge", "letter/lettre-a-magdeleine-paz"])
def test_a_long_description_comes_in_pages_and_none_of_it_is_lost(
    client: FlaskClient, store: LocalStore, key: str
) -> None:
    assert len(list(pages(client, key))) > 1
    thing = f"{BASE}{key}"
    query = f"SELECT DISTINCT ?s WHERE {{ ?s rdf:subject|rdf:object|skg:statedIn|skg:voice <{thing}> }}"
    told = {q.subject.value for q in whole(client, key) if isinstance(q.subject, ox.NamedNode)}
    assert {str(row["s"]) for row in store.select(query)} <= told


def test_browsing_goes_both_ways(client: FlaskClient) -> None:
    viatka, anita = URIRef(f"{BASE}place/viatka"), URIRef(f"{BASE}person/anita-roussakova")
    for key in ("place/viatka", "person/anita-roussakova"):
        graph = Graph()
        for page in pages(client, key, "ttl"):
            graph.parse(data=page, format="turtle")
        assert (anita, SKG.wasDeportedTo, viatka) in graph


def test_json_ld_reads_without_a_network_and_for_people(client: FlaskClient) -> None:
    text = client.get("/data/place/viatka.jsonld").get_data(as_text=True)
    document = json.loads(text)
    assert isinstance(document["@context"], dict)
    assert "Viatka" in text
    assert '"@value"' not in text.replace("\n", "") or '"fr"' in text
    turtle = client.get("/data/place/viatka.ttl").get_data(as_text=True)
    assert triples(text, "jsonld") == triples(turtle, "ttl")


def test_the_context_stays_at_one_address(client: FlaskClient) -> None:
    answer = client.get("/context.jsonld")
    assert answer.mimetype == "application/ld+json"
    assert answer.json["@context"] == read_context()


def test_a_page_has_one_schema_org_block_about_the_thing_itself(client: FlaskClient) -> None:
    html = client.get("/page/person/victor-serge").get_data(as_text=True)
    blocks = [
        part.partition("</script>")[0] for part in html.split('<script type="application/ld+json">')[1:]
    ]
    assert len(blocks) == 1
    described = json.loads(blocks[0])
    assert described["@id"] == f"{BASE}person/victor-serge"
    assert described["@type"] == "Person"
    assert "http://www.wikidata.org/entity/" in json.dumps(described)


def test_the_first_page_describes_the_dataset(client: FlaskClient) -> None:
    html = client.get("/").get_data(as_text=True)
    described = json.loads(html.split('<script type="application/ld+json">')[1].partition("</script>")[0])
    assert described["@type"] == "Dataset"
    assert all(len(d["sha256"]) == 64 for d in described["distribution"])


def test_what_the_texts_say_cannot_end_the_block(client: FlaskClient) -> None:
    html = client.get("/page/place/viatka").get_data(as_text=True)
    block = html.split('<script type="application/ld+json">')[1].partition("</script>")[0]
    assert not set("<>&") & set(block)


def test_the_status_of_a_rumour_is_never_a_fact_of_the_description(
    client: FlaskClient, store: LocalStore
) -> None:
    rows = store.select(
        "SELECT ?s ?p ?o WHERE { ?x rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; skg:status skg:questioned "
        "MINUS { ?y rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; skg:status skg:asserted } } LIMIT 5"
    )
    assert rows
    for row in rows:
        key = str(row["s"]).removeprefix(BASE)
        assert (row["s"], row["p"], row["o"]) not in Graph().parse(
            data=client.get(f"/data/{key}.ttl").data, format="turtle"
        )


def test_a_page_of_properties_as_they_stand_goes_on_where_it_is_long(
    client: FlaskClient, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sergekg.web.pages._ROWS", 100)
    path: str | None = "/page/dataset/affaire-victor-serge"
    shown = 0
    while path:
        html = client.get(path).get_data(as_text=True)
        shown += html.count('<dd class="long">')
        path = next(iter(re.findall(r'<a rel="next" href="([^"]+)"', html)), None)
    (row,) = store.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ <{BASE}dataset/affaire-victor-serge> ?p ?o }}")
    assert shown == int(str(row["n"])) > 200
    assert client.get("/page/dataset/affaire-victor-serge?page=99").status_code == 404

"""What the server says of itself: VoID, DCAT, the API catalogue, typed links, the service description."""

import json
import re

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from rdflib import DCAT, DCTERMS, RDF, VOID, Graph, Literal, Namespace, URIRef

from sergekg.release import Release
from sergekg.store.local import LocalStore
from sergekg.vocab import SD
from sergekg.web.negotiate import RDF_FORMATS

DATASET = URIRef("https://w3id.org/sergekg/id/dataset/affaire-victor-serge")
VOID_EXT = Namespace("http://ldf.fi/void-ext#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
LINK = re.compile(r'<([^>]*)>((?:; [a-z]+="[^"]*")*)')


@pytest.fixture
def void(client: FlaskClient) -> Graph:
    return Graph().parse(data=client.get("/.well-known/void").data, format="turtle")


@pytest.fixture
def dcat(client: FlaskClient) -> Graph:
    return Graph().parse(data=client.get("/catalogue.ttl").data, format="turtle")


def links(header: str) -> set[tuple[str, str, str]]:
    """(rel, target, type) of every link of a header."""
    found = set()
    for target, parameters in LINK.findall(header):
        named = dict(re.findall(r'([a-z]+)="([^"]*)"', parameters))
        found |= {(rel, target, named.get("type", "")) for rel in named["rel"].split()}
    return found


def test_void_counts_what_the_store_holds(void: Graph, store: LocalStore, release: Release) -> None:
    stored = {
        str(row["g"]): int(str(row["n"]))
        for row in store.select("SELECT ?g (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
    }
    said = {}
    for subset in void.objects(DATASET, VOID.subset):
        count = void.value(subset, VOID.triples)
        graphs = [
            g
            for g in release.graphs
            if str(subset).endswith("-" + g.rpartition("/graph/")[2].replace("/", "-"))
        ]
        if count is not None and len(graphs) == 1:
            said[graphs[0]] = int(count)
    assert said == {g: n for g, n in stored.items() if g in said}
    assert set(said) == set(release.graphs)


@pytest.mark.parametrize(
    ("partition", "of", "count", "query"),
    [
        (
            VOID.classPartition,
            VOID["class"],
            VOID.entities,
            "SELECT (COUNT(DISTINCT ?s) AS ?n) WHERE { ?s a $term }",
        ),
        (
            VOID.propertyPartition,
            VOID.property,
            VOID.triples,
            "SELECT (COUNT(*) AS ?n) WHERE { SELECT DISTINCT ?s ?o WHERE { ?s $term ?o } }",
        ),
        (VOID_EXT.datatypePartition, VOID_EXT.datatype, VOID.triples, None),
    ],
    ids=["classes", "properties", "datatypes"],
)
def test_void_has_partitions_with_true_counts(
    void: Graph, release: Release, partition, of, count, query
) -> None:  # type: ignore[no-untyped-def]
    found = {void.value(p, of): int(void.value(p, count) or -1) for p in void.objects(DATASET, partition)}  # type: ignore[arg-type]
    assert len(found) > 3
    if query is None:
        assert all(n > 0 for n in found.values())
        return
    bare = ox.Store()
    bare.bulk_load(path=str(release.quads), format=ox.RdfFormat.N_QUADS)
    for term, n in sorted(found.items())[:12]:
        (row,) = bare.query(query.replace("$term", f"<{term}>"), use_default_graph_as_union=True)  # type: ignore[union-attr]
        assert n == int(row["n"].value), term


def test_void_has_link_sets_to_wikidata(void: Graph) -> None:
    sets = [
        s
        for s in void.subjects(RDF.type, VOID.Linkset)
        if "wikidata" in str(void.value(s, VOID.objectsTarget)).lower()
    ]
    assert sets
    assert all(int(void.value(s, VOID.triples)) > 0 for s in sets)  # type: ignore[arg-type]
    assert {void.value(s, VOID.linkPredicate) for s in sets} >= {
        URIRef("http://www.w3.org/2004/02/skos/core#exactMatch")
    }


def test_the_catalogue_lists_every_dump_with_its_digest(dcat: Graph, release: Release) -> None:
    checksums = {str(v) for v in dcat.objects(None, SPDX.checksumValue)}
    assert {dump.sha256 for dump in release.dumps} <= checksums
    assert {str(a) for a in dcat.objects(None, SPDX.algorithm)} == {
        "https://spdx.org/rdf/terms#checksumAlgorithm_sha256"
    }
    addresses = {str(u) for u in dcat.objects(None, DCAT.downloadURL)}
    assert {f"http://localhost/dumps/{dump.name}" for dump in release.dumps} <= addresses
    assert (DATASET, DCTERMS.license, URIRef(release.license)) in dcat or list(
        dcat.objects(None, DCTERMS.license)
    )


def test_the_catalogue_speaks_french_and_english(dcat: Graph) -> None:
    for property_ in (DCTERMS.title, DCTERMS.description):
        values = [o for o in dcat.objects(DATASET, property_) if isinstance(o, Literal)]
        assert {v.language for v in values} >= {"fr", "en"}


def test_the_catalogue_is_a_named_graph_too(client: FlaskClient, store: LocalStore) -> None:
    (row,) = store.select(
        "SELECT (COUNT(*) AS ?n) WHERE { GRAPH <https://w3id.org/sergekg/graph/catalogue> { ?s ?p ?o } }"
    )
    assert int(str(row["n"])) > 1000
    answer = client.get("/graph/catalogue.nq")
    assert len(answer.data.splitlines()) == int(str(row["n"]))


def test_the_api_catalogue_names_every_interface(client: FlaskClient) -> None:
    answer = client.get("/.well-known/api-catalog")
    assert (
        answer.content_type == 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
    )
    contexts = answer.json["linkset"]
    (own,) = [c for c in contexts if "item" in c]
    described = {c["anchor"] for c in contexts if "service-desc" in c}
    assert {item["href"] for item in own["item"]} == described
    for context in contexts:
        for target in context.get("service-desc", ()):
            found = client.get(
                target["href"].removeprefix("http://localhost"), headers={"Accept": target["type"]}
            )
            assert found.status_code == 200, target
            assert found.mimetype == target["type"]


def test_the_service_description_names_graphs_formats_and_languages(
    client: FlaskClient, release: Release
) -> None:
    answer = client.get("/sparql", headers={"Accept": "text/turtle"})
    graph = Graph().parse(data=answer.data, format="turtle")
    (service,) = graph.subjects(RDF.type, SD.Service)
    assert graph.value(service, SD.endpoint) == URIRef("http://localhost/sparql")
    assert (service, SD.feature, SD.UnionDefaultGraph) in graph
    assert set(graph.objects(service, SD.supportedLanguage)) >= {SD.SPARQL11Query}
    assert len(set(graph.objects(service, SD.resultFormat))) >= 8
    names = {str(n) for n in graph.objects(None, SD.name)}
    assert set(release.graphs) <= names
    assert all(graph.value(g, VOID.triples) is not None for g in graph.objects(None, SD.graph))


@pytest.mark.parametrize("path", ["/void", "/catalogue"])
def test_a_browser_is_led_to_the_page_of_the_dataset(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"], headers={"Accept": "text/html"})
    assert page.status_code == 200


@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "rdf", "nt", "nq", "trig"])
@pytest.mark.parametrize("name", ["void", "catalogue"])
def test_both_documents_come_in_every_format(client: FlaskClient, name: str, suffix: str) -> None:
    answer = client.get(f"/{name}.{suffix}")
    readers = {f.suffix: f.writer for f in RDF_FORMATS}
    quads = ox.parse(answer.data, format=readers[suffix])
    wanted = VOID.Dataset if name == "void" else DCAT.Dataset
    assert any(q.predicate.value == str(RDF.type) and q.object == ox.NamedNode(str(wanted)) for q in quads)


def test_a_page_signs_itself_as_fair_signposting_asks(client: FlaskClient, release: Release) -> None:
    found = links(client.get("/page/letter/lettre-a-andre-gide").headers["Link"])
    by_rel = {rel: [(target, type_) for r, target, type_ in found if r == rel] for rel, _, _ in found}
    assert by_rel["cite-as"] == [("https://w3id.org/sergekg/id/letter/lettre-a-andre-gide", "")]
    assert ("http://localhost/data/letter/lettre-a-andre-gide.ttl", "text/turtle") in by_rel["describedby"]
    assert ("http://localhost/data/letter/lettre-a-andre-gide.bib", "application/x-bibtex") in by_rel[
        "describedby"
    ]
    assert ("http://localhost/tei/lettre-a-andre-gide.xml", "application/tei+xml") in by_rel["item"]
    assert by_rel["license"] == [(release.license, "")]
    assert ("https://schema.org/AboutPage", "") in by_rel["type"]
    assert {type_ for _, type_ in by_rel["linkset"]} == {"application/linkset+json", "application/linkset"}


def test_the_link_set_says_what_the_header_says_and_the_way_back(client: FlaskClient) -> None:
    page = "http://localhost/page/letter/lettre-a-andre-gide"
    header = links(client.get("/page/letter/lettre-a-andre-gide").headers["Link"])
    contexts = client.get("/linkset/letter/lettre-a-andre-gide.json").json["linkset"]
    (own,) = [c for c in contexts if c["anchor"] == page]
    said = {(rel, t["href"]) for rel, targets in own.items() if rel != "anchor" for t in targets}
    memento = {"original", "timegate", "timemap"}
    assert said == {(rel, target) for rel, target, _ in header if rel not in memento}
    others = {c["anchor"]: c for c in contexts if c["anchor"] != page}
    for target in own["describedby"]:
        assert others[target["href"]]["describes"][0]["href"] == page
    for target in own["item"]:
        assert others[target["href"]]["collection"][0]["href"] == page


def test_the_plain_link_set_is_the_same(client: FlaskClient) -> None:
    json_, text = (client.get(f"/linkset/place/viatka.{s}") for s in ("json", "txt"))
    assert text.mimetype == "application/linkset"
    count = sum(len(v) for c in json.loads(json_.data)["linkset"] for k, v in c.items() if k != "anchor")
    assert len(LINK.findall(text.get_data(as_text=True))) == count


def test_the_content_of_a_landing_page_leads_back_to_it(client: FlaskClient) -> None:
    found = links(client.get("/tei/lettre-a-andre-gide.xml").headers["Link"])
    assert ("collection", "http://localhost/page/letter/lettre-a-andre-gide", "text/html") in found
    found = links(client.get("/data/letter/lettre-a-andre-gide.ttl").headers["Link"])
    assert ("describes", "http://localhost/page/letter/lettre-a-andre-gide", "text/html") in found

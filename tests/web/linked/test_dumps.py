"""Dumps: whole, true, the same every time, and resumable."""

import gzip
import hashlib
import re

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from published import Past

from sergekg.build.dumps import write_dumps
from sergekg.release import Release

FORMATS = {
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
}


def test_every_graph_and_the_whole_come_in_every_format(release: Release) -> None:
    found = {(dump.graph, dump.suffix) for dump in release.dumps if dump.profile == "RDF 1.1"}
    graphs = [None, *(g.rpartition("/graph/")[2] for g in release.graphs)]
    assert found == {(graph, suffix) for graph in graphs for suffix in ("nq", "trig", "ttl", "nt", "jsonld")}


def test_every_graph_that_holds_statements_and_the_whole_come_in_rdf_1_2(release: Release) -> None:
    found = {(dump.graph, dump.suffix) for dump in release.dumps if dump.profile == "RDF 1.2"}
    texts = {f"text/{slug}" for slug in release.texts}
    assert {(graph, suffix) for graph in (None, *texts) for suffix in ("nq", "trig")} <= found
    assert not {"links", "ontology"} & {graph for graph, _ in found}


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["nq", "trig", "ttl", "nt", "jsonld"])
def test_the_whole_dump_holds_the_whole_release(client: FlaskClient, release: Release, suffix: str) -> None:
    (dump,) = [d for d in release.dumps if d.graph is None and d.suffix == suffix and d.profile == "RDF 1.1"]
    body = client.get(f"/dumps/{dump.name}").data
    assert hashlib.sha256(body).hexdigest() == dump.sha256
    assert len(body) == dump.bytes
    form = FORMATS.get(suffix, ox.RdfFormat.JSON_LD)
    own = set(ox.parse(path=str(release.quads), format=ox.RdfFormat.N_QUADS))
    found = set(ox.parse(gzip.decompress(body), format=form))
    if suffix in ("ttl", "nt"):
        assert {q.triple for q in found} == {q.triple for q in own}
    else:
        assert found == own


def test_the_rdf_1_2_dump_reifies_every_statement_and_adds_nothing_else(
    release: Release,
) -> None:
    (dump,) = [d for d in release.dumps if (d.profile, d.suffix, d.graph) == ("RDF 1.2", "nq", None)]
    quads = list(
        ox.parse(
            gzip.decompress((release.directory / "dumps" / dump.name).read_bytes()),
            format=ox.RdfFormat.N_QUADS,
        )
    )
    reified = [q for q in quads if q.predicate.value.endswith("#reifies")]
    reifiers = {q.subject.value for q in reified if isinstance(q.subject, ox.NamedNode)}
    assert sum("/id/statement/" in reifier for reifier in reifiers) == release.counts["statements"]
    assert all(isinstance(q.object, ox.Triple) for q in reified)
    plain = set(ox.parse(path=str(release.quads), format=ox.RdfFormat.N_QUADS))
    assert set(quads) - set(reified) <= plain


def test_the_same_quads_give_the_same_bytes(release: Release, tmp_path) -> None:  # type: ignore[no-untyped-def]
    base = f"{release.base}graph/"
    graphs: dict[str, list[str]] = {}
    for line in release.quads.read_text(encoding="utf-8").splitlines():
        graphs.setdefault(line.rsplit(" ", 2)[1][1:-1].removeprefix(base), []).append(line)
    part = {"interpretations": sorted(graphs["interpretations"]), "links": sorted(graphs["links"])}
    first, second = (write_dumps(tmp_path / name, "x", part) for name in ("a", "b"))
    assert first == second
    assert {d.sha256 for d in release.dumps if d.graph in part} == {
        d.sha256 for d in first if d.graph in part
    }


@pytest.mark.parametrize(
    ("range_", "start", "stop"), [("bytes=0-99", 0, 100), ("bytes=100-", 100, None), ("bytes=-50", -50, None)]
)
def test_a_part_of_a_dump_can_be_asked_for(
    client: FlaskClient, release: Release, range_: str, start: int, stop: int | None
) -> None:
    dump = release.dumps[0]
    whole = client.get(f"/dumps/{dump.name}").data
    answer = client.get(f"/dumps/{dump.name}", headers={"Range": range_})
    assert answer.status_code == 206
    assert answer.data == whole[start:stop]
    assert answer.headers["Content-Range"].endswith(f"/{dump.bytes}")


def test_a_download_that_broke_off_is_resumed_only_while_the_file_is_the_same(
    client: FlaskClient, release: Release
) -> None:
    dump = release.dumps[0]
    tag = client.head(f"/dumps/{dump.name}").headers["ETag"]
    same = client.get(f"/dumps/{dump.name}", headers={"Range": "bytes=10-", "If-Range": tag})
    other = client.get(f"/dumps/{dump.name}", headers={"Range": "bytes=10-", "If-Range": '"older"'})
    assert (same.status_code, len(same.data)) == (206, dump.bytes - 10)
    assert (other.status_code, len(other.data)) == (200, dump.bytes)


def test_a_range_goes_on_only_where_the_condition_names_these_very_bytes(
    client: FlaskClient, release: Release
) -> None:
    """RFC 9110, 13.1.5: a strong validator, or the exact date."""
    dump = release.dumps[0]
    date = client.head(f"/dumps/{dump.name}").headers["Last-Modified"]
    for condition, status in (
        (date, 206),
        (f'W/"{dump.sha256}"', 200),
        ("Sat, 01 Jan 2050 00:00:00 GMT", 200),
        ("Sat, 01 Jan 2000 00:00:00 GMT", 200),
    ):
        headers = {"Range": "bytes=10-", "If-Range": condition}
        assert client.get(f"/dumps/{dump.name}", headers=headers).status_code == status, condition


def test_a_range_beyond_the_end_is_416(client: FlaskClient, release: Release) -> None:
    answer = client.get(f"/dumps/{release.dumps[0].name}", headers={"Range": "bytes=999999999-"})
    assert answer.status_code == 416


@pytest.mark.parametrize("range_", ["items=0-5", "bytes=0-1,3-4", "bytes=abc", "bytes", "lines 3"])
def test_who_asks_for_no_one_range_of_bytes_gets_the_whole(
    client: FlaskClient, release: Release, range_: str
) -> None:
    dump = release.dumps[0]
    for headers in ({"Range": range_}, {"Range": range_, "If-Range": f'"{dump.sha256}"'}):
        answer = client.get(f"/dumps/{dump.name}", headers=headers)
        assert (answer.status_code, len(answer.data)) == (200, dump.bytes)


@pytest.mark.parametrize("range_", ["bytes=0-9", "bytes=999999999-"])
def test_only_a_get_has_ranges(client: FlaskClient, release: Release, range_: str) -> None:
    """RFC 9110, 14.2."""
    dump = release.dumps[0]
    answer = client.head(f"/dumps/{dump.name}", headers={"Range": range_})
    assert (answer.status_code, answer.content_length) == (200, dump.bytes)
    assert "Content-Range" not in answer.headers


def test_a_dump_is_not_compressed_again(client: FlaskClient, release: Release) -> None:
    answer = client.get(f"/dumps/{release.dumps[0].name}", headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in answer.headers
    assert len(answer.data) == release.dumps[0].bytes


@pytest.mark.parametrize(
    "name", ["..%2f..%2frelease.json", "../release.json", ".", "%00", "x.nq.gz", "a" * 5000]
)
def test_no_other_file_comes_out_of_the_directory(client: FlaskClient, name: str) -> None:
    assert client.get(f"/dumps/{name}").status_code == 404


def test_sums_are_as_sha256sum_reads_them(client: FlaskClient, release: Release) -> None:
    lines = client.get("/dumps/SHA256SUMS").get_data(as_text=True).splitlines()
    assert lines == [f"{d.sha256}  {d.name}" for d in release.dumps]


def test_a_graph_comes_unpacked_or_packed(client: FlaskClient, release: Release) -> None:
    plain = client.get("/graph/links.nq").data
    packed = client.get("/graph/links.nq", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain
    preferred = client.get("/graph/links.nq", headers={"Accept-Encoding": "identity;q=1, gzip;q=0.5"})
    assert preferred.data == plain
    assert len(plain.splitlines()) == release.graphs["https://w3id.org/sergekg/graph/links"]


def test_a_graph_that_holds_nothing_has_no_dump_that_leads_nowhere(past: Past, later: FlaskClient) -> None:
    for dump in past.releases[0].dumps:
        if dump.graph is not None:
            assert later.get(f"/graph/{dump.graph}.nq").status_code == 200, dump.graph


def test_a_range_past_the_end_is_told_in_french(client: FlaskClient) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "fr", "Range": "bytes=99999999-"}
    answer = client.get("/dumps/affaire-victor-serge.nq.gz", headers=headers)
    assert answer.status_code == 416
    assert "Partie introuvable" in answer.text
    assert "Le fichier ne va pas jusqu’à la partie demandée" in answer.text
    assert not re.search("range", answer.text, re.IGNORECASE)

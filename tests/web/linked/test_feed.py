"""The event stream: every version of every entity, once, in pages that rest once they are full."""

import xml.etree.ElementTree as ET

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from published import Past
from rdflib import DCTERMS, RDF

from sergekg.history import read_history
from sergekg.release import Release
from sergekg.vocab import AS, LDES, TREE
from sergekg.web import create_app, feed

Member = tuple[str, str]


def quads(client: FlaskClient, path: str) -> list[ox.Quad]:
    answer = client.get(path, headers={"Accept": "application/trig"})
    assert answer.status_code == 200
    return list(ox.parse(answer.data, format=ox.RdfFormat.TRIG))


def values(rows: list[ox.Quad], predicate: object, subject: str | None = None) -> list[str]:
    return [
        q.object.value  # type: ignore[union-attr]
        for q in rows
        if q.predicate.value == str(predicate) and subject in (None, q.subject.value)  # type: ignore[union-attr]
    ]


def harvest(client: FlaskClient) -> dict[str, list[ox.Quad]]:
    """Every member with what is said of it, as a client of TREE collects them."""
    found: dict[str, list[ox.Quad]] = {}
    for page in dict.fromkeys(values(quads(client, "/feed"), TREE.node)):
        rows = quads(client, page.removeprefix("http://localhost"))
        for member in values(rows, TREE.member):
            assert member not in found
            found[member] = [
                q for q in rows if member in (q.subject.value, getattr(q.graph_name, "value", ""))
            ]  # type: ignore[union-attr]
    return found


def test_a_corpus_published_once_has_one_member_for_each_entity(past: Past) -> None:
    log = read_history(past.config.releases).publications[0]
    assert len(log.events) == past.releases[0].counts["entities"]
    assert {event.kind for event in log.events} == {"Create"}


def test_the_stream_has_one_member_for_each_event_of_the_log(past: Past, later: FlaskClient) -> None:
    log = read_history(past.config.releases)
    base = past.releases[0].base
    assert set(harvest(later)) == {f"{base}version/{e.number}/{e.key}" for e in log.events()}


def test_a_later_publication_emits_only_what_changed(past: Past) -> None:
    second, third = read_history(past.config.releases).publications[1:]
    assert {(e.key, str(e.kind)) for e in third.events} == {("place/lyon", "Update")}
    changed = {(e.key, str(e.kind)) for e in second.events}
    assert {("person/louise", "Delete"), ("place/vienne", "Create"), ("place/paris", "Update")} <= changed
    assert ("person/jeanne", "Update") not in changed


def test_what_was_retired_is_a_tombstone(later: FlaskClient) -> None:
    members = harvest(later)
    (name,) = [m for m in members if m.endswith("/version/2/person/louise")]
    assert values(members[name], RDF.type, name) == [str(AS.Delete)]
    assert not [q for q in members[name] if getattr(q.graph_name, "value", "") == name]


def test_a_member_holds_the_thing_as_that_release_had_it(later: FlaskClient) -> None:
    members = harvest(later)
    first, second = (
        {q.object.value for q in rows if isinstance(q.object, ox.Literal)}
        for rows in (
            members[next(m for m in members if m.endswith(f"/version/{n}/place/paris"))] for n in (1, 2)
        )
    )
    assert "Paris, France" in second
    assert "Paris, France" not in first


def test_members_say_what_they_are_versions_of_and_when(later: FlaskClient) -> None:
    for name, rows in harvest(later).items():
        assert values(rows, DCTERMS.isVersionOf, name)[0].endswith(
            "/id/" + name.split("/version/")[1].split("/", 1)[1]
        )
        assert len(values(rows, DCTERMS.modified, name)) == 1


def test_the_stream_says_how_to_read_it(later: FlaskClient) -> None:
    head = quads(later, "/feed")
    assert values(head, LDES.timestampPath) == [str(DCTERMS.modified)]
    assert values(head, LDES.versionOfPath) == [str(DCTERMS.isVersionOf)]
    assert values(head, TREE.view) == ["http://localhost/feed"]


def test_a_harvester_of_json_ld_reads_root_and_pages(later: FlaskClient) -> None:
    accept = {"Accept": "application/ld+json"}
    root = later.get("/feed", headers=accept)
    nodes = values(list(ox.parse(root.data, ox.RdfFormat.JSON_LD)), TREE.node)
    assert nodes
    for node in nodes:
        path = node.removeprefix("http://localhost")
        answer = later.get(path, headers=accept)
        assert (answer.status_code, answer.mimetype) == (200, "application/ld+json")
        assert set(ox.parse(answer.data, ox.RdfFormat.JSON_LD)) == set(quads(later, path))
        assert later.get(f"{path}.jsonld").data == answer.data


def test_full_pages_rest_and_the_last_is_short_lived(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    events = len(read_history(past.config.releases).events())
    monkeypatch.setattr(feed, "PAGE_SIZE", next(size for size in (4, 5, 6, 7) if events % size))
    client = past.app().test_client()
    pages = values(quads(client, "/feed"), TREE.node)
    assert len(pages) > 2
    answers = [
        client.get(page.removeprefix("http://localhost"))
        for page in sorted(set(pages), key=lambda p: int(p.rpartition("/")[2]))
    ]
    assert all("immutable" in answer.headers["Cache-Control"] for answer in answers[:-1])
    assert "max-age=60" in answers[-1].headers["Cache-Control"]
    assert len(harvest(client)) == len(read_history(past.config.releases).events())


def test_a_full_page_is_the_same_bytes_and_validator_after_a_later_release(
    past: Past, monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    import shutil
    from dataclasses import replace

    monkeypatch.setattr(feed, "PAGE_SIZE", 5)
    older = tmp_path / "var"
    shutil.copytree(past.config.var, older)
    for number in (2, 3):
        for path in (older / "releases" / "history").glob(f"{number:06d}.*"):
            path.unlink()
    config = replace(past.config, var=older)
    before = create_app(past.releases[0], config).test_client().get("/feed/1")
    after = past.app().test_client().get("/feed/1")
    assert before.data == after.data
    assert before.headers["ETag"] == after.headers["ETag"]


@pytest.mark.parametrize(
    "path",
    ["/feed/0", "/feed/99", "/feed/1.ttl", "/feed/x", "/version/1/person/nobody", "/version/9/place/paris"],
)
def test_a_page_or_member_that_is_not_there_is_404(later: FlaskClient, path: str) -> None:
    assert later.get(path).status_code == 404


def test_a_member_s_name_leads_to_its_page(later: FlaskClient) -> None:
    answer = later.get("/version/1/place/paris")
    assert (answer.status_code, answer.headers["Location"]) == (303, "http://localhost/feed/1")


def test_people_follow_by_atom(later: FlaskClient, past: Past) -> None:
    answer = later.get("/feed.atom")
    assert answer.mimetype == "application/atom+xml"
    root = ET.fromstring(answer.data)
    atom = "{http://www.w3.org/2005/Atom}"
    entries = root.findall(f"{atom}entry")
    assert [
        past.releases[n].digest[:12] in (e.findtext(f"{atom}title") or "")
        for n, e in zip((2, 1, 0), entries, strict=True)
    ] == [True] * 3
    assert entries[1].findtext(f"{atom}summary") == (
        "Choses\u00a0: 1 ajout, 1 changement, 1 retrait. Énoncés\u00a0: 0 ajout, 1 retrait."
    )
    assert len({e.findtext(f"{atom}id") for e in entries}) == 3


@pytest.mark.slow
def test_the_real_corpus_streams_an_entity_each(client: FlaskClient, release: Release) -> None:
    members = harvest(client)
    of = {m.split("/version/")[1].split("/", 1)[1] for m in members}
    assert len(of) >= release.counts["entities"]


@pytest.mark.parametrize("path", ["/feed", "/feed?page=1", "/feed.atom"])
def test_a_feed_that_outlives_its_release_is_confirmed_by_its_tag_alone(
    later: FlaskClient, path: str
) -> None:
    """A second release may be logged while the first is served: no time of a release is that of the feed."""
    answer = later.get(path)
    assert "Last-Modified" not in answer.headers
    tomorrow = {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    assert later.get(path, headers=tomorrow).status_code == 200
    assert later.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304

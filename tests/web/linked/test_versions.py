"""Every release stays: Memento (RFC 7089), pages of the past, what changed from one to another."""

import re

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from published import Past

MAY, JUNE, JULY = (
    f"{day}, 0{n} {month} 1921 00:00:00 GMT"
    for day, n, month in (("Tue", 3, "May"), ("Wed", 1, "Jun"), ("Fri", 1, "Jul"))
)


@pytest.mark.parametrize(
    ("when", "which"),
    [
        ("Sat, 01 Jan 1921 00:00:00 GMT", 0),
        (MAY, 0),
        ("Sun, 15 May 1921 12:00:00 GMT", 0),
        (JUNE, 1),
        ("Thu, 30 Jun 1921 23:59:59 GMT", 1),
        (JULY, 2),
        ("Sat, 21 Nov 2026 00:00:00 GMT", 2),
        (None, 2),
    ],
)
@pytest.mark.parametrize(
    ("original", "place"),
    [("id/place/paris", "id"), ("{base}id/place/paris", "id"), ("data/place/paris.ttl", "data")],
)
def test_the_time_gate_leads_to_what_was_current_then(
    later: FlaskClient, past: Past, when: str | None, which: int, original: str, place: str
) -> None:
    headers = {"Accept": "text/turtle"} | ({"Accept-Datetime": when} if when else {})
    answer = later.get(f"/timegate/{original.format(base=past.config.base)}", headers=headers)
    assert answer.status_code == 302
    assert (
        answer.headers["Location"]
        == f"http://localhost/releases/{past.releases[which].digest}/{place}/place/paris.ttl"
    )
    own = original.removeprefix("{base}")
    gate, memento = answer.headers["Link"], later.get(answer.headers["Location"]).headers["Link"]
    for links in (gate, memento):  # RFC 7089, 2.2: of one original
        assert re.findall(r'<http://localhost/([^>]+)>; rel="original"', links) == [own]
    assert "accept-datetime" in answer.headers["Vary"].lower()
    assert 'rel="original"' in answer.headers["Link"]
    assert 'rel="timemap"' in answer.headers["Link"]


@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "nq", "bib", "csl", "ris", "cff"])
@pytest.mark.parametrize("base", ["", "{base}"])
def test_the_time_gate_of_a_document_leads_to_that_document(
    later: FlaskClient, past: Past, base: str, suffix: str
) -> None:
    original = f"{base.format(base=past.config.base)}data/place/paris.{suffix}"
    answer = later.get(f"/timegate/{original}", headers={"Accept": "text/html", "Accept-Datetime": JUNE})
    then = f"http://localhost/releases/{past.releases[1].digest}/data/place/paris.{suffix}"
    assert (answer.status_code, answer.headers["Location"]) == (302, then)
    memento = later.get(then)
    assert memento.status_code == 200
    assert memento.mimetype == later.get(f"/data/place/paris.{suffix}").mimetype
    assert memento.headers["Memento-Datetime"] == JUNE
    assert f"<{then}>" in later.get(f"/timemap/{original}").text


def _links(header: str) -> dict[str, str]:
    """Relation to address, of a header or a time map, without the host."""
    found = re.findall(r'<http://localhost/([^>]*)>; rel="([^"]+)"', header)
    return {rel: address for address, whole in found for rel in (whole, *re.findall(r"first|last", whole))}


@pytest.mark.parametrize("suffix", ["ttl", "jsonld", "rdf", "nt", "nq", "trig", "bib", "csl", "ris", "cff"])
def test_a_document_is_an_original_of_its_own(later: FlaskClient, past: Past, suffix: str) -> None:
    name = f"data/place/paris.{suffix}"
    mementos = [f"releases/{release.digest}/{name}" for release in past.releases]
    own = {"original": name, "timegate": f"timegate/{name}", "timemap": f"timemap/{name}"}
    answers = [
        later.get(path)
        for path in (
            name,
            f"id/place/paris.{suffix}",
            f"timegate/{name}",
            f"timegate/id/place/paris.{suffix}",
        )
    ]
    for answer in (*answers, *map(later.get, mementos)):
        assert own.items() <= _links(answer.headers["Link"]).items()
    for answer in (*answers[2:], *map(later.get, mementos)):
        links = _links(answer.headers["Link"])
        assert (links["first"], links["last"]) == (mementos[0], mementos[-1])
    listed = later.get(f"/timemap/{name}").text
    said = _links(listed)
    assert (said["original"], said["timegate"], said["self"]) == (
        name,
        *(f"{x}/{name}" for x in ("timegate", "timemap")),
    )
    assert re.findall(r"<http://localhost/(releases/[^>]+)>", listed) == mementos


def test_a_client_that_follows_the_header_of_a_document_gets_the_document(
    later: FlaskClient, past: Past
) -> None:
    gate = _links(later.get("/data/place/paris.ttl").headers["Link"])["timegate"]
    answer = later.get(f"/{gate}", headers={"Accept": "*/*", "Accept-Datetime": MAY}, follow_redirects=True)
    assert (answer.mimetype, answer.headers["Memento-Datetime"]) == ("text/turtle", MAY)
    assert answer.request.path == f"/releases/{past.releases[0].digest}/data/place/paris.ttl"


@pytest.mark.parametrize(
    "path", ["id/place/paris", "data/place/paris", "page/place/paris", "id/place/paris.html"]
)
def test_what_negotiates_has_its_past_with_the_thing(later: FlaskClient, past: Past, path: str) -> None:
    own = {
        "original": "id/place/paris",
        "timegate": "timegate/id/place/paris",
        "timemap": "timemap/id/place/paris",
    }
    accept = {"Accept": "text/turtle" if path.startswith("data") else "text/html"}
    for address in (path, f"timegate/{path}", f"releases/{past.releases[1].digest}/page/place/paris"):
        links = _links(later.get(f"/{address}", headers=accept).headers["Link"])
        assert own.items() <= links.items()
    assert _links(later.get(f"/timemap/{path}").text)["self"] == "timemap/id/place/paris"


@pytest.mark.parametrize(("format", "status"), [("ttl", 200), ("jsonld", 400), ("xyz", 400)])
def test_a_memento_in_a_format_comes_in_no_other(
    later: FlaskClient, past: Past, format: str, status: int
) -> None:
    path = f"/releases/{past.releases[1].digest}/data/place/paris.ttl"
    assert later.get(path, query_string={"format": format}).status_code == status


def test_data_without_a_suffix_has_no_page_in_the_past(later: FlaskClient) -> None:
    browser = {"Accept": "text/html,*/*;q=0.1"}
    assert later.get("/timegate/data/place/paris", headers=browser).headers["Location"].endswith(".ttl")
    assert "/page/" in later.get("/timegate/id/place/paris", headers=browser).headers["Location"]
    assert later.get("/timegate/data/place/paris.html", headers=browser).status_code == 404


@pytest.mark.parametrize(
    "when",
    [
        "yesterday",
        "",
        "0",
        "1921-05-03",
        "Fri, 99 Foo 1921 00:00:00 GMT",
        "x" * 9000,
        "Fri, 31 Feb 1921 00:00:00 GMT",
    ],
)
def test_a_date_that_is_none_is_refused(later: FlaskClient, when: str) -> None:
    answer = later.get("/timegate/id/place/paris", headers={"Accept-Datetime": when})
    assert answer.status_code == 400
    assert "Accept-Datetime" in answer.json["detail"]


@pytest.mark.parametrize(
    "original",
    [
        "id/place/nowhere",
        "http://evil.example/id/place/paris",
        "sparql",
        "id/",
        "dumps/none.gz",
        "//",
        "id/place/../paris",
        "<b>",
    ],
)
def test_what_is_not_ours_has_no_past_here(later: FlaskClient, original: str) -> None:
    for kind in ("timegate", "timemap"):
        answer = later.get(f"/{kind}/{original}")
        assert answer.status_code in (404, 308)
        assert "evil" not in answer.get_data(as_text=True)


def test_a_memento_says_when_it_was_and_what_is_beside_it(later: FlaskClient, past: Past) -> None:
    answer = later.get(f"/releases/{past.releases[1].digest}/data/place/paris.ttl")
    assert answer.headers["Memento-Datetime"] == JUNE
    assert "immutable" in answer.headers["Cache-Control"]
    rels = re.findall(r'rel="([^"]+)"', answer.headers["Link"])
    assert {
        "original",
        "timegate",
        "timemap",
        "first memento",
        "last memento",
        "prev memento",
        "next memento",
    } <= set(rels)


def test_a_memento_is_the_thing_as_it_was(later: FlaskClient, past: Past) -> None:
    texts = [
        later.get(f"/releases/{r.digest}/data/place/paris.ttl").get_data(as_text=True) for r in past.releases
    ]
    assert ["Paris, France" in text for text in texts] == [False, True, True]


@pytest.mark.slow
@pytest.mark.parametrize("what", ["id/place/paris", "id/dataset/essai", "dumps/essai.nq.gz", ""])
def test_the_time_map_lists_every_memento_with_its_time(later: FlaskClient, past: Past, what: str) -> None:
    answer = later.get(f"/timemap/{what}")
    assert answer.mimetype == "application/link-format"
    lines = answer.get_data(as_text=True).rstrip("\n").split(",\n")
    mementos = [line for line in lines if re.search(r'rel="[^"]*memento"', line)]
    assert len(mementos) == 3
    assert [when for line in mementos for when in (MAY, JUNE, JULY) if when in line] == [MAY, JUNE, JULY]
    assert (
        sum('rel="original"' in line for line in lines)
        == sum('rel="timegate"' in line for line in lines)
        == 1
    )
    for line in mementos:
        address = line[1 : line.index(">")].removeprefix("http://localhost")
        assert (
            later.get(address, headers={"Accept": "text/html"} if "/page/" in address else {}).status_code
            == 200
        )


def test_a_retired_thing_is_gone_and_its_past_is_not(later: FlaskClient, past: Past) -> None:
    for path in ("/id/person/louise", "/data/person/louise.ttl", "/page/person/louise"):
        answer = later.get(path)
        assert answer.status_code == 410
        assert "/timemap/id/person/louise" in answer.json["detail"]
    answer = later.get("/timegate/id/person/louise", headers={"Accept": "text/turtle"})
    assert answer.headers["Location"].endswith(f"/releases/{past.releases[0].digest}/id/person/louise.ttl")
    assert "Louise" in later.get(answer.headers["Location"]).get_data(as_text=True)


def test_a_browser_reads_the_past_as_a_page(later: FlaskClient, past: Past) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "fr"}
    answer = later.get(f"/releases/{past.releases[0].digest}/page/person/louise", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Memento-Datetime"] == MAY
    assert "Louise" in answer.get_data(as_text=True)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_changed_is_shown_statement_by_statement(later: FlaskClient, past: Past, language: str) -> None:
    old, new = past.releases[0].digest, past.releases[1].digest
    html = later.get(
        f"/releases/{new}/since/{old}", headers={"Accept": "text/html", "Accept-Language": language}
    ).get_data(as_text=True)
    assert {"fr": "Ce qui a changé", "en": "What changed"}[language] in html
    assert {"fr": "Énoncés\u00a0: ", "en": "Statements: "}[language] in html
    assert "Où est sa sœur Louise" in html.replace("\u202f", " ")
    assert "Paris, France" in html
    assert {"fr": "Vienne", "en": "Vienna"}[language] in html
    assert {"fr": "Choses\u00a0: 1 ajout, ", "en": "Things: 1 addition, "}[language] in html
    assert {"fr": "Énoncés\u00a0: 0 ajout, 1 retrait, ", "en": "Statements: 0 additions, 1 removal, "}[
        language
    ] in html


def test_what_changed_comes_as_quads_that_turn_one_release_into_the_other(
    later: FlaskClient, past: Past
) -> None:
    old, new = past.releases[0], past.releases[2]
    base = f"/releases/{new.digest}/since/{old.digest}"
    added, removed = (
        set(ox.parse(later.get(f"{base}/{side}.nq").data, format=ox.RdfFormat.N_QUADS))
        for side in ("added", "removed")
    )
    before, after = (set(ox.parse(path=str(r.quads), format=ox.RdfFormat.N_QUADS)) for r in (old, new))
    assert added
    assert removed
    assert (before - removed) | added == after


def test_every_file_of_a_release_stays_addressable(later: FlaskClient, past: Past) -> None:
    for release in past.releases:
        assert later.get(f"/releases/{release.digest}/data.nq").data == release.quads.read_bytes()
        for dump in release.dumps[:2]:
            answer = later.get(f"/releases/{release.digest}/dumps/{dump.name}")
            assert len(answer.data) == dump.bytes
            assert "Memento-Datetime" in answer.headers


def test_a_short_digest_leads_to_the_whole_one(later: FlaskClient, past: Past) -> None:
    answer = later.get(f"/releases/{past.releases[0].digest[:10]}")
    assert answer.status_code == 301
    assert answer.headers["Location"].endswith(past.releases[0].digest)


def test_the_root_of_a_crate_leads_to_its_release(later: FlaskClient, past: Past) -> None:
    crate = later.get("/ro-crate-metadata.json").get_json(force=True)
    (root,) = (n["about"]["@id"] for n in crate["@graph"] if n["@id"] == "ro-crate-metadata.json")
    address = f"http://localhost/releases/{past.releases[2].digest}"
    assert root == f"{address}/"
    answer = later.get(root)
    assert (answer.status_code, answer.headers["Location"]) == (301, address)
    assert later.get(address).status_code == 200


@pytest.mark.parametrize("name", ["0000000", "zzz", "..", "current", "history", "%2e%2e", "0" * 64, "A" * 64])
def test_what_was_never_published_is_404(later: FlaskClient, name: str) -> None:
    assert later.get(f"/releases/{name}").status_code in (404, 308)


@pytest.mark.parametrize(
    "path", ["../current", "store/CURRENT", "../history/000001.json.gz", "%2e%2e/current", "release.json/x"]
)
def test_no_other_file_of_a_release_is_served(later: FlaskClient, past: Past, path: str) -> None:
    assert later.get(f"/releases/{past.releases[0].digest}/{path}").status_code == 404


def test_a_release_that_is_kept_no_more_is_gone(past: Past, tmp_path) -> None:  # type: ignore[no-untyped-def]
    import shutil
    from dataclasses import replace

    from sergekg.web import create_app

    var = tmp_path / "var"
    shutil.copytree(past.config.var, var)
    shutil.rmtree(var / "releases" / past.releases[0].digest)
    client = create_app(past.releases[2], replace(past.config, var=var)).test_client()
    assert client.get(f"/releases/{past.releases[0].digest}").status_code == 410
    assert "kept" in client.get(f"/releases/{past.releases[0].digest}").json["detail"]
    listed = client.get("/releases", headers={"Accept": "application/json"}).json
    assert [row["kept"] for row in listed] == [True, True, False]

"""Crawlers find everything: the sitemap, the lists of ResourceSync, robots.txt, plain links."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import pytest
from flask.testing import FlaskClient
from published import Past

from sergekg.config import Config
from sergekg.release import Release
from sergekg.web import create_app

S, RS = "{http://www.sitemaps.org/schemas/sitemap/0.9}", "{http://www.openarchives.org/rs/terms/}"


def entries(client: FlaskClient, path: str) -> list[ET.Element]:
    return list(ET.fromstring(client.get(path).data).iter(f"{S}url"))


def test_the_sitemap_is_a_resource_list_with_true_digests(client: FlaskClient, release: Release) -> None:
    root = ET.fromstring(client.get("/sitemap.xml").data)
    about = root.find(f"{RS}md")
    assert about is not None
    assert about.get("capability") == "resourcelist"
    hashes = {url.findtext(f"{S}loc"): url.find(f"{RS}md") for url in root.iter(f"{S}url")}
    for dump in release.dumps:
        said = hashes[f"http://localhost/dumps/{dump.name}"]
        assert said is not None
        assert (said.get("hash"), said.get("length")) == (f"sha-256:{dump.sha256}", str(dump.bytes))


@pytest.mark.slow
def test_every_address_of_the_sitemap_answers(client: FlaskClient) -> None:
    addresses = [url.findtext(f"{S}loc") or "" for url in entries(client, "/sitemap.xml")]
    assert len(addresses) == len(set(addresses))
    # each kind of data, and a few pages, which take longer to make
    data = {re.sub(r"/[^/]*$", "", address): address for address in addresses if "/page/" not in address}
    pages = [address for address in addresses if "/page/p" in address]
    for address in {*data.values(), *pages[:: len(pages) // 3]}:
        path = address.removeprefix("http://localhost")
        assert (
            client.head(path, headers={"Accept": "text/html"} if "/page/" in path else {}).status_code == 200
        ), path


def test_every_thing_that_has_a_page_is_listed(client: FlaskClient) -> None:
    addresses = {url.findtext(f"{S}loc") for url in entries(client, "/sitemap.xml")}
    for key in ("person/victor-serge", "letter/lettre-a-andre-gide", "dataset/affaire-victor-serge"):
        assert {f"http://localhost/page/{key}", f"http://localhost/data/{key}.ttl"} <= addresses


def test_the_lists_of_resource_sync_lead_from_one_to_the_next(client: FlaskClient) -> None:
    (capability,) = entries(client, "/.well-known/resourcesync")
    lists = entries(client, (capability.findtext(f"{S}loc") or "").removeprefix("http://localhost"))
    found = {url.find(f"{RS}md").get("capability"): url.findtext(f"{S}loc") for url in lists}  # type: ignore[union-attr]
    assert found == {
        "resourcelist": "http://localhost/sitemap.xml",
        "changelist": "http://localhost/changelist.xml",
    }


def test_the_change_list_says_what_each_publication_changed(later: FlaskClient) -> None:
    changes = [
        (urlsplit(url.findtext(f"{S}loc") or "").path, url.find(f"{RS}md").get("change"))  # type: ignore[union-attr]
        for url in entries(later, "/changelist.xml")
    ]
    assert ("/data/person/louise.ttl", "deleted") in changes
    assert ("/data/place/vienne.ttl", "created") in changes
    assert ("/data/place/paris.ttl", "updated") in changes
    assert ("/data/place/lyon.ttl", "updated") in changes
    assert changes.index(("/data/place/paris.ttl", "updated")) < changes.index(
        ("/data/place/lyon.ttl", "updated")
    )
    assert not [path for path, _ in changes if "jeanne.ttl" in path and "person" in path]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/", None),
        ("/page/place/viatka", None),
        ("/browse/persons", None),
        ("/browse/persons?page=2", None),
        ("/browse/persons?page=2&lang=en", "nofollow"),
        ("/page/place/viatka?lang=en", "nofollow"),
        ("/browse/statements?status=denied", "noindex, nofollow"),
        ("/page/letter/lettre-a-andre-gide?passage=10-20", "noindex, nofollow"),
        ("/fragments", None),
        ("/fragments?page=2", "noindex, nofollow"),
        ("/nowhere?x=1", "noindex, nofollow"),
    ],
)
def test_crawlers_follow_plain_addresses_and_the_pages_of_lists(
    client: FlaskClient, path: str, words: str | None
) -> None:
    page = client.get(path, headers={"Accept": "text/html"}).get_data(as_text=True)
    assert re.findall(r'<meta name="robots" content="([^"]*)">', page) == ([words] if words else [])


@pytest.mark.slow
def test_the_past_is_not_crawled_again_with_every_release(later: FlaskClient, past: Past) -> None:
    path = f"/releases/{past.releases[0].digest}/page/person/jeanne"
    assert 'content="noindex, nofollow"' in later.get(path).get_data(as_text=True)


def test_robots_are_invited_and_told_where_the_lists_are(client: FlaskClient) -> None:
    text = client.get("/robots.txt").get_data(as_text=True)
    assert "User-agent: *\nAllow: /" in text
    assert "Disallow" not in text
    assert "Sitemap: http://localhost/sitemap.xml" in text


def test_plain_links_lead_from_the_first_page_to_everything_for_harvesters(client: FlaskClient) -> None:
    seen, waiting = set(), ["/"]
    wanted = {"/dumps/", "/releases", "/sparql", "/ontology", "/queries", "/fragments", "/feed", "/feed.atom"}
    wanted |= {"/cmif.xml", "/sitemap.xml", "/ro-crate-metadata.json", "/beacon.txt", "/catalogue.ttl"}
    for _ in range(40):
        if wanted <= seen or not waiting:
            break
        path = waiting.pop(0)
        answer = client.get(path, headers={"Accept": "text/html"})
        for link in re.findall(r'<a [^>]*href="([^"#]+)', answer.get_data(as_text=True)):
            target = urlsplit(urljoin(f"http://localhost{path}", link))
            if target.netloc == "localhost" and target.path not in seen:
                seen.add(target.path)
                waiting.append(target.path)
        waiting.sort(key=lambda path: path not in ("/dumps/", "/releases", "/feed"))
    assert wanted <= seen


@pytest.mark.parametrize("path", ["/sitemap-1.xml", "/sitemap-0.xml", "/sitemap-99.xml"])
def test_a_sitemap_in_one_piece_has_no_parts(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_sitemap_that_is_too_long_comes_in_parts(
    release: Release, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(release, replace(config, answer_cache=0))
    client = app.test_client()
    whole = {url.findtext(f"{S}loc") for url in entries(client, "/sitemap.xml")}
    monkeypatch.setattr("sergekg.web.crawling.MOST", 500)
    root = ET.fromstring(client.get("/sitemap.xml").data)
    parts = [loc.text or "" for loc in root.iter(f"{S}loc")]
    assert root.tag == f"{S}sitemapindex"
    found = [
        url.findtext(f"{S}loc")
        for part in parts
        for url in entries(client, part.removeprefix("http://localhost"))
    ]
    assert len(found) == len(set(found))
    assert set(found) == whole
    app.extensions["sergekg"].endpoint.store.close()

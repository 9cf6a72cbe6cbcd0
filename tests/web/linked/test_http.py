"""What every answer does: validators, caching, compression, CORS, HEAD, ranges, proxies (RFC 9110, RFC 9111)."""

import gzip
from dataclasses import replace

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sergekg.config import Config
from sergekg.release import Release
from sergekg.web import create_app

DATA = "/data/person/victor-serge.ttl"
EVERYWHERE = [
    "/",
    "/id/person/victor-serge",
    DATA,
    "/page/place/viatka",
    "/.well-known/void",
    "/.well-known/api-catalog",
    "/.well-known/resourcesync",
    "/catalogue.ttl",
    "/context.jsonld",
    "/linkset/person/victor-serge.json",
    "/graph/entities.ttl",
    "/dumps/",
    "/dumps/SHA256SUMS",
    "/sitemap.xml",
    "/changelist.xml",
    "/robots.txt",
    "/fragments",
    "/feed",
    "/feed/1",
    "/feed.atom",
    "/releases",
    "/timegate/id/person/victor-serge",
    "/timemap/id/person/victor-serge",
    "/cmif.xml",
    "/beacon.txt",
    "/ro-crate-metadata.json",
    "/sparql",
    "/nowhere",
]


def get(client: FlaskClient, path: str, **headers: str) -> TestResponse:
    return client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("header", ["If-Modified-Since", "If-Unmodified-Since", "If-Range"])
@pytest.mark.parametrize(
    "date", ["Sat, 21 Nov 99999999999999 00:00:00 GMT", "Sat, 21 Nov 2026 00:00:00 +9999999999999999"]
)
def test_a_date_of_too_many_digits_counts_as_not_there(
    client: FlaskClient, release: Release, header: str, date: str
) -> None:
    """RFC 9110, 13.1.3 and 13.1.4."""
    for path in (
        DATA,
        "/dumps/SHA256SUMS",
        f"/dumps/{release.dumps[0].name}",
        "/static/site.css",
        "/robots.txt",
        "/",
    ):
        answer = client.get(path, headers={header: date, "Range": "bytes=0-9"})
        assert answer.status_code in (200, 206)
        assert header != "If-Range" or answer.status_code == 200


@pytest.mark.parametrize("path", EVERYWHERE)
def test_head_says_what_get_says(client: FlaskClient, path: str) -> None:
    got, head = client.get(path), client.head(path)
    assert head.status_code == got.status_code
    assert head.data == b""
    ignored = {"Date"}
    assert {k: v for k, v in head.headers if k not in ignored} == {
        k: v for k, v in got.headers if k not in ignored
    }


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_answer_may_be_read_from_other_sites_without_credentials(
    client: FlaskClient, path: str
) -> None:
    answer = get(client, path, Origin="https://example.org")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Link" in answer.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("path", [p for p in EVERYWHERE if p != "/nowhere"])
def test_a_preflight_is_answered_204(client: FlaskClient, path: str) -> None:
    answer = client.options(path, headers={"Origin": "https://a.org", "Access-Control-Request-Method": "GET"})
    assert (answer.status_code, answer.data) == (204, b"")
    assert {"GET", "HEAD", "OPTIONS"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    assert "Accept" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize(
    "path",
    [
        p
        for p in EVERYWHERE
        if p not in ("/nowhere", "/id/person/victor-serge", "/timegate/id/person/victor-serge")
    ],
)
def test_what_a_client_holds_is_not_sent_again(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    again = get(client, path, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers.get("Vary") == first.headers.get("Vary")
    assert "Content-Type" not in again.headers


@pytest.mark.slow
def test_validators_are_strong_and_differ_by_format_and_coding(client: FlaskClient) -> None:
    tags = set()
    for form in ("ttl", "nt", "nq", "trig", "jsonld", "rdf", "bib"):
        for coding in ("identity", "gzip", "br"):
            tags.add(get(client, f"/data/person/victor-serge.{form}", Accept_Encoding=coding).headers["ETag"])
    assert len(tags) == 21
    assert all(tag.startswith('"') for tag in tags)


def test_a_validator_of_another_coding_or_a_weak_one_still_saves_the_body(client: FlaskClient) -> None:
    packed = get(client, DATA, Accept_Encoding="br").headers["ETag"]
    assert get(client, DATA, If_None_Match=packed).status_code == 304
    assert get(client, DATA, If_None_Match=f"W/{packed}").status_code == 304
    assert get(client, DATA, If_None_Match='"other"').status_code == 200


@pytest.mark.parametrize("path", [DATA, "/page/place/viatka", "/dumps/affaire-victor-serge-links.nq.gz"])
def test_dates_validate_where_no_tag_does(client: FlaskClient, path: str) -> None:
    modified = client.get(path).headers["Last-Modified"]
    assert get(client, path, If_Modified_Since=modified).status_code == 304
    assert get(client, path, If_Modified_Since="Sat, 01 Jan 2000 00:00:00 GMT").status_code == 200
    assert get(client, path, If_None_Match='"other"', If_Modified_Since=modified).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"If_None_Match": 'junk"""\\'},
        {"If_Modified_Since": "the day before yesterday"},
        {"If_Modified_Since": "Sat, 99 Feb 9999 99:99:99 GMT"},
        {"If_Unmodified_Since": "0"},
        {"If_Range": ",,,", "Range": "bytes=zzz"},
        {"Range": "bytes=5-1,1-5,--"},
    ],
)
def test_junk_in_conditions_counts_as_no_condition(client: FlaskClient, headers: dict[str, str]) -> None:
    assert get(client, DATA, **headers).status_code == 200


def test_a_condition_that_fails_is_412(client: FlaskClient) -> None:
    assert get(client, DATA, If_Match='"other"').status_code == 412
    assert get(client, DATA, If_Match=client.get(DATA).headers["ETag"]).status_code == 200
    assert get(client, DATA, If_Unmodified_Since="Sat, 01 Jan 2000 00:00:00 GMT").status_code == 412


@pytest.mark.parametrize(
    "path", ["/", DATA, "/graph/links", "/page/place/viatka", "/sitemap.xml", "/static/site.css"]
)
def test_every_kind_of_answer_knows_conditions_that_fail(client: FlaskClient, path: str) -> None:
    failed = get(client, path, If_Match='"other"')
    assert failed.status_code == 412
    assert failed.mimetype == "application/problem+json"
    if "static" not in path:
        assert get(client, path, If_Match="*").status_code == 200


@pytest.mark.parametrize(("coding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_bodies_are_compressed_for_who_takes_it(client: FlaskClient, coding: str, unpack) -> None:  # type: ignore[no-untyped-def]
    plain, packed = client.get(DATA), get(client, DATA, Accept_Encoding=coding)
    assert packed.headers["Content-Encoding"] == coding
    assert "Accept-Encoding" in packed.vary
    assert len(packed.data) < len(plain.data)
    assert unpack(packed.data) == plain.data


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "*;q=0, identity", "", "zstd"])
def test_bodies_are_left_alone_for_who_does_not(client: FlaskClient, accepted: str) -> None:
    assert "Content-Encoding" not in get(client, DATA, Accept_Encoding=accepted).headers


def test_what_a_digest_names_is_kept_for_good_and_what_may_change_is_not(
    client: FlaskClient, release: Release
) -> None:
    name = release.dumps[0].name
    for path in (f"/releases/{release.digest}/dumps/{name}", f"/releases/{release.digest}/data.nq"):
        assert "immutable" in client.head(path).headers["Cache-Control"]
    for path in (DATA, f"/dumps/{name}", "/feed", "/id/person/victor-serge"):
        assert "immutable" not in client.head(path).headers["Cache-Control"]


def test_an_error_is_not_kept(client: FlaskClient) -> None:
    assert client.get("/id/person/nobody").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/id/person/victor-serge", "/catalogue", "/void", "/fragments", "/data/person/victor-serge"]
)
def test_what_is_negotiated_says_that_it_varies(client: FlaskClient, path: str) -> None:
    assert "Accept" in client.get(path).vary


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/linkset/person/victor-serge", {"accept"}),
        ("/search.json?q=serge", {"accept-language", "cookie"}),
    ],
)
def test_a_cache_is_told_what_an_answer_depends_on(client: FlaskClient, path: str, names: set[str]) -> None:
    assert names <= {name.lower() for name in client.get(path).vary}


@pytest.mark.parametrize("path", ["/openapi.json", "/reconcile", "/dumps/", "/beacon.txt", DATA])
@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_a_304_has_the_validator_and_the_vary_of_the_200(client: FlaskClient, path: str, coding: str) -> None:
    """RFC 9110, 15.4.5."""
    whole = get(client, path, Accept_Encoding=coding)
    held = get(client, path, Accept_Encoding=coding, If_None_Match=whole.headers["ETag"])
    assert held.status_code == 304
    for name in ("ETag", "Vary", "Cache-Control"):
        assert held.headers.get(name) == whole.headers.get(name), name


def test_the_page_that_has_a_nonce_is_kept_by_nobody(client: FlaskClient) -> None:
    for path in ("/sparql", "/desk"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert "nonce-" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_of_the_past_of_a_format_never_leaks_into_another(client: FlaskClient) -> None:
    turtle = get(client, "/data/person/victor-serge", Accept="text/turtle")
    json = get(
        client,
        "/data/person/victor-serge",
        Accept="application/ld+json",
        If_None_Match=turtle.headers["ETag"],
    )
    assert json.status_code == 200


PROXIED = {
    "X-Forwarded-Host": "kg.example.org",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Prefix": "/serge",
    "X-Forwarded-For": "192.0.2.7",
}


@pytest.mark.parametrize(
    "path", [p for p in EVERYWHERE if p not in ("/nowhere", "/dumps/SHA256SUMS", "/context.jsonld")]
)
def test_behind_a_proxy_no_address_is_of_the_inner_host(rooted: Flask, path: str) -> None:
    answer = rooted.test_client().get(path, headers=PROXIED, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    said = answer.get_data(as_text=True) + str(answer.headers)
    assert "http://localhost" not in said
    assert "127.0.0.1" not in said
    assert "https://kg.example.org/" not in said.replace("https://kg.example.org/serge/", "")


def test_behind_a_proxy_the_api_is_behind_the_prefix(rooted: Flask) -> None:
    answer = rooted.test_client().get(
        "/openapi.json", headers=PROXIED, environ_base={"REMOTE_ADDR": "127.0.0.1"}
    )
    assert answer.json
    assert answer.json["servers"] == [{"url": "https://kg.example.org/serge"}]
    path = answer.json["paths"]["/api/letters.{format}"]
    assert path["get"]["externalDocs"]["url"] == "https://kg.example.org/serge/queries/letters"


@pytest.mark.slow
def test_behind_a_proxy_the_links_of_a_page_stay_behind_the_prefix(rooted: Flask) -> None:
    import re

    headers = {**PROXIED, "Accept": "text/html"}
    for path in (
        "/",
        "/page/person/victor-serge",
        "/sparql",
        "/ontology",
        "/dumps/",
        "/queries",
        "/wikidata",
    ):
        answer = rooted.test_client().get(path, headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"})
        found = re.findall(r'(?:href|src|action)="(/[^"]*)"', answer.get_data(as_text=True))
        assert found
        assert [address for address in found if not address.startswith("/serge/")] == []


def test_a_stranger_cannot_choose_our_address(rooted: Flask) -> None:
    answer = rooted.test_client().get(
        "/id/person/victor-serge", headers=PROXIED, environ_base={"REMOTE_ADDR": "203.0.113.9"}
    )
    assert answer.headers["Location"].startswith("http://localhost/page/")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "a b",
        "<script>",
        "localhost:99999999",
        "",
        "0..0",
        "..",
        f"{'a' * 70}.example",
    ],
)
def test_a_host_that_is_not_ours_is_misdirected(client: FlaskClient, host: str) -> None:
    answer = client.get("/id/person/victor-serge", headers={"Host": host})
    assert answer.status_code in (400, 421)
    page = client.get("/", headers={"Host": host, "Accept": "text/html"})
    assert page.status_code in (400, 421)
    assert "<script>" not in answer.get_data(as_text=True)
    assert "evil" not in answer.get_data(as_text=True)


@pytest.fixture(scope="module")
def anywhere(release: Release, config: Config) -> Flask:
    """The application where strangers reach it, without names of its own."""
    return create_app(release, replace(config, host="0.0.0.0"))


@pytest.fixture(scope="module")
def named(release: Release, config: Config) -> Flask:
    """The application with a name of its own in public."""
    return create_app(release, replace(config, hosts=("kg.example.org",)))


THING = "/id/person/victor-serge"


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-Host"])
def test_where_hosts_are_named_no_header_lets_another_pass(named: Flask, name: str) -> None:
    """A page that its owner's name server sends here (DNS rebinding) may send any header."""
    headers = {"Host": "evil.example", name: "evil.example"}
    answer = named.test_client().get(THING, headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["a b", "a.example,b.example", "", "a..b"])
def test_what_names_no_one_host_is_a_bad_request_whatever_was_asked_before(
    anywhere: Flask, host: str
) -> None:
    """RFC 9112, 3.2."""
    client = anywhere.test_client()
    assert client.get(THING, headers={"Host": "host.invalid"}).status_code == 303
    assert client.get(THING, headers={"Host": host}).status_code == 400


def test_a_name_may_end_with_a_full_stop(anywhere: Flask, named: Flask) -> None:
    for app in (anywhere, named):
        answer = app.test_client().get(THING, headers={"Host": "kg.example.org.:8100"})
        assert answer.status_code == 303
        assert answer.headers["Location"].startswith("http://kg.example.org.:8100/")


def test_a_request_of_http_1_0_needs_no_host(client: FlaskClient, named: Flask) -> None:
    old = {"SERVER_PROTOCOL": "HTTP/1", "HTTP_HOST": "", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8100"}
    for asked, start in (
        (client, "http://127.0.0.1:8100/"),
        (named.test_client(), "http://kg.example.org/"),
    ):
        answer = asked.get(THING, environ_overrides=old)
        assert answer.headers["Location"].startswith(start)


def test_a_prefix_that_is_no_path_is_dropped(rooted: Flask) -> None:
    headers = {**PROXIED, "X-Forwarded-Prefix": '/"><script>', "X-Forwarded-Host": "kg.example.org"}
    answer = rooted.test_client().get("/", headers=headers, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    assert '"><script>' not in answer.get_data(as_text=True)


def test_what_a_proxy_asked_lets_no_other_name_pass(release: Release, config: Config) -> None:
    """What is kept for it is not given to who asks without one."""
    client = create_app(release, replace(config, proxies=("10.0.0.5/32",))).test_client()
    statuses = [
        client.get(
            THING,
            headers={"Host": "evil.example", **headers},
            environ_base={"REMOTE_ADDR": peer},
        ).status_code
        for headers, peer in (
            ({}, "127.0.0.1"), ({"X-Forwarded-For": "9.9.9.9"}, "10.0.0.5"), ({}, "127.0.0.1"),
        )
    ]  # fmt: skip
    assert statuses == [421, 303, 421]

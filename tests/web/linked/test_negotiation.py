"""Which format a client gets: `Accept`, suffixes, `?format=`."""

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import BadRequest

from sergekg.web.negotiate import _ELEMENT, HTML, MAX_RANGES, RDF_FORMATS, choose

RAPPER = (
    "application/rdf+xml, text/rdf;q=0.6, text/turtle, application/x-turtle, application/turtle, text/n3;q=0.3, "
    "application/trig, text/rdf+n3;q=0.3, application/rdf+n3;q=0.3, application/x-trig, text/x-nquads, "
    "application/rss;q=0.8, application/rss+xml;q=0.8, text/rss;q=0.8, application/xml;q=0.3, text/xml;q=0.3, "
    "application/atom+xml;q=0.3, application/xhtml+xml;q=0.4, text/html;q=0.6, application/json, */*;q=0.1"
)
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ALL = (HTML, *RDF_FORMATS)


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        ("", "html"),
        ("*/*", "html"),
        ("text/turtle", "ttl"),
        ("text/turtle; charset=utf-8", "ttl"),
        ("TEXT/Turtle", "ttl"),
        ("text/html;q=0.3, text/turtle;q=0.9", "ttl"),
        ("text/html;q=0.9, text/turtle;q=0.3", "html"),
        ("text/html, text/turtle", "ttl"),
        (RAPPER, "ttl"),
        (FIREFOX, "html"),
        ("application/xhtml+xml", "html"),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', "jsonld"),
        ("application/json", "jsonld"),
        ("application/*", "jsonld"),
        ("text/*;q=0.5, application/n-quads", "nq"),
        ("text/*, text/html;q=0", "ttl"),
        ("text/turtle;q=0, */*;q=0.1", "html"),
        ("text/turtle;q=bad, application/trig", "trig"),
        ("text/turtle;q=1.5, application/trig;q=0.1", "trig"),
        ('text/turtle;x="a,b;q=0", application/trig;q=0.5', "ttl"),
        ("application/rdf+xml;q=0.001", "rdf"),
    ],
)
def test_the_format_that_the_client_likes_best_is_chosen(accept: str, suffix: str) -> None:
    chosen = choose(accept, ALL)
    assert chosen is not None
    assert chosen.suffix == suffix


@pytest.mark.parametrize("accept", ["image/png", "text/turtle;q=0", "*/*;q=0", "nonsense", ";;;", "text/"])
def test_a_client_that_takes_nothing_of_ours_is_told_so(accept: str) -> None:
    assert choose(accept, ALL) is None


def test_more_ranges_than_any_client_lists_are_refused() -> None:
    with pytest.raises(BadRequest, match=str(MAX_RANGES)):
        choose(", ".join(f"a/b{n}" for n in range(10_000)), ALL)


def test_a_quotation_that_is_never_closed_is_read_once() -> None:
    """Read again from each of its quotation marks it would take hours."""
    assert len(_ELEMENT.findall('"' + r"\"" * 1_000_000 + "\\")) == 1
    assert choose('text/turtle;a="b\\"c", text/html;q=0.1', ALL) is RDF_FORMATS[0]


@given(st.text(max_size=300))
def test_no_header_breaks_the_choice(accept: str) -> None:
    assert choose(accept, ALL) in (None, *ALL)


@given(st.permutations(["text/turtle;q=0.9", "application/trig;q=0.8", "text/html;q=0.7", "*/*;q=0.1"]))
def test_the_order_of_ranges_does_not_matter(ranges: list[str]) -> None:
    chosen = choose(", ".join(ranges), ALL)
    assert chosen is not None
    assert chosen.suffix == "ttl"


@pytest.mark.parametrize(
    ("accept", "place"),
    [
        ("text/html", "page/person/victor-serge"),
        ("text/turtle", "data/person/victor-serge.ttl"),
        ("application/ld+json", "data/person/victor-serge.jsonld"),
        ("application/rdf+xml", "data/person/victor-serge.rdf"),
        ("application/n-triples", "data/person/victor-serge.nt"),
        ("application/n-quads", "data/person/victor-serge.nq?graphs=merged"),
        ("application/trig", "data/person/victor-serge.trig?graphs=merged"),
        ("application/x-bibtex", "data/person/victor-serge.bib"),
        (RAPPER, "data/person/victor-serge.ttl"),
    ],
)
def test_a_thing_answers_303_to_the_description_that_is_preferred(
    client: FlaskClient, accept: str, place: str
) -> None:
    answer = client.get("/id/person/victor-serge", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"http://localhost/{place}")
    assert "Accept" in answer.vary


@pytest.mark.parametrize(
    ("path", "accept", "sent"),
    [
        ("data/person/victor-serge.bib", "*/*", "application/x-bibtex"),
        ("data/person/victor-serge.bib", "image/png", "application/x-bibtex"),
        ("data/person/victor-serge.bib", "text/plain", "text/plain"),
        ("data/person/victor-serge.ris", "text/plain, */*;q=0.1", "text/plain"),
        (
            "data/person/victor-serge.ris",
            "application/x-research-info-systems, text/plain",
            "application/x-research-info-systems",
        ),
        ("data/person/victor-serge.csl", "text/plain", "application/vnd.citationstyles.csl+json"),
        ("data/person/victor-serge.cff", "text/plain", "application/yaml"),
    ],
)
def test_a_reference_has_a_registered_type_for_who_takes_no_other(
    client: FlaskClient, path: str, accept: str, sent: str
) -> None:
    plain, answer = client.get(f"/{path}"), client.get(f"/{path}", headers={"Accept": accept})
    assert answer.mimetype == sent
    assert answer.data == plain.data
    assert "Accept" in answer.vary
    assert (answer.headers["ETag"] == plain.headers["ETag"]) == (answer.mimetype == plain.mimetype)


@pytest.mark.parametrize("form", [f.suffix for f in RDF_FORMATS])
def test_a_suffix_and_the_format_argument_choose_too(client: FlaskClient, form: str) -> None:
    by_suffix = client.get(f"/data/person/victor-serge.{form}")
    by_argument = client.get(f"/data/person/victor-serge?format={form}&graphs=named")
    by_thing = client.get(f"/id/person/victor-serge.{form}")
    assert by_suffix.status_code == by_argument.status_code == 200
    assert by_suffix.content_type == by_argument.content_type
    assert by_thing.headers["Location"].endswith(f"/data/person/victor-serge.{form}")
    assert by_suffix.headers["Content-Location"].endswith(f"/data/person/victor-serge.{form}")


@pytest.mark.parametrize("format", ["ttl", "text/turtle"])
def test_the_format_argument_may_repeat_the_suffix(client: FlaskClient, format: str) -> None:
    for path in ("/data/person/victor-serge.ttl", "/id/person/victor-serge.ttl"):
        plain = client.get(path)
        assert client.get(path, query_string={"format": format}).status_code == plain.status_code < 400


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/id/person/victor-serge", "image/png", 406),
        ("/data/person/victor-serge", "text/html", 406),
        ("/id/person/nobody", "text/turtle", 404),
        ("/data/person/nobody.ttl", "*/*", 404),
        ("/page/person/nobody", "text/html", 404),
        ("/data/person/victor-serge.xyz", "*/*", 404),
        ("/data/person/victor-serge?format=xyz", "*/*", 400),
        ("/data/person/victor-serge.ttl?format=xyz", "*/*", 400),
        ("/data/person/victor-serge.ttl?format=jsonld", "*/*", 400),
        ("/data/person/victor-serge.ttl?format=application/ld%2Bjson", "*/*", 400),
        ("/data/person/victor-serge.bib?format=ttl", "*/*", 400),
        ("/id/person/victor-serge.html?format=ttl", "*/*", 400),
        ("/id/person/victor-serge.ttl?format=xyz", "*/*", 400),
        ("/data/person/victor-serge.ttl?page=99", "*/*", 404),
        ("/data/person/victor-serge.ttl?page=-1", "*/*", 400),
        ("/data/person/victor-serge.ttl?page=0", "*/*", 400),
        ("/data/person/victor-serge.ttl?page=x", "*/*", 400),
        ("/data/person/victor-serge.ttl?graphs=x", "*/*", 400),
        ("/id/Person/Victor", "*/*", 404),
        ("/id/person/..%2f..%2fetc", "*/*", 404),
    ],
)
def test_what_cannot_be_is_a_problem_that_says_why(
    client: FlaskClient, path: str, accept: str, status: int
) -> None:
    answer = client.get(path, headers={"Accept": accept})
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    if "html" in accept:
        assert answer.mimetype == "text/html"
    else:
        assert answer.mimetype == "application/problem+json"
        assert answer.json["status"] == status
        assert answer.json["detail"]

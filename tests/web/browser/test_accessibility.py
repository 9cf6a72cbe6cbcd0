"""axe-core finds no violation on any kind of page, by day or by night (WCAG 2.2 A and AA, best practices)."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.slow
PAGES = (
    "/",
    "/page/letter/lettre-a-andre-gide",
    "/page/letter/lettre-a-andre-gide?text=received&passage=22-42",
    "/page/article/au-sujet-de-victor-serge-et-de-calligaris?status=reported",
    "/page/letter/lettre-a-andre-gide?view=thing",
    "/page/person/victor-serge",
    "/page/place/moscou",
    "/page/event/deportation-d-anita-roussakova",
    "/page/text/lettre-a-andre-gide",
    "/page/person/personne",
    "/browse",
    "/browse/persons",
    "/browse/statements?status=denied",
    "/search?q=soukhanov",
    "/timeline",
    "/map",
    "/network",
    "/letters",
    "/coverage",
    "/compare",
    "/compare/person/victor-serge",
    "/queries",
    "/queries/mentions",
    "/api",
    "/ontology",
    "/wikidata",
    "/wikidata/person/victor-serge",
    "/wikidata/letter/lettre-a-andre-gide",
)
_RUN = """() => axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v =>
    [v.id, v.impact, v.nodes.length, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' | ' + (n.any[0]?.message ?? ''))]))"""


def violations(page: Any, axe: str) -> list[Any]:
    page.evaluate(axe)
    found: list[Any] = page.evaluate(_RUN)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_no_violation(visit: Any, axe: str, address: str, scheme: str) -> None:
    reader = visit(color_scheme=scheme)
    reader.goto(address)
    assert violations(reader.page, axe) == []
    reader.complaints[:] = [c for c in reader.complaints if "404" not in c]


@pytest.mark.parametrize("kind", ["statement", "evidence", "interpretation"])
def test_a_page_of_the_apparatus_has_no_violation(visit: Any, axe: str, kind: str) -> None:
    reader = visit()
    cls = {"statement": "skg:Statement", "evidence": "skg:Evidence", "interpretation": "skg:Interpretation"}[
        kind
    ]
    query = f"SELECT ?x {{ ?x a {cls} }} ORDER BY ?x LIMIT 1"
    answer = reader.page.request.get(
        f"{reader.server}/sparql",
        params={"query": query},
        headers={"Accept": "application/sparql-results+json"},
    )
    iri = json.loads(answer.text())["results"]["bindings"][0]["x"]["value"]
    reader.goto("/page/" + iri.partition("/id/")[2])
    assert violations(reader.page, axe) == []


@pytest.mark.parametrize("locale", ["fr-FR", "en-GB"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_query_desk_with_results_has_no_violation(visit: Any, axe: str, locale: str, scheme: str) -> None:
    researcher = visit(locale=locale, color_scheme=scheme)
    researcher.goto("/sparql?load=mentions")
    page = researcher.page
    page.wait_for_selector("html[data-ready=desk]")
    page.locator("#run").click()
    page.wait_for_selector(".grid")
    assert violations(page, axe) == []
    for tab in page.locator(".view-tabs [role=tab]").all():
        tab.click()
        page.wait_for_selector("#result-panel[aria-busy=false]")
        assert violations(page, axe) == []


def test_a_permanent_query_has_no_violation(visit: Any, axe: str) -> None:
    researcher = visit()
    researcher.goto("/sparql")
    page = researcher.page
    page.wait_for_selector("html[data-ready=desk]")
    page.locator("#permanent").click()
    researcher.follow(page.locator("#link-place a"), "/q/")
    assert violations(page, axe) == []

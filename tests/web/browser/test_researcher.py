"""A researcher's path at the query desk, and what must not break it."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import run_server

from sergekg.config import Config
from sergekg.release import Release

pytestmark = pytest.mark.slow
MENTIONS = "a.example[data-name=mentions]"


def desk(visit: Any, address: str = "/sparql", **options: Any) -> Any:
    researcher = visit(**options)
    researcher.goto(address)
    researcher.page.wait_for_selector("html[data-ready=desk]")
    return researcher


def write(page: Any, query: str) -> None:
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(query)


def run(page: Any) -> None:
    page.get_by_role("button", name=re.compile("^(Lancer|Run)$")).click()
    page.wait_for_function("() => document.getElementById('cancel').hidden")


def test_from_an_example_to_a_changed_query_to_a_chart_to_a_link_to_a_csv(visit: Any, tmp_path: Path) -> None:
    researcher = desk(visit, accept_downloads=True, permissions=["clipboard-read", "clipboard-write"])
    page = researcher.page
    page.fill("#find-example", "parle chaque")
    page.wait_for_function(
        "() => [...document.querySelectorAll('a.example')].filter(a => a.checkVisibility()).length === 1"
    )
    page.locator(MENTIONS).click()
    page.wait_for_function("() => document.querySelector('.cm-content').innerText.includes('COUNT')")
    changed = (
        page.evaluate("document.querySelector('#query').value || ''")
        or page.locator(".cm-content").inner_text()
    )
    write(
        page,
        changed.replace("ORDER BY ?document", "HAVING(COUNT(DISTINCT ?statement) > 4) ORDER BY ?document"),
    )
    run(page)
    assert re.match(r"\d+ lignes, \d", page.locator("#progress").inner_text())
    page.locator(".grid .grid-cell a", has_text="Victor Serge").first.wait_for()
    researcher.keep("desk-table-fr")
    page.get_by_role("tab", name="Graphique").click()
    page.wait_for_selector("svg.chart rect.bar")
    assert page.locator("svg.chart text", has_text="Solntsev").count() > 0
    researcher.keep("desk-chart-fr")
    page.get_by_role("button", name="Lien permanent").click()
    link = page.locator("#link-place a")
    link.wait_for()
    address = link.get_attribute("href")
    assert re.fullmatch(r"/q/[0-9a-f]{12}", address)
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV pour tableur").click()
    file = tmp_path / "answer.csv"
    download.value.save_as(file)
    raw = file.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert "person/victor-serge" in raw.decode("utf-8-sig")
    researcher.goto(address)
    assert "HAVING" in page.locator("pre.sparql").inner_text()
    assert "Posée à cette édition même." in page.locator("main").inner_text()
    researcher.keep("saved-query-fr", full=True)
    researcher.follow(page.get_by_role("link", name="Ouvrir au bureau des requêtes"), r"/(sparql|desk)\?")
    page.wait_for_selector("html[data-ready=desk]")
    assert "HAVING" in page.locator(".cm-content").inner_text()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ["0 ligne", "1 ligne", "2 lignes", "1 triplet", "2 triplets"]),
        ("en", ["0 rows", "1 row", "2 rows", "1 triple", "2 triples"]),
    ],
)
def test_rows_and_triples_are_counted_in_the_plural_of_the_language(
    visit: Any, language: str, said: list[str]
) -> None:
    page = desk(visit, f"/sparql?lang={language}").page
    queries = [f"SELECT * {{ VALUES ?x {{ {rows} }} }}" for rows in ("", "1", "1 2")]
    queries += [f"CONSTRUCT {{ <x:a> <x:b> ?x }} {{ VALUES ?x {{ {rows} }} }}" for rows in ("1", "1 2")]
    for query, words in zip(queries, said, strict=True):
        write(page, query)
        run(page)
        assert page.locator("#progress").inner_text().replace("\u00a0", " ").startswith(f"{words}, ")


@pytest.mark.parametrize(
    ("language", "none", "many"), [("fr", "0 ligne sur", "2 lignes sur"), ("en", "0 rows of", "2 rows of")]
)
def test_filtered_rows_are_counted_in_the_plural_of_the_language(
    visit: Any, language: str, none: str, many: str
) -> None:
    page = desk(visit, f"/sparql?lang={language}").page
    write(page, 'SELECT * { VALUES ?x { "ab" "ac" ' + " ".join(f'"z{n}"' for n in range(30)) + " } }")
    run(page)
    field = page.locator("#results input").first
    for wanted, words in (("xyzzy", none), ("a", many)):
        field.fill(wanted)
        page.wait_for_function(
            "words => document.querySelector('#results').innerText.replaceAll('\u00a0', ' ').includes(words)",
            arg=f"{words} 32",
        )


def test_a_mistake_is_marked_where_it_stands_and_said(visit: Any) -> None:
    researcher = desk(visit)
    page = researcher.page
    write(page, "SELECT ?a WHERE {\n  ?a a skg:Person .\n  ?a é }\n")
    page.wait_for_selector(".cm-lint-marker-error")
    assert page.locator(".cm-lintRange-error").count() == 1
    page.get_by_role("button", name="Lancer").click()
    page.wait_for_function("() => !document.getElementById('complaint').hidden")
    said = page.locator("#complaint")
    assert "ligne 3, colonne 6" in said.inner_text()
    assert said.locator("span").get_attribute("lang") == "fr"
    researcher.complaints.clear()  # the browser reports the 400 that was asked for


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("SELECT * { ?s skg:wasDep", "skg:wasDeportedTo"),
        ("SELECT * { ?s a skg:Dep", "skg:Deportation"),
        ("SELECT * { GRAPH <https://w3id.org/sergekg/graph/entities> { ?s prefL", "skos:prefLabel"),
        ("SELECT * { ?s ?p Суханов", "Soukhanov"),
        ("SELECT * { ?s ?p roussakova", "Anita Roussakova"),
        ("SELECT * { ?s foa", "foaf:"),
        ("SELECT ?person { ?per", "?person"),
        ("SELECT * { GRAPH <https", "<https://w3id.org/sergekg/graph/entities>"),
        ("SELECT * { ?s déport", "skg:wasDeportedTo"),
    ],
)
def test_completion_offers_what_the_dataset_has(visit: Any, typed: str, offered: str) -> None:
    researcher = desk(visit)
    page = researcher.page
    write(page, typed[:-1])
    page.keyboard.type(typed[-1])
    page.keyboard.press("Control+Space")
    page.wait_for_selector(".cm-tooltip-autocomplete li")
    labels = page.locator(".cm-tooltip-autocomplete .cm-completionLabel")
    labels.filter(has_text=offered).first.wait_for()


def test_inside_a_graph_only_its_own_terms_are_offered(visit: Any) -> None:
    researcher = desk(visit)
    page = researcher.page
    write(page, "SELECT * { GRAPH <https://w3id.org/sergekg/graph/entities> { ?s depor")
    page.keyboard.press("Control+Space")
    page.locator(".cm-completionLabel", has_text="skg:Deportation").wait_for()
    assert page.locator(".cm-completionLabel", has_text="skg:wasDeportedTo").count() == 0


def test_a_completed_thing_is_written_as_its_iri(visit: Any) -> None:
    researcher = desk(visit)
    page = researcher.page
    write(page, "SELECT * { ?s ?p soukhano")
    page.keyboard.type("v")
    page.locator(".cm-completionLabel", has_text="Soukhanov").first.click()
    assert "<https://w3id.org/sergekg/id/person/soukhanov>" in page.locator(".cm-content").inner_text()


def test_tabs_are_kept_in_the_browser(visit: Any) -> None:
    researcher = desk(visit)
    page = researcher.page
    page.get_by_role("button", name="Nouvelle requête").click()
    page.keyboard.insert_text("# la mienne\nASK {}")
    page.wait_for_function("() => document.querySelectorAll('#tabs [role=tab]').length === 2")
    page.wait_for_function("() => localStorage.getItem('sergekg.desk').includes('la mienne')")
    page.reload()
    page.wait_for_selector("html[data-ready=desk]")
    tabs = page.locator("#tabs [role=tab]").all_inner_texts()
    assert tabs == ["Requête 1", "la mienne"]
    assert "ASK" in page.locator(".cm-content").inner_text()
    page.get_by_role("button", name="Fermer la mienne").click()
    page.wait_for_function("() => document.querySelectorAll('#tabs [role=tab]').length === 1")
    assert page.locator("#tabs [role=tab]").all_inner_texts() == ["Requête 1"]


def test_a_query_that_runs_long_can_be_cancelled(visit: Any) -> None:
    researcher = desk(visit)
    page = researcher.page
    write(page, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c < ?f && ?f < ?i) }")
    page.get_by_role("button", name="Lancer").click()
    page.get_by_role("button", name="Annuler").click()
    page.wait_for_function("() => document.getElementById('progress').textContent.startsWith('Annulée')")
    write(page, "ASK { ?s a skg:Person }")
    run(page)
    assert page.locator("p.boolean").inner_text() == "oui"


def test_a_query_that_runs_too_long_is_ended_and_said(visit: Any, release: Release, config: Config) -> None:
    with run_server("--port", "0", "--timeout", "1", var=config.var) as address:
        researcher = visit()
        researcher.server = address
        researcher.goto("/sparql")
        page = researcher.page
        page.wait_for_selector("html[data-ready=desk]")
        write(page, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c < ?f && ?f < ?i) }")
        run(page)
        said = page.locator("#complaint").inner_text().replace("\u00a0", " ")
        assert "La requête a duré trop longtemps : la requête a duré plus de 1 s" in said
        write(page, "ASK { ?s a skg:Person }")
        run(page)
        assert page.locator("p.boolean").inner_text() == "oui"
        page.goto("about:blank")  # the editor asks no more of a server that ends
    researcher.complaints.clear()  # the browser reports the 503 that was asked for


def test_two_hundred_thousand_rows_stay_usable(visit: Any) -> None:
    researcher = desk(visit)
    page = researcher.page
    write(page, "SELECT ?a ?b { ?a a skg:Statement . ?b a skg:Statement } LIMIT 200000")
    page.set_default_timeout(90_000)
    run(page)
    assert re.match(r"200\s000 lignes", page.locator("#progress").inner_text())
    assert page.locator(".grid-body .grid-row").count() < 100
    page.locator(".grid").evaluate("g => { g.scrollTop = g.scrollHeight; }")
    page.wait_for_function(
        "() => Number([...document.querySelectorAll('.grid-body .grid-row')].at(-1).getAttribute('aria-rowindex')) === 200001"
    )
    page.locator(".table-tools input").fill("zzzz")
    page.wait_for_function("() => document.querySelector('.table-tools .count').textContent.startsWith('0 ')")


def test_hostile_values_are_shown_and_do_nothing(visit: Any) -> None:
    researcher = desk(visit)
    page = researcher.page
    page.on("dialog", lambda dialog: researcher.complaints.append("a dialogue opened"))
    long = "x" * 5000
    write(
        page,
        'SELECT ?t ?i ?l ?f { VALUES (?t ?i ?l ?f) { ("<script>alert(1)</script><img src=x onerror=alert(2)>" '
        f'<javascript:alert(3)> "{long}" "=1+1") }} }}',
    )
    run(page)
    cells = page.locator(".grid-body .grid-cell")
    assert cells.nth(0).inner_text() == "<script>alert(1)</script><img src=x onerror=alert(2)>"
    assert page.locator(".grid a[href^='javascript']").count() == 0
    assert page.locator(".grid-body img, .grid-body script").count() == 0
    for view in page.locator(".view-tabs [role=tab]").all():
        view.click()
        page.wait_for_selector("#result-panel[aria-busy=false]")
    query = page.locator(".cm-content").inner_text()
    page.evaluate(
        "q => { const f = document.getElementById('desk'); f.querySelector('#query').value = q; }", query
    )
    page.get_by_role("button", name="Lien permanent").click()
    researcher.follow(page.locator("#link-place a"), "/q/")
    assert page.locator("table.results td").first.inner_text().startswith("<script>")
    assert page.locator("a[href^='javascript']").count() == 0


@pytest.mark.parametrize(
    ("example", "view", "drawn"),
    [
        ("timeline", "Chronologie", "svg.chart rect.bar"),
        ("ties", "Réseau", "svg.network circle"),
        ("mentions", "Graphique", "svg.chart rect.bar"),
    ],
)
def test_results_are_drawn_as_their_columns_allow(visit: Any, example: str, view: str, drawn: str) -> None:
    researcher = desk(visit, f"/sparql?load={example}")
    page = researcher.page
    run(page)
    page.get_by_role("tab", name=view, exact=True).click()
    page.wait_for_selector(drawn)
    researcher.keep(f"desk-{example}")


def test_coordinates_in_results_are_drawn_as_a_map(visit: Any) -> None:
    researcher = desk(visit)
    page = researcher.page
    write(
        page,
        'SELECT * { VALUES (?name ?lat ?long) { ("Viatka" 58.6 49.65) ("Orenbourg" 51.77 55.1) ("Bruxelles" 50.85 4.35) } }',
    )
    run(page)
    page.get_by_role("tab", name="Carte").click()
    page.wait_for_selector("svg.map g.place circle")
    assert page.locator("svg.map .land path").count() > 3
    researcher.keep("desk-map")


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ("SELECT ?type (COUNT(*) AS ?n) { ?s a ?type } GROUP BY ?type", False),
        ('SELECT * { VALUES (?name ?lat ?long) { ("Viatka" "nowhere" "") } }', False),
        ("SELECT ?who ?where { ?who skg:wasDeportedTo ?where }", True),
        ("CONSTRUCT { ?who skg:wasDeportedTo ?where } WHERE { ?who skg:wasDeportedTo ?where }", True),
    ],
)
def test_a_map_is_offered_where_a_row_has_a_position(visit: Any, query: str, offered: bool) -> None:
    researcher = desk(visit)
    page = researcher.page
    write(page, query)
    run(page)
    page.wait_for_selector(".view-tabs:not([aria-busy])")
    tab = page.get_by_role("tab", name="Carte")
    assert tab.count() == offered
    if offered:
        tab.click()
        page.wait_for_selector("svg.map g.place circle")


def test_a_timeline_of_things_without_a_name_shows_their_short_iris(visit: Any) -> None:
    researcher = desk(visit)
    page = researcher.page
    write(page, "SELECT ?s ?d { ?s a skg:Statement ; skg:date ?d }")
    run(page)
    page.get_by_role("tab", name="Chronologie").click()
    page.wait_for_selector("svg.chart")
    labels = page.locator("svg.chart text:not(.axis)").all_text_contents()
    assert labels
    assert [label for label in labels if not label.startswith("statement/")] == []


OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll('svg.network text')].map((t) => t.getBoundingClientRect()).filter((b) => b.width);
  const pairs = boxes.flatMap((a, i) => boxes.slice(i + 1).map((b) => [a, b]));
  return pairs.filter(([a, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom - 3 && b.top < a.bottom - 3).length;
}"""


@pytest.mark.parametrize(
    ("query", "all_shown"),
    [
        ("SELECT ?a ?b { ?a skg:supported ?b }", True),
        ("SELECT ?a ?b { ?s rdf:subject ?a ; rdf:object ?b FILTER(isIRI(?b)) }", False),
    ],
)
def test_names_in_a_network_do_not_cover_each_other(visit: Any, query: str, all_shown: bool) -> None:
    researcher = desk(visit)
    page = researcher.page
    write(page, query)
    run(page)
    page.get_by_role("tab", name="Réseau").click()
    page.wait_for_selector("svg.network text", state="attached")
    assert page.evaluate(OVERLAPS) == 0
    crowded = page.locator("svg.network g.crowded")
    assert (crowded.count() == 0) == all_shown
    if not all_shown:
        assert not crowded.first.locator("text").is_visible()
        crowded.first.locator("circle").hover()
        assert crowded.first.locator("text").is_visible()
    researcher.keep(f"desk-network-{'small' if all_shown else 'large'}")


def test_a_constructed_graph_is_a_table_turtle_and_a_network(visit: Any) -> None:
    researcher = desk(visit)
    page = researcher.page
    write(page, "CONSTRUCT { ?a skg:wasDeportedTo ?b } WHERE { ?a skg:wasDeportedTo ?b }")
    run(page)
    assert "triplets" in page.locator("#progress").inner_text()
    page.get_by_role("tab", name="Brut").click()
    page.wait_for_function("() => document.querySelector('pre.sparql')?.innerText.includes('wasDeportedTo')")
    page.get_by_role("tab", name="Réseau").click()
    page.wait_for_selector("svg.network line")


def test_the_desk_speaks_english_too(visit: Any) -> None:
    researcher = desk(visit, locale="en-GB")
    run(researcher.page)
    assert researcher.page.locator("h1").inner_text() == "Query desk"
    assert re.match(r"100 rows", researcher.page.locator("#progress").inner_text())
    researcher.keep("desk-en")

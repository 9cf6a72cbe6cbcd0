"""A reader's path, from the first page to the map; in both languages, without JavaScript, on a phone."""

import re
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def test_a_reader_goes_from_home_to_passage_to_statement_to_person_to_map(visit: Any) -> None:
    reader = visit()
    page = reader.page
    reader.goto("/")
    reader.keep("home-fr", full=True)
    link = page.get_by_role("link", name="Lettre à Magdeleine Paz").first
    reader.follow(link, "/page/letter/lettre-a-magdeleine-paz")
    page.wait_for_selector("html[data-ready=reading]")
    piece = page.locator(".piece", has_text="déportée pour cinq ans à").first
    piece.scroll_into_view_if_needed()
    piece.click()
    note = page.locator(".note.active").first
    note.wait_for()
    assert "a subi une déportation à" in note.inner_text()
    assert page.evaluate(
        "(() => { const n = document.querySelector('.note.active').getBoundingClientRect();"
        " return n.top >= 0 && n.top < innerHeight; })()"
    )
    reader.keep("reading-fr")
    link = note.locator("li", has_text="a subi une déportation à").get_by_role("link", name="cet énoncé")
    reader.follow(link, "/page/statement/")
    assert page.locator("h1 .predicate").inner_text()
    assert page.locator("blockquote.evidence").first.inner_text()
    reader.keep("statement-fr", full=True)
    link = page.locator("h1").get_by_role("link", name="Anita Roussakova", exact=True)
    reader.follow(link, "/page/person/anita-roussakova")
    assert page.locator("h1").inner_text() == "Anita Roussakova"
    page.get_by_text("Анита Русакова").wait_for()
    assert page.locator("table.timeline svg.bar").count() > 3
    reader.keep("person-fr", full=True)
    reader.follow(page.get_by_role("link", name="Carte", exact=True), "/map")
    assert page.locator("h1").inner_text() == "Carte"
    assert page.get_by_role("row", name=re.compile("Viatka")).is_visible()
    reader.keep("map-fr", full=True)


def test_a_link_leads_from_the_statement_to_its_words_and_marks_them(visit: Any) -> None:
    reader = visit()
    reader.goto("/page/person/calligaris")
    reader.follow(reader.page.locator("blockquote.evidence a.to-passage").first, "passage=")
    lit = reader.page.locator(".piece.lit")
    assert lit.count() > 0
    assert reader.page.evaluate(
        "(() => { const r = document.querySelector('.piece.lit').getBoundingClientRect();"
        " return r.bottom > 0 && r.top < innerHeight; })()"
    )


def test_words_that_are_selected_get_a_permanent_link(visit: Any) -> None:
    reader = visit(permissions=["clipboard-read", "clipboard-write"])
    page = reader.page
    reader.goto("/page/letter/lettre-a-andre-gide")
    page.wait_for_selector("html[data-ready=reading]")
    page.evaluate(
        """() => { const piece = [...document.querySelectorAll('.piece')].find(p => p.textContent.includes('mai 1936'));
        const node = piece.firstChild, at = node.data.indexOf('mai 1936');
        getSelection().setBaseAndExtent(node, at, node, at + 8); }"""
    )
    page.locator("button.bubble").click()
    page.wait_for_function("() => document.querySelector('button.bubble').textContent === 'Copié.'")
    address = page.evaluate("navigator.clipboard.readText()")
    page.goto("about:blank")
    page.goto(address)
    assert "".join(page.locator(".piece.lit").all_inner_texts()) == "mai 1936"


def test_the_same_path_in_english(visit: Any) -> None:
    reader = visit(locale="en-GB")
    reader.goto("/")
    assert reader.page.locator("html").get_attribute("lang") == "en"
    link = reader.page.get_by_role("link", name="Letter to Magdeleine Paz").first
    reader.follow(link, "/page/letter/lettre-a-magdeleine-paz")
    assert reader.page.locator("article.text").get_attribute("lang") == "fr"
    assert "statements of" in reader.page.locator("p.shown").inner_text()
    reader.keep("reading-en")
    reader.follow(reader.page.get_by_role("link", name="Français"), r"\?lang=fr$")
    assert reader.page.locator("html").get_attribute("lang") == "fr"


def test_everything_can_be_read_without_javascript(visit: Any) -> None:
    reader = visit(javascript=False)
    page = reader.page
    reader.goto("/page/letter/lettre-a-andre-gide")
    reader.follow(page.locator("sup.call a").nth(4), "#n")
    reader.follow(page.locator(".note:target a.back"), "passage=")
    assert page.locator(".piece.lit").count() > 0
    page.select_option("select[name=status]", "questioned")
    reader.follow(page.get_by_role("button", name="Afficher"), "status=questioned")
    assert page.locator(".sentence").count() == page.locator(".sentence.questioned").count() > 0
    for address in ("/timeline", "/network", "/letters", "/coverage", "/compare/person/victor-serge"):
        reader.goto(address)
        assert page.locator("main svg, main table, main article").count() > 0
    reader.goto("/sparql")
    page.fill("#query", "SELECT ?who WHERE { ?who skg:wasDeportedTo ?where }")
    reader.follow(page.get_by_role("button", name="Lancer"), "/desk$")
    assert "Anita Roussakova" in page.locator("table.results").inner_text()


def test_the_panel_of_statements_scrolls_by_itself_to_the_passage_clicked(visit: Any) -> None:
    reader = visit()
    page = reader.page
    reader.goto("/page/letter/lettre-a-magdeleine-paz")
    page.wait_for_selector("html[data-ready=reading]")
    call = page.locator("sup.call a").last
    call.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    call.click()
    page.wait_for_function("() => document.querySelector('.notes').scrollTop > 500")
    assert page.evaluate("scrollY") == before


@pytest.mark.parametrize("address", ["/", "/page/letter/lettre-a-andre-gide", "/page/person/victor-serge",
    "/timeline", "/network", "/map", "/letters", "/coverage", "/browse/persons", "/browse/statements",
    "/compare/person/victor-serge", "/queries/ties", "/ontology", "/sparql", "/search?q=gide", "/api",
    "/releases", "/page/dataset/affaire-victor-serge"])  # fmt: skip
def test_no_page_is_wider_than_a_phone(visit: Any, address: str) -> None:
    reader = visit(width=360, height=740)
    reader.goto(address)
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 360
    reader.keep("phone-" + (re.sub(r"\W+", "-", address).strip("-") or "home"))


@pytest.mark.parametrize(
    "address", ["/map", "/network", "/dumps/", "/wikidata?lang=fr", "/page/place/moscou"]
)
def test_a_phone_shows_whole_drawings_and_tables_without_scrolling_sideways(visit: Any, address: str) -> None:
    reader = visit(width=390, height=844)
    reader.goto(address)
    cut = """() => [...document.querySelectorAll(".drawing, .scroll:has(.dumps, .standings)")]
        .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className)"""
    assert reader.page.evaluate(cut) == []
    heights = (
        "() => [...document.querySelectorAll('.dumps tr')].map((row) => row.getBoundingClientRect().height)"
    )
    assert all(height < 200 for height in reader.page.evaluate(heights))


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize("address", ["/timeline?lang=fr", "/timeline?lang=en", "/page/person/victor-serge"])
def test_a_phone_shows_every_year_under_a_line_of_dates_whole(
    visit: Any, address: str, *, javascript: bool
) -> None:
    reader = visit(width=390, height=844, javascript=javascript)
    reader.goto(address)
    years = reader.page.locator("svg.years").first
    frame = years.locator("xpath=ancestor::*[contains(@class, 'scroll')]").bounding_box()
    boxes = [b for text in years.locator("text").all() if (b := text.bounding_box())]
    assert len(boxes) > 2
    for box in boxes:
        assert frame["x"] <= box["x"]
        assert box["x"] + box["width"] <= frame["x"] + frame["width"]


def test_the_last_header_of_a_wide_table_is_in_sight(visit: Any) -> None:
    reader = visit(width=1280, height=900)
    reader.goto("/wikidata?lang=fr")
    table = "() => { const e = document.querySelector('.scroll:has(.standings)'); return e.scrollWidth - e.clientWidth; }"
    assert reader.page.evaluate(table) <= 1


def test_a_parameter_in_a_sentence_is_not_broken_on_a_phone(visit: Any) -> None:
    reader = visit(width=390, height=844)
    reader.goto("/api?lang=fr")
    parameter = reader.page.locator("code", has_text="?spreadsheet=1")
    assert parameter.evaluate("e => e.getClientRects().length") == 1
    assert "demandé avec ?spreadsheet=1 s’ouvre" in reader.page.locator("main").inner_text()


def test_a_phone_reads_in_the_dark(visit: Any) -> None:
    reader = visit(width=390, height=844, color_scheme="dark")
    reader.goto("/page/letter/lettre-a-magdeleine-paz")
    reader.page.locator("article.text").scroll_into_view_if_needed()
    background = reader.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(int(part) for part in re.findall(r"\d+", background)[:3]) < 150
    reader.keep("phone-dark-reading")


def test_a_printed_text_has_its_words_and_its_statements_and_no_navigation(visit: Any) -> None:
    reader = visit()
    reader.goto("/page/article/au-sujet-de-victor-serge-et-de-calligaris")
    reader.page.emulate_media(media="print")
    assert not reader.page.locator("nav.main").is_visible()
    assert not reader.page.locator("form.filters").is_visible()
    assert reader.page.locator("article.text").is_visible()
    assert reader.page.locator("aside.notes").is_visible()


@pytest.mark.parametrize("address", ["/", "/page/letter/lettre-a-andre-gide", "/page/person/victor-serge",
    "/timeline", "/network", "/map", "/letters", "/coverage", "/browse/persons", "/browse/statements",
    "/compare/person/victor-serge", "/queries/ties", "/ontology", "/search?q=gide", "/api"])  # fmt: skip
def test_paper_has_the_address_of_the_page_no_controls_and_nothing_cut(visit: Any, address: str) -> None:
    reader = visit(width=665)  # A4 less its margins, in CSS pixels
    page = reader.page
    reader.goto(address)
    page.emulate_media(media="print")
    assert page.locator("button, select, input, nav").filter(visible=True).count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= 665
    assert page.locator("footer .address").inner_text() == page.url


def test_the_keyboard_reaches_the_text_past_the_navigation(visit: Any) -> None:
    reader = visit()
    reader.goto("/page/letter/lettre-a-andre-gide")
    reader.page.keyboard.press("Tab")
    assert reader.page.evaluate("document.activeElement.className") == "skip"
    reader.page.keyboard.press("Enter")
    assert reader.page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize(
    "words", [".*+?^${}()|[]\\", "العربية", "🙂🙃", "x" * 10_000, "<script>alert(1)</script>", "' OR 1=1 --"]
)
def test_a_search_for_anything_is_answered_plainly(visit: Any, words: str) -> None:
    reader = visit()
    reader.goto("/search")
    reader.page.evaluate(
        "w => { document.querySelector('main input[name=q]').removeAttribute('maxlength'); document.querySelector('main input[name=q]').value = w; }",
        words,
    )
    reader.follow(reader.page.locator("main form button"), r"[?&]q=")
    assert reader.page.locator("h1").inner_text() == "Chercher"
    if len(words) > 200:
        assert "trop longue" in reader.page.locator(".notice").inner_text()


@pytest.mark.parametrize("words", ["Soukhanov", "Sukhanov", "Суханов", "soukanoff"])
def test_a_name_is_found_in_any_spelling(visit: Any, words: str) -> None:
    reader = visit()
    reader.goto("/")
    reader.page.fill("#site-search", words)
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url(re.compile("/search"))
    assert "Soukhanov" in reader.page.locator("ul.hits li").first.inner_text()

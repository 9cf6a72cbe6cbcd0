"""Pages read well: the texts, things, statements, evidence, interpretations and terms, in both languages."""

import re

import pytest
from faces import ENGLISH, FRENCH, page, words
from flask.testing import FlaskClient
from rdflib import URIRef

from sergekg.store.local import LocalStore
from sergekg.web.statements import StatementView, load_statements

GIDE = "/page/letter/lettre-a-andre-gide"
PAZ = "/page/letter/lettre-a-magdeleine-paz"
ARTICLE = "/page/article/au-sujet-de-victor-serge-et-de-calligaris"


def statements(store: LocalStore, pattern: str) -> list[StatementView]:
    rows = store.select(f"SELECT ?s WHERE {{ ?s a skg:Statement ; {pattern} }}")
    return load_statements(store, [URIRef(str(row["s"])) for row in rows])


def test_home_leads_to_every_text(client: FlaskClient) -> None:
    html = page(client, "/")
    assert all(f'href="{address}"' in html for address in (GIDE, PAZ, ARTICLE))


@pytest.mark.parametrize("address", [GIDE, PAZ, ARTICLE])
@pytest.mark.parametrize("shown", ["", "?text=received"])
def test_the_reading_view_shows_every_word_of_the_text(client: FlaskClient, address: str, shown: str) -> None:
    from sergekg.web.service import Service

    served: Service = client.application.extensions["sergekg"]
    raw = served.release.text(address.rpartition("/")[2])
    html = page(client, address + shown)
    article = re.search(r"<article.*?</article>", html, re.DOTALL)
    assert article
    body = re.sub(r"<sup.*?</sup>", "", article[0], flags=re.DOTALL)
    body = re.sub(r'<span class="page-break".*?</span></span>', "", body, flags=re.DOTALL)
    if not shown:
        assert words(body) == " ".join(raw["reading"].split())
    else:
        assert [e for e in raw["edits"] if e["rule"] == "hyphen" and e["old"] not in body] == []


@pytest.mark.parametrize("address", [GIDE, PAZ, ARTICLE])
def test_every_statement_of_a_text_stands_beside_it_with_a_link_to_its_words(
    client: FlaskClient, store: LocalStore, address: str
) -> None:
    html = page(client, address)
    for s in statements(store, f"skg:statedIn <https://w3id.org/sergekg/id/{address[6:]}>"):
        assert f'id="s-{s.digest}"' in html
        assert f'id="n{s.passage}"' in html
        assert f'id="p{s.passage}"' in html


@pytest.mark.parametrize("status", ["questioned", "denied", "reported", "hypothetical", "rhetorical"])
def test_what_is_not_asserted_is_never_shown_without_its_status(
    client: FlaskClient, store: LocalStore, status: str
) -> None:
    for s in statements(store, f"skg:status skg:{status}")[:3]:
        for address in (f"/page/statement/{s.digest}", "/page/" + str(s.subject).partition("/id/")[2]):
            html = page(client, address)
            sentences = re.findall(rf'<span class="sentence {status}">(.*?)</span>', html, re.DOTALL)
            assert sentences, address
            assert all(f'class="status {status}"' in sentence for sentence in sentences)


def test_the_rumour_of_the_article_is_shown_as_reported(client: FlaskClient) -> None:
    html = page(client, "/page/person/calligaris")
    assert re.search(r'sentence reported">\s*<a class="status reported"', html)
    assert "bruits" in html


def test_an_entity_page_groups_by_source_then_by_voice(client: FlaskClient) -> None:
    html = page(client, "/page/person/victor-serge")
    sources = re.findall(r'<h3 id="source-\d+".*?href="([^"]+)"', html)
    assert sources == [ARTICLE, GIDE, PAZ]
    assert "la rédaction de l’article" in html


@pytest.mark.parametrize("voice", ["person/victor-serge", "group/redaction-de-l-article"])
def test_what_a_voice_says_is_counted_as_its_list_counts_it(
    client: FlaskClient, store: LocalStore, voice: str
) -> None:
    (row,) = store.select(
        f"SELECT (COUNT(*) AS ?n) {{ ?s skg:voice <https://w3id.org/sergekg/id/{voice}> ; a skg:Statement }}"
    )
    (passed_on,) = store.select(
        f"SELECT (COUNT(*) AS ?n) {{ ?s skg:reportedBy <https://w3id.org/sergekg/id/{voice}> }}"
    )
    html = page(client, f"/page/{voice}?lang=en")
    found = re.search(r'<a href="([^"]+)">says (\d+) things</a>', html)
    assert found
    assert found[2] == str(row["n"])
    assert f">{found[2]} statements<" in page(client, found[1].replace("?", "?lang=en&"))
    assert f"<span>passes on {passed_on['n']} things said by others</span>" in html


@pytest.mark.slow
@pytest.mark.parametrize("text", [ARTICLE, GIDE, PAZ])
def test_a_text_and_the_list_of_statements_count_a_voice_alike(
    client: FlaskClient, store: LocalStore, text: str
) -> None:
    html = page(client, f"{text}?lang=en")
    document = "https://w3id.org/sergekg/id" + text.removeprefix("/page")
    (choices,) = re.findall(r'<select name="voice">(.*?)</select>', html, re.DOTALL)
    voices = re.findall(r'<option value="(http[^"]+)">.*? \((\d+)\)</option>', choices)
    assert len(voices) > 1
    for voice, count in voices:
        shown = page(client, f"{text}?lang=en&voice={voice}")
        assert re.search(rf">{count} statements of ", shown)
        listed = page(client, f"/browse/statements?lang=en&voice={voice}&document={document}")
        assert re.search(rf">{count} statements?<", listed)


def test_filters_leave_out_what_was_not_asked_for(client: FlaskClient) -> None:
    html = page(client, f"{GIDE}?status=questioned")
    assert set(re.findall(r'<span class="sentence (\w+)">', html)) == {"questioned"}


def test_a_passage_has_a_permanent_link_that_marks_it(client: FlaskClient) -> None:
    html = page(client, f"{GIDE}?passage=22-42")
    lit = re.findall(r'<span class="piece[^"]* lit[^"]*"[^>]*>(.*?)</span>', html)
    assert words("".join(lit)) == "Bruxelles, mai 1936."


@pytest.mark.parametrize(
    "passage", ["", "x", "9-3", "1-1", "999999-9999999", "0-99999999999999999999", "-1-5"]
)
def test_a_passage_that_is_not_in_the_text_marks_nothing_and_is_told(
    client: FlaskClient, passage: str
) -> None:
    html = page(client, f"{ARTICLE}?passage={passage}")
    assert not re.search(r'class="piece[^"]* lit', html)
    assert ("ne désigne aucun passage" in html) == bool(passage)


def test_a_statement_page_says_where_to_mend_it_and_how_to_cite_it(
    client: FlaskClient, store: LocalStore
) -> None:
    s = statements(store, "rdf:predicate skg:wasDeportedTo")[0]
    html = page(client, f"/page/statement/{s.digest}")
    assert re.search(r"annotations/[a-z-]+\.yaml:\d+", html)
    assert str(s.iri) in html
    assert f"?passage={s.passage}#p{s.passage}" in html


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_statement_is_cited_by_text_passage_quote_and_permanent_iri(
    client: FlaskClient, store: LocalStore, language: str
) -> None:
    s = statements(
        store, "rdf:predicate skg:wasDeportedTo ; rdf:object <https://w3id.org/sergekg/id/place/viatka>"
    )[0]
    html = page(client, f"/page/statement/{s.digest}?lang={language}")
    found = re.search(r'<section class="cite".*?</section>', html, re.DOTALL)
    assert found is not None
    cited = words(found[0])
    text = {"fr": "Lettre à Magdeleine Paz", "en": "Letter to Magdeleine Paz"}[language]
    assert [part for part in (text, s.words, str(s.iri)) if part not in cited] == []
    digits = re.sub(r"[^0-9–]", "", cited)
    assert f"{s.start}–{s.end}" in digits
    for suffix in ("bib", "csl", "ris"):
        assert client.get(f"/data/statement/{s.digest}.{suffix}").status_code == 200
        assert f"/data/statement/{s.digest}.{suffix}" in found[0]


def test_an_evidence_page_shows_the_words_exactly(client: FlaskClient, store: LocalStore) -> None:
    s = statements(store, "skg:status skg:denied")[0]
    assert f"<mark>{s.exact}</mark>" in page(client, f"/page/evidence/{s.digest}")


def test_an_interpretation_page_says_that_it_is_not_the_text_s(
    client: FlaskClient, store: LocalStore
) -> None:
    row = store.select("SELECT ?i WHERE { ?i rdf:predicate skg:identifiedAs } ORDER BY ?i LIMIT 1")[0]
    html = page(client, "/page/" + str(row["i"]).partition("/id/")[2])
    assert "Ceci ne se lit pas dans les textes" in words(html)
    assert 'class="certainty' in html


@pytest.mark.parametrize("address", ["/page/text/lettre-a-andre-gide", f"{GIDE}?view=thing"])
def test_everything_else_has_a_page_too(client: FlaskClient, address: str) -> None:
    assert "<h1" in page(client, address)


def test_the_ontology_documents_every_term_in_both_languages(client: FlaskClient, store: LocalStore) -> None:
    html = page(client, "/ontology")
    terms = [
        str(row["t"]) for row in store.select("SELECT DISTINCT ?t { ?t rdfs:isDefinedBy ?o ; rdfs:label ?l }")
    ]
    assert len(terms) > 100
    for term in terms:
        article = re.search(rf'<article class="term" id="{term.rpartition("#")[2]}".*?</article>', html, re.S)
        assert article, term
        assert "in-fr" in article[0]
        assert "in-en" in article[0]


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/html", "text/html"),
        ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("*/*", "text/turtle"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
    ],
)
def test_the_ontology_is_negotiated(client: FlaskClient, accept: str, wanted: str) -> None:
    assert client.get("/ontology", headers={"Accept": accept}).mimetype == wanted


@pytest.mark.parametrize(
    ("headers", "address", "wanted"),
    [
        ({"Accept-Language": "fr-CH, fr;q=0.9, en;q=0.8"}, "/", "fr"),
        ({"Accept-Language": "fr-CA, en-US;q=0.8, en;q=0.6"}, "/", "fr"),
        ({"Accept-Language": "de, fr-CH;q=0.9, en;q=0.1"}, "/", "fr"),
        ({"Accept-Language": "en-GB"}, "/", "en"),
        ({"Accept-Language": "en-GB, fr;q=0.5"}, "/", "en"),
        ({"Accept-Language": "fr;q=0, *"}, "/", "en"),
        ({"Accept-Language": "de"}, "/", "en"),
        ({"Accept-Language": "en;q=0"}, "/", "fr"),
        ({"Accept-Language": "de, en;q=0"}, "/", "fr"),
        ({"Accept-Language": "fr;q=0"}, "/", "en"),
        ({"Accept-Language": "fr;q=0, en;q=0"}, "/", "en"),
        ({"Accept-Language": "*;q=0"}, "/", "en"),
        ({}, "/", "fr"),
        ({"Accept-Language": "en"}, "/?lang=fr", "fr"),
        ({"Accept-Language": "fr", "Cookie": "lang=en"}, "/", "en"),
        ({"Accept-Language": "fr", "Cookie": "lang=xx"}, "/?lang=<b>", "fr"),
    ],
)
def test_the_language_is_the_reader_s(
    client: FlaskClient, headers: dict[str, str], address: str, wanted: str
) -> None:
    given = dict(headers)
    if cookie := given.pop("Cookie", ""):
        client.set_cookie(*cookie.split("="))
    answer = client.get(address, headers=given)
    assert f'<html lang="{wanted}">' in answer.get_data(as_text=True)
    assert answer.headers["Content-Language"] == wanted


def test_a_chosen_language_is_kept(client: FlaskClient) -> None:
    client.get("/?lang=en", headers=FRENCH)
    assert '<html lang="en">' in page(client, "/", FRENCH)


@pytest.mark.parametrize(
    ("headers", "path", "is_secure"),
    [
        ({}, "/", False),
        ({"X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/kg"}, "/kg", True),
        ({"X-Forwarded-Prefix": "/kg"}, "/kg", False),
    ],
)
def test_a_chosen_language_is_kept_where_the_pages_are_and_as_safely(
    client: FlaskClient, headers: dict[str, str], path: str, is_secure: bool
) -> None:
    parts = client.get("/?lang=en", headers=headers).headers["Set-Cookie"].split("; ")
    assert f"Path={path}" in parts
    assert ("Secure" in parts) is is_secure


@pytest.mark.parametrize(
    "address",
    ["/page/interpretation/5217c3b6414331ae6aeb9f5723ced7ed", "/page/person/ivanov-razoumnik"],
)
def test_a_source_in_the_language_of_the_corpus_says_so(client: FlaskClient, address: str) -> None:
    html = page(client, address, ENGLISH)
    assert html.count("copies de Wikipédia") == html.count('<span lang="fr">copies de Wikipédia') > 0


def test_pages_load_nothing_from_another_host(client: FlaskClient) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for address in ("/", GIDE, "/page/person/victor-serge", "/ontology"):
        loaded = re.findall(
            r'<(?:script|img|link rel="stylesheet")[^>]*(?:src|href)="([^"]+)"', page(client, address)
        )
        assert all(link.startswith("/static/") for link in loaded)


@pytest.mark.parametrize(
    "argument", ["status", "family", "voice", "thing", "text", "passage", "lang", "view"]
)
def test_an_unknown_filter_is_harmless(client: FlaskClient, argument: str) -> None:
    address = f"{ARTICLE}?{argument}=%3Cscript%3Ealert(1)%3C/script%3E%22'"
    answer = client.get(address, headers={"Accept": "text/html"})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "<article" in answer.text


def test_an_unknown_thing_is_said_plainly(client: FlaskClient) -> None:
    assert "404" in page(client, "/page/person/personne-du-tout", status=404)


def test_french_pages_are_set_by_french_rules(client: FlaskClient) -> None:
    body = re.sub(
        r"<[^>]+>", "", client.get("/page/person/calligaris", headers=FRENCH).get_data(as_text=True)
    )
    assert re.findall(r"\w [;:!?](?= |$)|« ", body) == []


@pytest.mark.parametrize("address", ["/wikidata", "/wikidata/person/victor-serge", "/dumps/", "/feed"])
def test_a_french_colon_has_its_space(client: FlaskClient, address: str) -> None:
    html = page(client, address)
    assert "\u00a0:" in html
    assert re.findall(r"[^\s\u00a0]:\s", re.sub(r"<[^>]+>", "", html)) == []


@pytest.mark.parametrize("address", ["/releases", "/dumps/", "/feed", "/fragments", "/api", "/queries"])
def test_pages_for_harvesters_stand_in_the_same_frame_in_both_languages(
    client: FlaskClient, address: str
) -> None:
    for headers, skip in ((FRENCH, "Aller au contenu"), (ENGLISH, "Skip to the content")):
        answer = client.get(address, headers={"Accept": "text/html", **headers}, follow_redirects=True)
        assert answer.status_code == 200
        assert skip in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("address", "title", "said"),
    [
        ("/nowhere", "Introuvable", "Il n’y a rien à cette adresse."),
        ("/page/person/nobody-at-all", "Introuvable", "Il n’y a rien à cette adresse."),
        ("/api/deported-to.csv?place=%3C%3E", "La requête est fautive", "Ce qui est demandé ne peut être compris."),
    ],
)  # fmt: skip
def test_an_error_is_said_in_the_language_of_the_page(
    client: FlaskClient, address: str, title: str, said: str
) -> None:
    answer = client.get(address, headers={"Accept": "text/html", **FRENCH})
    html = words(answer.get_data(as_text=True)).replace(" ", " ")
    assert 400 <= answer.status_code < 500
    assert title in html
    assert said.split("’")[-1] in html


def test_what_http_says_of_any_error_is_not_repeated_in_english(client: FlaskClient) -> None:
    html = page(client, "/nowhere", FRENCH, status=404)
    assert "check your spelling" not in html


def test_the_text_as_received_may_break_its_lines_and_keeps_its_characters(client: FlaskClient) -> None:
    html = page(client, "/page/letter/lettre-a-andre-gide?text=received")
    article = html[html.index("<article") : html.index("</article>")]
    assert "\u00a0<wbr>" in article
    assert not re.search("\u00a0(?!<wbr>)", re.sub(r"<(?!wbr)[^>]*>", "", article))


def test_a_french_preposition_and_article_are_made_one(client: FlaskClient) -> None:
    assert "est membre du Parti communiste russe" in words(page(client, "/compare/person/victor-serge"))
    assert "is a member of the Russian Communist Party" in words(
        page(client, "/compare/person/victor-serge", ENGLISH)
    )


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("person/victor-serge", "a subi une déportation à Orenbourg"),
        ("person/solntsev", "a subi une déportation en Sibérie occidentale"),
        ("letter/lettre-a-magdeleine-paz", "traite d’Anita Roussakova"),
        ("law/lois-speciales-sur-la-peine-de-mort", "prévoient la peine de mort"),
    ],
)
def test_french_prepositions_suit_the_name_that_follows(client: FlaskClient, subject: str, said: str) -> None:
    assert said in words(page(client, f"/page/{subject}?view=statements", FRENCH))


@pytest.mark.parametrize(
    ("headers", "said"), [(FRENCH, "a eu lieu sur la Vistule"), (ENGLISH, "took place on the Vistula")]
)
def test_a_place_has_its_own_preposition_in_either_language(
    client: FlaskClient, headers: dict[str, str], said: str
) -> None:
    assert said in words(page(client, "/page/place/vistule?view=statements", headers))


@pytest.mark.slow
@pytest.mark.parametrize(("headers", "colon"), [(FRENCH, "\u00a0: "), (ENGLISH, ": ")])
def test_an_event_that_the_property_tells_of_stands_behind_a_colon(
    client: FlaskClient, store: LocalStore, headers: dict[str, str], colon: str
) -> None:
    rows = store.select(
        "SELECT ?is_event (SAMPLE(?s) AS ?statement) { ?s a skg:Statement ; rdf:predicate ?p ; rdf:object ?o "
        "OPTIONAL { ?s skg:describesEvent ?event } BIND(COALESCE(?event = ?o, false) AS ?is_event) "
        "} GROUP BY ?p ?is_event"
    )
    assert {str(row["is_event"]) for row in rows} == {"true", "false"}
    for row in rows:
        html = page(client, "/page/" + str(row["statement"]).partition("/id/")[2], headers)
        heading = re.search(r'<h1 class="statement-title".*?</h1>', html, re.DOTALL)
        assert heading
        joint = re.search(r'class="predicate".*?(d’)?</a>([^<]*)', heading[0])
        assert joint
        between = "" if joint[1] else " "
        assert joint[2] == (colon if str(row["is_event"]) == "true" else between), heading[0]


@pytest.mark.parametrize(
    ("subject", "headers", "said"),
    [
        ("item/travaux-ebauches-de-victor-serge", ENGLISH, "drafts are held at the Moscow censorship"),
        (
            "item/travaux-ebauches-de-victor-serge",
            FRENCH,
            "font l’objet d’une rétention à la censure de Moscou",
        ),
        ("group/redaction-de-l-article", ENGLISH, "the editors of the article (“we”) claim"),
        ("group/redaction-de-l-article", FRENCH, "la rédaction de l’article (« nous ») affirme"),
        ("group/camarades-italiens", FRENCH, "sont membres de ceux qui sont coincés entre deux répressions"),
        ("person/victor-serge", ENGLISH, "Victor Serge is a friend of Magdeleine Paz"),
    ],
)
def test_a_property_agrees_in_number_with_its_subject_in_each_language(
    client: FlaskClient, subject: str, headers: dict[str, str], said: str
) -> None:
    assert said in words(page(client, f"/page/{subject}", headers))


def test_a_life_line_and_a_network_tell_of_events_in_sentences(client: FlaskClient) -> None:
    html = page(client, "/page/person/solntsev", ENGLISH)
    assert "Solntsev died: Solntsev’s death" in words(html)
    assert "<title>Solntsev was released: Solntsev’s release</title>" in html
    assert "Solntsev was deported to Western Siberia" in words(html)


@pytest.mark.parametrize(
    ("headers", "certainty", "said"),
    [
        (FRENCH, "certain", "contredit ailleurs"),
        (ENGLISH, "certain", "contradicted elsewhere"),
        (FRENCH, "possible", "peut-être contredit ailleurs"),
        (ENGLISH, "possible", "perhaps contradicted elsewhere"),
    ],
)
def test_a_contradiction_is_told_as_surely_as_its_interpretation_holds_it(
    client: FlaskClient, store: LocalStore, headers: dict[str, str], certainty: str, said: str
) -> None:
    joined = "^rdf:subject|^rdf:object [ rdf:predicate skg:conflictsWith ; skg:certainty"
    surer = "" if certainty == "certain" else f"FILTER NOT EXISTS {{ ?s {joined} skg:certain ] }}"
    views = statements(store, f"{joined} skg:{certainty} ] {surer}")
    assert views
    for view in views:
        html = page(client, "/page/" + str(view.document).partition("/id/")[2], headers)
        line = re.search(rf'<li id="s-{view.digest}">.*?</li>', html, re.DOTALL)
        assert line
        assert re.findall(r'class="conflict"[^>]*>(.*?)<', line[0]) == [said]


def test_an_interpretation_names_the_statements_it_joins_in_few_letters(
    client: FlaskClient, store: LocalStore
) -> None:
    row = store.select(
        "SELECT ?i ?s { ?i a skg:Interpretation ; rdf:predicate skg:conflictsWith ; rdf:subject ?s }"
    )[0]
    html = page(client, "/page/" + str(row["i"]).partition("/id/")[2])
    heading = re.search(r"<h1.*?</h1>", html, re.DOTALL)
    assert heading
    assert f"énoncé {str(row['s']).rpartition('/')[2][:8]} contredit" in words(heading[0])


@pytest.mark.slow
def test_what_is_wide_is_told_apart_on_a_narrow_screen(client: FlaskClient) -> None:
    """Names that found room are drawn a second time; cells bear the words of their columns."""
    for address in ("/map", "/network"):
        html = page(client, address)
        places = re.findall(r'<a class="[^"]*" href="[^"]*" aria-label="[^"]+"><circle', html)
        small = re.findall(r'<text class="small" font-size="[\d.]+" x="[\d.]+" y="[\d.]+">', html)
        assert 5 < len(small) <= len(places)
    assert 'data-text="aucun élément connu ici"' in page(client, "/wikidata")
    assert 'data-text="octets"' in page(client, "/dumps/")


def test_a_refused_item_stands_below_with_its_name_and_not_under_the_name_of_the_thing(
    client: FlaskClient,
) -> None:
    html = page(client, "/page/person/calligaris")
    head, _, below = html.partition('id="interpretations"')
    assert "Q3956048" not in head
    refused = next(item for item in re.findall(r"<li>.*?</li>", below, re.DOTALL) if "Q3956048" in item)
    assert words(refused).startswith("rejeté")
    assert "est la même chose que Sergio Calligaris" in words(refused)


def test_the_contributor_s_page_says_dates_in_words(client: FlaskClient) -> None:
    notes = re.findall(r'<p role="note">(.*?)</p>', page(client, "/wikidata/person/victor-serge"))
    assert any("jusqu’en 1928 environ" in note for note in notes)
    assert not any(
        re.search(r"\d~|\.\./|P\d", note.replace("P1480", "").replace("P551", "")) for note in notes
    )


@pytest.mark.parametrize(
    ("voice", "said"),
    [("group/bruits-sur-calligaris", "par la voix des"), ("tendency/centrisme", "par la voix du")],
)
def test_the_voice_of_several_is_said_with_its_article(
    client: FlaskClient, store: LocalStore, voice: str, said: str
) -> None:
    (row, *_) = store.select(
        f"SELECT DISTINCT ?s {{ [ skg:voice <https://w3id.org/sergekg/id/{voice}> ; rdf:subject ?s ] FILTER(CONTAINS(STR(?s), '/id/')) }}"
    )
    html = words(page(client, "/page/" + str(row["s"]).partition("/id/")[2]))
    assert said in html
    assert not re.search(r"par la voix de les?\b", html)


@pytest.mark.parametrize(("headers", "said"), [(FRENCH, "de la liste"), (ENGLISH, "in the list")])
def test_the_list_of_a_concept_is_said_in_words(
    client: FlaskClient, headers: dict[str, str], said: str
) -> None:
    html = words(page(client, "/page/penalty-kind/prison", headers))
    assert "inScheme" not in html
    assert said in html


def test_answers_of_stored_queries_say_lengths_and_numbers_as_their_reader_does(client: FlaskClient) -> None:
    lengths = page(client, "/queries/lengths")
    assert 'title="P5Y">5 ans<' in lengths
    assert ">P5Y<" not in lengths
    assert 'title="P5Y">5 years<' in page(client, "/queries/lengths", ENGLISH)
    assert re.search(r">\d+,\d+<", page(client, "/queries/places"))
    assert not re.search(r'class="literal">\d+\.\d+<', page(client, "/queries/places"))

"""Names are found in any spelling, words wherever they stand."""

import re
import time

import pytest
from faces import ENGLISH, page, words
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from sergekg.model.text import Reading, Span
from sergekg.release import Release
from sergekg.store.local import LocalStore
from sergekg.web.asked import words_of
from sergekg.web.search import Names, find_otherwise, find_words, fold, skeleton
from sergekg.web.texts import Text, all_texts
from sergekg.web.together import MARKS, find_together
from sergekg.web.word_places import find_places


@pytest.fixture(scope="module")
def names(store: LocalStore) -> Names:
    return Names.load(store)


@pytest.mark.parametrize(
    ("words", "thing"),
    [
        ("Soukhanov", "person/soukhanov"),
        ("Sukhanov", "person/soukhanov"),
        ("Суханов", "person/soukhanov"),
        ("soukanoff", "person/soukhanov"),
        ("Roussakova", "person/anita-roussakova"),
        ("Rusakowa Anita", "person/anita-roussakova"),
        ("andre gide", "person/andre-gide"),
        ("gidde", "person/andre-gide"),
        ("Solntzev", "person/solntsev"),
        ("Novomirsky", "person/novomirski"),
        ("ленин", "person/lenine"),
        ("VICTOR SERGE", "person/victor-serge"),
        ("viktor serj", "person/victor-serge"),
    ],
)
def test_a_name_is_found_in_any_spelling(names: Names, words: str, thing: str) -> None:
    found = [hit.thing.partition("/id/")[2] for hit in names.find(words)]
    assert thing in found[:3]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("M. Paz", "person/magdeleine-paz"),
        ("V. Serge", "person/victor-serge"),
        ("A. Roussakova", "person/anita-roussakova"),
        ("épouse de Serge", "person/epouse-de-victor-serge"),
        ("suicide rumeur", "event/suicide-de-vladimir-piast"),
    ],
)
def test_words_that_begin_those_of_a_name_find_it(names: Names, words: str, first: str) -> None:
    assert names.find(words)[0].thing.endswith(first)


@pytest.mark.parametrize("words", ["la R.P.", "la RP", "la R. P."])
def test_an_abbreviation_among_words_is_a_whole_word_of_a_name(
    client: FlaskClient, names: Names, words: str
) -> None:
    (hit,) = names.find(words)
    assert hit.is_named
    assert hit.thing.endswith("/la-revolution-proletarienne")
    answer = client.get("/search", query_string={"q": words, "go": "1"})
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/la-revolution-proletarienne")


def test_letters_and_small_words_find_no_name_by_words_apart(names: Names) -> None:
    assert names.find("- a") == []
    assert not [hit for hit in names.find("m p") if hit.is_named]
    assert len(names.find("les U.R.S.S.")) == 2
    assert [hit.form for hit in names.find("population d’URSS") if hit.is_named] == [
        "la population d’U.R.S.S."
    ]


@pytest.mark.parametrize("words", ["V. Lénine", "I. Lénine", "V. I. Lénine"])
def test_initials_of_a_name_that_has_them_find_it(words: str) -> None:
    (hit,) = Names([("lenine", "V. I. Lénine"), ("other", "Victor Serge")]).find(words)
    assert (hit.thing, hit.is_named) == ("lenine", True)


@pytest.mark.slow
def test_several_words_over_many_names_take_little_longer_than_one() -> None:
    many = Names([(f"thing{n}", f"Vic{n} tor{n} Ser{n} ge") for n in range(70_000)] + [("s", "Victor Serge")])

    def took(words: str) -> float:
        start = time.process_time()
        assert many.find(words)
        return time.process_time() - start

    assert min(took("Serge Victor") for _ in range(3)) < 5 * min(took("Serge") for _ in range(3))


@pytest.mark.parametrize("words", ["", " ", ".*", "🙂", "((((", "\\", "xyzzyx qwrtp"])
def test_what_is_no_name_finds_nothing(names: Names, words: str) -> None:
    assert names.find(words) == []


@given(st.text(max_size=300))
def test_any_text_can_be_searched(words: str) -> None:
    Names([("a", "André Gide"), ("b", "Анита Русакова")]).find(words)


@pytest.mark.parametrize("forms", [("Soukhanov", "Sukhanov", "Суханов"), ("Chernov", "Tchernov", "Чернов"),
                                   ("Joukov", "Zhukov", "Жуков"), ("Yagoda", "Iagoda", "Ягода"), ("Wjatka", "Viatka", "Вятка"), ("Pjast", "Piast"), ("Menjinski", "Менжинский")])  # fmt: skip
def test_transliterations_of_a_name_have_one_skeleton(forms: tuple[str, ...]) -> None:
    assert len({skeleton(form) for form in forms}) == 1


@given(st.text(alphabet="àéèêëïîôùûüçœæÀÉÈÇŒ abcXYZ"))
def test_folding_leaves_plain_lower_case_letters(text: str) -> None:
    assert set(fold(text)) <= set("abcdefghijklmnopqrstuvwxyz ")


def test_words_are_found_without_their_accents_and_lead_to_their_place(release: Release) -> None:
    found = find_words(all_texts(release), "ECRIVAINS")
    assert found
    for occurrence in found:
        assert occurrence.words == "écrivains"
        assert occurrence.text.read(occurrence.span) == "écrivains"


def test_what_stands_around_words_is_cut_between_words(release: Release) -> None:
    texts = all_texts(release)
    for found in find_words(texts, "le", limit=3000):
        reading = found.text.reading.text
        at = found.text.reading.reading_span(found.span)
        start, end = at.start - len(found.before), at.end + len(found.after)
        if reading[start:end] != found.before + found.words + found.after:
            continue  # the file has a line end in it, or a hyphen less
        assert not reading[max(0, start - 1) : start + 1].isalnum() or start in (0, at.start)
        assert not reading[end - 1 : end + 1].isalnum() or end in (len(reading), at.end)


@pytest.mark.parametrize("asked", ["URSS", "U.R.S.S.", "U. R. S. S.", "u.r.s.s", "urss", "l'URSS"])
def test_an_abbreviation_is_found_with_its_full_stops_or_without(release: Release, asked: str) -> None:
    found = find_words(all_texts(release), asked, limit=1000)
    assert {o.words.replace("\u00a0", " ").removeprefix("l'").removeprefix("l’") for o in found} >= {
        "U.R.S.S.",
        "U. R. S. S.",
    }
    for occurrence in found:
        assert occurrence.text.received(occurrence.span).endswith("S.")


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("RP", {"R.P."}),
        ("SDN", {"S.D.N."}),
        ("LE", {"le", "Le"}),
        ("NTS", set()),
        ("LENIN", {"Lénin", "Lenin"}),
    ],
)
def test_capitals_are_not_found_within_a_word(release: Release, asked: str, written: set[str]) -> None:
    assert {occurrence.words for occurrence in find_words(all_texts(release), asked, limit=1000)} == written
    assert len(find_words(all_texts(release), asked.lower(), limit=1000)) >= len(written)


@pytest.mark.parametrize(
    ("asked", "thing"),
    [
        ("URSS", "place/urss"),
        ("SDN", "organisation/societe-des-nations"),
        ("Liouba", "person/epouse-de-victor-serge"),
        ("Luigi", "person/calligaris"),
        ("Goldendach", "person/riazanov"),
    ],
)
def test_abbreviations_and_identifications_are_names(names: Names, asked: str, thing: str) -> None:
    hits = [hit for hit in names.find(asked) if hit.is_named]
    assert thing in [hit.thing.partition("/id/")[2] for hit in hits]


def test_a_name_by_interpretation_is_never_told_as_what_the_texts_write(
    client: FlaskClient, release: Release, names: Names
) -> None:
    hits = names.find("Liouba")
    assert hits[0].is_interpreted
    assert find_otherwise(all_texts(release), hits, names) == []
    html = words(page(client, "/search?q=Liouba"))
    assert "Liouba Roussakova (hors des textes)" in html
    assert "autrement" not in html


def test_an_identification_that_was_refused_is_no_name() -> None:
    class Rows:
        def select(self, query: str) -> list[dict[str, str]]:
            assert "skg:rejected" in query or "skg:identifiedAs" not in query
            return []

    assert Names.load(Rows()).forms == []  # type: ignore[arg-type]


@pytest.mark.parametrize("asked", ["Souvarine", "Barbusse", "Ehrenbourg", "Guide"])
def test_what_is_only_like_a_name_is_asked_back_and_not_told(client: FlaskClient, asked: str) -> None:
    html = page(client, f"/search?q={asked}")
    assert "Ils l’écrivent autrement" not in words(html)
    assert "Vouliez-vous dire" in words(html)
    assert "Did you mean" in words(page(client, f"/search?q={asked}", ENGLISH))


def test_words_across_a_line_end_of_the_file_are_found(release: Release) -> None:
    found = find_words(all_texts(release), "la defense de la culture")
    assert any("\n" in occurrence.text.received(occurrence.span) for occurrence in found)


def test_a_ligature_is_found_by_its_letters(release: Release) -> None:
    assert {occurrence.words.lower() for occurrence in find_words(all_texts(release), "oeuvre")} == {"œuvre"}


@pytest.mark.parametrize(
    ("asked", "thing", "written"),
    [
        ("Sukhanov", "person/soukhanov", {"Soukhanov"}),
        ("Суханов", "person/soukhanov", {"Soukhanov"}),
        ("Vyatka", "place/viatka", {"Viatka"}),
        ("Moscow", "place/moscou", {"Moscou"}),
    ],
)
def test_what_the_texts_write_otherwise_is_found_by_their_own_form(
    release: Release, names: Names, asked: str, thing: str, written: set[str]
) -> None:
    texts = all_texts(release)
    assert find_words(texts, asked) == []
    found = find_otherwise(texts, names.find(asked), names)
    assert {occurrence.words for occurrence in found} == written
    assert {occurrence.thing.partition("/id/")[2] for occurrence in found} == {thing}


def test_a_form_inside_another_word_or_another_form_does_not_count(release: Release) -> None:
    names = Names([("x", "Serge"), ("x", "Victor Serge"), ("x", "on"), ("x", "Xerge")])
    found = find_otherwise(all_texts(release), names.find("Xerge"), names, limit=1000)
    for occurrence in found:
        assert not occurrence.before.endswith(("Victor ", "i", "s"))
        assert not occurrence.after[:1].isalnum()
    spans = [(occurrence.text.slug, occurrence.span) for occurrence in found]
    assert len(spans) == len(set(spans))


def test_a_passage_that_names_a_thing_in_several_ways_stands_once(release: Release, names: Names) -> None:
    texts = all_texts(release)
    found = find_otherwise(texts, names.find("rusak"), names)
    assert [occurrence.words for occurrence in found] == ["Anita Rousakova"]
    assert "ma belle-sœur" in found[0].before


def test_the_page_says_that_the_texts_write_it_otherwise(client: FlaskClient) -> None:
    html = page(client, "/search?q=Sukhanov")
    assert "Les textes n’ont pas ces mots" in words(html)
    assert "Ils l’écrivent autrement" in words(html)
    assert "<mark>Soukhanov</mark>" in html
    assert "autrement" not in words(page(client, "/search?q=Soukhanov"))
    assert "autrement" not in words(page(client, "/search?q=xyzzyx"))


@pytest.mark.parametrize(
    ("asked", "marked"),
    [
        ("calligaris otage", {"Calligaris", "otage"}),
        ("Kirov hécatombes", {"Kirov", "hécatombes"}),
        ("manuscrits Moscou", {"manuscrits", "Moscou"}),
        ("déportée Viatka", {"déportée", "Viatka"}),
        ("« Viatka », deporte", {"déportée", "Viatka"}),
    ],
)
def test_words_of_one_sentence_are_found_in_any_order(
    client: FlaskClient, release: Release, asked: str, marked: set[str]
) -> None:
    texts = all_texts(release)
    assert find_words(texts, asked) == []
    found = find_together(texts, asked)
    assert marked in [{words for words, is_asked in one.pieces if is_asked} for one in found]
    for one in found:
        shown = "".join(words for words, _ in one.pieces)
        assert all(part in one.text.read(one.span) for part in shown.replace(" …", "… ").split("… "))
    html = page(client, f"/search?q={asked}")
    assert "ces phrases les ont tous" in words(html)
    assert "Les textes n’ont pas ces mots." not in words(html)
    assert all(f"<mark>{word}</mark>" in html for word in marked)


@pytest.mark.parametrize("asked", ["l Viatka", "V. Viatka", "", "»", "le la", "Viatka xyzzyx", "Vi dep"])
def test_no_word_or_an_initial_or_a_missing_one_is_in_no_sentence_together(
    release: Release, asked: str
) -> None:
    assert find_together(all_texts(release), asked) == []


def shown(client: FlaskClient, asked: str) -> list[str]:
    """What is marked of each place that the page shows, with « | » between words apart."""
    items = re.findall(r"<li><a [^>]*passage=.*?</a>", page(client, f"/search?q={asked}"))
    return ["|".join(words(mark) for mark in re.findall(r"<mark>.*?</mark>", item)) for item in items]


@pytest.mark.parametrize(
    ("asked", "marked"),
    [
        ("le suicide", ["suicide", "suicider"]),
        (
            "le Parti communiste russe",
            ["Parti communiste russe", "Parti russe", "parti de Lénine", "parti de Lénine"],
        ),
        ("la classe ouvrière (en U.R.S.S.)", ["la classe ouvrière"] * 3 + ["La classe ouvrière"]),
        ("population d’URSS", ["la population", "la population"]),
    ],
)
def test_where_a_thing_of_that_name_is_written_otherwise_comes_before_sentences(
    client: FlaskClient, asked: str, marked: list[str]
) -> None:
    assert shown(client, asked)[: len(marked)] == marked


@pytest.mark.slow
def test_no_name_loses_the_places_where_it_is_written_otherwise(release: Release, names: Names) -> None:
    texts = all_texts(release)
    for form in {form for _, form in names.forms}:
        hits = names.find(form)
        places = find_places(texts, form, hits, names)
        if not places.occurrences:
            assert list(places.otherwise) == find_otherwise(texts, hits, names)
            assert not [
                (one, other)
                for one in places.together
                for other in places.otherwise
                if one.text is other.text and one.span.overlaps(other.span)
            ]


def test_small_words_alone_name_nobody(client: FlaskClient) -> None:
    assert shown(client, "of the") == []


def test_sentences_that_have_the_words_side_by_side_come_first(release: Release) -> None:
    found = find_together(all_texts(release), "au Parti communiste russe")
    assert [words for words, is_asked in found[0].pieces if is_asked] == ["Parti", "communiste", "russe"]
    assert len(found) > 1


@pytest.mark.parametrize(
    "asked", ["la l’otage de Calligaris", "the otage of Calligaris", "l'otage à Calligaris"]
)
def test_articles_and_the_like_are_no_words_that_a_sentence_must_have(
    client: FlaskClient, release: Release, asked: str
) -> None:
    plain = find_together(all_texts(release), "otage Calligaris")
    assert plain
    assert find_together(all_texts(release), asked) == plain
    assert "ces phrases les ont tous, petits mots (le, de, the) à part." in words(
        page(client, f"/search?q={asked}")
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("otage zzz", "The texts do not have zzz."),
        ("zzz otage of yyy Moscou", "The texts do not have zzz, yyy."),
        ("hunger strike", "The texts do not have these words."),
        ("the Soviet Union", "The texts do not have "),
        ("Viatka hécatombes", "The texts have these words in no sentence together."),
        ("M. Paz", "The texts do not have these words one after the other. They write it otherwise:"),
        ("xyzzyx", "The texts do not have these words."),
        ("Z prison", "The texts do not have Z."),
        ("Q. Z.", "The texts do not have these words."),
    ],
)
def test_words_that_the_texts_lack_are_named(client: FlaskClient, asked: str, said: str) -> None:
    assert said in words(page(client, f"/search?q={asked}", ENGLISH))


@pytest.mark.parametrize(
    ("asked", "read"),
    [("demisiècle", "demi-siècle"), ("sembletil", "semble-t-il"), ("DEMISIECLE", "demi-siècle")],
)
def test_words_as_received_find_their_place_in_the_reading(release: Release, asked: str, read: str) -> None:
    found = find_words(all_texts(release), asked)
    assert [one.words for one in found] == [read]
    assert fold(asked) in fold(found[0].text.received(found[0].span).replace("-\n", ""))


def test_words_of_no_one_sentence_are_told_as_such(client: FlaskClient) -> None:
    html = words(page(client, "/search?q=Viatka hécatombes"))
    assert "Les textes n’ont ces mots ensemble dans aucune phrase" in html
    assert "The texts have these words in no sentence together" in words(
        page(client, "/search?q=Viatka hécatombes", ENGLISH)
    )


@pytest.mark.parametrize("quoted", ['"{}"', "« {} »", "«\u00a0{}\u00a0»", "“{}”", "„{}“", "‘{}’", "'{}'"])
def test_quotation_marks_around_words_do_not_count(release: Release, names: Names, quoted: str) -> None:
    texts = all_texts(release)
    plain = find_words(texts, "grève de la faim")
    assert len(plain) >= 2
    assert find_words(texts, quoted.format("grève de la faim")) == plain
    assert names.find(quoted.format("Victor Serge")) == names.find("Victor Serge")


def test_quotation_marks_that_the_texts_have_count(release: Release) -> None:
    reading = next(text.reading.text for text in all_texts(release) if "«" in text.reading.text)
    at = reading.index("«")
    copied = reading[at : at + 20]
    assert [one.words for one in find_words(all_texts(release), copied)] == [copied]


@given(st.text(max_size=400))
def test_any_text_has_words_to_look_for(asked: str) -> None:
    assert all(len(word) > 1 for word in words_of(asked))


def test_a_long_sentence_is_searched_in_little_time_and_shown_in_part() -> None:
    source = "le la les de des du otage Moscou serge deported " * 5_000
    span, reading = Span(0, len(source)), Reading(source, 0, [])
    text = Text(
        "t", "letter/t", {}, "fr", "t", "long", span, reading, source, [("paragraph", span)], [], 1.0, []
    )  # fmt: skip
    asked = " ".join(word[:n] for word in source.split()[:10] for n in range(2, len(word) + 1) if n != 3)
    find_together([text], "moscou otage")  # folds it, once
    start = time.process_time()
    assert find_together([text], asked * 3) == []  # of few letters only whole words
    (found,) = find_together([text], "deporte moscou otage le otag")
    assert time.process_time() - start < 5
    assert "".join(words for words, _ in found.pieces).endswith("…")
    assert sum(len(words) for words, _ in found.pieces) < 1000
    assert sum(is_asked for _, is_asked in found.pieces) == 3 * MARKS  # none of « le »

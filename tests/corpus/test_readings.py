"""The readings of the three texts say no more than the words do, where a slip was easy to make."""

from __future__ import annotations

import re

import pytest

from sergekg.store.local import LocalStore

ONCE = ("wasArrested", "wasReleased", "wasSentencedTo", "wasDeported", "wasDeportedTo", "died", "leftCountry")


def test_what_happens_once_is_not_dated_as_a_state_that_lasts(store: LocalStore) -> None:
    """`../1936-05` lasts until May 1936; what happened by then is `[..1936-05]`."""
    predicates = " ".join(f"skg:{name}" for name in ONCE)
    dates = store.select(
        f"SELECT ?date WHERE {{ VALUES ?predicate {{ {predicates} }}"
        " ?s rdf:predicate ?predicate ; skg:date ?date }"
    )
    assert dates
    assert [str(row["date"]) for row in dates if ".." in str(row["date"]).strip("[]").split("/")] == []


@pytest.mark.parametrize(
    ("subject", "predicate", "why"),
    [
        ("person/victor-serge", "wasUnderInvestigation", "« interrogé … sans inculpation précise »"),
        ("organisation/parti-communiste-russe", "claimsThat", "« n’a jamais conçu » is said by Serge"),
    ],
)
def test_no_text_asserts(store: LocalStore, subject: str, predicate: str, why: str) -> None:
    rows = store.select(
        f"SELECT ?s WHERE {{ ?s rdf:subject <https://w3id.org/sergekg/id/{subject}> ;"
        f" rdf:predicate skg:{predicate} ; skg:status skg:asserted }}"
    )
    assert list(rows) == [], why


def test_a_cause_is_quoted_with_the_word_that_makes_it_one(store: LocalStore) -> None:
    rows = store.select(
        "SELECT ?quote WHERE { ?s rdf:predicate skg:causedBy ; skg:quote ?quote ;"
        " rdf:subject <https://w3id.org/sergekg/id/event/seconde-arrestation-d-anita-roussakova> }"
    )
    assert [str(row["quote"]).partition(",")[0] for row in rows] == ["Mais comme"]


def test_the_conception_of_a_party_is_not_in_the_voice_of_serge(store: LocalStore) -> None:
    rows = store.select(
        "SELECT ?status ?voice WHERE { ?s rdf:predicate skg:isDescribedAs ; skg:status ?status ; skg:voice ?voice ;"
        ' rdf:object "une démocratie des travailleurs"@fr }'
    )
    assert [
        (str(row["status"]).rpartition("#")[2], str(row["voice"]).rpartition("/")[2]) for row in rows
    ] == [("reported", "parti-communiste-russe")]


def test_who_is_prevented_is_prevented_from_doing_something(store: LocalStore) -> None:
    """« s’est vu empêcher de » wants a verb, and so does “was prevented from”."""
    rows = store.select(
        "SELECT DISTINCT ?name WHERE { ?s rdf:predicate skg:wasPreventedFrom ; rdf:object/skos:prefLabel ?name }"
    )
    first = {(row["name"].language, str(row["name"]).split()[0]) for row in rows}
    assert first
    wrong = {
        (language, word)
        for language, word in first
        if not word.endswith(("er", "ir", "re") if language == "fr" else "ing")
    }
    assert wrong == set()


def test_no_english_name_makes_for_to_or_from_to(store: LocalStore) -> None:
    rows = store.select(
        "SELECT DISTINCT ?name WHERE { VALUES ?predicate { skg:callsFor skg:wasRepressedFor skg:wasPreventedFrom }"
        ' ?s rdf:predicate ?predicate ; rdf:object/skos:prefLabel ?name . FILTER(LANG(?name) = "en") }'
    )
    assert [str(row["name"]) for row in rows if re.match(r"(not )?to ", str(row["name"]))] == []

"""Evidence: what supports an identity, what sinks it, and what is left to a person."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.reconcile.calibration import confidence_of
from sergekg.reconcile.lifedates import DateAgreement, compare_dates, parse_life_date
from sergekg.reconcile.occupations import RoleAgreement, compare_roles
from sergekg.reconcile.profile import Profile
from sergekg.reconcile.ranking import Outcome, rank
from sergekg.reconcile.score import score

PERSON = frozenset({"person"})
ASKED = Profile(
    "person/soukhanov", "Soukhanov", ("Nicolas Soukhanov",), PERSON, ("1882",), ("1940",), ("historien",)
)
FOUND = Profile(
    "Q1",
    "Суханов",
    ("Николай Николаевич Суханов (Гиммер)",),
    PERSON,
    ("1882-12-09",),
    ("1940-06-29",),
    ("экономист",),
)


def outcome(asked: Profile, *found: Profile) -> Outcome:
    return rank(asked, found).outcome


def test_name_and_both_dates_make_a_match_with_every_reason_in_words() -> None:
    result = score(ASKED, FOUND)
    assert result.confidence > 0.99
    assert "both born in 1882" in result.reason
    assert "«Nicolas» translates «Николай»" in result.reason
    assert outcome(ASKED, FOUND) is Outcome.MATCH


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"births": ("1851",)}, "contradiction of births"),
        ({"deaths": ("1882",)}, "contradiction of deaths"),
        ({"types": frozenset({"place"})}, "a place is no person"),
        ({"names": ("Надежда Николаевна Суханова",)}, "a woman is no man"),
        ({"names": ("Александр Васильевич Суханов",)}, "another given name"),
    ],
)
def test_no_agreement_outweighs_a_contradiction(change: dict[str, object], why: str) -> None:
    assert outcome(ASKED, replace(FOUND, **change)) is not Outcome.MATCH, why


def test_a_name_alone_never_makes_a_match() -> None:
    asked = replace(ASKED, births=(), deaths=(), roles=())
    assert outcome(asked, FOUND) is Outcome.REVIEW


def test_a_surname_may_stand_first_and_is_then_left_to_a_person() -> None:
    gide = Profile("Q1", "", ("André Gide",), PERSON, ("1869",), ("1951",))
    asked = replace(gide, id="x", names=("Gide André",))
    assert score(replace(gide, id="x"), gide).total > score(asked, gide).total > 0
    assert (outcome(replace(gide, id="x"), gide), outcome(asked, gide)) == (Outcome.MATCH, Outcome.REVIEW)
    assert "«Gide» is the surname if it stands first" in score(asked, gide).reason
    assert outcome(asked, replace(gide, names=("Paul Gide",))) is Outcome.NIL
    assert outcome(replace(asked, names=("Gide Joseph",)), replace(gide, names=("Gide",))) is Outcome.REVIEW
    assert outcome(replace(asked, names=("Gide Tartempion",)), replace(gide, names=("Gide",))) is Outcome.NIL


def test_a_given_name_that_the_other_lacks_counts_a_little_against_it_and_contradicts_nothing() -> None:
    found = replace(FOUND, names=("Суханов",))
    bare, initial, full = (
        score(replace(ASKED, names=(name,)), found)
        for name in ("Soukhanov", "N. Soukhanov", "Nicolas Soukhanov")
    )
    assert bare.total == initial.total > full.total
    assert "«Nicolas» stands nowhere beside «Суханов»" in full.reason
    assert not full.is_contradicted
    assert outcome(ASKED, found) is Outcome.MATCH
    compound = Profile("Q1", "", ("Ivanov-Razoumnik",), PERSON)
    assert "nowhere" not in score(Profile("x", "", ("Ivanov Razoumnik",), PERSON), compound).reason


def test_a_surname_with_one_year_and_the_role_never_makes_a_match() -> None:
    asked = replace(ASKED, names=("Soukhanov",), deaths=(), roles=("экономист",))
    assert outcome(asked, FOUND) is Outcome.REVIEW


def test_sources_that_disagree_by_two_years_leave_it_to_a_person() -> None:
    assert outcome(ASKED, replace(FOUND, deaths=("1938",))) is Outcome.REVIEW


def test_of_several_dates_that_sources_give_the_one_that_agrees_counts() -> None:
    assert outcome(ASKED, replace(FOUND, deaths=("1937", "1940"))) is Outcome.MATCH


def test_two_whom_nothing_tells_apart_are_a_tie() -> None:
    asked = Profile("x", "Smirnov", ("Smirnov",), PERSON)
    first = Profile("Q1", "", ("Иван Никитич Смирнов",), PERSON, ("1881",))
    second = Profile("Q2", "", ("Владимир Михайлович Смирнов",), PERSON, ("1887",))
    ranking = rank(asked, [first, second])
    assert ranking.outcome is Outcome.TIE
    assert [candidate.profile.id for candidate in ranking.best] == ["Q1", "Q2"]
    assert rank(replace(asked, names=("I. Smirnov",)), [first, second]).outcome is Outcome.REVIEW


def test_a_man_who_was_dead_in_1936_is_not_asked_about_as_living() -> None:
    asked = Profile("x", "Gorbatchev", ("Gorbatchev",), PERSON, living_in=(1936,))
    dead = Profile("Q1", "", ("Горбачёв",), PERSON, deaths=("1921",))
    child = Profile("Q2", "", ("Горбачёв",), PERSON, births=("1931",))
    assert outcome(asked, dead) is Outcome.NIL
    assert outcome(asked, child) is Outcome.NIL
    assert "too late for 1936" in score(asked, child).reason


def test_fame_tells_equal_candidates_apart_and_nothing_else() -> None:
    asked = Profile("x", "Blok", ("Blok",), PERSON)
    famous = Profile("Q1", "", ("Александр Блок",), PERSON, sitelinks=100)
    obscure = Profile("Q2", "", ("Георгий Блок",), PERSON, sitelinks=0)
    assert rank(asked, [obscure, famous]).candidates[0].profile.id == "Q1"
    assert rank(replace(asked, names=("Georges Blok",)), [obscure, famous]).candidates[0].profile.id == "Q2"


def test_places_and_periodicals_are_compared_whole() -> None:
    asked = Profile("place/viatka", "Viatka", ("Viatka",), frozenset({"place"}))
    assert rank(asked, [Profile("Q1", "", ("Вятка",), frozenset({"place"}))]).outcome is Outcome.REVIEW
    review = Profile("p", "", ("La Critique Sociale",), frozenset({"periodical"}))
    assert (
        score(review, Profile("Q1", "", ("La Critique sociale",), frozenset({"periodical"}))).confidence > 0.5
    )
    assert rank(review, [Profile("Q2", "", ("Critique",), frozenset({"periodical"}))]).outcome is Outcome.NIL


@pytest.mark.parametrize(
    ("label", "names"),
    [
        ("Société des Nations (S.D.N.)", {"S.D.N.", "Société des Nations"}),
        ("Союз ССР (СССР)", {"Союз ССР"}),
        ("Союз Советских Социалистических Республик (СССР)", {"СССР"}),
        ("l’ancien régime (l’Empire russe)", {"l’Empire russe", "l’ancien régime"}),
        ("la littérature (en U.R.S.S.)", {"la littérature", "la littérature (en U.R.S.S.)"}),
        ("Jacques Mesnil’s report on Victor Serge (R.P.)", {"Jacques Mesnil’s report on Victor Serge"}),
        ("cinq ans de réclusion (Solntsev)", {"cinq ans de réclusion"}),
        ("la science (ceux qui la font)", {"la science"}),
    ],
)
def test_brackets_of_a_title_are_a_name_only_where_they_name_it(label: str, names: set[str]) -> None:
    found = {name.surname for name in Profile("x", label, (label,), frozenset({"group"})).whole_names}
    assert names <= found
    assert not found & {"en U.R.S.S.", "R.P.", "Solntsev", "ceux qui la font"}


def test_nobody_among_strangers_is_nil() -> None:
    assert outcome(ASKED, Profile("Q1", "", ("Пушкин",), PERSON)) is Outcome.NIL
    assert outcome(ASKED) is Outcome.NIL


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1890", "1890"),
        ("1890-12-30", "1890-12-30"),
        ("1890?", "1890?"),
        ("vers 1890", "1890?"),
        ("1937 ou 1938", "1937/1938?"),
        ("1936-01", "1936"),
        ("1890-00-00", "1890"),
        ("ок. 1890", "1890?"),
        ("?", None),
        ("", None),
    ],
)
def test_dates_are_read_as_tables_write_them(text: str, shown: str | None) -> None:
    date = parse_life_date(text)
    assert (str(date) if date else None) == shown


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        ("1890-12-30", "1890-12-30", DateAgreement.SAME_DAY),
        ("1890", "1890-12-30", DateAgreement.SAME_YEAR),
        ("1890-12-25", "1891-01-06", DateAgreement.SAME_YEAR),  # the Julian calendar
        ("1890", "1891", DateAgreement.NEAR),
        ("1890?", "1893", DateAgreement.NEAR),
        ("1937", "1940", DateAgreement.APART),
        ("1937", "1942", DateAgreement.CONTRADICTION),
        ("1937", "", DateAgreement.ABSENT),
    ],
)
def test_dates_agree_or_not(one: str, other: str, agreement: DateAgreement) -> None:
    assert compare_dates(parse_life_date(one), parse_life_date(other)) is agreement
    assert compare_dates(parse_life_date(other), parse_life_date(one)) is agreement


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        ("économiste menchevik", "экономист", RoleAgreement.RELATED),
        ("poète symboliste", "écrivain", RoleAgreement.RELATED),
        ("footballeur", "révolutionnaire russe", RoleAgreement.DIFFERENT),
        ("peintre", "peintre français", RoleAgreement.SAME),
        ("", "peintre", RoleAgreement.ABSENT),
    ],
)
def test_roles_agree_across_languages(one: str, other: str, agreement: RoleAgreement) -> None:
    assert compare_roles(one, other) is agreement


@given(text=st.text(max_size=30))
def test_any_text_is_a_date_or_none(text: str) -> None:
    date = parse_life_date(text)
    assert date is None or date.first <= date.last


@given(one=st.floats(-50, 50), other=st.floats(-50, 50))
def test_more_evidence_never_gives_less_confidence(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0.0 <= confidence_of(low) <= confidence_of(high) <= 1.0

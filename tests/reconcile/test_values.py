"""Values of properties: when two count as one, and who has those that a query without a name asks for."""

import pytest

from sergekg.reconcile.facts import Catalogue, Value, folded
from sergekg.reconcile.index import EntityIndex
from sergekg.reconcile.ours import OurEntity
from sergekg.reconcile.profile import Profile
from sergekg.reconcile.queries import Condition, Query
from sergekg.reconcile.service import match

MANY = 600


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("La guerre de 1914", "la guerre de 1914", True),
        ("La guerre de 1914", "la guerre de 1870", False),
        ("Война 1914", "война 1914", True),
        ("Война 1914", "Революция 1914", False),
        ("Война 1914", "1914", False),
        ("Zürich Война", "Zürich", False),
        ("Сухано\u0301в", "Суханов", True),
        ("1914 – 1918", "1914-1918", True),
        ("—", "…", False),
    ],
)
def test_values_are_compared_by_their_letters_in_any_script_and_digits(
    one: str, other: str, is_one: bool
) -> None:
    assert (folded(one) == folded(other)) is is_one


@pytest.fixture(scope="module")
def crowd() -> Catalogue:
    """Many persons and one work, the last by its key, that all stem from Paris; the work from Kiev too."""
    keys = [*(f"person/p{number:03}" for number in range(MANY)), "work/w"]
    entities = [
        OurEntity(
            key,
            f"https://e.example/{key}",
            Profile(key, key, (key,)),
            {"fr": key},
            {},
            classes=frozenset({"Work" if key == "work/w" else "Person"}),
        )
        for key in keys
    ]
    facts = {key: {"stemsFrom": [Value("Paris")]} for key in keys}
    facts["work/w"]["stemsFrom"].append(Value("Kiev"))
    return Catalogue(EntityIndex(entities), {}, {}, facts)


def found(catalogue: Catalogue, *conditions: Condition, **more: object) -> list[str]:
    query = Query(Profile("", "", ()), conditions=conditions, is_nameless=True, **more)  # type: ignore[arg-type]
    return [candidate["id"] for candidate in match(catalogue, query, "fr")]


FROM_PARIS = Condition("stemsFrom", ("Paris",))


def test_who_fits_is_found_among_all_who_have_a_value(crowd: Catalogue) -> None:
    assert found(crowd, FROM_PARIS, classes=frozenset({"Work"}), is_strict=True) == ["work/w"]
    assert found(crowd, FROM_PARIS, Condition("stemsFrom", ("Kiev",), is_required=True)) == ["work/w"]
    assert found(crowd, FROM_PARIS, Condition("stemsFrom", ("Paris", "Kiev"), "all", True)) == ["work/w"]


def test_a_query_for_who_has_no_such_value_is_answered_by_the_others(crowd: Catalogue) -> None:
    no_kiev, no_paris = (Condition("stemsFrom", (place,), "none", True) for place in ("Kiev", "Paris"))
    assert found(crowd, no_kiev, limit=2) == ["person/p000", "person/p001"]
    assert found(crowd, no_kiev, classes=frozenset({"Work"}), is_strict=True) == []
    assert found(crowd, no_paris) == []

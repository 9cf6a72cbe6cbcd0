"""What was probably meant is guessed only where something is really near."""

import pytest

from sergekg.model.signature import nearest

KEYS = ["group/on", "person/paul", "person/magdeleine-paz", "concept/maladie", "letter/lettre-a-jeanne"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("person/pual", "person/paul"),
        ("paz", "person/magdeleine-paz"),
        ("place/paul", "person/paul"),
        ("group/onn", "group/on"),
        ("letter/jeanne", "letter/lettre-a-jeanne"),
        ("nobody", None),
        ("person/marie", None),
        ("o", None),
        ("", None),
    ],
)
def test_only_what_is_near_is_guessed(name: str, meant: str | None) -> None:
    assert nearest(name, KEYS) == meant


def test_what_is_only_a_part_does_not_hide_what_is_near() -> None:
    assert nearest("place/lion", ["place/on", "place/lyon"]) == "place/lyon"
    assert nearest("place/lion", ["place/on", "person/lyon"]) == "person/lyon"
    assert nearest("place/lion", ["place/on"]) is None

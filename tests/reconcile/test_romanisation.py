"""Latin writings of Cyrillic names: those of the press, of other systems, and those that are of another name."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sergekg.reconcile.likeness import compare_surnames
from sergekg.reconcile.romanisation import fold_cyrillic, fold_latin, renderings, similarity
from sergekg.reconcile.variants import press_form, press_forms, readings

CYRILLIC = st.text(alphabet="абвгдежзийклмнопрстуфхцчшщыьэюя", min_size=2, max_size=12).filter(
    lambda name: any(letter not in "ьъ" for letter in name)
)

USUAL = [
    ("Soukhanov", "Суханов"),
    ("Sukhanov", "Суханов"),
    ("Suchanow", "Суханов"),
    ("Lélévitch", "Лелевич"),
    ("Lelevich", "Лелевич"),
    ("Dingelstedt", "Дингельштедт"),
    ("Trotzky", "Троцкий"),
    ("Joukoff", "Жуков"),
    ("Tchitchérine", "Чичерин"),
    ("Eichenbaum", "Эйхенбаум"),
    ("Holtzman", "Гольцман"),
    ("Iejov", "Ежов"),
    ("Yagoda", "Ягода"),
    ("Ordjonikidzé", "Орджоникидзе"),
    ("Goumilev", "Гумилёв"),
    ("Kroupskaïa", "Крупская"),
    ("Khrouchtchev", "Хрущев"),
    ("Stcheglovitoff", "Щегловитов"),
    ("IvanovRazoumnik", "Иванов-Разумник"),
]


@pytest.mark.parametrize(("latin", "cyrillic"), USUAL, ids=[latin for latin, _ in USUAL])
def test_a_form_of_the_press_writes_the_name(latin: str, cyrillic: str) -> None:
    assert compare_surnames(latin, cyrillic) >= 0.96


@pytest.mark.parametrize(
    ("misprint", "cyrillic"),
    [("Novomiski", "Новомирский"), ("Sandormirski", "Сандомирский")],
)
def test_a_misprint_is_less_than_right_and_more_than_another_name(misprint: str, cyrillic: str) -> None:
    assert 0.85 <= compare_surnames(misprint, cyrillic) < 0.96


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("Lounine", "Ленин"),
        ("Serov", "Седов"),
        ("Ivankov", "Иванов"),
        ("Radek", "Рудик"),
        ("Gorki", "Горский"),
    ],
)
def test_a_name_that_only_looks_like_another_is_no_writing_of_it(latin: str, cyrillic: str) -> None:
    assert compare_surnames(latin, cyrillic) < 0.9


def test_a_woman_s_name_may_stand_in_the_form_of_the_men_of_her_family() -> None:
    assert 0.9 < compare_surnames("Balabanoff", "Балабанова") < 1.0
    assert compare_surnames("Ivanova", "Иванов") < 0.9


def test_part_of_a_compound_name_is_worth_less_than_the_whole() -> None:
    part, whole = compare_surnames("Ivanov", "Иванов-Разумник"), compare_surnames("Ivanov", "Иванов")
    assert part < whole == 1.0


def test_two_latin_writings_of_one_name_are_alike_and_two_french_names_are_compared_as_they_stand() -> None:
    assert compare_surnames("Soukhanov", "Sukhanov") > 0.9
    assert compare_surnames("Malraux", "Malraux") == 1.0
    assert compare_surnames("Martinet", "Martinez") < 0.9


@given(name=CYRILLIC)
@example(name="щь")  # five Latin letters for one, and one for the sign
@example(name="ящь")
def test_every_generated_form_is_recognised(name: str) -> None:
    assert all(similarity(form, name) >= 0.85 for form in press_forms(name, 4) if form)


@given(latin=st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=20), name=CYRILLIC)
def test_a_similarity_is_between_nothing_and_everything(latin: str, name: str) -> None:
    assert 0.0 <= similarity(latin, name) <= 1.0


@given(latin=st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=16))
def test_readings_are_cyrillic_and_end(latin: str) -> None:
    for reading, cost in readings(latin, 3):
        assert fold_cyrillic(reading) == reading.rstrip("ъ")
        assert cost >= 0


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [("soukhanov", "суханов"), ("trotski", "троцкий"), ("anychev", "анишев"), ("gorbatchev", "горбачев")],
)
def test_the_likeliest_reading_of_a_press_form_is_the_name(latin: str, cyrillic: str) -> None:
    assert readings(latin, 1)[0][0] == cyrillic


def test_the_press_form_is_french() -> None:
    assert press_form("чичерин") == "tchitcherin"
    assert press_form("суханов") in ("soukhanov", "soukhanoff")


@given(text=st.text())
def test_folding_leaves_letters_only_and_folds_once(text: str) -> None:
    folded = fold_latin(text)
    assert folded == fold_latin(folded)
    assert all("a" <= letter <= "z" for letter in folded)


def test_the_table_knows_every_letter_and_no_cost_is_out_of_range() -> None:
    table = renderings()
    assert set("абвгдеёжзийклмнопрстуфхцчшщъыьэюя") <= set(table)
    assert all(0 <= r.cost < 1 for found in table.values() for r in found)

"""Names taken apart, and given names across languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.reconcile.given_names import Agreement, compare_given, gender_of, given_names, without_yo
from sergekg.reconcile.names import parse_inverted, parse_names
from sergekg.reconcile.romanisation import fold_cyrillic
from sergekg.reconcile.skeleton import MOST, skeletons


@pytest.mark.parametrize(
    ("text", "given", "patronymic", "surname"),
    [
        ("N. Soukhanov", ("N.",), "", "Soukhanov"),
        ("Soukhanov, Nicolas", ("Nicolas",), "", "Soukhanov"),
        ("SOUKHANOV (N.)", ("N",), "", "SOUKHANOV"),
        ("Soukhanov Nicolas", ("Nicolas",), "", "Soukhanov"),
        ("M. Jacques Sadoul", ("Jacques",), "", "Sadoul"),
        ("M. Lourié", ("M.",), "", "Lourié"),
        ("Mme Kollontaï", (), "", "Kollontaï"),
        ("camarade Calligaris", (), "", "Calligaris"),
        ("Vladimir Ilitch Lénine", ("Vladimir",), "Ilitch", "Lénine"),
        ("Franz von Dingelstedt", ("Franz",), "", "Dingelstedt"),
        ("Ivanov-Razoumnik", (), "", "Ivanov-Razoumnik"),
        ("Лев Давидович Троцкий", ("Лев",), "Давидович", "Троцкий"),
        ("Троцкий Лев Давидович", ("Лев",), "Давидович", "Троцкий"),
        ("Троцкий, Лев Давидович", ("Лев",), "Давидович", "Троцкий"),
        ("Троцкий Лев", ("Лев",), "", "Троцкий"),
        ("Н.Н. Суханов", ("Н.",), "Н.", "Суханов"),
        ("Рафаил Абрамович", ("Рафаил",), "", "Абрамович"),
        ("Ста́лин", (), "", "Сталин"),
    ],
)
def test_a_name_is_taken_apart(text: str, given: tuple[str, ...], patronymic: str, surname: str) -> None:
    (name,) = parse_names(text)
    assert (name.given, name.patronymic, name.surname) == (given, patronymic, surname)


@pytest.mark.parametrize(
    ("text", "surnames"),
    [
        ("Давид Борисович Рязанов (Гольдендах)", ["Рязанов", "Гольдендах"]),
        ("Лабори Гилелевич Калмансон; Г. Лелевич", ["Калмансон", "Лелевич"]),
        ("Виктор Серж (Виктор Львович Кибальчич)", ["Серж", "Кибальчич"]),
        ("Сталин (наст. фамилия — Джугашвили) Иосиф Виссарионович", ["Сталин", "Джугашвили"]),
        ("Kalmanson dit Lélévitch", ["Kalmanson", "Lélévitch"]),
        ("Magdeleine Paz née Legendre", ["Paz", "Legendre"]),
        ("Trotski|Trotsky", ["Trotski", "Trotsky"]),
    ],
)
def test_pen_names_and_birth_names_stand_beside_the_first(text: str, surnames: list[str]) -> None:
    assert [name.surname for name in parse_names(text)] == surnames


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Serge Victor", ["Victor Serge"]),
        ("Mme Paz Magdeleine", ["Magdeleine Paz"]),
        ("Gide Paul André", ["Paul André Gide", "André Gide Paul"]),
        ("van Gogh Vincent", ["Gogh Vincent van", "Vincent Gogh"]),
        ("Gide, André", []),
        ("Gide A.", []),
        ("Trotski Lev Davidovitch", []),
        ("Gide", []),
        ("", []),
    ],
)
def test_two_words_or_three_may_have_the_surname_first(text: str, names: list[str]) -> None:
    assert [str(name) for name in parse_inverted(text)] == names


@pytest.mark.parametrize("text", ["", "   ", "()", " ; | "])
def test_nothing_is_no_name(text: str) -> None:
    assert parse_names(text) == ()


@given(text=st.text(max_size=60))
def test_any_text_can_be_read_as_names_or_as_none(text: str) -> None:
    assert all(name.surname for name in (*parse_names(text), *parse_inverted(text)))


@pytest.mark.parametrize(
    ("one", "other", "agreement"),
    [
        ("Nikolaï", "Николай", Agreement.SAME),
        ("Nicolas", "Николай", Agreement.TRANSLATED),
        ("Pierre", "Piotr", Agreement.TRANSLATED),
        ("Herman", "Герман", Agreement.SAME),
        ("Pavlo", "Павел", Agreement.TRANSLATED),
        ("N.", "Николай", Agreement.INITIAL),
        ("J.", "Иван", Agreement.INITIAL),
        ("Iou.", "Юрий", Agreement.INITIAL),
        ("Alexandre", "Алексей", Agreement.DIFFERENT),
        ("P.", "Николай", Agreement.DIFFERENT),
        ("", "Николай", Agreement.ABSENT),
        ("Jean-Jacques", "Jean", Agreement.SAME),
    ],
)
def test_given_names_agree_across_languages(one: str, other: str, agreement: Agreement) -> None:
    assert compare_given(one, other) is agreement


def test_a_gender_shows_in_a_title_a_given_name_a_patronymic_or_an_ending() -> None:
    found = [
        parse_names(text)[0].gender
        for text in ("Mme Paz", "Vera", "Анита Александровна Русакова", "Roussakova")
    ]
    assert found[0] == "f"
    assert found[2:] == ["f", "f"]
    assert gender_of("Sacha") is None
    assert parse_names("Соколов, Иван")[0].gender == "m"


def test_the_table_of_given_names_is_folded_and_knows_no_third_gender() -> None:
    for russian, name in given_names().items():
        assert russian == without_yo(fold_cyrillic(russian))
        assert name.gender in ("m", "f")
        assert all(form.isascii() and form.islower() for form in name.forms)


def test_a_word_of_very_many_readings_has_the_few_skeletons_that_they_make() -> None:
    assert skeletons("h" * 200) == {"K", "~" + "h" * 200}
    assert len(skeletons("hbchdjfg" * 25)) == MOST

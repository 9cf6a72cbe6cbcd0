import pytest

from sergekg.remember import remember


def test_what_was_worked_out_for_a_short_text_is_given_again_and_long_texts_are_not_kept():
    asked = []

    @remember(entries=2, longest=8)
    def shout(text, more=None):
        asked.append(text)
        return text.upper() + (more or "")

    assert [shout("non"), shout("non"), shout("non", "!")] == ["NON", "NON", "NON!"]
    assert asked == ["non", "non"]
    assert [shout("Verkhné-Ouralsk"), shout("Verkhné-Ouralsk")] == ["VERKHNÉ-OURALSK"] * 2
    assert asked[2:] == ["Verkhné-Ouralsk"] * 2


def test_an_error_is_not_remembered():
    chance = iter([0, 1])

    @remember(entries=2, longest=8)
    def share(text):
        return 1 / next(chance)

    with pytest.raises(ZeroDivisionError):
        share("a")
    assert share("a") == 1

"""Every sentence is accounted for."""

import pytest

from sergekg.corpus.normalise import divide, normalise
from sergekg.extract.coverage import account_for, split_sentences
from sergekg.model.coverage import Account
from sergekg.model.text import Document, SourceFile, Span


@pytest.mark.parametrize(
    ("reading", "sentences"),
    [
        ("Un. Deux ! Trois ? Quatre…", ["Un.", "Deux !", "Trois ?", "Quatre…"]),
        ("Il quitta l’U.R.S.S. Puis il écrivit.", ["Il quitta l’U.R.S.S. Puis il écrivit."]),
        ("nommé par l'I. C. à la direction. Il milite.", ["nommé par l'I. C. à la direction.", "Il milite."]),
        ("Titre\nParis, mai 1936.\nFin.", ["Titre", "Paris, mai 1936.", "Fin."]),
        ("Les raisons? Nous les ignorons.", ["Les raisons?", "Nous les ignorons."]),
        ("Il dit (non !) oui.", ["Il dit (non !) oui."]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(reading: str, sentences: list[str]) -> None:
    assert [reading[span.start : span.end] for span in split_sentences(reading)] == sentences


def test_a_text_is_covered_silent_or_open() -> None:
    source = "Pierre est parti. Bonjour. Ernest Dupont attend."
    reading = normalise(source, 0, {})
    file = SourceFile("t.txt", "0" * 64, source)
    document = Document("t", "letter/t", "fr", file, Span(0, len(source)), reading, divide(reading))
    account = account_for(document, [Span(0, 6)], [(Span(18, 26), "salut")], ["Pierre"])
    assert [s.account for s in account.sentences] == [Account.COVERED, Account.SILENT, Account.OPEN]
    assert account.share == pytest.approx(6 / 42)
    assert account.names == ["Dupont"]

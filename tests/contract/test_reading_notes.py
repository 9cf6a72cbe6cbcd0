"""What the reading notes quote stands in the texts, and what they say is so in the graph."""

import re
from pathlib import Path

import pytest
from tests.conftest import ROOT

from sergekg.build.run import Assembly
from sergekg.release import Release
from sergekg.store.local import LocalStore
from sergekg.vocab import SKG

NOTES = {"en": ROOT / "docs" / "reading.md", "fr": ROOT / "docs" / "reading.fr.md"}
STATUSES = ("asserted", "reported", "questioned", "denied", "hypothetical", "rhetorical")
QUOTED = re.compile("« (.*?) »", re.DOTALL)
# in the French notes, what « » hold besides the texts: what a fact does and does not mean
OWN_WORDS = {"une source l’affirme", "cela est vrai", "le texte affirme", "il est établi"}
both = pytest.mark.parametrize("path", NOTES.values(), ids=NOTES)


def read(path: Path) -> str:
    """The notes on one line, without the marks of a block quotation."""
    return flat(path.read_text(encoding="utf-8").replace("\n>", "\n"))


def flat(text: str) -> str:
    return " ".join(text.split())


@both
def test_every_quotation_stands_in_a_text(path: Path, assembly: Assembly) -> None:
    documents = assembly.material.documents
    texts = [flat(text) for d in documents for text in (d.reading.text, d.file.text)]
    quotes = set(QUOTED.findall(read(path).replace("between « »", "").replace("entre « »", ""))) - OWN_WORDS
    assert quotes
    assert [quote for quote in sorted(quotes) if not any(quote in text for text in texts)] == []


@both
def test_each_status_is_shown_by_a_statement_that_has_it(path: Path, store: LocalStore) -> None:
    table = path.read_text(encoding="utf-8").partition("|---|---|---|---|\n")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert len(rows) == len(STATUSES)
    for status, (_name, _means, example, stated) in zip(STATUSES, rows, strict=True):
        words, predicate = QUOTED.findall(example)[0], re.findall("`(.*?)`", stated)[0]
        found = store.select(
            f"SELECT ?quote WHERE {{ ?s rdf:predicate skg:{predicate} ; skg:status skg:{status} ;"
            " skg:quote ?quote }"
        )
        assert [row for row in found if words in str(row["quote"])], (status, words)


@both
def test_every_term_that_the_notes_name_is_one(path: Path) -> None:
    words = set(re.findall(r"`([a-z]+[A-Z]\w+)`", read(path)))
    assert words
    assert [word for word in sorted(words) if SKG._NS[word] not in SKG] == []


@both
def test_the_statement_that_is_cited_exists_with_these_words(
    path: Path, store: LocalStore, release: Release
) -> None:
    text = read(path)
    iri = re.search(r"https://w3id\.org/sergekg/id/statement/[0-9a-f]{32}", text)
    assert iri is not None
    row = store.select(
        f"SELECT ?quote ?start ?end WHERE {{ <{iri[0]}> skg:quote ?quote ;"
        " skg:hasEvidence/oa:hasTarget/oa:hasSelector ?at . ?at oa:start ?start ; oa:end ?end }"
    )[0]
    assert f"{row['start']}–{row['end']}, « {row['quote']} »" in text
    assert f"version {release.version}" in text


def test_both_languages_have_the_same_sections_tables_and_lists() -> None:
    marks = [re.findall(r"^(#+|\||-)", p.read_text(encoding="utf-8"), re.MULTILINE) for p in NOTES.values()]
    assert marks[0] == marks[1]

"""Nothing that a person writes in the authority list is passed over in silence."""

from pathlib import Path

import pytest

from sergekg.corpus.authority import read_authority
from sergekg.errors import SergekgError
from sergekg.model.signature import Signature
from sergekg.model.statement import Certainty

SIGNATURE = Signature({"Person": frozenset({"Person"}), "Penalty": frozenset({"Penalty"})}, {})
PAUL = "entities:\n- slug: paul\n  type: person\n  names: {fr: Paul}\n"
BORN = PAUL + "  dates:\n    birth: {edtf: 1890, certainty: possible, source: un livre}\n"
PENALTY = "entities:\n- slug: exil\n  type: penalty\n  names: {fr: exil}\n"


def mistakes(corpus: Path, source: str) -> list[str]:
    (corpus / "entities").mkdir()
    (corpus / "entities" / "all.yaml").write_text(source, encoding="utf-8")
    problems: list[SergekgError] = []
    read_authority(corpus, SIGNATURE, problems)
    return [str(problem) for problem in problems]


def test_a_date_has_the_certainty_that_it_is_given(tmp_path: Path) -> None:
    (tmp_path / "entities").mkdir()
    (tmp_path / "entities" / "all.yaml").write_text(BORN, encoding="utf-8")
    (known,) = read_authority(tmp_path, SIGNATURE, [])["person/paul"].known
    assert known.certainty is Certainty.POSSIBLE


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (BORN.replace("certainty", "certanty"), "all.yaml:6: unknown key 'certanty'; perhaps 'certainty'"),
        (PAUL.replace("fr: Paul", "fr: Paul, fr_FR: Paul"), "all.yaml:4: 'fr_FR' is not a language tag; write it as fr"),
        (PAUL + "  also: {fr_FR: [Paulo]}\n", "all.yaml:5: 'fr_FR' is not a language tag"),
        (PAUL + "  note:\n    fr: x\n    fr_FR: y\n", "all.yaml:7: 'fr_FR' is not a language tag"),
        (PAUL + '  locative: {fr_FR: "en Paul"}\n', "all.yaml:5: 'fr_FR' is not a language tag"),
        (PENALTY + "  lengthless: peut-être\n", "all.yaml:5: lengthless is 'peut-être'; write lengthless: true"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_one_line(tmp_path: Path, source: str, said: str) -> None:
    (line,) = mistakes(tmp_path, source)
    assert said in line


@pytest.mark.parametrize(
    ("written", "is_lengthless"),
    [("true", True), ("True", True), ("yes", True), ("on", True), ("1", True), ("false", False), ("no", False), ("0", False)],
)  # fmt: skip
def test_a_penalty_is_lengthless_in_every_way_that_yaml_says_yes(
    tmp_path: Path, written: str, is_lengthless: bool
) -> None:
    (tmp_path / "entities").mkdir()
    source = f"{PENALTY}  lengthless: {written}\n"
    (tmp_path / "entities" / "all.yaml").write_text(source, encoding="utf-8")
    problems: list[SergekgError] = []
    assert read_authority(tmp_path, SIGNATURE, problems)["penalty/exil"].is_lengthless is is_lengthless
    assert problems == []

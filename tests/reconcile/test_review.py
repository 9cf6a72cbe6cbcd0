"""Deciding: what is shown, what is written, what is remembered, and what comes back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from sergekg.config import Config
from sergekg.errors import BuildError, ReconciliationError
from sergekg.model.mapping import NO_TERM_FOUND
from sergekg.reconcile.decisions import save_decisions
from sergekg.reconcile.due import Reason
from sergekg.reconcile.ours import OurEntity, read_entities
from sergekg.reconcile.proposals import KeptCandidate, KeptProposal, write_proposals
from sergekg.reconcile.review import (
    FILE,
    UNSURE_FILE,
    Case,
    Verdict,
    decide,
    open_cases,
    read_passages,
    record,
)
from sergekg.reconcile.sssom import read_mappings
from sergekg.release import Release
from sergekg.store.local import LocalStore

BASE = "https://w3id.org/sergekg/"
WD = "http://www.wikidata.org/entity/"


@pytest.fixture(scope="module")
def entities(store: LocalStore, release: Release) -> dict[str, OurEntity]:
    return {entity.key: entity for entity in read_entities(store.select, release.base)}


def candidate(qid: str, confidence: float = 0.9, revision: str = "7") -> KeptCandidate:
    return KeptCandidate(
        qid, f"label of {qid}", "", revision, "2026-11-21", confidence, "both born in 1882", ()
    )


def case(entity: OurEntity, *candidates: KeptCandidate) -> Case:
    return Case(entity, Reason.UNDECIDED, candidates, ())


def settle(
    directory: Path, one: Case, verdict: Verdict, chosen: KeptCandidate | None = None, why: str = ""
) -> None:
    decision = decide(one, verdict, chosen, reviewer="A. Reader", day="2026-11-22", why=why)
    record(directory, decision, base=BASE)


def test_an_acceptance_keeps_who_when_why_and_what_was_looked_at(
    entities: dict[str, OurEntity], tmp_path: Path
) -> None:
    entity = entities["person/soukhanov"]
    settle(
        tmp_path, case(entity, candidate("Q585272")), Verdict.ACCEPT, candidate("Q585272"), "the historian"
    )
    (made,) = read_mappings(tmp_path)
    assert (made.subject, made.object, made.predicate) == (
        "person/soukhanov",
        f"{WD}Q585272",
        "skos:exactMatch",
    )
    assert (made.author, made.date) == ("A. Reader", "2026-11-22")
    assert made.comment == "the historian; score: both born in 1882"
    assert (made.subject_version, made.object_version) == (entity.version, "7")
    assert made.is_match


@pytest.mark.parametrize(
    ("verdict", "is_match", "file"),
    [
        (Verdict.ACCEPT, True, FILE),
        (Verdict.NEAR, True, FILE),
        (Verdict.REJECT, False, FILE),
        (Verdict.UNSURE, False, UNSURE_FILE),
        (Verdict.NO_ITEM, False, FILE),
    ],
)
def test_only_what_a_person_accepted_is_a_match(
    entities: dict[str, OurEntity], tmp_path: Path, verdict: Verdict, is_match: bool, file: str
) -> None:
    chosen = None if verdict is Verdict.NO_ITEM else candidate("Q1")
    settle(tmp_path, case(entities["person/soukhanov"], candidate("Q1")), verdict, chosen)
    assert [mapping.is_match for mapping in read_mappings(tmp_path)] == [is_match]
    assert [path.name for path in tmp_path.glob("*.tsv")] == [file]


def test_a_later_decision_takes_out_what_it_overcomes(entities: dict[str, OurEntity], tmp_path: Path) -> None:
    one = case(entities["person/soukhanov"], candidate("Q1"), candidate("Q2"))
    for verdict, chosen in [
        (Verdict.NO_ITEM, None),
        (Verdict.UNSURE, candidate("Q1")),
        (Verdict.REJECT, candidate("Q2")),
        (Verdict.ACCEPT, candidate("Q1")),
    ]:
        settle(tmp_path, one, verdict, chosen)
    left = {(m.object.removeprefix(WD), m.is_refused) for m in read_mappings(tmp_path)}
    assert left == {("Q1", False), ("Q2", True)}
    settle(tmp_path, one, Verdict.ACCEPT, candidate("Q3"))
    assert {m.object.removeprefix(WD) for m in read_mappings(tmp_path) if m.is_match} == {"Q3"}
    settle(tmp_path, one, Verdict.NO_ITEM)
    assert [m.object for m in read_mappings(tmp_path) if not m.is_refused] == [NO_TERM_FOUND]


OTHERS = """#mapping_set_id: https://example.org/others
#license: https://creativecommons.org/publicdomain/zero/1.0/
#mapping_set_title: by hand
#curie_map:
#  skgid: https://w3id.org/sergekg/id/
#  wd: http://www.wikidata.org/entity/
#  geonames: https://sws.geonames.org/
#  viaf: https://viaf.org/viaf/
subject_id	predicate_id	object_id	object_source	mapping_justification	author_label
"""


def by_hand(directory: Path, *rows: tuple[str, str, str]) -> Path:
    """A file of other hands, with another prefix for Wikidata."""
    directory.mkdir(exist_ok=True)
    lines = [
        "\t".join((f"skgid:{s}", p, o, "wd:Q2013", "semapv:ManualMappingCuration", "me")) for s, p, o in rows
    ]
    path = directory / "others.sssom.tsv"
    path.write_text(OTHERS + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("verdict", "chosen"),
    [(Verdict.ACCEPT, "Q1"), (Verdict.NEAR, "Q1"), (Verdict.UNSURE, "Q1"), (Verdict.NO_ITEM, None)],
)
@pytest.mark.parametrize("file", [FILE, "others.sssom.tsv"])
def test_what_other_authorities_say_stays(
    entities: dict[str, OurEntity], tmp_path: Path, verdict: Verdict, chosen: str | None, file: str
) -> None:
    exact = "skos:exactMatch"
    theirs = by_hand(
        tmp_path, ("person/soukhanov", exact, "geonames:12"), ("person/soukhanov", exact, "viaf:34")
    )
    theirs.rename(tmp_path / file)
    one = case(entities["person/soukhanov"], candidate("Q1"))
    settle(tmp_path, one, verdict, candidate(chosen) if chosen else None)
    kept = {m.object for m in read_mappings(tmp_path) if m.is_match and "wikidata" not in m.object}
    assert kept == {"https://sws.geonames.org/12", "https://viaf.org/viaf/34"}


@pytest.mark.parametrize(
    ("earlier", "verdict", "chosen"),
    [
        ("wd:Q2", Verdict.ACCEPT, "Q1"),
        ("wd:Q1", Verdict.ACCEPT, "Q1"),
        ("wd:Q1", Verdict.REJECT, "Q1"),
        ("wd:Q1", Verdict.NO_ITEM, None),
        (NO_TERM_FOUND, Verdict.ACCEPT, "Q1"),
        (NO_TERM_FOUND, Verdict.NO_ITEM, None),
    ],
)
def test_a_row_that_is_replaced_leaves_the_file_in_which_it_stands(
    entities: dict[str, OurEntity], tmp_path: Path, earlier: str, verdict: Verdict, chosen: str | None
) -> None:
    rows = [
        ("person/soukhanov", "skos:exactMatch", earlier),
        ("person/lenine", "skos:exactMatch", "wd:Q1394"),
    ]
    theirs = by_hand(tmp_path, *rows)
    one = case(entities["person/soukhanov"], candidate("Q1"))
    settle(tmp_path, one, verdict, candidate(chosen) if chosen else None)
    left = {(m.subject, m.object, m.is_refused, Path(m.origin.path).name) for m in read_mappings(tmp_path)}
    made = f"{WD}{chosen}" if chosen else NO_TERM_FOUND
    assert left == {
        ("person/soukhanov", made, verdict is Verdict.REJECT, FILE),
        ("person/lenine", f"{WD}Q1394", False, theirs.name),
    }
    assert "#mapping_set_title: by hand" in theirs.read_text(encoding="utf-8")


def test_a_decision_that_contradicts_a_row_of_other_hands_changes_no_file(
    entities: dict[str, OurEntity], tmp_path: Path
) -> None:
    theirs = by_hand(tmp_path, ("person/lenine", "skos:exactMatch", "wd:Q1"))
    before = theirs.read_bytes()
    with pytest.raises(BuildError, match="exact match of"):
        settle(tmp_path, case(entities["person/soukhanov"], candidate("Q1")), Verdict.ACCEPT, candidate("Q1"))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {theirs.name: before}


def test_a_disk_that_fills_up_between_two_files_loses_no_decision(
    entities: dict[str, OurEntity], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = by_hand(tmp_path, ("person/soukhanov", "skos:exactMatch", "wd:Q2"))
    written: list[str] = []

    def once(path: Path, *rest: object, **more: object) -> None:
        if written:
            raise OSError("no space left")
        written.append(path.name)
        save_decisions(path, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr("sergekg.reconcile.review.save_decisions", once)
    with pytest.raises(OSError, match="no space"):
        settle(tmp_path, case(entities["person/soukhanov"], candidate("Q1")), Verdict.ACCEPT, candidate("Q1"))
    assert written == [FILE]
    assert "wd:Q2" in theirs.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("reviewer", "authors"),
    [("A|B", "A, B"), (" | A |", "A"), ("A\tB\nC", "A B C"), ("A \x1b[1m", "A [1m")],
)
def test_a_name_of_a_reviewer_breaks_no_file(
    entities: dict[str, OurEntity], tmp_path: Path, reviewer: str, authors: str
) -> None:
    one = case(entities["person/soukhanov"], candidate("Q1"))
    for verdict in (Verdict.ACCEPT, Verdict.UNSURE):
        made = decide(one, verdict, candidate("Q1"), reviewer=reviewer, day="2026-11-22")
        record(tmp_path, made, base=BASE)
        (read,) = read_mappings(tmp_path)
        assert read.author == authors


def test_one_item_for_two_entities_is_not_written(entities: dict[str, OurEntity], tmp_path: Path) -> None:
    settle(tmp_path, case(entities["person/soukhanov"], candidate("Q1")), Verdict.ACCEPT, candidate("Q1"))
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(BuildError, match="exact match of"):
        settle(tmp_path, case(entities["person/lenine"], candidate("Q1")), Verdict.ACCEPT, candidate("Q1"))
    assert (tmp_path / FILE).read_bytes() == before


def test_a_decision_without_a_name_or_a_candidate_is_none(entities: dict[str, OurEntity]) -> None:
    one = case(entities["person/soukhanov"], candidate("Q1"))
    with pytest.raises(ReconciliationError, match="nobody stands"):
        decide(one, Verdict.ACCEPT, candidate("Q1"), reviewer=" ", day="2026-11-22")
    with pytest.raises(ReconciliationError, match="nobody stands"):
        decide(one, Verdict.ACCEPT, candidate("Q1"), reviewer=" | ", day="2026-11-22")
    with pytest.raises(ReconciliationError, match="needs a candidate"):
        decide(one, Verdict.ACCEPT, None, reviewer="x", day="2026-11-22")


def test_what_was_decided_is_not_asked_again_until_either_side_changes(
    entities: dict[str, OurEntity], tmp_path: Path
) -> None:
    entity = entities["person/soukhanov"]

    def cases(of: OurEntity, *candidates: KeptCandidate) -> list[Case]:
        proposal = KeptProposal(of.key, of.version, "review", candidates)
        return open_cases([of], read_mappings(tmp_path), {of.key: proposal})

    assert [one.reason for one in cases(entity, candidate("Q1"))] == [Reason.UNDECIDED]
    settle(tmp_path, cases(entity, candidate("Q1"))[0], Verdict.ACCEPT, candidate("Q1"))
    assert cases(entity, candidate("Q1")) == []
    (changed,) = cases(entity, candidate("Q1", revision="8"))
    assert changed.reason is Reason.ITEM_CHANGED
    other = replace(entity, profile=replace(entity.profile, deaths=("1941",)))
    assert cases(other, candidate("Q1"))[0].reason is Reason.CHANGED
    settle(tmp_path, changed, Verdict.ACCEPT, candidate("Q1", revision="8"))
    (kept,) = read_mappings(tmp_path)
    assert (kept.author, kept.reviewer, kept.object_version) == ("A. Reader", "A. Reader", "8")
    assert cases(entity, candidate("Q1", revision="8")) == []


def test_a_refused_candidate_is_not_shown_again(entities: dict[str, OurEntity], tmp_path: Path) -> None:
    entity = entities["person/riazanov"]
    settle(tmp_path, case(entity, candidate("Q1")), Verdict.REJECT, candidate("Q1"))
    proposal = KeptProposal(entity.key, entity.version, "review", (candidate("Q1"), candidate("Q2")))
    (one,) = open_cases([entity], read_mappings(tmp_path), {entity.key: proposal})
    assert [found.id for found in one.candidates] == ["Q2"]


def test_passages_show_the_words_of_the_texts(store: LocalStore, entities: dict[str, OurEntity]) -> None:
    passages = read_passages(store.select, entities["person/soukhanov"].iri)
    assert any("l’historien Soukhanov" in passage.words for passage in passages)
    assert {passage.text for passage in passages} <= {"lettre-a-andre-gide"}


def test_the_terminal_asks_writes_and_can_be_left(
    entities: dict[str, OurEntity], config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sergekg.cli.reconcile import review as verb
    from sergekg.cli.reconcile import workspace

    path = tmp_path / "candidates.jsonl"
    keys = ("person/soukhanov", "person/riazanov", "person/lenine")
    found = (candidate("Q1"), candidate("Q2", 0.5))
    write_proposals(path, [KeptProposal(key, entities[key].version, "review", found) for key in keys[:2]])
    monkeypatch.setattr(workspace, "load_config", lambda: replace(config, mappings=tmp_path / "mappings"))
    monkeypatch.setattr(workspace.Desk, "proposals", path)
    listed = CliRunner().invoke(verb.command, ["--list"], catch_exceptions=False)
    assert [line.split("\t")[0] for line in listed.stdout.splitlines()] == [
        "person/riazanov",
        "person/soukhanov",
    ]
    nobody = CliRunner().invoke(verb.command, [], env={"SERGEKG_REVIEWER": ""})
    assert isinstance(nobody.exception, ReconciliationError)
    odd = ["9", "²", "①", "١", "9" * 5000, "-1", "1.0", "01", "0-", "~", "1~~", "\x00", "1 2"]
    typed = "\n".join(odd) + "\n1-\nthe film director\n\n1\nhistorian\n"
    done = CliRunner().invoke(verb.command, ["--reviewer", "A. Reader"], input=typed, catch_exceptions=False)
    assert "« l’historien Soukhanov" in done.stdout
    assert "written: person/soukhanov accept Q1" in done.stdout
    assert done.stderr.count("N accept candidate N") == 1 + len(odd)
    made = {(m.subject, m.is_refused, m.object) for m in read_mappings(tmp_path / "mappings")}
    assert made == {("person/riazanov", True, f"{WD}Q1"), ("person/soukhanov", False, f"{WD}Q1")}
    gone = CliRunner().invoke(verb.command, ["--reviewer", "x"], input="1\n")
    assert isinstance(gone.exception, SystemExit)
    assert "Aborted" in gone.stderr
    assert {(m.subject, m.is_refused, m.object) for m in read_mappings(tmp_path / "mappings")} == made
    again = CliRunner().invoke(verb.command, ["--reviewer", "x"], input="q\n", catch_exceptions=False)
    assert "[1/1] Riazanov" in again.stdout

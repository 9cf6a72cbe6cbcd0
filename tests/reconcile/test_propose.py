"""From our entities to candidates: what is asked, what is found, what is kept, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from offline_wikidata import OfflineWikidata, running

from sergekg.config import Config
from sergekg.errors import Location, ReconciliationError
from sergekg.model.mapping import NO_TERM_FOUND, Mapping
from sergekg.reconcile.due import Reason, due
from sergekg.reconcile.ours import OurEntity, is_name, read_entities
from sergekg.reconcile.proposals import read_proposals, to_kept, write_proposals
from sergekg.reconcile.ranking import Outcome
from sergekg.reconcile.search import name_variants, propose
from sergekg.reconcile.transport import Transport
from sergekg.reconcile.wikidata import Wikidata
from sergekg.release import Release
from sergekg.store.local import LocalStore


@pytest.fixture(scope="module")
def entities(store: LocalStore, release: Release) -> dict[str, OurEntity]:
    return {entity.key: entity for entity in read_entities(store.select, release.base)}


@pytest.fixture
def world() -> Iterator[OfflineWikidata]:
    with running() as found:
        yield found


@pytest.fixture
def wikidata(world: OfflineWikidata, tmp_path: Path) -> Wikidata:
    return Wikidata(Transport(tmp_path / "cache", "x"), world.address, f"{world.address}/sparql")


def test_entities_come_from_any_store_with_names_dates_roles_and_years_of_life(
    entities: dict[str, OurEntity],
) -> None:
    soukhanov = entities["person/soukhanov"]
    assert {"Soukhanov", "Суханов"} <= set(soukhanov.profile.names)
    assert soukhanov.profile.births == ("1882-12-09",)
    assert "historien" in soukhanov.profile.roles
    assert 1936 in entities["person/anita-roussakova"].profile.living_in


def test_descriptions_in_the_place_of_a_name_are_no_names(entities: dict[str, OurEntity]) -> None:
    assert "ma belle-sœur" not in entities["person/anita-roussakova"].profile.names
    assert [is_name(text) for text in ("Ter-Vaganian", "ma dactylo", "Cher André Gide", "")] == [
        True, False, True, False,
    ]  # fmt: skip


def test_variants_go_from_the_press_to_cyrillic_and_back_to_other_systems(
    entities: dict[str, OurEntity],
) -> None:
    lelevitch = name_variants(entities["person/lelevitch"])
    assert "Лелевич" in lelevitch["ru"]
    assert "Lelevich" in lelevitch["en"]
    misprinted = name_variants(entities["person/novomirski"])
    assert "Новомирский" in misprinted["ru"]
    assert "Novomirskiy" in misprinted["en"] or "Novomirsky" in misprinted["en"]


@pytest.mark.parametrize(
    ("tag", "name"),
    [("el", "Τρότσκι"), ("hy", "Տրոցկի"), ("ka", "ლევ ტროცკი"), ("el", "Léon Τρότσκι"), ("ja", "トロツキー")],
)
def test_a_name_in_a_script_that_nothing_here_transliterates_is_sought_as_it_stands(
    wikidata: Wikidata, entities: dict[str, OurEntity], tag: str, name: str
) -> None:
    trotski = entities["person/leon-trotski"]
    named = replace(
        trotski,
        others={**trotski.others, tag: [name]},
        profile=replace(trotski.profile, names=(*trotski.profile.names, name)),
    )
    assert name_variants(named) == {**name_variants(trotski), tag: [name]}
    found = propose(wikidata, named).ranking.candidates
    assert found[0].profile.id == propose(wikidata, trotski).ranking.candidates[0].profile.id
    only = replace(named, labels={tag: name}, others={}, profile=replace(trotski.profile, names=(name,)))
    assert name_variants(only) == {"fr": [], "ru": [], "en": [], tag: [name]}
    propose(wikidata, only)


@pytest.mark.parametrize(
    ("key", "qid"),
    [
        ("person/soukhanov", "Q585272"),
        ("person/victor-serge", "Q362009"),
        ("person/maxime-gorki", "Q12706"),
        ("place/viatka", "Q5384"),
        ("periodical/l-humanite", "Q1137404"),
    ],
)
def test_the_right_item_is_found_and_stands_first(
    wikidata: Wikidata, entities: dict[str, OurEntity], key: str, qid: str
) -> None:
    proposal = propose(wikidata, entities[key])
    assert proposal.ranking.candidates[0].profile.id == qid


def test_a_match_is_proposed_only_where_dates_agree(
    wikidata: Wikidata, entities: dict[str, OurEntity]
) -> None:
    assert propose(wikidata, entities["person/soukhanov"]).outcome is Outcome.MATCH
    assert propose(wikidata, entities["person/leon-trotski"]).outcome is Outcome.REVIEW


@pytest.mark.parametrize("key", ["person/gorbatchev", "person/riazanov", "person/calligaris"])
def test_a_namesake_is_no_match(wikidata: Wikidata, entities: dict[str, OurEntity], key: str) -> None:
    assert propose(wikidata, entities[key]).outcome in (Outcome.NIL, Outcome.REVIEW)


def test_what_was_refused_is_not_proposed_again(wikidata: Wikidata, entities: dict[str, OurEntity]) -> None:
    proposal = propose(wikidata, entities["person/riazanov"], refused=["Q381944"])
    assert "Q381944" not in [candidate.profile.id for candidate in proposal.ranking.candidates]


def test_a_city_is_no_person_though_it_bears_his_name(
    wikidata: Wikidata, entities: dict[str, OurEntity]
) -> None:
    found = propose(wikidata, entities["person/serguei-kirov"]).ranking.candidates
    assert found[0].profile.id == "Q207682"
    assert "Q5384" not in [candidate.profile.id for candidate in found if candidate.score.confidence > 0.1]


def test_proposals_survive_being_kept(
    wikidata: Wikidata, entities: dict[str, OurEntity], tmp_path: Path
) -> None:
    kept = to_kept(propose(wikidata, entities["person/soukhanov"]))
    write_proposals(tmp_path / "candidates.jsonl", [kept])
    assert read_proposals(tmp_path / "candidates.jsonl") == {"person/soukhanov": kept}
    assert read_proposals(tmp_path / "none") == {}


def test_a_description_with_a_line_separator_is_kept_on_its_line(
    wikidata: Wikidata, entities: dict[str, OurEntity], tmp_path: Path
) -> None:
    kept = to_kept(propose(wikidata, entities["person/soukhanov"]))
    said = replace(kept.candidates[0], description="économiste\u2028russe\x85 et menchevik")
    kept = replace(kept, candidates=(said, *kept.candidates[1:]))
    write_proposals(tmp_path / "candidates.jsonl", [kept])
    assert read_proposals(tmp_path / "candidates.jsonl") == {"person/soukhanov": kept}


def test_a_broken_line_of_kept_proposals_is_said_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "candidates.jsonl"
    path.write_text('{"entity": 1}\n', encoding="utf-8")
    with pytest.raises(ReconciliationError, match=r"candidates\.jsonl:1: not a proposal"):
        read_proposals(path)


def decision(subject: str, object_: str, **more: object) -> Mapping:
    return Mapping(subject, "skos:exactMatch", object_, "semapv:x", Location(""), **more)  # type: ignore[arg-type]


def test_the_undecided_and_the_changed_wait_and_the_decided_do_not(entities: dict[str, OurEntity]) -> None:
    names = ("person/soukhanov", "person/lenine", "person/vardine", "person/solntsev", "person/bazarov")
    asked = [entities[name] for name in names]
    item = "http://www.wikidata.org/entity/Q1"
    decisions = [
        decision("person/soukhanov", item, subject_version=asked[0].version, object_version="7"),
        decision("person/lenine", item, subject_version="of another day"),
        decision("person/vardine", NO_TERM_FOUND),
        decision("person/solntsev", item, is_refused=True),
    ]
    assert due(asked, decisions, {}) == {
        "person/lenine": Reason.CHANGED,
        "person/solntsev": Reason.UNDECIDED,
        "person/bazarov": Reason.UNDECIDED,
    }
    assert due(asked[:1], decisions, {"Q1": "8"}) == {"person/soukhanov": Reason.ITEM_CHANGED}


def test_an_entity_changes_its_version_with_what_is_known_of_it(entities: dict[str, OurEntity]) -> None:
    entity = entities["person/soukhanov"]
    other = replace(entity, profile=replace(entity.profile, deaths=("1941",)))
    assert other.version != entity.version == replace(entity).version


@pytest.mark.slow
def test_the_command_goes_on_where_it_was_stopped(
    world: OfflineWikidata, config: Config, release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sergekg.cli.reconcile import propose as verb
    from sergekg.cli.reconcile import workspace

    assert release.directory.is_dir()
    settings = replace(
        config,
        wikidata=world.address,
        wikidata_query=f"{world.address}/sparql",
        wikidata_cache=tmp_path / "cache",
        mappings=tmp_path / "mappings",
    )
    monkeypatch.setattr(workspace, "load_config", lambda: settings)
    monkeypatch.setattr(workspace.Desk, "proposals", tmp_path / "candidates.jsonl")
    keys = ["person/soukhanov", "person/lenine"]
    world.faults = ["403"]
    stopped = CliRunner().invoke(verb.command, keys)
    assert isinstance(stopped.exception, ReconciliationError)
    first = CliRunner().invoke(verb.command, keys[:1], catch_exceptions=False)
    assert first.stdout.startswith("person/soukhanov\tmatch\tQ585272")
    assert "asked" in first.stdout
    second = CliRunner().invoke(verb.command, keys, catch_exceptions=False)
    assert "2 wait, 1 were looked at before" in second.stderr
    assert second.stdout.startswith("person/lenine")
    asked = len(world.asked)
    again = CliRunner().invoke(verb.command, [*keys, "--again"], catch_exceptions=False)
    assert len(world.asked) == asked
    assert "from the cache, items read 20" in again.stdout

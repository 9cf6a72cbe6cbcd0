"""Keeping in step: what is said of items that were merged, deleted, renamed, or now disagree."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from offline_wikidata import OfflineWikidata, running

from sergekg.cli.reconcile import check as verb
from sergekg.config import Config, to_environ
from sergekg.errors import ExtraMissing, Location, ReconciliationError
from sergekg.model.mapping import Mapping
from sergekg.reconcile.check import Notice, Trouble, check, wanted
from sergekg.reconcile.ours import OurEntity
from sergekg.reconcile.profile import Profile
from sergekg.reconcile.search import kinds_of
from sergekg.reconcile.snapshot import Snapshot, fetch, read_snapshot, write_snapshot
from sergekg.reconcile.transport import Transport
from sergekg.reconcile.wikidata import Wikidata
from sergekg.release import Release

LENINE = Mapping(
    "person/lenine",
    "skos:exactMatch",
    "http://www.wikidata.org/entity/Q1394",
    "semapv:ManualMappingCuration",
    Location("mappings/wikidata.sssom.tsv", 12),
    label="Vladimir Ilitch Lénine",
)


def entity(**facts: tuple[object, ...]) -> OurEntity:
    profile = replace(Profile("person/lenine", "Lénine", ("Lénine",)), **facts)  # type: ignore[arg-type]
    return OurEntity("person/lenine", "x", profile, {"fr": "Lénine"}, {})


@pytest.fixture
def world() -> Iterator[OfflineWikidata]:
    with running() as found:
        yield found


@pytest.fixture
def wikidata(world: OfflineWikidata, tmp_path: Path) -> Wikidata:
    return Wikidata(Transport(tmp_path / "cache", "x"), world.address, f"{world.address}/sparql")


def look(wikidata: Wikidata, decision: Mapping, ours: OurEntity | None = None) -> list[Notice]:
    items = fetch(wikidata, wanted([decision]))
    return check([decision], {"person/lenine": ours or entity()}, items, lambda i: kinds_of(wikidata, i))


def test_an_item_that_is_as_it_was_gives_nothing_to_say(wikidata: Wikidata) -> None:
    assert look(wikidata, LENINE, entity(births=("1870-04-22",), living_in=(1917,))) == []


def test_an_item_that_was_merged_is_told_with_its_new_name(
    world: OfflineWikidata, wikidata: Wikidata
) -> None:
    world.redirects["Q9999"] = "Q1394"
    (notice,) = look(wikidata, replace(LENINE, object=LENINE.object.replace("Q1394", "Q9999")))
    assert notice.trouble is Trouble.MERGED
    assert str(notice).startswith("mappings/wikidata.sssom.tsv:12: person/lenine = Q9999: ")
    assert "write wikidata:Q1394 in its place" in notice.remedy


def test_an_item_that_was_deleted_is_told_with_what_to_do(world: OfflineWikidata, wikidata: Wikidata) -> None:
    del world.rows["Q1394"]
    (notice,) = look(wikidata, LENINE)
    assert notice.trouble is Trouble.DELETED
    assert "sergekg reconcile propose person/lenine --again" in notice.remedy


@pytest.mark.parametrize(
    ("decision", "ours", "trouble", "said"),
    [
        (replace(LENINE, label="Lénine (ville)"), {}, Trouble.LABEL, "was «Lénine (ville)»"),
        (
            replace(LENINE, label="Vladimir Ilitch Lénine 2"),
            {},
            Trouble.LABEL,
            "was «Vladimir Ilitch Lénine 2»",
        ),
        (replace(LENINE, label="Сталин"), {}, Trouble.LABEL, "was «Сталин»"),
        (LENINE, {"births": ("1869-04-22",)}, Trouble.BIRTH, "born 1869-04-22 here, 1870-04-22 there"),
        (LENINE, {"births": ("1870-06-22",)}, Trouble.BIRTH, "born 1870-06-22 here, 1870-04-22 there"),
        (LENINE, {"deaths": ("1936",)}, Trouble.DEATH, "died 1936 here, 1924-01-21 there"),
        (LENINE, {"living_in": (1917, 1936)}, Trouble.LIVING, "alive in 1936 in the texts, dead in 1924"),
        (replace(LENINE, object_version="1"), {}, Trouble.CHANGED, "edited since the decision"),
    ],
)
def test_what_now_disagrees_is_said_with_both_sides(
    wikidata: Wikidata, decision: Mapping, ours: dict[str, tuple[object, ...]], trouble: Trouble, said: str
) -> None:
    (notice,) = look(wikidata, decision, entity(**ours))
    assert notice.trouble is trouble
    assert said in notice.what


@pytest.mark.parametrize("ours", [("1870",), ("1870-04-10",), ("187X",), ("1869", "1870-04-22")])
def test_dates_that_can_be_one_do_not_disagree(wikidata: Wikidata, ours: tuple[str, ...]) -> None:
    assert look(wikidata, LENINE, entity(births=ours)) == []


def test_an_item_that_became_another_kind_of_thing_is_told(
    world: OfflineWikidata, wikidata: Wikidata
) -> None:
    world.rows["Q1394"]["p31"] = "Q515"
    (notice,) = look(wikidata, LENINE)
    assert notice.trouble is Trouble.KIND
    assert "it is skg:Place there, and a person here" in notice.what


def test_refusals_null_results_and_doubts_are_not_asked_about() -> None:
    others = [
        replace(LENINE, is_refused=True),
        replace(LENINE, object="sssom:NoTermFound"),
        replace(LENINE, agreement=0.0),
    ]
    assert wanted(others) == []
    assert check(others, {}, Snapshot()) == []


def test_a_copy_survives_a_round_trip_and_knows_what_is_whole(wikidata: Wikidata, tmp_path: Path) -> None:
    found = fetch(wikidata, ["Q1394", "Q404"])
    write_snapshot(tmp_path / "items.json", found)
    read = read_snapshot(tmp_path / "items.json")
    assert read == found
    assert read.is_whole("Q1394")
    assert read.is_gone("Q404")
    assert not read.is_whole("Q855")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"entities": []}', '{"entities": {"Q1": 3}}', "<html>"])
def test_a_copy_that_is_none_is_one_clear_message(tmp_path: Path, text: str) -> None:
    (tmp_path / "items.json").write_text(text, encoding="utf-8")
    with pytest.raises(ReconciliationError, match=r"items\.json: .*; give a file"):
        read_snapshot(tmp_path / "items.json")


def test_the_command_names_line_and_remedy_and_ends_with_one(
    config: Config, release: Release, tmp_path: Path
) -> None:
    gone = {"entities": {"Q1394": {"id": "Q1394", "missing": ""}}}
    (tmp_path / "items.json").write_text(json.dumps(gone), encoding="utf-8")
    options = ["--snapshot", str(tmp_path / "items.json"), "--format", "json"]
    done = CliRunner().invoke(verb.command, options, env=to_environ(config))
    assert done.exit_code == 1, done.output
    notices = json.loads(done.stdout)
    deleted = [notice for notice in notices if notice["trouble"] == "deleted"]
    assert [notice["entity"] for notice in deleted] == ["person/lenine"]
    assert deleted[0]["file"] == "mappings/wikidata.sssom.tsv"
    assert {notice["trouble"] for notice in notices} == {"deleted", "not read"}


def test_a_copy_is_checked_without_the_extra_and_the_rest_says_how_to_install_it(
    release: Release, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "requests_cache", None)
    runner, environ = CliRunner(), to_environ(config)
    copy = ["--snapshot", str(config.mappings.parent / "reconciliation" / "items.json")]
    assert runner.invoke(verb.command, copy, env=environ).exit_code == 0
    with pytest.raises(ExtraMissing, match=r"the cache .* needs the extra `reconcile`") as missing:
        runner.invoke(verb.command, ["--offline"], env=environ, catch_exceptions=False)
    assert "pip install 'sergekg[reconcile]'" in str(missing.value)
    assert ".venv/bin/pip install -e '.[reconcile]'" in str(missing.value)

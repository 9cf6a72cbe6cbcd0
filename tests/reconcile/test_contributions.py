"""From the texts to contributors: what is exported, what never is, and how it stands beside Wikidata."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask, request
from rdflib import URIRef
from tests.reconcile.quickstatements_v1 import parse_v1
from werkzeug.serving import make_server

from sergekg.assets import asset_dir
from sergekg.cli.reconcile import compare as compare_verb
from sergekg.cli.reconcile import export as export_verb
from sergekg.config import Config, to_environ
from sergekg.errors import ReconciliationError
from sergekg.export.wikidata.claims import (
    Batch,
    Caution,
    Claim,
    ItemValue,
    NewItem,
    Snak,
    TextValue,
    TimeValue,
)
from sergekg.export.wikidata.compare import Standing, compare
from sergekg.export.wikidata.conformance import conformance
from sergekg.export.wikidata.constraints import complaints
from sergekg.export.wikidata.gather import Gathered, gather, new_item, to_batch
from sergekg.export.wikidata.modelling import PROPERTIES, RULES, Timing, to_qualifiers
from sergekg.export.wikidata.wikibase import try_out, write_wikibase
from sergekg.reconcile.snapshot import Snapshot, read_snapshot
from sergekg.release import Release
from sergekg.store.local import LocalStore

SERGE, LETTER = "person/victor-serge", "letter/lettre-a-andre-gide"
COPY = asset_dir("data") / "reconciliation" / "items.json"


@pytest.fixture(scope="module")
def gathered(release: Release, store: LocalStore) -> Gathered:
    return gather(release, store)


def test_every_claim_rests_on_statements_that_are_asserted_and_not_passed_on(
    gathered: Gathered, store: LocalStore
) -> None:
    assert gathered.claims
    for claim in gathered.claims:
        for iri in claim.statements:
            asserted = (
                f"ASK {{ <{iri}> skg:status skg:asserted FILTER NOT EXISTS {{ <{iri}> skg:reportedBy ?r }} }}"
            )
            assert store.ask("PREFIX skg: <https://w3id.org/sergekg/ontology#> " + asserted), claim


def test_every_claim_quotes_its_passage_word_for_word(gathered: Gathered, release: Release) -> None:
    readings = [" ".join(release.text(slug)["reading"].split()) for slug in release.texts]
    for claim in gathered.claims:
        assert len(claim.references) == len(set(claim.references))
        for reference in claim.references:
            said = {snak.pid: snak.value for snak in reference}
            assert isinstance(said["P854"], TextValue)  # where the passage is
            words = said["P1683"]
            assert isinstance(words, TextValue)
            assert any(words.text in reading for reading in readings), words


class WithItem:
    """The store of the release, as if the letter to Gide had been given an item."""

    def __init__(self, store: LocalStore) -> None:
        self.store = store

    def select(self, query: str) -> list[Any]:
        rows: list[Any] = list(self.store.select(query))
        letter = URIRef(f"https://w3id.org/sergekg/id/{LETTER}")
        if "?match" in query and str(letter) in query:
            rows.append({"thing": letter, "match": URIRef("http://www.wikidata.org/entity/Q77")})
        return rows


def test_once_a_text_has_an_item_every_reference_names_it_first(release: Release, store: LocalStore) -> None:
    found = gather(release, WithItem(store))  # type: ignore[arg-type]
    (historian,) = [c for c in found.of("person/soukhanov") if c.pid == "P106"]
    assert [snak.pid for snak in historian.references[0]] == ["P248", "P854", "P1683"]
    assert historian.references[0][0].value == ItemValue("Q77")
    assert {claim.item for claim in found.of(LETTER)} == {"Q77"}


def test_rumours_questions_groups_and_the_unnamed_are_never_exported(gathered: Gathered) -> None:
    subjects = {claim.subject for claim in gathered.claims}
    values = {claim.value.id for claim in gathered.claims if isinstance(claim.value, ItemValue)}
    assert not any(key.startswith("group/") for key in subjects | values)
    assert not {"person/epouse-de-victor-serge", "person/enfant-de-solntsev"} & (subjects | values)
    assert not [c for c in gathered.of("person/vladimir-piast") if c.pid in ("P570", "P1196", "P509")]


def test_only_what_a_person_accepted_counts_as_an_item(gathered: Gathered) -> None:
    assert gathered.items[SERGE] == "Q362009"
    assert "organisation/police-politique" not in gathered.items
    for claim in gathered.ready:
        assert claim.item in set(gathered.items.values())


def test_every_property_that_a_rule_uses_has_its_names() -> None:
    used = {rule.pid for rule in RULES.values()} | {"P102", "P248", "P854", "P1683", "P580", "P582", "P585"}
    assert used <= set(PROPERTIES)
    assert all(set(names) == {"fr", "en"} for names in PROPERTIES.values())


def test_two_accounts_of_one_event_stay_two_claims(gathered: Gathered) -> None:
    party = [claim for claim in gathered.of(SERGE) if claim.pid == "P102"]
    assert len(party) == 2
    assert {tuple(q.pid for q in claim.qualifiers) for claim in party} == {(), ("P582",)}


def test_what_another_passage_contradicts_waits_for_a_person(gathered: Gathered) -> None:
    party = [claim for claim in gathered.of(SERGE) if claim.pid == "P102"]
    assert all(Caution.CONTRADICTED in {note.caution for note in claim.notes} for claim in party)
    assert not {claim.id for claim in party} & {claim.id for claim in to_batch(gathered).claims}


@pytest.mark.parametrize(
    ("date", "timing", "qualifiers", "cautions"),
    [
        (None, Timing.STATE, [], []),
        ("1932", Timing.STATE, [("P585", "1932")], []),
        ("../1927", Timing.STATE, [("P582", "1927")], []),
        ("1919/..", Timing.STATE, [("P580", "1919")], []),
        ("1928/1936-05", Timing.STATE, [("P580", "1928"), ("P582", "1936-05")], []),
        ("../1928~", Timing.STATE, [], [Caution.INEXACT]),
        ("1934?", Timing.BEGINNING, [], [Caution.INEXACT]),
        ("1934", Timing.BEGINNING, [("P580", "1934")], []),
        ("1936-21", Timing.STATE, [], [Caution.INEXACT]),
        ("1936-21/1937", Timing.STATE, [], [Caution.INEXACT]),
        ("1936-03/1936-05", Timing.BEGINNING, [], [Caution.WITHIN]),
        ("1912-03-04", Timing.STATE, [("P585", "1912-03-04")], [Caution.CALENDAR]),
        ("1932", Timing.NONE, [], []),
    ],
)
def test_a_date_becomes_a_qualifier_or_a_caution_and_is_never_made_exact(
    date: str | None, timing: Timing, qualifiers: list[tuple[str, str]], cautions: list[Caution]
) -> None:
    found, notes = to_qualifiers(date, timing)
    assert [(q.pid, q.value.date) for q in found if isinstance(q.value, TimeValue)] == qualifiers
    assert [note.caution for note in notes] == cautions


def test_what_bears_a_caution_is_exported_only_when_chosen(gathered: Gathered) -> None:
    cautious = [claim for claim in gathered.ready if claim.notes]
    assert cautious
    assert not set(cautious) & set(to_batch(gathered).claims)
    assert to_batch(gathered, only=[cautious[0].id]).claims == (cautious[0],)


def test_a_new_letter_has_author_addressee_place_month_language_and_title(gathered: Gathered) -> None:
    batch = to_batch(gathered, create=[LETTER])
    own = {claim.pid: claim.value for claim in batch.claims if claim.subject == LETTER}
    assert own["P50"] == ItemValue("Q362009")
    assert own["P1817"] == ItemValue("Q47484")
    assert own["P1071"] == ItemValue("Q239")
    assert own["P571"] == TimeValue("1936-05")
    assert own["P407"] == ItemValue("Q150")
    assert dict(batch.new[0].descriptions)["fr"] == "lettre de Victor Serge, 1936"


@pytest.mark.parametrize(("name", "said"), [("André Gide", "lettre d’André Gide"), ("Élie", "lettre d’Élie")])
def test_a_description_elides_before_a_vowel(gathered: Gathered, name: str, said: str) -> None:
    author = next(c for c in gathered.of(LETTER) if c.pid == "P50")
    named = {**gathered.names, "person/victor-serge": {"fr": name, "en": name}}
    alone = replace(gathered, claims=[author], names=named)
    assert dict(new_item(alone, LETTER).descriptions) == {"fr": said, "en": f"letter by {name}"}


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (SERGE, "is Q362009"),
        ("person/victor-sergue", "perhaps person/victor-serge"),
        ("person/epouse-de-solntsev", "no item is made"),
        ("group/nous-de-la-lettre-a-gide", "no statement|no item is made"),
    ],
)
def test_items_are_made_neither_twice_nor_for_the_unnamed(gathered: Gathered, key: str, said: str) -> None:
    with pytest.raises(ReconciliationError, match=said):
        new_item(gathered, key)


def test_a_text_that_is_only_spoken_of_is_no_text_of_ours(gathered: Gathered) -> None:
    key = "article/information-de-jacques-mesnil-sur-victor-serge"
    with pytest.raises(ReconciliationError, match=r"no item is made|no statement"):
        to_batch(gathered, create=[key])
    for text in gathered.languages:
        claims = [claim.pid for claim in to_batch(gathered, create=[text]).claims]
        assert {"P407", "P953"} <= set(claims)


def test_what_tells_two_of_one_name_apart_is_a_description_and_no_part_of_a_label(gathered: Gathered) -> None:
    new = new_item(gathered, "person/gorbatchev")
    assert ("en", "Gorbachev") in new.labels
    assert ("en", "critic") in new.descriptions


def test_a_new_person_needs_a_second_source(gathered: Gathered) -> None:
    cautions = [note.caution for note in new_item(gathered, "person/calligaris").notes]
    assert cautions == [Caution.SEARCH, Caution.PERSON]


def statement(pid: str, value: Any, kind: str = "wikibase-entityid", **more: Any) -> dict[str, Any]:
    snak = {"snaktype": "value", "property": pid, "datavalue": {"value": value, "type": kind}}
    return {"mainsnak": snak, "rank": "normal", "type": "statement", **more}


def item(**claims: list[dict[str, Any]]) -> Snapshot:
    return Snapshot({"Q1": {"id": "Q1", "lastrevid": 7, "claims": claims}}, {"Q1": "2026-11-21"})


def one(claim: Claim, items: Snapshot) -> Any:
    (found,) = compare(Gathered((claim,), {"person/a": "Q1"}, {}, {}, {}, "x"), items)
    return found


WRITER = Claim("person/a", "Q1", "P106", ItemValue("Q36180"))
DEATH = Claim("person/a", "Q1", "P570", TimeValue("1936-01"))
TIME = {"time": "+1936-01-21T00:00:00Z", "precision": 11, "calendarmodel": "x"}


@pytest.mark.parametrize(
    ("claim", "items", "standing"),
    [
        (WRITER, item(P106=[statement("P106", {"id": "Q36180"})]), Standing.BOTH),
        (WRITER, item(P106=[statement("P106", {"id": "Q5"})]), Standing.BESIDE),
        (WRITER, item(), Standing.LACKS),
        (WRITER, item(P106=[statement("P106", {"id": "Q36180"}, rank="deprecated")]), Standing.LACKS),
        (WRITER, Snapshot({"Q1": {"id": "Q1", "claims": {}}}), Standing.UNSEEN),
        (WRITER, Snapshot(), Standing.UNSEEN),
        (replace(WRITER, item=None), item(), Standing.NO_ITEM),
        (DEATH, item(P570=[statement("P570", TIME, "time")]), Standing.BOTH),
        (
            replace(DEATH, value=TimeValue("1937")),
            item(P570=[statement("P570", TIME, "time")]),
            Standing.DIFFERS,
        ),
        (WRITER, Snapshot({"Q1": {"id": "Q1", "lastrevid": 1, "claims": []}}), Standing.LACKS),
        (WRITER, item(P106=[{"mainsnak": {"snaktype": "somevalue"}}]), Standing.LACKS),
    ],
)
def test_a_claim_stands_beside_its_item(claim: Claim, items: Snapshot, standing: Standing) -> None:
    assert one(claim, items).standing is standing


SOURCED = (Snak("P854", TextValue("https://example.org/x")),)
LATE = Snak("P585", TimeValue("1940"))


@pytest.mark.parametrize(
    ("claims", "items", "said"),
    [
        ([replace(WRITER, references=(SOURCED,))], item(), []),
        ([WRITER], item(), ["a reference is needed"]),
        (
            [replace(DEATH, references=(SOURCED,), value=TimeValue(year)) for year in ("1936", "1937")],
            Snapshot(),
            ["these are 1936, 1937"],
        ),
        (
            [replace(DEATH, references=(SOURCED,), value=TimeValue("1937"))],
            item(P570=[statement("P570", TIME, "time")]),
            ["the item has 1936-01-21"],
        ),
        (
            [replace(WRITER, references=(SOURCED,), qualifiers=(LATE,))],
            item(P570=[statement("P570", TIME, "time")]),
            ["1940 is after the death in 1936"],
        ),
        (
            [replace(WRITER, references=((Snak("P854", TextValue("javascript:x")),),))],
            item(),
            ["is no web address"],
        ),
    ],
)
def test_constraints_are_looked_at_before_anything_is_sent(
    claims: list[Claim], items: Snapshot, said: list[str]
) -> None:
    found = complaints(Batch((), tuple(claims)), items)
    assert len(found) == len(said)
    assert all(words in line for words, line in zip(said, found, strict=True))


def test_two_new_items_with_one_label_and_description_are_told() -> None:
    twins = tuple(
        NewItem(key, (("fr", "Lettre"),), (("fr", "lettre, 1936"),)) for key in ("letter/a", "letter/b")
    )
    assert complaints(Batch(twins, ()), Snapshot()) == [
        "letter/b and letter/a would have one label and description (fr)"
    ]


def test_what_the_corpus_exports_draws_no_complaint(gathered: Gathered) -> None:
    texts = [key for key in gathered.languages if key not in gathered.items]
    assert complaints(to_batch(gathered, create=texts), read_snapshot(COPY)) == []


def test_a_difference_shows_the_sources_of_both(gathered: Gathered) -> None:
    snak = {"snaktype": "value", "datavalue": {"value": "https://example.org/notice", "type": "string"}}
    theirs = statement("P570", TIME, "time", references=[{"snaks": {"P854": [snak]}}])
    found = one(replace(DEATH, value=TimeValue("1937")), item(P570=[theirs]))
    assert found.theirs[0].value == "1936-01-21"
    assert found.theirs[0].sources == ("P854 https://example.org/notice",)


def test_the_copy_that_the_corpus_carries_covers_every_item_and_claims_to_be_whole_nowhere(
    gathered: Gathered,
) -> None:
    copy = read_snapshot(COPY)
    assert set(gathered.items.values()) <= set(copy.entities)
    assert not any(copy.is_whole(qid) for qid in copy.entities)


@pytest.mark.slow
def test_our_letters_and_known_persons_have_the_shapes_of_the_schemas(gathered: Gathered) -> None:
    results = {result.subject: result for result in conformance(gathered, read_snapshot(COPY))}
    assert results[SERGE].conforms
    assert results[LETTER].conforms
    assert not conformance(gathered, Snapshot())[0].conforms


def test_wikibase_json_has_every_claim_with_its_references(gathered: Gathered) -> None:
    batch = to_batch(gathered, create=[LETTER])
    edits = json.loads(write_wikibase(batch))
    statements = [s for edit in edits for claims in edit["entity"]["claims"].values() for s in claims]
    assert len(statements) == len(batch.claims)
    assert sum(len(s.get("references", ())) for s in statements) == sum(
        len(c.references) for c in batch.claims
    )
    (letter,) = [edit for edit in edits if edit["item"] is None]
    (date,) = letter["entity"]["claims"]["P571"]
    value = date["mainsnak"]["datavalue"]["value"]
    assert (value["time"], value["precision"]) == ("+1936-05-00T00:00:00Z", 10)
    assert value["calendarmodel"].endswith("/Q1985727")


def _hash(snaks: dict[str, list[dict[str, Any]]]) -> None:
    for found in snaks.values():
        for snak in found:
            snak["hash"] = "0"


@contextmanager
def wiki(refuses: bool = False) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A stub of a wiki for trials: it takes `wbeditentity` and gives each item a number."""
    app, taken = Flask("wiki"), list[dict[str, Any]]()

    @app.route("/w/api.php", methods=["GET", "POST"])
    def api() -> dict[str, Any]:
        if request.values.get("action") == "query":
            return {"query": {"tokens": {"csrftoken": "+\\"}}}
        if refuses:
            return {"error": {"code": "failed-save", "info": "The save has failed.", "messages": []}}
        data = json.loads(request.values["data"])
        taken.append(data)
        id_ = request.values.get("id") or f"Q{900 + len(taken)}"
        for number, made in enumerate(s for found in data["claims"].values() for s in found):
            made["id"] = f"{id_}${number}"
            for reference in made.get("references", ()):
                reference["hash"] = "0"
                _hash(reference["snaks"])
            made["mainsnak"]["hash"] = "0"
            _hash(made.get("qualifiers", {}))
        return {"success": 1, "entity": {**data, "id": id_, "type": "item", "lastrevid": 1}}

    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/w/api.php", taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_trial_sends_the_whole_batch_to_a_wiki_for_trials(gathered: Gathered) -> None:
    batch = to_batch(gathered, create=[LETTER])
    with wiki() as (api, taken):
        said = try_out(batch, api, "x")
    assert said[0] == f"{LETTER}\tQ901"
    assert len(said) == len(taken) == 1 + len({claim.item for claim in batch.claims if claim.item})
    assert sum(len(found) for data in taken for found in data["claims"].values()) == len(batch.claims)


def test_a_wiki_that_refuses_is_one_clear_message(gathered: Gathered) -> None:
    with wiki(refuses=True) as (api, _), pytest.raises(ReconciliationError, match=f"did not take {LETTER}"):
        try_out(to_batch(gathered, create=[LETTER]), api, "x")


@pytest.mark.parametrize(
    "api", ["https://www.wikidata.org/w/api.php", "https://test.example.org/", "file:///x", ""]
)
def test_a_trial_never_goes_to_wikidata_itself(api: str) -> None:
    with pytest.raises(ReconciliationError, match="no wiki for trials"):
        try_out(Batch((), ()), api, "x")


@pytest.mark.slow
@pytest.mark.parametrize(
    "form", ["quickstatements", "csv", "wikibase", "mixnmatch", "beacon", "letters-shex"]
)
def test_the_command_writes_every_format(config: Config, release: Release, form: str) -> None:
    done = CliRunner().invoke(export_verb.command, ["--format", form], env=to_environ(config))
    assert done.exit_code == 0, done.output
    assert done.stdout
    if form == "quickstatements":
        assert len(parse_v1(done.stdout)) >= 5


@pytest.mark.slow
def test_the_comparison_is_a_table_or_a_report_with_every_quotation(config: Config, release: Release) -> None:
    options = ["--snapshot", str(COPY), SERGE]
    table = CliRunner().invoke(compare_verb.command, options, env=to_environ(config))
    assert "P108 employer" in table.stdout
    report = CliRunner().invoke(
        compare_verb.command, [*options, "--format", "markdown"], env=to_environ(config)
    )
    assert "### Victor Serge (`person/victor-serge`, Q362009)" in report.stdout
    assert "« il milite dans le mouvement communiste jusqu'en 1927 »" in report.stdout

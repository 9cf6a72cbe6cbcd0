"""Letters and texts for other communities say what the statements say, and no more."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

from sergekg.cli import cli
from sergekg.config import Config
from sergekg.errors import ReleaseError
from sergekg.export import exporters
from sergekg.export.beacon import write_beacon
from sergekg.export.cmif import VOCABULARY, write_cmif
from sergekg.export.rocrate import write_crate
from sergekg.export.tei import write_tei
from sergekg.export.web_annotation import write_collection
from sergekg.release import Release
from sergekg.store.local import LocalStore

TEI = {"t": "http://www.tei-c.org/ns/1.0"}
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
ROOT = Path(__file__).parents[2]
GIDE = "lettre-a-andre-gide"


@pytest.fixture(scope="session")
def cmif(release: Release, store: LocalStore) -> etree._Element:
    return etree.fromstring(write_cmif(release, store))


@pytest.fixture(scope="session")
def gide(release: Release, store: LocalStore) -> etree._Element:
    return etree.fromstring(write_tei(release, store, GIDE))


def test_the_letter_to_gide_has_sender_addressee_place_date_and_enclosure(cmif: etree._Element) -> None:
    (letter,) = cmif.xpath(f"//t:correspDesc[contains(@ref, '{GIDE}')]", namespaces=TEI)
    sent = letter.xpath("t:correspAction[@type='sent']/*/@ref", namespaces=TEI)
    assert sent == ["http://www.wikidata.org/entity/Q362009", "http://www.wikidata.org/entity/Q239"]
    assert letter.xpath("t:correspAction[@type='received']/t:persName/text()", namespaces=TEI) == [
        "André Gide"
    ]
    assert letter.xpath("t:correspAction[@type='sent']/t:date/@when", namespaces=TEI) == ["1936-05"]
    (enclosed,) = letter.xpath("t:correspContext/t:ref[@type='enclosure']/@target", namespaces=TEI)
    assert enclosed.endswith("/id/letter/lettre-a-magdeleine-paz")


def test_the_letters_name_persons_places_language_and_files(cmif: etree._Element) -> None:
    for letter in cmif.xpath("//t:correspDesc", namespaces=TEI):
        relations = set(letter.xpath("t:note/t:ref/@type", namespaces=TEI))
        wanted = {"mentionsPerson", "mentionsPlace", "hasLanguage", "isAvailableAsTEIfile"}
        assert {f"{VOCABULARY}{name}" for name in wanted} <= relations


def test_an_article_is_no_letter(cmif: etree._Element) -> None:
    assert len(cmif.xpath("//t:correspDesc", namespaces=TEI)) == 2


def test_the_body_of_the_tei_file_is_the_text_and_nothing_else(
    gide: etree._Element, release: Release
) -> None:
    body = " ".join("".join(gide.find(".//t:body", TEI).itertext()).split())
    assert body == " ".join(str(release.text(GIDE)["reading"]).split())


def test_every_statement_of_the_text_stands_off_with_its_words(
    gide: etree._Element, store: LocalStore, release: Release
) -> None:
    rows = store.select(
        f"SELECT ?s WHERE {{ ?s a skg:Statement ; skg:statedIn <{release.base}id/letter/{GIDE}> }}"
    )
    off = etree.tostring(gide.find(".//t:standOff", TEI), encoding="unicode")
    assert rows
    assert [row["s"] for row in rows if str(row["s"]) not in off] == []


def test_every_pointer_of_the_tei_file_has_its_target(gide: etree._Element) -> None:
    ids = {element.get(XML_ID) for element in gide.iter() if element.get(XML_ID)}
    pointers = {
        pointer[1:]
        for element in gide.iter(etree.Element)
        for value in element.attrib.values()
        for pointer in value.split()
        if pointer.startswith("#") and "(" not in pointer
    }
    assert pointers
    assert pointers <= ids


def test_annotations_quote_the_file_as_received(release: Release, store: LocalStore) -> None:
    collection = json.loads(write_collection(release, store, GIDE))
    source = (release.directory / "sources" / str(release.text(GIDE)["file"])).read_text(encoding="utf-8")
    items = []
    page = collection["first"]
    while isinstance(page, dict):
        items += page["items"]
        page = page.get("next")
    assert items
    for item in items:
        quote, position = item["target"]["selector"]
        assert source[position["start"] : position["end"]] == quote["exact"]
        assert item["motivation"] == "assessing"


def test_the_pages_of_annotations_hold_all_of_them(client, release: Release) -> None:  # type: ignore[no-untyped-def]
    head = client.get(f"/annotations/{GIDE}.jsonld")
    assert head.content_type == 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"'
    seen, page = [], head.json["first"]["id"]
    while page:
        found = client.get(page.removeprefix("http://localhost")).json
        seen += [item["id"] for item in found["items"]]
        page = found.get("next")
    assert len(set(seen)) == len(seen) == head.json["total"]
    assert client.get(f"/annotations/{GIDE}.jsonld?page=99").status_code == 404


def test_beacon_lists_exact_matches_only(release: Release, store: LocalStore) -> None:
    head, lines = [], []
    for line in write_beacon(release, store).decode().splitlines():
        (head if line.startswith("#") else lines).append(line)
    rows = store.select("SELECT ?t ?q WHERE { ?t skos:exactMatch ?q FILTER(STRSTARTS(STR(?q), STR(wd:))) }")
    known = {(str(row["q"]).rpartition("/")[2], str(row["t"]).partition("/id/")[2]) for row in rows}
    assert head[0] == "#FORMAT: BEACON"
    assert {tuple(line.split("||")) for line in lines} == {(q, t) for q, t in known if t}


def test_every_file_and_dataset_of_the_crate_is_a_part_of_it(release: Release) -> None:
    entities = {e["@id"]: e for e in json.loads(write_crate(release))["@graph"]}
    parts = {part["@id"] for part in entities["./"]["hasPart"]}
    data = {name for name, e in entities.items() if e["@type"] in ("File", "Dataset")}
    assert data - {"./"} == parts


def test_the_crate_holds_every_file_of_the_release_with_its_digest(release: Release) -> None:
    crate = json.loads(write_crate(release))
    files = {e["@id"]: e for e in crate["@graph"] if e["@type"] == "File"}
    assert set(release.files) | {f"dumps/{dump.name}" for dump in release.dumps} <= set(files)
    assert all(files[f"dumps/{dump.name}"]["sha256"] == dump.sha256 for dump in release.dumps)


@pytest.mark.parametrize("name", sorted(exporters()))
def test_the_command_line_writes_every_one_of_them(
    name: str, release: Release, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERGEKG_VAR", str(config.var))
    monkeypatch.chdir(ROOT)
    exporter = exporters()[name]
    arguments = ["export", "--format", name]
    if not exporter.of_release:
        arguments += ["--resource", f"letter/{GIDE}"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    assert len(done.stdout_bytes) > 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["tei"], "lettre-a-andre-gide"),
        (["cmif", "--resource", "letter/lettre-a-andre-gide"], "--resource"),
        (["bibtex", "--resource", "person/nobody"], "person/nobody"),
    ],
)
def test_a_format_that_cannot_be_says_what_to_give(
    arguments: list[str], said: str, release: Release, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERGEKG_VAR", str(config.var))
    monkeypatch.chdir(ROOT)
    with pytest.raises(ReleaseError, match=said):
        CliRunner().invoke(cli, ["export", "--format", *arguments], catch_exceptions=False)

"""Texts with seasons, brackets, control characters and marks of every format: no export is broken by them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from pathlib import Path

import pytest
import yaml
from lxml import etree
from tests.reconcile.quickstatements_v1 import Command, parse_v1

from sergekg.build.publish import publish
from sergekg.build.run import assemble
from sergekg.cli import main
from sergekg.config import Config, load_config
from sergekg.corpus.manifest import FILE_NAME, file_digest
from sergekg.corpus.workspace import add_text, make_workspace
from sergekg.errors import Location
from sergekg.export.beacon import write_beacon
from sergekg.export.citation import cite
from sergekg.export.cmif import write_cmif
from sergekg.export.tei import write_tei
from sergekg.export.wikidata.claims import Caution, TextValue
from sergekg.export.wikidata.gather import gather, to_batch
from sergekg.export.wikidata.mixnmatch import write_mixnmatch
from sergekg.export.wikidata.quickstatements import write_csv, write_v1
from sergekg.model.mapping import Mapping
from sergekg.reconcile.decisions import save_decisions
from sergekg.reconcile.facts import read_catalogue
from sergekg.release import Release
from sergekg.store.local import LocalStore
from sergekg.web import create_app

TEI = {"t": "http://www.tei-c.org/ns/1.0"}
SCHEMAS = Path(__file__).parent / "schemas"
LETTER, ARTICLE = "letter/lettre-a-jeanne", "article/un-mot"
NAME = 'Paul "le {rouge}" \\ | /* \U0001d4ab */ « [x] » & <b>\tMartin'
TITLE = "LETTRE [À] JEANNE :heart: {a|b} /* x */"


VIAF = """#mapping_set_id: https://example.org/viaf
#license: https://creativecommons.org/publicdomain/zero/1.0/
#curie_map:
#  skgid: {base}id/
#  viaf: http://viaf.org/viaf/
subject_id	predicate_id	object_id	mapping_justification	author_label
skgid:person/paul	skos:exactMatch	viaf:34	semapv:ManualMappingCuration	me
skgid:person/jeanne	skos:exactMatch	viaf:35	semapv:ManualMappingCuration	me
"""


def changed(path: Path, *pairs: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    workspace = tmp_path_factory.mktemp("odd") / "odd"
    corpus = make_workspace(workspace, modified="2026-11-22")
    text = corpus / "texts" / "lettre-a-jeanne.txt"
    received = file_digest(text.read_bytes())
    changed(
        text,
        ("3 mai 1921", "printemps 1921"),
        ("LETTRE À JEANNE", TITLE),
        ("Où est", "Il fut [illisible] à :heart: [/i] Lyon.\fOù est"),
        ("typographe", "typo\x01graphe"),
    )
    changed(corpus / FILE_NAME, (received, file_digest(text.read_bytes())))
    changed(
        corpus / FILE_NAME,
        ('"Un corpus nouveau, avec un texte d’exemple."', '"Un corpus nouveau,\\nQ1||person/nobody\\tx"'),
        ('fr = "Corpus odd"', 'fr = "Corpus [odd] :heart: [/i]"'),
        ('publisher = "odd"', 'publisher = "A & B\\u0001 <c>"'),
    )
    changed(
        corpus / "annotations" / "lettre-a-jeanne.yaml",
        ("3 mai 1921", "printemps 1921"),
        ("object: 1921-05-03", "object: 1921-21"),
        ("anchor: 1921-05-03", "anchor: 1921-05"),
        ("LETTRE À JEANNE", TITLE),
        ("Martin, le typographe", "Martin, le typo\\x01graphe"),
    )
    changed(
        corpus / "entities" / "all.yaml",
        ('{fr: "Paul", en: "Paul"}', json.dumps({"fr": NAME, "en": NAME}, ensure_ascii=False)),
    )
    source = workspace / "mot.txt"
    source.write_text("Un mot de Paul et de Louise.", encoding="utf-8")
    notes = add_text(
        corpus, source, kind="article", title="Un mot", slug=None, voice="person/paul", rights="CC0"
    )
    notes.write_text(
        "text: un-mot\nvoice: person/paul\nstatements:\n"
        + "".join(
            f'- {{quote: "{name}", subject: person/{name.lower()}, predicate: authorOf, object: {ARTICLE}}}\n'
            for name in ("Paul", "Louise")
        ),
        encoding="utf-8",
    )
    config = load_config(workspace, environ={})
    accepted = Mapping(
        "person/paul",
        "skos:exactMatch",
        "http://www.wikidata.org/entity/Q1",
        "semapv:ManualMappingCuration",
        Location(""),
        author="A. Reader",
    )
    save_decisions(config.mappings / "wikidata.sssom.tsv", [accepted], base=config.base)
    (config.mappings / "viaf.sssom.tsv").write_text(VIAF.format(base=config.base), encoding="utf-8")
    return config


@pytest.fixture(scope="module")
def release(config: Config) -> Release:
    return publish(config, assemble(config))


@pytest.fixture(scope="module")
def store(release: Release) -> LocalStore:
    return LocalStore.open(release.store)


@pytest.fixture(scope="module")
def tei(release: Release, store: LocalStore) -> etree._Element:
    return etree.fromstring(write_tei(release, store, "lettre-a-jeanne"))


def test_a_season_is_no_month_in_letters(release: Release, store: LocalStore, tei: etree._Element) -> None:
    cmif = etree.fromstring(write_cmif(release, store))
    for document in (cmif, tei):
        (date,) = document.xpath("//t:correspAction[@type='sent']/t:date", namespaces=TEI)
        assert dict(date.attrib) == {"notBefore": "1921-03-01", "notAfter": "1921-06-30"}
    assert etree.RelaxNG(etree.parse(SCHEMAS / "cmif.rng")).validate(cmif)


def test_a_person_of_several_authorities_has_the_iri_of_wikidata_in_letters(
    release: Release, store: LocalStore
) -> None:
    document = etree.fromstring(write_cmif(release, store))
    refs = document.xpath("//t:correspAction/t:persName/@ref", namespaces=TEI)
    assert refs == ["http://www.wikidata.org/entity/Q1", f"{release.base}id/person/jeanne"]


def test_a_season_is_no_month_in_references(release: Release, store: LocalStore) -> None:
    bib, ris, csl, cff = (
        cite(release, store, LETTER, suffix).decode() for suffix in ("bib", "ris", "csl", "cff")
    )
    assert "year = {1921}" in bib
    assert "month" not in bib
    assert "DA  - 1921\r\n" in ris
    assert json.loads(csl)[0]["issued"] == {"date-parts": [[1921]]}
    assert "month" not in yaml.safe_load(cff)["preferred-citation"]


def test_a_season_is_left_to_a_person_who_contributes_to_wikidata(
    release: Release, store: LocalStore
) -> None:
    gathered = gather(release, store)
    assert [note.caution for note in gathered.left[LETTER]] == [Caution.INEXACT]
    assert "P571" not in {claim.pid for claim in gathered.of(LETTER)}


def test_a_season_is_a_year_for_search_engines(release: Release, config: Config) -> None:
    page = create_app(release, config).test_client().get(f"/page/{LETTER}").get_data(as_text=True)
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    described = json.loads(block)
    assert described["dateCreated"] == "1921"
    assert described["author"]["name"] == NAME


def test_what_xml_has_not_is_in_no_feed(release: Release, config: Config) -> None:
    feed = etree.fromstring(create_app(release, config).test_client().get("/feed.atom").data)
    assert feed.xpath("string(//*[local-name() = 'author'])") == "A & B\ufffd <c>"


def test_an_article_has_its_authors_and_no_addressee(release: Release, store: LocalStore) -> None:
    document = etree.fromstring(write_tei(release, store, "un-mot"))
    authors = document.xpath("//t:titleStmt/t:author/text()", namespaces=TEI)
    assert authors == ["Louise", NAME]
    assert document.xpath("//t:correspDesc", namespaces=TEI) == []
    assert len(etree.fromstring(write_cmif(release, store)).xpath("//t:correspDesc", namespaces=TEI)) == 1


def test_characters_that_xml_has_not_are_replaced_one_by_one(release: Release, tei: etree._Element) -> None:
    paragraphs = [str(node.xpath("string()")) for node in tei.xpath("//t:body//t:*[@xml:id]", namespaces=TEI)]
    reading = release.text("lettre-a-jeanne")["reading"]
    assert "\f" not in reading  # a page break is a space there
    assert "\x01" in reading
    assert "\n".join(paragraphs) == reading.replace("\x01", "\ufffd")


@pytest.mark.slow
def test_odd_texts_are_valid_by_the_whole_of_tei(release: Release, store: LocalStore) -> None:
    schema = etree.RelaxNG(etree.fromstring(gzip.decompress((SCHEMAS / "tei_all.rng.gz").read_bytes())))
    for document in (
        write_cmif(release, store),
        *(write_tei(release, store, slug) for slug in release.texts),
    ):
        assert schema.validate(etree.fromstring(document)), schema.error_log


def test_a_beacon_of_two_lines_of_description_has_one_link(release: Release, store: LocalStore) -> None:
    lines = write_beacon(release, store).decode().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["Q1||person/paul"]
    assert "#DESCRIPTION: Un corpus nouveau, Q1||person/nobody x" in lines


def test_the_target_of_a_beacon_keeps_the_slash_of_a_key(release: Release, store: LocalStore) -> None:
    (target,) = re.findall(r"(?m)^#TARGET: (.*)$", write_beacon(release, store).decode())
    assert target == f"{release.base}id/{{+ID}}"


def test_quickstatements_are_read_as_they_were_meant(release: Release, store: LocalStore) -> None:
    batch = to_batch(gather(release, store), create=[LETTER])
    text = write_v1(batch)
    # what QuickStatements takes for the summary of a line: public_html/quickstatements.php, importDataFromV1
    for line in text.splitlines():
        fields, summary = re.fullmatch(r"(.*?)(?: */\* *(.*?) *\*/ *)?", line).groups()  # type: ignore[union-attr]
        assert line == "CREATE" or fields.count("\t") >= 2
        assert summary in (None, "from the sources that sergekg quotes")
    titles = [c.value for c in parse_v1(text) if isinstance(c, Command) and c.pid == "P1476"]
    assert titles == [TextValue("LETTRE [À] JEANNE :heart: {a❘b} /∗ x */", "fr")]
    header, *rows = csv.reader(io.StringIO(write_csv(batch)))
    assert {len(row) for row in rows} == {len(header)}
    assert not re.search(r"[\t|]", "".join(cell for row in rows for cell in row))


def test_a_catalogue_for_mixnmatch_has_a_row_for_each_thing(release: Release, store: LocalStore) -> None:
    text = write_mixnmatch(read_catalogue(store.select, release.base), release.base)
    assert {line.count("\t") for line in text.splitlines()} == {4}


@pytest.mark.parametrize("key", [LETTER, ARTICLE, "dataset/odd"])
def test_references_hold_whatever_a_name_holds(release: Release, store: LocalStore, key: str) -> None:
    bib, ris, csl, cff = (
        cite(release, store, key, suffix).decode() for suffix in ("bib", "ris", "csl", "cff")
    )
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", bib)
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - [^\t]*", line) for line in ris.split("\r\n")[:-1])
    authors = [] if key.startswith("dataset/") else [NAME]
    assert [a["literal"] for a in json.loads(csl)[0]["author"] if a["literal"] == NAME] == authors
    cited = yaml.safe_load(cff).get("preferred-citation", {"authors": []})
    assert [a["name"] for a in cited["authors"] if a["name"] == NAME] == authors


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["status", "--coverage"], "« Il fut [illisible] à :heart: [/i] Lyon."),
        (["status"], "Corpus [odd] :heart: [/i]"),
        (["query", "SELECT ?n WHERE { ?x skos:prefLabel ?n FILTER(CONTAINS(?n, '𝒫')) }"], "« [x] »"),
        (["query", "SELECT ?n WHERE { ?x skg:hasTitle ?n }"], "[À] JEANNE :heart: {a|b}"),
    ],
    ids=["coverage", "overview", "brackets in a query", "colons in a query"],
)
def test_the_terminal_shows_the_brackets_and_colons_of_a_text(
    release: Release,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(config.corpus)
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        main(command)
    assert said in capsys.readouterr().out

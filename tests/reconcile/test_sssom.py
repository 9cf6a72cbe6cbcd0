"""Decisions of identity: what a file may hold, what is refused, and with which words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.assets import asset_dir
from sergekg.errors import BuildError, Location
from sergekg.model.mapping import NO_TERM_FOUND, Mapping
from sergekg.reconcile.decisions import save_decisions
from sergekg.reconcile.sssom import read_mappings

BASE = "https://w3id.org/sergekg/"
HEAD = f"""\
#mapping_set_id: {BASE}mappings/wikidata
#license: https://creativecommons.org/publicdomain/zero/1.0/
#curie_map:
#  skgid: {BASE}id/
#  wikidata: http://www.wikidata.org/entity/
"""
COLUMNS = (
    "subject_id predicate_id predicate_modifier object_id mapping_justification author_label object_source"
)


EXACT = "skos:exactMatch"
NIL = "sssom:NoTermFound"


def row(subject: str, item: str, predicate: str = EXACT, modifier: str = "", source: str = "") -> str:
    justification = "semapv:ManualMappingCuration"
    return "\t".join([subject, predicate, modifier, item, justification, "an editor", source])


def write(directory: Path, *rows: str, head: str = HEAD, columns: str = COLUMNS) -> Path:
    mappings = directory / "mappings"
    mappings.mkdir(exist_ok=True)
    lines = [columns.replace(" ", "\t"), *rows]
    (mappings / "wikidata.sssom.tsv").write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    return mappings


def problems(directory: Path) -> list[str]:
    with pytest.raises(BuildError) as caught:
        read_mappings(directory)
    return str(caught.value).splitlines()


LENINE = row("skgid:person/lenine", "wikidata:Q1394")


def test_a_decision_is_read_with_its_line(tmp_path: Path) -> None:
    (mapping,) = read_mappings(write(tmp_path, LENINE))
    assert mapping.subject == "person/lenine"
    assert mapping.object == "http://www.wikidata.org/entity/Q1394"
    assert mapping.origin == Location("mappings/wikidata.sssom.tsv", 7)
    assert mapping.is_match


def test_a_directory_that_is_not_there_holds_no_decisions(tmp_path: Path) -> None:
    assert read_mappings(tmp_path / "none") == []


def test_refusals_and_null_results_and_doubts_are_kept_and_are_no_matches(tmp_path: Path) -> None:
    columns = COLUMNS + " reviewer_agreement"
    rows = [
        row("skgid:person/riazanov", "wikidata:Q381944", modifier="Not") + "\t",
        row("skgid:person/solntsev", NIL, source="wikidata:Q2013") + "\t",
        row("skgid:work/la-nuit", "wikidata:Q1", "skos:closeMatch") + "\t0",
    ]
    mappings = read_mappings(write(tmp_path, *rows, columns=columns))
    assert [mapping.is_match for mapping in mappings] == [False, False, False]
    assert [mapping.is_refused for mapping in mappings] == [True, False, False]
    assert [mapping.is_nil for mapping in mappings] == [False, True, False]
    assert [mapping.is_unsure for mapping in mappings] == [False, False, True]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [row("skgid:person/lenine", "wikidata:Q1394", "skos:exactmatch")],
            "unknown predicate 'skos:exactmatch'",
        ),
        ([row("skgid:person/lenine", "wikidata:Q1394", "owl:sameAs")], "unknown predicate 'owl:sameAs'"),
        ([row("person/lenine", "wikidata:Q1394")], "is none of ours"),
        ([row("skgid:person/Lénine", "wikidata:Q1394")], "is none of ours"),
        ([row("skgid:person/lenine", "wikidata:P31")], "is no item"),
        ([row("skgid:person/lenine", "viaf:7393146")], "has no known prefix; take one of curie_map, or add it there"),
        ([row("skgid:person/lenine", "https://www.wikidata.org/wiki/Q1394")], "has no known prefix; write wikidata:Q1394"),
        ([row("skgid:person/lenine", "Q1394")], "has no known prefix; write wikidata:Q1394"),
        ([row("skgid:person/lenine", "Lenin")], "has no known prefix; take one of curie_map, or add it there"),
        ([row("skgid:person/lenine", "wikidata:Q1394 <1870>")], "is no IRI: http://"),
        ([row("skgid:person/lenine", "wikidata:Q1394%zz")], "is no IRI: http://"),
        (
            [row("skgid:person/lenine", NIL, modifier="Not", source="wikidata:Q2013")],
            "with Not",
        ),
        ([row("skgid:person/lenine", NIL)], "not where was looked"),
        ([row("skgid:person/lenine", "wikidata:Q1394", modifier="not")], "predicate_modifier ('not')"),
        ([LENINE.replace("\tan editor\t", "\t\t")], "nobody stands for this decision"),
        ([LENINE.replace("\t\t", "\t", 1)], "a tab is missing"),
        ([LENINE + "\t"], "a tab too many"),
        ([LENINE.replace("an editor", '"an editor')], "a quotation mark is not closed"),
        ([LENINE, row("skgid:person/lenine", "wikidata:Q855")], "has two exact matches, Q1394 and Q855"),
        (
            [LENINE, row("skgid:person/staline", "wikidata:Q1394")],
            "is the exact match of person/lenine and of",
        ),
        ([LENINE, LENINE], "is decided twice"),
        ([LENINE, row("skgid:person/lenine", "wikidata:Q1394", modifier="Not")], "is accepted and refused"),
        (
            [LENINE, row("skgid:person/lenine", NIL, source="wikidata:Q2013")],
            "has no term, and",
        ),
    ],
)  # fmt: skip
def test_a_wrong_row_is_one_line_with_its_place_and_a_remedy(
    tmp_path: Path, rows: list[str], said: str
) -> None:
    (line,) = problems(write(tmp_path, *rows))
    assert line.startswith(f"mappings/wikidata.sssom.tsv:{6 + len(rows)}: ")
    assert said in line
    assert "; " in line


def test_all_mistakes_of_a_file_are_told_together_in_the_order_of_lines(tmp_path: Path) -> None:
    bad = row("skgid:person/lenine", "wikidata:Q1394", "skos:same")
    lines = problems(write(tmp_path, bad, row("skgid:person/staline", "wikidata:855"), LENINE + "\t"))
    assert [line.split(":")[1] for line in lines] == ["7", "8", "9"]


def categorised(line: str, category: str) -> str:
    return f"{line}\t{category}"


PARIS = categorised(row("skgid:place/paris", "wikidata:Q90"), "skg:Place")
NOT_PARIS = categorised(row("skgid:work/paris", "wikidata:Q90", modifier="Not"), "skg:Place")
NEAR_PARIS = row("skgid:person/lenine", "wikidata:Q90", "skos:closeMatch")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([categorised(NEAR_PARIS, "skg:Place")], {7: "person/lenine is a person, Q90 is skg:Place; take an"}),
        ([PARIS, categorised(NEAR_PARIS, "")], {8: "Q90 is skg:Place (by mappings/wikidata.sssom.tsv:7)"}),
        ([NOT_PARIS, categorised(NEAR_PARIS, "")], {8: "person/lenine is a person, Q90 is skg:Place"}),
        ([categorised(LENINE, "skg:Persn")], {7: "unknown object_category 'skg:Persn'; perhaps skg:Person"}),
        ([categorised(LENINE, "wikidata:Q5")], {7: "unknown object_category 'wikidata:Q5'"}),
        (
            [PARIS, categorised(NEAR_PARIS, "skg:Person")],
            {7: "Q90 is skg:Place here and skg:Person in", 8: "Q90 is skg:Person here and skg:Place in"},
        ),
    ],
)
def test_a_person_is_no_place(tmp_path: Path, rows: list[str], said: dict[int, str]) -> None:
    found = problems(write(tmp_path, *rows, columns=COLUMNS + " object_category"))
    assert len(found) == len(said)
    for line, (number, words) in zip(sorted(found), sorted(said.items()), strict=True):
        assert line.startswith(f"mappings/wikidata.sssom.tsv:{number}: ")
        assert words in line


def test_what_is_refused_may_be_of_any_kind(tmp_path: Path) -> None:
    assert len(read_mappings(write(tmp_path, NOT_PARIS, columns=COLUMNS + " object_category"))) == 1


def test_one_item_may_be_near_to_two_entities(tmp_path: Path) -> None:
    near = row("skgid:place/russie", "wikidata:Q15180", "skos:closeMatch")
    assert len(read_mappings(write(tmp_path, near, row("skgid:place/urss", "wikidata:Q15180")))) == 2


def test_two_exact_matches_in_two_authorities_are_no_rivals(tmp_path: Path) -> None:
    head = HEAD + "#  viaf: http://viaf.org/viaf/\n"
    mappings = write(tmp_path, LENINE, row("skgid:person/lenine", "viaf:7393146"), head=head)
    assert len(read_mappings(mappings)) == 2


@pytest.mark.parametrize(
    ("head", "columns", "said"),
    [
        ("", COLUMNS, "there is no head"),
        ("#mapping_set_id: x\n# :\n#  - [\n", COLUMNS, "the # lines are not YAML"),
        (HEAD + "#mapping_date: 2026-02-30\n", COLUMNS, "the # lines are not YAML: day is out of range"),
        (HEAD + f"#other: {'[' * 3000}\n", COLUMNS, "the # lines are not YAML: "),
        (HEAD + "#comment: \x07\n", COLUMNS, "the # lines are not YAML: "),
        (HEAD.replace("#license: ", "#licence: "), COLUMNS, "gives no license"),
        (
            HEAD.replace("http://www.wikidata.org/entity/", "https://www.wikidata.org/wiki/"),
            COLUMNS,
            "make it http",
        ),
        (HEAD, COLUMNS.replace("object_id", "object"), "there is no column object_id"),
        (HEAD, COLUMNS.replace("author_label", "author_lable"), "perhaps 'author_label'"),
        (HEAD, COLUMNS.replace("object_source", "object_id"), "the column object_id stands twice"),
    ],
)
def test_a_wrong_head_is_said_in_words(tmp_path: Path, head: str, columns: str, said: str) -> None:
    assert any(said in line for line in problems(write(tmp_path, head=head, columns=columns)))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_unicode_calls_the_end_of_a_line_ends_no_row(tmp_path: Path, end: str) -> None:
    mappings = write(tmp_path, LENINE + "\tla rue\u2028de\x85la\x0bville", columns=f"{COLUMNS} comment")
    path = mappings / "wikidata.sssom.tsv"
    path.write_bytes(path.read_bytes().replace(b"\n", end.encode()))
    (mapping,) = read_mappings(mappings)
    assert mapping.comment == "la rue\u2028de\x85la\x0bville"
    assert mapping.origin.line == 7


def test_a_file_that_cannot_be_opened_is_told_with_the_mistakes_of_the_others(tmp_path: Path) -> None:
    mappings = write(tmp_path, LENINE, LENINE)
    (mappings / "a.sssom.tsv").mkdir()
    first, second = problems(mappings)
    assert first == "mappings/a.sssom.tsv: cannot be read (Is a directory); check it"
    assert "is decided twice" in second


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path) / "wikidata.sssom.tsv"
    path.write_bytes(path.read_bytes() + "Lénine".encode("latin-1"))
    (line,) = problems(path.parent)
    assert line == "mappings/wikidata.sssom.tsv:7: not UTF-8; convert the file to UTF-8"


def decision(subject: str, item: str, **more: str) -> Mapping:
    return Mapping(
        subject=subject,
        predicate="skos:exactMatch",
        object=item if item == NO_TERM_FOUND else f"http://www.wikidata.org/entity/{item}",
        justification="semapv:ManualMappingCuration",
        origin=Location(""),
        author="an editor",
        **more,  # type: ignore[arg-type]
    )


def test_saving_twice_gives_the_same_bytes_sorted_by_entity_and_number(tmp_path: Path) -> None:
    path = tmp_path / "wikidata.sssom.tsv"
    rows = [decision("person/b", "Q10"), decision("person/b", "Q9", comment="x"), decision("person/a", "Q11")]
    save_decisions(path, rows, base=BASE)
    first = path.read_bytes()
    save_decisions(path, reversed(rows), base=BASE)
    assert path.read_bytes() == first
    assert b"\r" not in first
    written = [line.split("\t")[4] for line in first.decode().splitlines() if line.startswith("skgid:")]
    assert written == ["wikidata:Q11", "wikidata:Q9", "wikidata:Q10"]


def test_a_later_decision_replaces_the_earlier_and_leaves_the_columns_of_other_hands(tmp_path: Path) -> None:
    path = tmp_path / "wikidata.sssom.tsv"
    write(tmp_path, LENINE + "\torcid:0000-0002-1825-0097", columns=COLUMNS + " reviewer_id")
    path = tmp_path / "mappings" / "wikidata.sssom.tsv"
    save_decisions(path, [decision("person/staline", "Q855")], base=BASE)
    assert "orcid:0000-0002-1825-0097" in path.read_text(encoding="utf-8")
    save_decisions(path, [decision("person/staline", "Q855", comment="seen again")], base=BASE)
    comments = {mapping.subject: mapping.comment for mapping in read_mappings(path.parent)}
    assert comments == {"person/lenine": None, "person/staline": "seen again"}


def test_a_file_that_cannot_be_read_is_left_as_it_is(tmp_path: Path) -> None:
    directory = write(tmp_path, LENINE + "\t")
    before = (directory / "wikidata.sssom.tsv").read_bytes()
    with pytest.raises(BuildError):
        save_decisions(directory / "wikidata.sssom.tsv", [decision("person/staline", "Q855")], base=BASE)
    assert (directory / "wikidata.sssom.tsv").read_bytes() == before


def test_a_decision_is_synced_before_it_takes_its_place_and_the_file_keeps_its_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, LENINE) / "wikidata.sssom.tsv"
    path.chmod(0o640)
    before, synced = path.read_bytes(), []
    monkeypatch.setattr("os.fsync", lambda _: synced.append(path.read_bytes()))
    save_decisions(path, [decision("person/staline", "Q855")], base=BASE)
    assert synced == [before]
    assert path.read_bytes() != before
    assert path.stat().st_mode & 0o777 == 0o640


@given(comment=st.text(), label=st.text())
def test_no_text_can_break_a_file(tmp_path_factory: pytest.TempPathFactory, comment: str, label: str) -> None:
    path = tmp_path_factory.mktemp("mappings") / "x.sssom.tsv"
    if any("\ud800" <= character <= "\udfff" for character in comment + label):
        return
    save_decisions(path, [decision("person/a", "Q1", comment=comment, label=label)], base=BASE)
    (read,) = read_mappings(path.parent)
    assert (read.subject, read.object) == ("person/a", "http://www.wikidata.org/entity/Q1")
    assert (read.comment or "") == " ".join("".join(c if c.isprintable() else " " for c in comment).split())


OURS = sorted((asset_dir("data") / "mappings").glob("*.sssom.tsv"))


def test_our_own_decisions_are_read_without_a_mistake_and_say_what_every_item_is() -> None:
    mappings = read_mappings(OURS[0].parent)
    assert sum(mapping.is_match for mapping in mappings) > 50
    assert [mapping.origin for mapping in mappings if not mapping.is_nil and not mapping.category] == []


# sssom-py sets options of pandas that warn when they are set, hence a process of its own
SSSOM_PY = """
import sys
from sssom.parsers import parse_sssom_table, to_mapping_set_document
from sssom.validators import validate
for path in sys.argv[1:]:
    table = parse_sssom_table(path)
    validate(table)
    print(len(to_mapping_set_document(table).mapping_set.mappings))
"""


@pytest.mark.slow
def test_our_own_decisions_are_valid_for_sssom_py_and_all_understood() -> None:
    command = [sys.executable, "-W", "ignore", "-c", SSSOM_PY, *OURS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [
        sum(line.startswith("skgid:") for line in path.read_text(encoding="utf-8").splitlines())
        for path in OURS
    ]
    assert [int(number) for number in done.stdout.split()] == rows


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_our_own_files_are_as_the_program_writes_them(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    save_decisions(copy, [], base=BASE)
    assert copy.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")

"""QuickStatements, version 1 and CSV: what is written can be read back, and no text can break a line."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reconcile.quickstatements_v1 import Command, parse_v1, parse_value

from sergekg.errors import ReconciliationError
from sergekg.export.wikidata.claims import (
    GREGORIAN,
    JULIAN,
    Batch,
    Claim,
    ItemValue,
    NewItem,
    Snak,
    TextValue,
    TimeValue,
    Value,
    one_line,
)
from sergekg.export.wikidata.quickstatements import (
    BAR,
    STAR,
    warnings,
    write_csv,
    write_v1,
    write_value,
)


def quoted(words: str) -> tuple[Snak, ...]:
    return (
        Snak("P248", ItemValue("Q7")),
        Snak("P854", TextValue("https://example.org/x")),
        Snak("P1683", TextValue(words, "fr")),
    )


def claim(value: Value, pid: str = "P106", item: str | None = "Q1", **more: object) -> Claim:
    return Claim("person/a", item, pid, value, **more)  # type: ignore[arg-type]


def batch(*claims: Claim, new: tuple[NewItem, ...] = ()) -> Batch:
    return Batch(new, claims)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (ItemValue("Q36180"), "Q36180"),
        (TimeValue("1936-05-12"), "+1936-05-12T00:00:00Z/11"),
        (TimeValue("1936-05"), "+1936-05-00T00:00:00Z/10"),
        (TimeValue("1936"), "+1936-00-00T00:00:00Z/9"),
        (TimeValue("193X"), "+1930-00-00T00:00:00Z/8"),
        (TimeValue("1582-10-14"), "+1582-10-14T00:00:00Z/11/J"),
        (TimeValue("1582-10-15"), "+1582-10-15T00:00:00Z/11"),
        (TimeValue("1500"), "+1500-00-00T00:00:00Z/9/J"),
        (TextValue("5 rue « X »"), '"5 rue « X »"'),
        (TextValue("l'encre", "fr"), 'fr:"l\'encre"'),
        (TextValue('il dit "non"', "fr"), 'fr:"il dit "non""'),
        (TextValue("a|b\tc\nd", "fr"), f'fr:"a{BAR}b c d"'),
    ],
)
def test_each_value_has_its_precision_calendar_and_marks(value: Value, written: str) -> None:
    assert write_value(value) == written


def test_a_year_of_the_change_of_calendars_is_gregorian() -> None:
    assert TimeValue("1582").calendar == GREGORIAN
    assert TimeValue("1581").calendar == JULIAN


@pytest.mark.parametrize(
    "date",
    [
        "1928~", "1936?", "../1936", "1936-03/1936-05", "", "36", "1936-5", "XXXX", "1936-21", "1936-13",
        "1936-00", "1936-02-30",
    ],
)  # fmt: skip
def test_a_date_that_the_source_doubts_is_no_value(date: str) -> None:
    with pytest.raises(ValueError, match="is no day, month, year or decade"):
        TimeValue(date)


@pytest.mark.parametrize(
    "text",
    [
        "+1936-21-00T00:00:00Z/10",
        "+1936-00-00T00:00:00Z/10",
        "+12000-00-00T00:00:00Z/9",
        "-0500-00-00T00:00:00Z/9",
    ],
)
def test_a_time_that_we_never_write_is_left_as_it_stands(text: str) -> None:
    assert parse_value(text) == text


def test_a_statement_has_its_qualifiers_then_one_reference_after_the_other() -> None:
    one = claim(
        ItemValue("Q5337"),
        "P551",
        qualifiers=(Snak("P580", TimeValue("1933")),),
        references=(quoted("déporté"), quoted("à Orenbourg")),
    )
    assert write_v1(batch(one), summary="") == (
        "Q1\tP551\tQ5337\tP580\t+1933-00-00T00:00:00Z/9"
        '\tS248\tQ7\tS854\t"https://example.org/x"\tS1683\tfr:"déporté"'
        '\t!S248\tQ7\tS854\t"https://example.org/x"\tS1683\tfr:"à Orenbourg"\n'
    )


@pytest.mark.parametrize(("item", "new"), [("Q1", ()), (None, (NewItem("person/a", (), ()),))])
def test_two_dates_of_one_value_become_two_statements_and_are_not_mixed(
    item: str | None, new: tuple[NewItem, ...]
) -> None:
    dated = claim(ItemValue("Q2"), item=item, qualifiers=(Snak("P582", TimeValue("1927")),))
    lines = write_v1(batch(dated, claim(ItemValue("Q2"), item=item), new=new), summary="").splitlines()
    assert [line.split("\t")[1] for line in lines if line != "CREATE"] == ["P106", "!P106"]


def test_a_new_item_is_made_with_its_terms_and_its_own_statements_first() -> None:
    new = NewItem("person/a", (("fr", "Lettre"),), (("fr", "lettre de 1936"),))
    own, other = claim(ItemValue("Q5"), "P31", None), claim(ItemValue("Q6"))
    lines = write_v1(batch(own, other, new=(new,)), summary="").splitlines()
    assert lines == [
        "CREATE",
        'LAST\tLfr\t"Lettre"',
        'LAST\tDfr\t"lettre de 1936"',
        "LAST\tP31\tQ5",
        "Q1\tP106\tQ6",
    ]


def test_what_has_no_item_cannot_be_written() -> None:
    with pytest.raises(ReconciliationError, match="place/atelier has no item"):
        write_v1(batch(claim(ItemValue("place/atelier"))))


@pytest.mark.parametrize(("text", "shown"), [("a|b", BAR), ("a /* b */", f"/{STAR}")])
def test_what_would_part_a_line_is_replaced_and_told(text: str, shown: str) -> None:
    one = claim(TextValue(text, "fr"), "P1476")
    found = warnings(batch(one))
    assert len(found) == 1
    assert shown in found[0]
    assert write_v1(batch(one)).count("/*") == 1


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).filter(lambda t: one_line(t) != "")
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.integers(1, 10**9).map(lambda n: ItemValue(f"Q{n}")),
    st.dates().map(lambda d: TimeValue(d.isoformat())),
    st.dates().map(lambda d: TimeValue(d.isoformat()[:7])),
    st.integers(1000, 2100).map(lambda y: TimeValue(str(y))),
    st.integers(100, 209).map(lambda d: TimeValue(f"{d}X")),
    TEXTS.map(TextValue),
    st.tuples(TEXTS, st.sampled_from(["fr", "ru", "zh-hans"])).map(lambda pair: TextValue(*pair)),
)


def readable(value: Value) -> Value:
    if isinstance(value, TextValue):
        return TextValue(one_line(value.text).replace("|", BAR).replace("/*", f"/{STAR}"), value.language)
    return value


@given(value=VALUES)
def test_every_value_survives_being_written(value: Value) -> None:
    assert parse_value(write_value(value)) == readable(value)


SNAKS = st.tuples(st.integers(1, 9999).map(lambda n: f"P{n}"), VALUES).map(lambda pair: Snak(*pair))
CLAIMS = st.builds(
    Claim,
    st.just("person/a"),
    st.integers(1, 10**6).map(lambda n: f"Q{n}"),
    st.integers(1, 9999).map(lambda n: f"P{n}"),
    VALUES,
    st.lists(SNAKS, max_size=3).map(tuple),
    st.lists(st.lists(SNAKS, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple),
)


@given(one=CLAIMS)
def test_every_statement_survives_being_written_whatever_its_texts_hold(one: Claim) -> None:
    text = write_v1(batch(one))
    assert text.count("\n") == 1
    assert "|" not in text
    (command,) = parse_v1(text)
    assert isinstance(command, Command)
    assert (command.subject, command.pid, command.value) == (one.item, one.pid, readable(one.value))
    assert command.qualifiers == tuple((q.pid, readable(q.value)) for q in one.qualifiers)
    assert command.references == tuple(
        tuple((snak.pid, readable(snak.value)) for snak in reference) for reference in one.references
    )


@pytest.mark.slow
@given(claims=st.lists(CLAIMS, max_size=6))
def test_a_table_has_a_cell_for_every_column_and_loses_no_value(claims: list[Claim]) -> None:
    rows = list(csv.reader(io.StringIO(write_csv(batch(*claims)))))
    assert rows[0][0] == "qid"
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) == 1 + len(claims)
    for row, one in zip(rows[1:], claims, strict=True):
        filled = [(name, cell) for name, cell in zip(rows[0], row, strict=True) if cell]
        assert filled[0] == ("qid", one.item)
        assert filled[1] == (one.pid, write_value(one.value))
        assert [name for name, _ in filled].count("qid") == 1


def test_names_of_a_new_item_are_one_line_each() -> None:
    new = NewItem("person/a", (("fr", "Une\nlettre"),), (("fr", "lettre\tde A|B"),))
    rows = list(csv.reader(io.StringIO(write_csv(batch(new=(new,))))))
    assert rows == [["qid", "Dfr", "Lfr"], ["", f"lettre de A{BAR}B", "Une lettre"]]
    assert warnings(batch(new=(new,))) == [f"person/a Dfr: « | » of the source is written « {BAR} »"]


def test_a_new_item_is_one_row_with_all_its_statements() -> None:
    new = NewItem("person/a", (("fr", "Lettre"),), ())
    own = [claim(ItemValue(q), "P50", None, references=(quoted("x"),)) for q in ("Q2", "Q3")]
    header, row = csv.reader(io.StringIO(write_csv(batch(*own, new=(new,)))))
    assert header == ["qid", "Lfr", "P50", "S248", "s854", "s1683", "P50", "S248", "s854", "s1683"]
    assert (row[0], row[1], row[2], row[6]) == ("", "Lettre", "Q2", "Q3")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Q1\tP31", "2 fields"),
        ("Q1\tP31\tQ5\tP580", "4 fields"),
        ("Q1|P31|Q5", "1 fields"),
        ("X1\tP31\tQ5", "'X1' is no item"),
        ("Q1\tQ31\tQ5", "'Q31' is no property"),
        ("Q1\tP31\tQ5\tX1\tQ2", "neither qualifier nor source"),
    ],
)
def test_a_line_that_is_no_command_is_told_with_its_number(line: str, said: str) -> None:
    with pytest.raises(ReconciliationError, match=r"QuickStatements:2: ") as caught:
        parse_v1(f"CREATE\n{line}")
    assert said in str(caught.value)

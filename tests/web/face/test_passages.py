"""Passages overlap and nest; the text is cut without losing or doubling a letter."""

from dataclasses import replace

import pytest
from rdflib import URIRef

from sergekg.model.text import Edit, Reading, Span
from sergekg.web.passages import find_mentions, to_blocks, to_passages
from sergekg.web.statements import StatementView
from sergekg.web.texts import Text

SOURCE = "Anita  Rousakova fut déportée, ditil, à Viatka.\n\n\nElle y est."
READ = "Anita Rousakova fut déportée, dit-il, à Viatka. Elle y est."


@pytest.fixture
def text() -> Text:
    edits = [
        Edit(105, 107, "  ", " ", "space"),
        Edit(131, 136, "ditil", "dit-il", "hyphen"),
        Edit(147, 150, "\n\n\n", " ", "space"),
    ]
    reading = Reading(READ, 100, edits)
    return Text(
        "t", "letter/t", {"fr": "T"}, "fr", "t.txt", "0", Span(100, 100 + len(SOURCE)), reading, SOURCE,
        [("paragraph", Span(100, 100 + len(SOURCE)))], [], 1.0, [],
    )  # fmt: skip


def said(
    start: int, end: int, subject: str = "anita", obj: str = "viatka", status: str = "asserted"
) -> StatementView:
    return StatementView(
        URIRef(f"s/{start}-{end}-{subject}"), URIRef(subject), URIRef("p"), URIRef(obj), status, URIRef("v"),
        URIRef("d"), URIRef("text/t"), start, end, "", "", "fr",
    )  # fmt: skip


def words(text: Text, passages: object, *, as_received: bool = False) -> str:
    blocks = to_blocks(text, passages, [], as_received=as_received)  # type: ignore[arg-type]
    return "".join(piece.text for block in blocks for run in block.runs for piece in run.pieces)


@pytest.mark.parametrize(
    "spans",
    [
        [],
        [(100, 116)],
        [(100, 130), (110, 147)],
        [(100, 147), (105, 116), (116, 130)],
        [(131, 136), (139, 160)],
    ],
)
def test_no_letter_is_lost_however_passages_overlap(text: Text, spans: list[tuple[int, int]]) -> None:
    passages = to_passages([said(*span) for span in spans])
    assert words(text, passages) == READ
    assert words(text, passages, as_received=True) == SOURCE


def test_every_passage_is_called_once_after_its_last_word(text: Text) -> None:
    passages = to_passages([said(100, 130), said(100, 147), said(117, 147), said(117, 147, "other")])
    blocks = to_blocks(text, passages, [])
    calls = [call.number for run in blocks[0].runs for call in run.calls]
    assert sorted(calls) == [1, 2, 3]
    begins = [name for run in blocks[0].runs for piece in run.pieces for name in piece.begins]
    assert sorted(begins) == ["100-130", "100-147", "117-147"]


def test_a_restored_hyphen_tells_what_was_printed(text: Text) -> None:
    pieces = [piece for run in to_blocks(text, [], [])[0].runs for piece in run.pieces]
    assert [(piece.text, piece.old) for piece in pieces if piece.old] == [("dit-il", "ditil")]


def test_the_end_of_a_page_is_kept(text: Text) -> None:
    pieces = [piece for run in to_blocks(text, [], [])[0].runs for piece in run.pieces]
    assert [piece.breaks_page for piece in pieces].count(True) == 1


def test_a_name_is_marked_only_where_a_statement_speaks_of_the_thing(text: Text) -> None:
    forms = {"anita": ["Anita Rousakova", "Elle"], "viatka": ["Viatka"], "nobody": ["Elle"]}
    found = find_mentions(text, [said(100, 147)], forms)
    assert [(text.read(mention.span), str(mention.thing)) for mention in found] == [
        ("Anita Rousakova", "anita"),
        ("Viatka", "viatka"),
    ]


def test_a_form_that_could_name_two_things_names_neither(text: Text) -> None:
    forms = {"anita": ["Anita"], "viatka": ["Anita"]}
    assert find_mentions(text, [said(100, 147)], forms) == []


def test_a_form_is_not_found_inside_a_word(text: Text) -> None:
    assert find_mentions(text, [said(100, 147)], {"anita": ["Rous"]}) == []


def test_a_name_and_a_passage_that_cross_do_not_break_each_other(text: Text) -> None:
    statements = [said(100, 130), replace(said(108, 147), subject=URIRef("x"))]
    mentions = find_mentions(text, statements, {"anita": ["Anita Rousakova"]})
    blocks = to_blocks(text, to_passages(statements), mentions)
    named = [run for run in blocks[0].runs if run.names]
    assert ["".join(piece.text for piece in run.pieces) for run in named] == ["Anita Rousakova"]
    assert len(named[0].pieces) > 1

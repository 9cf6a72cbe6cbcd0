"""Solutions are counted exactly, and cut at the limit, whatever they hold and however the document is cut."""

from __future__ import annotations

import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solutions import Row, document

from sergekg.store.evaluate import SOLUTIONS
from sergekg.store.rows import AtMost, Rows, least_bytes

TEXTS = [
    *("plain", "", '[{"a":1},{"b":2}]', "},{", "}},{", '"}},{', '"}},{"', '"}},{"a', "x\r\ny", "\r", "\n", "[]}}"),
    *("a\\", '\\"', ",", "{}", ",{}", "},{}", "},{},{}", '},{},{"', "{}]}}", "</result>", "<result>", '"', "é]}}"),
]  # fmt: skip
ROWS = st.lists(st.lists(st.sampled_from([None, None, *TEXTS]), min_size=2, max_size=2), max_size=6)
CUTS = st.lists(st.integers(0, 600), max_size=8)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    return [data[begin:end] for begin, end in pairwise(places)]


def at_most(parts: list[bytes], format: str, most: int | None) -> tuple[bytes, AtMost]:
    out = io.BytesIO()
    writer = AtMost(out, format, most)
    for part in parts:
        assert writer.write(part) == len(part)
    writer.close()
    return out.getvalue(), writer


@pytest.mark.parametrize("format", sorted(SOLUTIONS))
@given(rows=ROWS, cuts=CUTS)
def test_every_solution_counts_once(format: str, rows: list[Row], cuts: list[int]) -> None:
    counter = Rows(format)
    for part in pieces(document(rows, format), cuts):
        counter.see(part)
    assert counter.count == len(rows)


@pytest.mark.parametrize("format", sorted(SOLUTIONS))
@given(rows=ROWS.filter(bool), cuts=CUTS)
def test_of_one_solution_more_than_there_may_be_nothing_is_written(
    format: str, rows: list[Row], cuts: list[int]
) -> None:
    most = max(len(rows) - 1, 1)
    written, writer = at_most(pieces(document(rows, format), cuts), format, most)
    assert written == document(rows[:most], format)
    assert (writer.rows, writer.is_cut) == (most, len(rows) > most)


@pytest.mark.slow
@pytest.mark.parametrize("format", sorted(SOLUTIONS))
@pytest.mark.parametrize("more", [0, 1, 1000, None])
@given(rows=ROWS, cuts=CUTS)
def test_a_document_that_has_no_more_than_it_may_is_written_whole(
    format: str, more: int | None, rows: list[Row], cuts: list[int]
) -> None:
    most = None if more is None else len(rows) + more or 1
    written, writer = at_most(pieces(document(rows, format), cuts), format, most)
    assert written == document(rows, format)
    assert (writer.rows, writer.is_cut) == (len(rows), False)


@pytest.mark.parametrize("format", sorted(SOLUTIONS))
@pytest.mark.parametrize(
    "row", [[None, None], ["},{},{", '"\r\n'], ["x" * 5000, "y"]], ids=["empty", "like rows", "long"]
)
@pytest.mark.parametrize("size", [1, 40, 1000])
@pytest.mark.parametrize("piece", [7, 8192])
def test_a_document_of_any_length_is_cut_at_its_limit(format: str, row: Row, size: int, piece: int) -> None:
    if len(row[0] or "") > 100:
        size = min(size, 40)
    data = document([row] * (size + 1), format)
    parts = [data[begin : begin + piece] for begin in range(0, len(data), piece)]
    written, writer = at_most(parts, format, size)
    assert written == document([row] * size, format)
    assert (writer.rows, writer.is_cut) == (size, True)
    written, writer = at_most(parts, format, size + 1)
    assert written == data
    assert not writer.is_cut


def test_a_large_document_that_no_limit_can_cut_is_not_counted() -> None:
    parts = [b"?a\n", *[b"1\n" * 4096] * 200]
    written, writer = at_most(parts, "tsv", None)
    assert written == b"".join(parts)
    assert (writer.rows, writer.is_cut) == (None, False)
    assert at_most(parts, "tsv", 4096 * 200)[1].rows == 4096 * 200


@pytest.mark.parametrize("format", sorted(SOLUTIONS))
def test_no_solutions_take_fewer_bytes_than_those_that_bind_nothing(format: str) -> None:
    rows: list[Row] = [[None, None]] * 100
    assert least_bytes(100, format) < len(document(rows, format))

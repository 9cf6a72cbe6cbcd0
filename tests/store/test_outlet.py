"""Solutions are counted in the bytes of a result, however these are cut into pieces."""

from __future__ import annotations

import io
from itertools import pairwise

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.store.evaluate import SOLUTIONS, Outlet, TooLarge
from sergekg.store.rows import Rows, least_bytes

TEXTS = ["plain", 'quotes " and \\ backslashes', "braces } , { [ ]", "a line\nand another", ""]

LIKE_ROWS = ['[{"a":1},{"b":2}]', "},{", "x\r\ny", "\r", "</result>", "[]}}"]


def document(rows: list[list[str | None]], format: str) -> bytes:
    """A result as the engine writes it; None leaves a variable unbound."""
    cells = ["(" + " ".join("UNDEF" if c is None else _literal(c) for c in row) + ")" for row in rows]
    found = ox.Store().query(f"SELECT ?a ?b {{ VALUES (?a ?b) {{ {' '.join(cells)} }} }}")
    out = io.BytesIO()
    assert isinstance(found, ox.QuerySolutions)
    found.serialize(out, SOLUTIONS[format])
    return out.getvalue()


def _literal(text: str) -> str:
    return str(ox.Literal(text))


@pytest.mark.parametrize("format", sorted(SOLUTIONS))
@given(
    rows=st.lists(st.lists(st.sampled_from([None, *TEXTS[:3]]), min_size=2, max_size=2), max_size=5),
    cuts=st.lists(st.integers(0, 400), max_size=8),
)
def test_every_solution_counts_once(format: str, rows: list[list[str | None]], cuts: list[int]) -> None:
    data = document(rows, format)
    outlet = Outlet(lambda _: None, 1 << 20, Rows(format), piece=1)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    for begin, end in pairwise(places):
        outlet.write(data[begin:end])
    assert outlet.rows == len(rows)


@pytest.mark.parametrize("format", ["xml", "tsv"])
def test_where_the_engine_escapes_the_marks_no_literal_counts(format: str) -> None:
    outlet = Outlet(lambda _: None, 1 << 20, Rows(format))
    outlet.write(document([[text, None] for text in LIKE_ROWS], format))
    outlet.take()
    assert outlet.rows == len(LIKE_ROWS)


@pytest.mark.parametrize("format", ["json", "csv"])
@given(rows=st.lists(st.lists(st.sampled_from([None, *LIKE_ROWS]), min_size=2, max_size=2), max_size=5))
def test_a_literal_that_looks_like_a_row_never_hides_one(format: str, rows: list[list[str | None]]) -> None:
    """So a result that the row limit cut always says so; one that was not may say so too."""
    written: list[bytes] = []
    outlet = Outlet(written.extend, 1 << 20, Rows(format), piece=1)
    outlet.write(document(rows, format))
    counted = outlet.rows
    assert counted is not None
    assert counted >= len(rows)
    assert b"".join(written) == document(rows, format)


@pytest.mark.parametrize("format", ["json", "xml", "tsv"])
def test_line_breaks_and_quotes_in_literals_are_no_rows(format: str) -> None:
    outlet = Outlet(lambda _: None, 1 << 20, Rows(format))
    outlet.write(document([[text, None] for text in TEXTS], format))
    outlet.take()
    assert outlet.rows == len(TEXTS)


def test_more_bytes_than_allowed_end_the_result() -> None:
    outlet = Outlet(lambda _: None, 10)
    with pytest.raises(TooLarge):
        outlet.write(b"x" * 11)


@pytest.mark.parametrize("format", sorted(SOLUTIONS))
@pytest.mark.parametrize("size", [1, 40, 1000])
def test_solutions_are_counted_as_soon_as_there_may_be_too_many(format: str, size: int) -> None:
    rows: list[list[str | None]] = [[None, None]] * size
    data = document(rows, format)
    for limit in (1, 30, size, size + 1, 10 * size):
        outlet = Outlet(lambda _: None, 1 << 20, Rows(format), piece=16, uncounted=least_bytes(limit, format))
        for begin in range(0, len(data), 7):
            outlet.write(data[begin : begin + 7])
        outlet.take()
        found = outlet.rows
        assert (found or 0) >= limit if size >= limit else found in (None, size)


def test_nothing_is_held_of_what_never_needs_counting() -> None:
    outlet = Outlet(lambda _: None, 1 << 30, Rows("tsv"), piece=1, uncounted=None)
    outlet.write(b"?a\n")
    outlet.write(b"1\n" * 1000)
    assert outlet.take() == b""
    assert outlet.rows is None
    assert outlet._to_count == []

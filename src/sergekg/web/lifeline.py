"""Dated statements, and dates known from outside, as rows over one line of years."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rdflib import Literal

from sergekg.errors import DateError
from sergekg.model.dates import parse_date
from sergekg.vocab import EDTF_DATATYPE
from sergekg.web.drawing.timescale import Bar, Timescale
from sergekg.web.interpretations import InterpretationView
from sergekg.web.statements import StatementView


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a timeline: a statement, or an interpretation where it is not read in the texts."""

    date: str
    bar: Bar
    statement: StatementView | None = None
    interpretation: InterpretationView | None = None


@dataclass(frozen=True)
class Timeline:
    """Rows over a line of years, the earliest first."""

    scale: Timescale
    rows: Sequence[Row]


def timeline(
    statements: Iterable[StatementView], interpretations: Iterable[InterpretationView] = ()
) -> Timeline | None:
    """The dated ones among these; None where there is none.

    Of an interpretation counts the date that it gives a thing, not the date that it repeats.
    """
    dated = [(s.date, s.earliest, s.latest, s, None) for s in statements if s.date]
    for item in interpretations:
        value = item.object
        edtf = str(value) if isinstance(value, Literal) and value.datatype == EDTF_DATATYPE else item.date
        bounds = _bounds(edtf)
        if bounds is not None and item.certainty != "rejected":
            dated.append((edtf, *bounds, None, item))  # type: ignore[arg-type]
    # a birth long before would crush everything that the texts date: it stays outside the line
    read = [item for item in dated if item[3] is not None] or dated
    scale = Timescale.over(day for _, earliest, latest, _, _ in read for day in (earliest, latest))
    if scale is None:
        return None
    rows = [
        Row(edtf, scale.bar(edtf, earliest, latest), statement, item)
        for edtf, earliest, latest, statement, item in dated
    ]
    ordered = sorted(
        zip(dated, rows, strict=True), key=lambda pair: (pair[0][1] or pair[0][2], pair[0][2], pair[0][0])
    )
    return Timeline(scale, [row for _, row in ordered])


def _bounds(edtf: str) -> tuple[str, str] | None:
    if not edtf:
        return None
    try:
        date = parse_date(edtf)
    except DateError:
        return None
    if date.earliest is None and date.latest is None:
        return None
    return str(date.earliest or ""), str(date.latest or "")

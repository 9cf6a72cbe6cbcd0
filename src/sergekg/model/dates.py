"""Dates in the Extended Date/Time Format, levels 0 to 2 (ISO 8601-2:2019; Library of Congress, EDTF)."""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import edtf

from sergekg.errors import DateError


@dataclass(frozen=True, slots=True)
class EdtfDate:
    """A date as written, and the first and last day that it can mean; None where it is open.

    The bounds are those of the stated value: `1928~` runs from 1928-01-01 to 1928-12-31, and only the
    text keeps the `~`, because no rule says how far "about" reaches.
    """

    text: str
    earliest: datetime.date | None
    latest: datetime.date | None


@dataclass(frozen=True, slots=True)
class DateResolution:
    """How a date was worked out: the phrase of the text, the date it is counted from, and the rule."""

    phrase: str
    anchor: str | None = None
    rule: str | None = None


@lru_cache(maxsize=4096)
def parse_date(text: str) -> EdtfDate:
    """Read an EDTF expression.

    Raises:
        DateError: not EDTF, an impossible day, or an interval that ends before it begins.

    >>> parse_date("1935-12").latest
    datetime.date(1935, 12, 31)
    """
    try:
        parsed = edtf.parse_edtf(text)
        first, last = _bound(parsed.lower_strict()), _bound(parsed.upper_strict())
    except (edtf.parser.edtf_exceptions.EDTFParseException, ValueError, TypeError, AttributeError) as cause:
        raise DateError(
            f"{text!r} is not an EDTF date",
            remedy="write 1936, 1936-05, 1936-05-12, 1928~, 1934?, 1936-03/1936-05 or ../1936-05",
        ) from cause
    if first and last and last < first:
        raise DateError(f"{text!r} ends before it begins", remedy="write the earlier date first")
    return EdtfDate(text, first, last)


def _bound(moment: Any) -> datetime.date | None:
    if isinstance(moment, float):  # edtf gives an infinity for an open end
        return None
    year, month, day = moment[:3]
    if not 1 <= year <= 9999:
        raise ValueError(f"year {year} is out of range")
    if day > calendar.monthrange(year, month)[1]:
        raise ValueError(f"no such day: {year}-{month}-{day}")
    return datetime.date(year, month, day)

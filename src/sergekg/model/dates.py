"""Dates in the Extended Date/Time Format, levels 0 to 2 (ISO 8601-2:2019; Library of Congress, EDTF)."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import edtf
from edtf.parser import parser_classes as kinds

from sergekg.errors import DateError

_SEASONS = (
    {21: (3, 6), 22: (6, 9), 23: (9, 12), 24: (0, 15)}
    | {25: (3, 6), 26: (6, 9), 27: (9, 12), 28: (0, 15)}
    | {29: (9, 12), 30: (0, 15), 31: (3, 6), 32: (6, 9)}
    | {33: (1, 3), 34: (4, 6), 35: (7, 9), 36: (10, 12), 37: (1, 4), 38: (5, 8), 39: (9, 12)}
    | {40: (1, 6), 41: (7, 12)}
)
"""The first and last month that seasons, quarters and other parts of a year can mean; 0 is the December
before the year, 15 the March after it.

A season is that of the calendar or that of the sun, so spring reaches into June; one around the turn of the
year begins in its year or ends in it. One of no hemisphere (21 to 24) is northern.
"""
_PARTLY_MONTH = re.compile(r"\b([0-9]{4})-([01]X|X[0-9]|XX)\b(?!-)[?~%]?")
"""A month with a digit unknown; in intervals, or with one digit known, the library reads it only where a day
follows, and no mark of doubt, which changes no bounds.
"""
_OF_CALENDAR = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?)?")
_LONGEST = 200
"""Characters of a date that is read: the library takes more than a millisecond for each of a set."""
_SEASON = re.compile(r"([0-9]{4})-(?:2[1-9]|3[0-9]|4[01])")


@dataclass(frozen=True, slots=True)
class EdtfDate:
    """A date as written, and the first and last day that it can mean; None where it is open or unknown.

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
        DateError: not EDTF, too long, an impossible day, or an interval that ends before it begins.

    >>> parse_date("1935-12").latest
    datetime.date(1935, 12, 31)
    """
    if len(text) > _LONGEST:
        raise DateError(
            f"the date {text[:20]!r}… has {len(text)} characters", remedy=f"write at most {_LONGEST}"
        )
    try:
        first, last = _days(edtf.parse_edtf(_PARTLY_MONTH.sub(r"\1-\2-XX", text)))
    except (edtf.parser.edtf_exceptions.EDTFParseException, ValueError, TypeError, AttributeError) as cause:
        raise DateError(
            f"{text!r} is not an EDTF date",
            remedy="write 1936, 1936-05, 1936-05-12, 1928~, 1934?, 1936-03/1936-05, "
            "[..1936-05] (once, by then) or ../1936-05 (lasting until then)",
        ) from cause
    if first and last and last < first:
        raise DateError(f"{text!r} ends before it begins", remedy="write the earlier date first")
    return EdtfDate(text, first, last)


def is_calendar_date(text: str) -> bool:
    """Whether EDTF is one year, month or day that its source does not doubt: what ISO 8601 alone can say.

    >>> is_calendar_date("1936-05"), is_calendar_date("1936-21")
    (True, False)
    """
    if not _OF_CALENDAR.fullmatch(text):
        return False
    try:
        parse_date(text)
    except DateError:
        return False
    return True


def year_of(text: str) -> str | None:
    """The one year that a date lies in, as four digits; None where it may be several, or is not EDTF.

    A season has the year that it is named by, though winter reaches into another.

    >>> year_of("1936-03/1936-05"), year_of("1936-24"), year_of("1928~/1936")
    ('1936', '1936', None)
    """
    try:
        date = parse_date(text)
    except DateError:
        return None
    if season := _SEASON.fullmatch(text):
        return season[1]
    if date.earliest and date.latest and date.earliest.year == date.latest.year:
        return f"{date.earliest.year:04}"
    return None


def _days(parsed: Any) -> tuple[datetime.date | None, datetime.date | None]:
    """The first and last day of what the library has read.

    Its own bounds put an unknown end ten years from the other one, leave significant digits out and give
    winter no month but December.
    """
    match parsed:
        case kinds.UnspecifiedIntervalSection():
            return None, None
        case kinds.Interval():
            return _days(parsed.lower)[0], _days(parsed.upper)[1]
        case kinds.OneOfASet() | kinds.MultipleDates():
            firsts, lasts = zip(*(_days(one) for one in parsed.objects), strict=True)
            return None if None in firsts else min(firsts), None if None in lasts else max(lasts)
        case kinds.UncertainOrApproximate() | kinds.DateAndTime():
            return _days(parsed.date)
        case kinds.Season():
            (year,) = _years(parsed.year, None)
            first, last = _SEASONS[int(parsed.season)]
            return _month(year, first)[0], _month(year, last)[1]
        case kinds.ExponentialYear():
            if len(parsed.exponent) > 1:
                raise ValueError("the year is out of range")
            years = _years(str(int(parsed.base) * 10 ** int(parsed.exponent)), parsed.significant_digits)
        case _:
            years = _years(parsed.year, getattr(parsed, "significant_digits", None))
    months = _fitting(getattr(parsed, "month", None), 12)
    days = _fitting(getattr(parsed, "day", None), 31)
    return _first_day(years, months, days), _first_day(years[::-1], months[::-1], days[::-1])


def _years(written: str, significant: int | None) -> Sequence[int]:
    """The years that digits can mean: any digit stands for X, and for those that are not significant."""
    low, high = int(written.replace("X", "0")), int(written.replace("X", "9"))
    if significant is not None:
        unit = 10 ** max(len(written) - significant, 0)
        low, high = low // unit * unit, low // unit * unit + unit - 1
    if not 1 <= low <= high <= 9999:
        raise ValueError("the year is out of range")
    fits = re.compile(written.replace("X", "."))
    return [year for year in range(low, high + 1) if significant is not None or fits.fullmatch(f"{year:04}")]


def _fitting(written: str | None, most: int) -> Sequence[int]:
    """The months or days that two digits can mean, of which either may be X; all where none are written."""
    fits = re.compile((written or "XX").replace("X", "."))
    return [number for number in range(1, most + 1) if fits.fullmatch(f"{number:02}")]


def _first_day(years: Sequence[int], months: Sequence[int], days: Sequence[int]) -> datetime.date:
    """The first that exists, in the order given."""
    for year in years:
        for month in months:
            last = calendar.monthrange(year, month)[1]
            for day in days:
                if day <= last:
                    return datetime.date(year, month, day)
    raise ValueError("there is no such day")


def _month(year: int, month: int) -> tuple[datetime.date, datetime.date]:
    """The first and last day of a month, counted from January of a year, before or after it too."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    first = datetime.date(year, month, 1)
    return first, first.replace(day=calendar.monthrange(year, month)[1])

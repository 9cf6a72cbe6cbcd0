"""Births and deaths as sources give them, and whether two of them can be of one person."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from sergekg.errors import DateError
from sergekg.model.dates import parse_date

ABOUT = 3
"""Years by which an uncertain date may be wrong."""
DISAGREEMENT = 3
"""Years by which good sources contradict each other on people who died in camps."""
_UNSURE = re.compile(
    r"[?~≈]|\b(?:vers|v\.|env|ca?\.|circa|about|ok\.|ок\.|около|avant|après|apres|before|after|до|после)"
)
_YEAR = re.compile(r"(?<!\d)(1[0-9]{3}|20[0-9]{2})(?!\d)")


class DateAgreement(StrEnum):
    """How two dates stand to each other, from the strongest support to a contradiction."""

    SAME_DAY = "same day"
    SAME_YEAR = "same year"
    NEAR = "near"
    ABSENT = "absent"
    APART = "apart"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True, slots=True)
class LifeDate:
    """First and last year that it can be; the day where it is known; whether its source doubts it."""

    first: int
    last: int
    day: datetime.date | None = None
    is_unsure: bool = False

    def __str__(self) -> str:
        if self.day:
            return self.day.isoformat()
        years = str(self.first) if self.first == self.last else f"{self.first}/{self.last}"
        return f"{years}?" if self.is_unsure else years


@lru_cache(maxsize=65536)
def parse_life_date(text: str) -> LifeDate | None:
    """Read EDTF, or the ways of tables: `1890?`, `vers 1890`, `1937 ou 1938`, `1890-12-30 (18 O.S.)`.

    Returns:
        None where no year stands in it.
    """
    stripped = text.strip()
    is_unsure = bool(_UNSURE.search(stripped.lower()))
    try:
        date = parse_date(stripped)
    except DateError:
        date = None
    if date and date.earliest and date.latest:
        day = date.earliest if date.earliest == date.latest else None
        return LifeDate(date.earliest.year, date.latest.year, day, is_unsure)
    years = [int(year) for year in _YEAR.findall(stripped)]
    if not years:
        return None
    found = re.search(r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)", stripped)
    try:
        day = datetime.date(*map(int, found.groups())) if found else None
    except ValueError:  # 1890-00-00
        day = None
    first, last = (day.year, day.year) if day else (min(years), max(years))
    return LifeDate(first, last, day, is_unsure or last > first)


def compare_dates(one: LifeDate | None, other: LifeDate | None) -> DateAgreement:
    """How two births, or two deaths, agree; the Julian calendar's 13 days at the turn of a year are near."""
    if one is None or other is None:
        return DateAgreement.ABSENT
    if one.day and other.day:
        days = abs((one.day - other.day).days)
        if days == 0:
            return DateAgreement.SAME_DAY
        if days <= 13:
            return DateAgreement.SAME_YEAR
    gap = max(one.first - other.last, other.first - one.last, 0)
    slack = ABOUT if one.is_unsure or other.is_unsure else 0
    if gap == 0:
        wide = max(one.last - one.first, other.last - other.first) > 1
        return DateAgreement.NEAR if wide or slack else DateAgreement.SAME_YEAR
    if gap <= max(1, slack):
        return DateAgreement.NEAR
    return DateAgreement.APART if gap <= DISAGREEMENT + slack else DateAgreement.CONTRADICTION

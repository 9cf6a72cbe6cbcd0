"""EDTF dates and the days that bound them."""

import datetime
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.errors import DateError
from sergekg.model.dates import is_calendar_date, parse_date, year_of


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("1936", "1936-01-01", "1936-12-31"),
        ("1936-02", "1936-02-01", "1936-02-29"),
        ("1936-05-12", "1936-05-12", "1936-05-12"),
        ("1928~/1936-05", "1928-01-01", "1936-05-31"),
        ("1934?", "1934-01-01", "1934-12-31"),
        ("193X", "1930-01-01", "1939-12-31"),
        ("../1936-05", None, "1936-05-31"),
        ("1921/..", "1921-01-01", None),
        ("1936/", "1936-01-01", None),
        ("/1936", None, "1936-12-31"),
        ("1936~/", "1936-01-01", None),
        ("../..", None, None),
        ("1936-21", "1936-03-01", "1936-06-30"),
        ("1936-24", "1935-12-01", "1937-03-31"),
        ("1936-24/1937", "1935-12-01", "1937-12-31"),
        ("1936-30", "1935-12-01", "1937-03-31"),
        ("1936-32", "1936-06-01", "1936-09-30"),
        ("1936-36", "1936-10-01", "1936-12-31"),
        ("1950S2", "1900-01-01", "1999-12-31"),
        ("1950S2/1960", "1900-01-01", "1960-12-31"),
        ("Y17E2", "1700-01-01", "1700-12-31"),
        ("Y17E2S2", "1700-01-01", "1799-12-31"),
        ("1936-1X", "1936-10-01", "1936-12-31"),
        ("1936-1X/1937", "1936-10-01", "1937-12-31"),
        ("1936-1X?", "1936-10-01", "1936-12-31"),
        ("1936-XX/1937", "1936-01-01", "1937-12-31"),
        ("1936-05/1936-XX", "1936-05-01", "1936-12-31"),
        ("1936-0X-1X", "1936-01-10", "1936-09-19"),
        ("1936-XX-31", "1936-01-31", "1936-12-31"),
        ("193X-02-29", "1932-02-29", "1936-02-29"),
        ("1936-~05", "1936-05-01", "1936-05-31"),
        ("1936-05-12T10:00:00Z", "1936-05-12", "1936-05-12"),
        ("{1936,1938-02}", "1936-01-01", "1938-02-28"),
        ("{1936..1938}", "1936-01-01", "1938-12-31"),
        ("[..1936]", None, "1936-12-31"),
        ("[1936..]", "1936-01-01", None),
    ],
)
def test_a_date_is_bounded_by_the_days_it_can_mean(
    text: str, earliest: str | None, latest: str | None
) -> None:
    date = parse_date(text)
    days = [None if day is None else datetime.date.fromisoformat(day) for day in (earliest, latest)]
    assert [date.earliest, date.latest] == days


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mai 1936",
        "1936-13",
        "1935-02-29",
        "1936-04-31",
        "1936/1928",
        "12/05/1936",
        "1936-02-3X",
        "XXXX",
        "-0044",
        "1950S0",
        "Y17000",
        "Y1E999999999",
        "9999-24",
        "1936-42",
    ],
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(DateError):
        parse_date(text)


def test_who_writes_no_date_is_told_how_to_date_what_happened_by_a_day_and_what_lasted_until_it() -> None:
    with pytest.raises(DateError) as caught:
        parse_date("avant mai 1936")
    offered = re.findall(r"\S*\.\.\S*", caught.value.remedy or "")
    assert offered == ["[..1936-05]", "../1936-05"]
    assert {parse_date(date).latest for date in offered} == {datetime.date(1936, 5, 31)}


@pytest.mark.slow
@given(st.dates(min_value=datetime.date(1000, 1, 1)), st.dates(min_value=datetime.date(1000, 1, 1)))
def test_the_lower_bound_is_never_after_the_upper(one: datetime.date, two: datetime.date) -> None:
    first, last = sorted((one, two))
    date = parse_date(f"{first}/{last}")
    assert date.earliest == first
    assert date.latest == last


@pytest.mark.parametrize(
    ("text", "is_plain", "year"),
    [
        ("1936", True, "1936"),
        ("1936-05", True, "1936"),
        ("1936-05-12", True, "1936"),
        ("1936-21", False, "1936"),
        ("1936-24", False, "1936"),
        ("1936-41", False, "1936"),
        ("1936-13", False, None),
        ("1936-00", False, None),
        ("1936-02-30", False, None),
        ("1936~", False, "1936"),
        ("1936-03/1936-05", False, "1936"),
        ("1935/1936", False, None),
        ("1936-24/1937", False, None),
        ("../1936", False, None),
        ("193X", False, None),
        ("0000", False, None),
        ("١٩٣٦", False, None),
        ("mai 1936", False, None),
        ("", False, None),
    ],
)
def test_only_years_months_and_days_are_dates_of_the_calendar(
    text: str, is_plain: bool, year: str | None
) -> None:
    assert is_calendar_date(text) is is_plain
    assert year_of(text) == year


@pytest.mark.parametrize(
    "text", ["{" + ",".join(["1936"] * 2000) + "}", "[" + "1936," * 60 + "1937]", "x" * 201]
)
def test_a_date_longer_than_any_is_refused_at_once(text: str) -> None:
    began = time.monotonic()
    with pytest.raises(DateError, match=f"has {len(text)} characters") as caught:
        parse_date(text)
    assert time.monotonic() - began < 0.5
    assert len(str(caught.value)) < 100
    assert not is_calendar_date(text)
    assert year_of(text) is None

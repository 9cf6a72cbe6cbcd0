"""Dates and lengths of time in words, in French or English.

EDTF is the Library of Congress specification of 2019, levels 0 to 2; what these words cannot say
exactly is shown as it is written.
"""

from __future__ import annotations

import re
from datetime import date

from babel.dates import format_date, get_month_names
from babel.lists import format_list
from babel.units import format_unit

from sergekg.web.i18n import N_, translate
from sergekg.web.typography import french_spaces

_SIMPLE = re.compile(r"([~?%]?)(-?\d{4})([~?%]?)(?:-([~?%]?)(\d\d)([~?%]?))?(?:-([~?%]?)(\d\d)([~?%]?))?")
_UNSPECIFIED = re.compile(r"(\d{2})(\d)?X{1,2}")
_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_UNITS = ("year", "month", "day", "hour", "minute", "second")
_UNTIL, _FROM = N_("until %s"), N_("from %s on")
_BY, _NOT_BEFORE = N_("by %s"), N_("%s at the earliest")
_ONE_OF = re.compile(r"\[(\.\.)?([^\[\].,/]+)(\.\.)?\]")
"""One moment of all up to a last one, or of all from a first one on: an event, where `../1936` is a state."""
_WITH_ARTICLE = {
    r"\d{1,2}(?:er)? \w|printemps": ("jusqu’au ", "à partir du "),
    r"(?:été|automne|hiver) ": ("jusqu’à l’", "à partir de l’"),
    r"années ": ("jusque dans les ", "à partir des "),
    r"[ao]": ("jusqu’en ", "à partir d’"),
}
"""What stands before a French moment that begins so: « jusqu’au 12 mai », « à partir d’avril »."""
_SEASONS = {"21": N_("spring"), "22": N_("summer"), "23": N_("autumn"), "24": N_("winter")}


def date_in_words(edtf: str, language: str) -> str:
    """An EDTF expression as a reader says it.

    >>> date_in_words("1928~/1936-05", "en")
    'about 1928 – May 1936'
    >>> date_in_words("../1936-05", "en")
    'until May 1936'
    >>> date_in_words("[..1936-05]", "en")
    'by May 1936'
    """
    start, slash, end = edtf.partition("/")
    if (one := _ONE_OF.fullmatch(edtf)) and (one[1] is None) != (one[3] is None):
        moment = _moment(one[2], language)
        words = translate(_BY if one[1] else _NOT_BEFORE, language) % moment if moment else None
    elif not slash:
        words = _moment(edtf, language)
    elif start in ("", "..") and end in ("", ".."):
        words = None
    elif start in ("", ".."):
        moment = _moment(end, language)
        words = _open(_UNTIL, moment, language) if moment else None
    elif end in ("", ".."):
        moment = _moment(start, language)
        words = _open(_FROM, moment, language) if moment else None
    else:
        first, last = _moment(start, language), _moment(end, language)
        words = f"{first} – {last}" if first and last else None
    if words is None:
        return edtf
    return french_spaces(words) if language == "fr" else words


def _open(form: str, moment: str, language: str) -> str:
    """Words for an interval with one end; in French with the article that the moment takes.

    >>> _open("until %s", "vers 1928", "fr")
    'jusqu’en 1928 environ'
    """
    if language != "fr":
        return translate(form, language) % moment
    is_perhaps, is_about = moment.startswith("peut-être "), "vers " in moment
    when = moment.removeprefix("peut-être ").removeprefix("vers ")
    words = translate(form, language) % when
    for beginning, (until, since) in _WITH_ARTICLE.items():
        if re.match(beginning, when):
            words = (until if form == _UNTIL else since) + when
            break
    return words + (" environ" if is_about else "") + (" peut-être" if is_perhaps else "")


def _moment(text: str, language: str) -> str | None:
    if found := _UNSPECIFIED.fullmatch(text):
        if found[2]:
            return translate("the %s0s", language) % f"{found[1]}{found[2]}"
        return None
    found = _SIMPLE.fullmatch(text)
    if not found:
        return None
    year, month, day = int(found[2]), found[5], found[8]
    marks = {found[i] for i in (1, 3, 4, 6, 7, 9) if found[i]}
    plain = _plain(year, month, day, language)
    if plain is None:
        return None
    if not marks:
        return plain
    if marks == {"~"}:
        return translate("about %s", language) % plain
    if marks == {"?"}:
        return translate("perhaps %s", language) % plain
    return translate("perhaps about %s", language) % plain


def _plain(year: int, month: str | None, day: str | None, language: str) -> str | None:
    if month is None:
        return str(year)
    if month in _SEASONS:
        return f"{translate(_SEASONS[month], language)} {year}"
    if not 1 <= int(month) <= 12:
        return None
    if day is None:
        return f"{get_month_names('wide', locale=language)[int(month)]} {year}"
    try:
        moment = date(year, int(month), int(day))
    except ValueError:
        return None
    words = format_date(moment, "long", locale="en_GB" if language == "en" else language)
    return re.sub(r"^1 ", "1er ", words) if language == "fr" else words


def duration_in_words(duration: str, language: str) -> str:
    """An `xsd:duration` as a reader says it.

    >>> duration_in_words("P3Y6M", "en")
    '3 years and 6 months'
    """
    found = _DURATION.fullmatch(duration)
    if not found or not any(found.groups()):
        return duration
    parts = [
        format_unit(int(number), f"duration-{unit}", length="long", locale=language)
        for number, unit in zip(found.groups(), _UNITS, strict=True)
        if number
    ]
    return format_list(parts, locale="en_GB" if language == "en" else language)


def years(earliest: str | None, latest: str | None) -> str:
    """The year, or the first and last, that two ISO days lie in: `1928`, `1928–1936`, `–1936`."""
    first, last = (earliest or "")[:4], (latest or "")[:4]
    return first if first == last else f"{first}–{last}"

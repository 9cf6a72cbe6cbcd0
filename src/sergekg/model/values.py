"""What some values that people write have to look like before anything is made of them."""

from __future__ import annotations

import datetime
import re

import pyoxigraph as ox

_MAILBOX = re.compile(r"[^@\s]+@[^@\s]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def is_language(tag: str) -> bool:
    """Whether it is a language tag (BCP 47), such as `fr` or `fr-CA`."""
    try:
        ox.Literal("", language=tag)
    except ValueError:
        return False
    return True


def is_iri(text: str) -> bool:
    """Whether it is an absolute IRI (RFC 3987)."""
    try:
        ox.NamedNode(text)
    except ValueError:
        return False
    return True


def is_contact(text: str) -> bool:
    """Whether it is an e-mail address, or an absolute IRI."""
    return is_iri(text) if ":" in text else bool(_MAILBOX.fullmatch(text)) and is_iri(f"mailto:{text}")


def is_day(text: str) -> bool:
    """Whether it is a day of the calendar, written YYYY-MM-DD.

    >>> is_day("2026-05-12"), is_day("2026-05"), is_day("2026-02-30"), is_day("20260512")
    (True, False, False, False)
    """
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return bool(_DAY.fullmatch(text))

"""Reads QuickStatements of version 1 as its own tools do, so that what is written can be held against it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sergekg.errors import Location, ReconciliationError
from sergekg.export.wikidata.claims import ItemValue, TextValue, TimeValue, Value, is_plain_date

_FIELD = re.compile(r"[PS][1-9]\d*")
_TERMS = re.compile(r"[LAD][a-z]{2,3}(?:-[a-z]+)*")
_TIME = re.compile(r"\+([0-9]{4}-[0-9]{2}-[0-9]{2})T00:00:00Z/([0-9]{1,2})(/J)?")
_MONOLINGUAL = re.compile(r'([a-z]{2,3}(?:-[a-z]+)*):"(.*)"', re.DOTALL)
_ITEM = re.compile(r"Q[1-9]\d*|LAST")


@dataclass(frozen=True, slots=True)
class Command:
    """One line of version 1, read; the summary is without its marks."""

    subject: str
    pid: str
    value: Value | str
    qualifiers: tuple[tuple[str, Value | str], ...] = ()
    references: tuple[tuple[tuple[str, Value | str], ...], ...] = ()
    summary: str = ""
    is_forced: bool = False


def parse_v1(text: str) -> list[Command | str]:
    """Read commands: `CREATE` as itself, every other line as a `Command`.

    Raises:
        ReconciliationError: a line is none, with its number.
    """
    found: list[Command | str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        found.append("CREATE" if line.strip() == "CREATE" else _parse_line(line, number))
    return found


def _parse_line(line: str, number: int) -> Command:
    def problem(what: str) -> ReconciliationError:
        return ReconciliationError(what, where=Location("QuickStatements", number), remedy="mend the line")

    summary = ""
    if found := re.search(r"\t/\* (.*) \*/$", line):
        summary, line = found[1], line[: found.start()]
    fields = line.split("\t")
    if len(fields) < 3 or len(fields) % 2 == 0:
        raise problem(f"{len(fields)} fields, where a command has 3, 5, 7…")
    if not _ITEM.fullmatch(fields[0]):
        raise problem(f"{fields[0]!r} is no item")
    is_forced = fields[1].startswith("!")
    prop = fields[1].removeprefix("!")
    if not _FIELD.fullmatch(prop) and not _TERMS.fullmatch(prop):
        raise problem(f"{fields[1]!r} is no property")
    qualifiers: list[tuple[str, Value | str]] = []
    references: list[list[tuple[str, Value | str]]] = []
    for name, value in zip(fields[3::2], fields[4::2], strict=True):
        bare = name.removeprefix("!")
        if not _FIELD.fullmatch(bare):
            raise problem(f"{name!r} is neither qualifier nor source")
        read = parse_value(value)
        if bare[0] == "P":
            qualifiers.append((bare, read))
            continue
        if name.startswith("!") or not references:
            references.append([])
        references[-1].append((f"P{bare[1:]}", read))
    return Command(
        fields[0],
        prop,
        parse_value(fields[2]),
        tuple(qualifiers),
        tuple(tuple(reference) for reference in references),
        summary,
        is_forced,
    )


def parse_value(text: str) -> Value | str:
    """One value of version 1; what we never write stays as it stands (`somevalue`, `LAST`)."""
    if _ITEM.fullmatch(text) and text != "LAST":
        return ItemValue(text)
    if found := _TIME.fullmatch(text):
        if (date := _to_date(found[1], int(found[2]))) is not None:
            return TimeValue(date)
        return text
    if len(text) >= 2 and text.startswith('"') and text.endswith('"'):
        return TextValue(text[1:-1])
    if found := _MONOLINGUAL.fullmatch(text):
        return TextValue(found[2], found[1])
    return text


def _to_date(time: str, precision: int) -> str | None:
    dates: Mapping[int, str] = {11: time, 10: time[:7], 9: time[:4], 8: f"{time[:3]}X"}
    date = dates.get(precision, "")
    return date if is_plain_date(date) else None

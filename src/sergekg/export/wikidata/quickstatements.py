"""QuickStatements: writes version 1 (tab-separated) and CSV, and reads version 1 back.

Syntax: Help:QuickStatements on Wikidata; magnusmanske/quickstatements and QuickStatements 3 for what they do
with it. A `|` parts fields for QuickStatements 3 wherever it stands, so a text gets U+2758 in its place; the
first `/*` of a line begins its summary wherever it stands, so a text gets U+2217 for its `*`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sergekg.errors import Location, ReconciliationError
from sergekg.export.wikidata.claims import (
    JULIAN,
    Batch,
    Claim,
    ItemValue,
    NewItem,
    Reference,
    Snak,
    TextValue,
    TimeValue,
    Value,
    is_plain_date,
    one_line,
)

BAR = "\u2758"
"""LIGHT VERTICAL BAR, which stands for `|` inside texts."""
STAR = "\u2217"
"""ASTERISK OPERATOR, which stands for the `*` of `/*` inside texts."""
_WRITTEN = {"|": BAR, "/*": f"/{STAR}"}
SUMMARY = "from the sources that sergekg quotes"
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


def write_v1(batch: Batch, *, summary: str = SUMMARY) -> str:
    """The commands: each new item with its own statements, then the statements on items that exist.

    A value that an existing statement already has gets the references; where our claims give one value with
    different qualifiers, each is a statement of its own (`!P`).
    """
    lines = []
    for new in batch.new:
        lines += ["CREATE", *("\t".join(("LAST", field, _quoted(text))) for field, text in _terms(new))]
        own = [claim for claim in batch.claims if claim.subject == new.subject and claim.item is None]
        lines += _statements([("LAST", claim) for claim in own], summary)
    existing = [(claim.item, claim) for claim in batch.claims if claim.item is not None]
    return "".join(f"{line}\n" for line in (*lines, *_statements(existing, summary)))


def _statements(claims: Iterable[tuple[str, Claim]], summary: str) -> Iterator[str]:
    """The lines of claims, each with its item."""
    seen: dict[tuple[str, str, Value], tuple[Snak, ...]] = {}
    for item, claim in claims:
        qualifiers = seen.setdefault((item, claim.pid, claim.value), claim.qualifiers)
        yield _line(item, claim, summary, is_forced=qualifiers != claim.qualifiers)


def write_csv(batch: Batch) -> str:
    """The same batch as CSV: a row for each statement, and one for each new item with all of its own.

    A statement stands in columns of its own, its qualifiers and references behind it; an empty `qid` makes
    an item.
    """
    terms = sorted({field for new in batch.new for field, _ in _terms(new)})
    rows: list[tuple[str, Mapping[str, str], Sequence[Claim]]] = []
    for new in batch.new:
        own = [claim for claim in batch.claims if claim.subject == new.subject and claim.item is None]
        rows.append(("", {field: _plain(text) for field, text in _terms(new)}, own))
    rows += [(claim.item, {}, [claim]) for claim in batch.claims if claim.item is not None]
    blocks: dict[tuple[tuple[str, ...], int], None] = {}
    for _, _, claims in rows:
        blocks |= dict.fromkeys(_places(claims))
    header = ["qid", *terms, *(name for shape, _ in blocks for name in shape)]
    with io.StringIO(newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        for qid, named, claims in rows:
            found = dict(zip(_places(claims), claims, strict=True))
            cells = [qid, *(named.get(field, "") for field in terms)]
            for block in blocks:
                cells += _cells(found[block]) if block in found else [""] * len(block[0])
            writer.writerow(cells)
        return out.getvalue()


def warnings(batch: Batch) -> list[str]:
    """What a person should know of the texts that were changed to pass."""
    texts = [(f"{claim.subject} {claim.pid}", text) for claim in batch.claims for text in _texts(claim)]
    texts += [(f"{new.subject} {field}", text) for new in batch.new for field, text in _terms(new)]
    found = [
        f"{where}: « {mark} » of the source is written « {written} »"
        for where, text in texts
        for mark, written in _WRITTEN.items()
        if mark in text
    ]
    return list(dict.fromkeys(found))


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


def _terms(new: NewItem) -> Iterator[tuple[str, str]]:
    for letter, texts in (("L", new.labels), ("A", new.aliases), ("D", new.descriptions)):
        for language, text in texts:
            yield f"{letter}{language}", text


def _line(subject: str, claim: Claim, summary: str, *, is_forced: bool) -> str:
    fields = [subject, ("!" if is_forced else "") + claim.pid, write_value(claim.value)]
    for snak in claim.qualifiers:
        fields += [snak.pid, write_value(snak.value)]
    for number, reference in enumerate(claim.references):
        for place, snak in enumerate(reference):
            mark = "!" if number and not place else ""
            fields += [f"{mark}S{snak.pid[1:]}", write_value(snak.value)]
    return "\t".join(fields) + (f"\t/* {summary} */" if summary else "")


def write_value(value: Value) -> str:
    """One value in the syntax of version 1.

    Raises:
        ReconciliationError: it is an entity that has no item.
    """
    if isinstance(value, ItemValue):
        if not value.exists:
            raise ReconciliationError(f"{value.id} has no item", remedy="make the item first")
        return value.id
    if isinstance(value, TimeValue):
        return f"{value.time}/{value.precision}" + ("/J" if value.calendar == JULIAN else "")
    return (f"{value.language}:" if value.language else "") + _quoted(value.text)


def _quoted(text: str) -> str:
    return f'"{_plain(text)}"'


def _plain(text: str) -> str:
    plain = one_line(text)
    for mark, written in _WRITTEN.items():
        plain = plain.replace(mark, written)
    return plain


def _texts(claim: Claim) -> Iterator[str]:
    values = [claim.value, *(snak.value for snak in claim.qualifiers)]
    values += [snak.value for reference in claim.references for snak in reference]
    return (value.text for value in values if isinstance(value, TextValue))


def _places(claims: Iterable[Claim]) -> list[tuple[tuple[str, ...], int]]:
    """Where each claim of a row stands: its shape, and how many of that shape came before it."""
    found: list[tuple[tuple[str, ...], int]] = []
    for shape in map(_shape, claims):
        found.append((shape, sum(earlier == shape for earlier, _ in found)))
    return found


def _shape(claim: Claim) -> tuple[str, ...]:
    names = [claim.pid, *(f"qal{snak.pid[1:]}" for snak in claim.qualifiers)]
    for reference in claim.references:
        names += [f"{'s' if place else 'S'}{snak.pid[1:]}" for place, snak in enumerate(reference)]
    return tuple(names)


def _cells(claim: Claim) -> list[str]:
    snaks: Sequence[Snak] = [*claim.qualifiers, *_flat(claim.references)]
    return [write_value(value) for value in (claim.value, *(snak.value for snak in snaks))]


def _flat(references: Iterable[Reference]) -> Iterator[Snak]:
    return (snak for reference in references for snak in reference)


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

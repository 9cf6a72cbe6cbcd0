"""QuickStatements: writes version 1 (tab-separated) and CSV.

Syntax: Help:QuickStatements on Wikidata; magnusmanske/quickstatements and QuickStatements 3 for what they do
with it. A `|` parts fields for QuickStatements 3 wherever it stands, so a text gets U+2758 in its place; the
first `/*` of a line begins its summary wherever it stands, so a text gets U+2217 for its `*`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sergekg.errors import ReconciliationError
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
    one_line,
)

BAR = "\u2758"
"""LIGHT VERTICAL BAR, which stands for `|` inside texts."""
STAR = "\u2217"
"""ASTERISK OPERATOR, which stands for the `*` of `/*` inside texts."""
_WRITTEN = {"|": BAR, "/*": f"/{STAR}"}
SUMMARY = "from the sources that sergekg quotes"


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

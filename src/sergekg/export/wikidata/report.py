"""The comparison as a report in Markdown: every claim with its quotations and what Wikidata says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from sergekg.export.wikidata.claims import Claim, ItemValue, TextValue
from sergekg.export.wikidata.compare import Comparison, Standing, value_text
from sergekg.export.wikidata.conformance import Conformance
from sergekg.export.wikidata.gather import Gathered
from sergekg.export.wikidata.modelling import PROPERTIES


def write_report(gathered: Gathered, found: Sequence[Comparison], checked: Iterable[Conformance] = ()) -> str:
    """The report, by entity; counts first."""
    counts = Counter(one.standing for one in found)
    lines = [f"{counts[standing]} × {standing}" for standing in Standing if counts[standing]]
    lines = ["; ".join(lines) + ".", ""]
    for subject in dict.fromkeys(one.claim.subject for one in found):
        qid = gathered.items.get(subject)
        lines += [f"### {_name(gathered, subject)} (`{subject}`{f', {qid}' if qid else ', no item'})", ""]
        for one in found:
            if one.claim.subject == subject:
                lines += _entry(gathered, one)
        lines += [f"- not exported: {note}" for note in gathered.left.get(subject, ())]
        lines.append("")
    results = list(checked)
    if results:
        lines += ["### EntitySchemas", "", "| entity | schema | result |", "|---|---|---|"]
        for result in results:
            said = "conforms" if result.conforms else _cell(result.reason)
            lines.append(f"| {_name(gathered, result.subject)} | {result.schema} | {said} |")
        lines.append("")
    return "\n".join(lines)


def _entry(gathered: Gathered, one: Comparison) -> Iterator[str]:
    claim = one.claim
    value = value_text(claim)
    shown = f"{value} ({_name(gathered, value)})" if isinstance(claim.value, ItemValue) else value
    name = PROPERTIES.get(claim.pid, {}).get("en", "")
    qualifiers = ", ".join(
        f"{snak.pid} {PROPERTIES.get(snak.pid, {}).get('en', '')} {getattr(snak.value, 'date', '')}"
        for snak in claim.qualifiers
    )
    yield f"- {claim.pid} {name}: {shown}{f' [{qualifiers}]' if qualifiers else ''} — **{one.standing}**"
    for words in quotations(claim):
        yield f"  - text: « {words} »"
    for theirs in one.theirs:
        yield f"  - Wikidata: {theirs.value} ({'; '.join(theirs.sources) or 'no source in the copy'})"
    for note in claim.notes:
        yield f"  - look: {note}"


def quotations(claim: Claim) -> list[str]:
    """The words that the references quote."""
    return [
        snak.value.text
        for reference in claim.references
        for snak in reference
        if snak.pid == "P1683" and isinstance(snak.value, TextValue)
    ]


def _name(gathered: Gathered, id_: str) -> str:
    keys = [key for key, qid in gathered.items.items() if qid == id_] or [id_]
    names = gathered.names.get(keys[0], {})
    return names.get("fr") or next(iter(names.values()), id_)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")

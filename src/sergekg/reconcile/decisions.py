"""Writes decisions into SSSOM files: sorted, one line each, nothing that stood there lost."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sssom_pydantic import Record, write_unprocessed
from sssom_pydantic.api import MappingSetRecord

from sergekg.files import written_whole
from sergekg.model.mapping import Mapping
from sergekg.reconcile.categories import PREFIX as SKG_PREFIX
from sergekg.reconcile.sssom import OUR_PREFIX, WIKIDATA, WIKIDATA_PREFIX, read_file, to_mapping
from sergekg.vocab import PREFIXES, WD

COLUMNS = (
    "subject_id", "subject_label", "predicate_id", "predicate_modifier", "object_id", "object_label",
    "object_category",
    "mapping_justification", "author_label", "mapping_date", "confidence", "reviewer_label", "review_date",
    "reviewer_agreement", "subject_source_version", "object_source", "object_source_version", "comment",
)  # fmt: skip
"""Always written, in this order, so that a diff shows decisions and nothing else."""
LICENSE = "https://creativecommons.org/publicdomain/zero/1.0/"


def save_decisions(
    path: Path,
    decisions: Iterable[Mapping],
    *,
    base: str,
    title: str = "",
    dropped: Iterable[tuple[str, str]] = (),
) -> None:
    """Put decisions into a file; each replaces the row of the same entity and term, the others stay.

    Columns and metadata that a hand added stay too, and so do the file's rights. It is replaced at once, and
    synced, or not at all.

    Args:
        base: the start of our IRIs, for the CURIE map and the name of a new set.
        dropped: key of an entity and IRI of a term, for rows that are no longer so.

    Raises:
        BuildError: the file that stands there cannot be read; it is left as it is.
    """
    prefixes = {OUR_PREFIX: f"{base}id/", SKG_PREFIX: str(PREFIXES["skg"]), WIKIDATA_PREFIX: str(WD)}
    metadata: dict[str, Any] = {
        "mapping_set_id": f"{base}mappings/{path.name.removesuffix('.sssom.tsv')}",
        "mapping_set_title": title or None,
        "license": LICENSE,
        "curie_map": prefixes,
    }
    wikidata = WIKIDATA_PREFIX
    records: dict[tuple[str, str], Record] = {}  # by key of an entity and IRI of a term
    if path.exists():
        file = read_file(path)
        metadata = metadata | file.metadata
        own = file.metadata.get("curie_map") or {}
        wikidata = next((prefix for prefix, start in own.items() if start == str(WD)), wikidata)
        metadata["curie_map"] = {
            prefix: start
            for prefix, start in (prefixes | own).items()
            if prefix in own or start not in own.values()
        }
        for record, where in file.rows:
            earlier = to_mapping(record, where, file.converter)
            records[earlier.subject, earlier.object] = record
    for pair in dropped:
        records.pop(pair, None)
    for decision in decisions:
        records[decision.subject, decision.object] = to_record(decision, wikidata)
    _write(path, MappingSetRecord.model_validate(metadata), sorted(records.values(), key=_order))


def to_record(decision: Mapping, wikidata: str = WIKIDATA_PREFIX) -> Record:
    """The row of a decision; tabs, line breaks and control characters of free text become spaces.

    Args:
        wikidata: the prefix that its file has for items.
    """
    source = WIKIDATA.replace(WIKIDATA_PREFIX, wikidata)
    values = {
        "subject_id": f"{OUR_PREFIX}:{decision.subject}",
        "subject_label": decision.subject_label,
        "predicate_id": decision.predicate,
        "predicate_modifier": "Not" if decision.is_refused else None,
        "object_id": decision.object.replace(str(WD), f"{wikidata}:"),
        "object_label": decision.label,
        "object_category": decision.category,
        "mapping_justification": decision.justification,
        "author_label": _names(decision.author),
        "mapping_date": decision.date,
        "confidence": decision.confidence,
        "reviewer_label": _names(decision.reviewer),
        "review_date": decision.review_date,
        "reviewer_agreement": decision.agreement,
        "subject_source_version": decision.subject_version,
        "object_source": source if decision.is_nil or decision.object.startswith(str(WD)) else None,
        "object_source_version": decision.object_version,
        "comment": decision.comment,
    }
    clean = {key: _one_line(value) for key, value in values.items() if value is not None}
    return Record.model_validate(clean)


def _names(people: str | None) -> list[str] | None:
    """Persons as a list of SSSOM, whose values a bar parts; None where nobody is named."""
    return [name for part in (people or "").split("|") if (name := _one_line(part))] or None


def _order(record: Record) -> tuple[str, str, str]:
    prefix, _, local = record.object_id.partition(":")
    padded = local[1:].zfill(12) if local[:1] == "Q" else local  # Q9 before Q10
    return record.subject_id, f"{prefix}:{padded}", record.predicate_id


def _one_line(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def _write(path: Path, head: MappingSetRecord, records: list[Record]) -> None:
    filled = {name for record in records for name in record.model_dump(exclude_none=True)}
    columns = [*COLUMNS, *(name for name in Record.model_fields if name in filled and name not in COLUMNS)]
    with io.StringIO() as out:
        write_unprocessed(records, out, metadata=head, columns=columns, condense=False)
        text = out.getvalue().replace("\r\n", "\n")
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
    with written_whole(path) as file:
        file.write(text.encode())
        if mode is not None:
            os.fchmod(file.fileno(), mode)

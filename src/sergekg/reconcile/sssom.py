"""Reads what people decided on the identity of entities: SSSOM TSV (mapping-commons/sssom, 1.0, 1.1 draft).

sssom-pydantic knows the slots and their values; what it does not tell, the line of every mistake and the
cells that slid because a tab is missing, is found here first.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from curies import Converter
from pydantic import ValidationError
from sssom_pydantic import Record
from sssom_pydantic.api import MappingSetRecord, row_to_record
from sssom_pydantic.constants import BUILTIN_CONVERTER

from sergekg.errors import BuildError, Location, ReconciliationError, SergekgError
from sergekg.iris import THING
from sergekg.model.mapping import NO_TERM_FOUND, Mapping
from sergekg.model.signature import nearest
from sergekg.model.values import is_iri
from sergekg.reconcile.categories import misfits
from sergekg.reconcile.consistency import contradictions
from sergekg.vocab import WD

PATTERN = "*.sssom.tsv"
PREDICATES = ("skos:exactMatch", "skos:closeMatch")
OUR_PREFIX = "skgid"
WIKIDATA_PREFIX = "wikidata"
WIKIDATA = "wikidata:Q2013"
"""Wikidata itself, as an `object_source` that was searched."""
_ITEM = re.compile(r"(?:https?://(?:www\.|m\.)?wikidata\.org/(?:wiki|entity)/)?(Q[1-9][0-9]*)")
"""An item as it is copied from a page: its address, or its number alone."""
_REQUIRED = ("subject_id", "predicate_id", "object_id", "mapping_justification")
_WANTED = ("mapping_set_id", "license", "curie_map")
_KNOWN = tuple(name for name in Record.model_fields if name != "extensions")


@dataclass(frozen=True)
class MappingFile:
    """One file as it stands: the YAML of its head, and its rows with their places."""

    metadata: dict[str, Any]
    converter: Converter
    rows: list[tuple[Record, Location]]


def read_mappings(directory: Path) -> list[Mapping]:
    """Every decision of the `*.sssom.tsv` files of a directory, in the order of files and lines.

    A directory that does not exist holds none.

    Raises:
        BuildError: with every mistake of every file, each with its line: unknown predicates and columns, a
            row with a tab missing, two exact matches for one entity, one term for two entities, decisions
            that contradict each other, a person that is a place...
    """
    problems: list[SergekgError] = []
    mappings: list[Mapping] = []
    for path in sorted(directory.glob(PATTERN)):
        try:
            file = read_file(path)
        except BuildError as error:
            problems += error.problems
        else:
            mappings += [to_mapping(record, where, file.converter) for record, where in file.rows]
    problems += contradictions(mappings)
    problems += misfits(mappings)
    if problems:
        raise BuildError(problems)
    return mappings


def read_file(path: Path) -> MappingFile:
    """One file, every row of it checked by itself.

    Raises:
        BuildError: with every mistake that stands in one row or in the head.
    """
    shown = f"{path.parent.name}/{path.name}"
    try:
        data = path.read_bytes()
    except OSError as cause:
        what = f"cannot be read ({cause.strerror})"
        raise BuildError([ReconciliationError(what, where=Location(shown), remedy="check it")]) from cause
    try:
        # a cell may hold what Unicode calls the end of a line
        lines = re.split(r"\r\n?|\n", data.decode("utf-8-sig").rstrip("\r\n"))
    except UnicodeDecodeError as cause:
        where = Location(shown, data[: cause.start].count(b"\n") + 1)
        problem = ReconciliationError("not UTF-8", where=where, remedy="convert the file to UTF-8")
        raise BuildError([problem]) from cause
    length = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    problems: list[SergekgError] = []
    metadata, converter = _read_head(lines[:length], shown, problems)
    columns = lines[length].split("\t") if any(lines[length:]) else []
    problems += _bad_columns(columns, Location(shown, length + 1))
    rows: list[tuple[Record, Location]] = []
    if all(name in columns for name in _REQUIRED):
        shared = MappingSetRecord.model_validate(metadata).get_propagatable() if not problems else {}
        for number, line in enumerate(lines[length + 1 :], start=length + 2):
            if line.strip():
                where = Location(shown, number)
                record = _read_row(line, where, columns, shared, converter, problems)
                rows += [(record, where)] if record else []
    if problems:
        raise BuildError(problems)
    return MappingFile(metadata, converter, rows)


def to_mapping(record: Record, where: Location, converter: Converter) -> Mapping:
    """The decision that a row holds, its object as a full IRI."""
    is_nil = record.object_id == NO_TERM_FOUND
    return Mapping(
        subject=record.subject_id.partition(":")[2],
        predicate=record.predicate_id,
        object=NO_TERM_FOUND if is_nil else str(converter.expand(record.object_id)),
        justification=record.mapping_justification,
        origin=where,
        is_refused=record.predicate_modifier == "Not",
        label=record.object_label,
        confidence=record.confidence,
        author=", ".join(record.author_label or record.author_id or ()) or None,
        date=record.mapping_date.isoformat() if record.mapping_date else None,
        comment=record.comment,
        subject_label=record.subject_label,
        subject_version=record.subject_source_version,
        object_version=record.object_source_version,
        reviewer=", ".join(record.reviewer_label or record.reviewer_id or ()) or None,
        review_date=record.review_date.isoformat() if record.review_date else None,
        agreement=record.reviewer_agreement,
        category=record.object_category,
    )


def _read_head(
    lines: list[str], shown: str, problems: list[SergekgError]
) -> tuple[dict[str, Any], Converter]:
    def problem(what: str, remedy: str, line: int = 1) -> None:
        problems.append(ReconciliationError(what, where=Location(shown, line), remedy=remedy))

    converter = BUILTIN_CONVERTER
    try:
        metadata = yaml.safe_load("\n".join(line[1:] for line in lines))
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        problem("the # lines are not YAML", "mend the indentation", mark.line + 1 if mark else 1)
        return {}, converter
    except (yaml.YAMLError, ValueError, RecursionError) as cause:  # a day that is none, nesting without end
        problem(f"the # lines are not YAML: {cause}", "mend them")
        return {}, converter
    if not isinstance(metadata, dict):
        problem("there is no head", "begin with `#mapping_set_id: …`, see docs/reconciliation.md")
        return {}, converter
    for key in _WANTED:
        if not metadata.get(key):
            problem(f"the head gives no {key}", f"add a line `#{key}: …`")
    try:
        MappingSetRecord.model_validate(metadata)
        converter = Converter.from_prefix_map(
            {**BUILTIN_CONVERTER.bimap, **(metadata.get("curie_map") or {})}
        )
    except ValidationError as cause:
        for error in cause.errors():
            problem(f"the head is not SSSOM: {_slot(error['loc'])}: {error['msg']}", "mend the # lines")
    except (ValueError, TypeError) as cause:
        problem(f"curie_map cannot be used: {cause}", "give each prefix one namespace")
    expansion = converter.bimap.get(WIKIDATA_PREFIX)
    if expansion not in (None, str(WD)):
        problem(f"the prefix {WIKIDATA_PREFIX} means {expansion}", f"make it {WD}")
    return metadata, converter


def _bad_columns(columns: list[str], where: Location) -> Iterator[SergekgError]:
    for name in _REQUIRED:
        if name not in columns:
            yield ReconciliationError(
                f"there is no column {name}", where=where, remedy="add it; columns are parted by tabs"
            )
    for name in sorted({name for name in columns if columns.count(name) > 1}):
        yield ReconciliationError(f"the column {name} stands twice", where=where, remedy="keep one")
    for name in columns:
        if name not in _KNOWN:
            guess = nearest(name, list(_KNOWN))
            remedy = f"perhaps {guess!r}" if guess else "drop it"
            yield ReconciliationError(f"SSSOM has no column {name!r}", where=where, remedy=remedy)


def _read_row(
    line: str,
    where: Location,
    columns: list[str],
    shared: dict[str, Any],
    converter: Converter,
    problems: list[SergekgError],
) -> Record | None:
    found: list[SergekgError] = []

    def problem(what: str, remedy: str) -> None:
        found.append(ReconciliationError(what, where=where, remedy=remedy))

    record = None
    try:
        cells = next(csv.reader([line], delimiter="\t", strict=True))
        if (missing := len(columns) - len(cells)) == 0:
            row = {name: cell.strip() for name, cell in zip(columns, cells, strict=True) if cell.strip()}
            record = row_to_record(shared | row, converter=converter)
            found += _bad_values(record, where, converter)
        else:
            fault = "a tab is missing" if missing > 0 else "there is a tab too many"
            what = f"{len(cells)} cells where the head names {len(columns)} columns"
            problem(what, f"{fault}; empty cells keep theirs")
    except csv.Error:
        problem("a quotation mark is not closed", 'close it, or write "" for one')
    except ValidationError as cause:
        for error in cause.errors():
            given = f" ({error['input']!r})" if isinstance(error["input"], str | int | float) else ""
            problem(f"{_slot(error['loc'])}{given}: {error['msg']}", "mend the cell")
    problems += found
    return None if found else record


def _bad_values(record: Record, where: Location, converter: Converter) -> Iterator[SergekgError]:
    def problem(what: str, remedy: str) -> SergekgError:
        return ReconciliationError(what, where=where, remedy=remedy)

    prefix, _, key = record.subject_id.partition(":")
    if prefix != OUR_PREFIX or not THING.fullmatch(key):
        remedy = f"write {OUR_PREFIX}:<type>/<slug>"
        yield problem(f"the subject {record.subject_id!r} is none of ours", remedy)
    if record.predicate_id not in PREDICATES:
        guess = nearest(record.predicate_id, list(PREDICATES)) or " or ".join(PREDICATES)
        yield problem(f"unknown predicate {record.predicate_id!r}", f"take {guess}")
    if not record.mapping_justification.startswith("semapv:"):
        yield problem(f"unknown justification {record.mapping_justification!r}", "take one of semapv:")
    if record.object_id == NO_TERM_FOUND:
        if record.predicate_modifier:
            yield problem("NoTermFound with Not, which SSSOM gives no meaning", "drop one of the two")
        if not record.object_source:
            yield problem("NoTermFound, and not where was looked", f"give object_source ({WIKIDATA})")
    elif ":" not in record.object_id or converter.expand(record.object_id) is None:
        item = _ITEM.fullmatch(record.object_id)
        remedy = f"write {WIKIDATA_PREFIX}:{item[1]}" if item else "take one of curie_map, or add it there"
        yield problem(f"the object {record.object_id!r} has no known prefix", remedy)
    elif not is_iri(expanded := converter.expand(record.object_id)):
        yield problem(f"the object {record.object_id!r} is no IRI: {expanded}", "mend it or curie_map")
    elif record.object_id.startswith(f"{WIKIDATA_PREFIX}:") and not _is_item(record.object_id):
        yield problem(f"{record.object_id!r} is no item", f"write {WIKIDATA_PREFIX}:Q and a number")
    if not record.author_label and not record.author_id:
        yield problem("nobody stands for this decision", "give author_label")


def _is_item(curie: str) -> bool:
    local = curie.partition(":")[2]
    return local[:1] == "Q" and local[1:].isascii() and local[1:].isdigit() and local[1] != "0"


def _slot(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)

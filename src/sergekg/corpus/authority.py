"""Reads the authority list: `entities/*.yaml`, a list of `entities` in each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from sergekg.corpus.annotations import records_of
from sergekg.corpus.yamlfile import Record, read_yaml
from sergekg.errors import CorpusError, SergekgError
from sergekg.iris import SLUG
from sergekg.model.dates import parse_date
from sergekg.model.entity import Entity, OutsideDate
from sergekg.model.signature import Signature, nearest
from sergekg.model.statement import Certainty
from sergekg.model.values import is_language

_KEYS = (
    *("slug", "type", "class", "names", "plural", "locative", "printed", "also", "note", "kind"),
    *("lengthless", "dates"),
)
CLASS_OF_TYPE = {
    "person": "Person",
    "group": "Group",
    "organisation": "Organisation",
    "tendency": "Tendency",
    "periodical": "Periodical",
    "work": "Work",
    "expression": "Expression",
    "item": "Item",
    "letter": "Letter",
    "article": "Article",
    "place": "Place",
    "site": "DetentionSite",
    "event": "Event",
    "penalty": "Penalty",
    "penalty-kind": "PenaltyKind",
    "occupation": "Occupation",
    "genre": "Genre",
    "law": "LegalMeasure",
    "concept": "Concept",
}
"""The class of an entity that names none, by the first part of its key."""
_DATES = {"birth": "bornOn", "death": "diedOn"}
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def read_authority(corpus: Path, signature: Signature, problems: list[SergekgError]) -> dict[str, Entity]:
    """The entities by key, in the order of files and lines; those with mistakes are left out.

    Args:
        problems: takes every mistake: bad or double slugs, unknown types and classes, no French name...
    """
    entities: dict[str, Entity] = {}
    for path in sorted((corpus / "entities").glob("*.yaml")):
        try:
            records = records_of(read_yaml(path, f"entities/{path.name}"), "entities")
        except SergekgError as error:
            problems.append(error)
            continue
        for record in records:
            try:
                entity = _entity(record, signature, problems)
            except SergekgError as error:
                problems.append(error.at(record.where))
                continue
            twin = entities.setdefault(entity.key, entity)
            if twin is not entity:
                problems.append(
                    CorpusError(
                        f"{entity.key} is given twice; the first is at {twin.origin}",
                        where=record.where,
                        remedy="keep one, or give the other a slug of its own",
                    )
                )
    problems += _bad_references(entities)
    return entities


def _entity(record: Record, signature: Signature, problems: list[SergekgError]) -> Entity:
    problems += record.allow(*_KEYS)
    slug, kind = record.required("slug"), record.required("type")
    if not SLUG.fullmatch(slug):
        raise CorpusError(
            f"{slug!r} is not a slug", where=record.at("slug"), remedy="use a-z, 0-9 and single hyphens"
        )
    if kind not in CLASS_OF_TYPE:
        guess = nearest(kind, list(CLASS_OF_TYPE))
        remedy = f"perhaps {guess!r}" if guess else f"known: {', '.join(CLASS_OF_TYPE)}"
        raise CorpusError(f"unknown type {kind!r}", where=record.at("type"), remedy=remedy)
    cls = record.text("class") or CLASS_OF_TYPE[kind]
    if not signature.is_a(cls, CLASS_OF_TYPE[kind]):
        guess = signature.nearest_class(cls)
        what = "is unknown" if cls not in signature.classes else f"is not a kind of {CLASS_OF_TYPE[kind]}"
        raise CorpusError(
            f"the class {cls!r} {what}",
            where=record.at("class"),
            remedy=f"perhaps {guess!r}" if guess and guess != cls else "take one of the ontology",
        )
    names = _names(record, "names")
    if "fr" not in names:
        raise CorpusError(
            f"{kind}/{slug} has no French name", where=record.where, remedy="add names: {fr: …}"
        )
    plural_in = record.texts("plural")
    for tag in plural_in:
        if tag not in names:
            raise CorpusError(
                f"the plural {tag!r} has no name", where=record.at("plural"), remedy="give tags of its names"
            )
    locatives = _names(record, "locative")
    for tag, words in locatives.items():
        if tag == "fr" and len(words.split()) < 2:
            raise CorpusError(
                f"the locative {words!r} has no preposition before a name",
                where=record.at("locative"),
                remedy=f'write it as after “is”: {tag}: "en Russie"',
            )
    return Entity(
        key=f"{kind}/{slug}",
        cls=cls,
        names=names,
        plural_in=tuple(plural_in),
        locatives=locatives,
        printed=tuple(record.texts("printed")),
        also=_lists(record, "also"),
        notes=_names(record, "note"),
        kind=record.text("kind"),
        is_lengthless=_boolean(record, "lengthless"),
        known=tuple(_known(record, problems)),
        origin=record.where,
    )


def _boolean(record: Record, key: str) -> bool:
    value = record.text(key)
    if value is not None and value.lower() not in (*_YES, *_NO):
        raise CorpusError(
            f"{key} is {value!r}", where=record.at(key), remedy=f"write {key}: true, or take the line out"
        )
    return value is not None and value.lower() in _YES


def _known(record: Record, problems: list[SergekgError]) -> Iterator[OutsideDate]:
    dates = record.record("dates")
    for key in dates.values if dates else ():
        given = dates.record(key) if dates else None
        if key not in _DATES or given is None:
            where = dates.at(key) if dates else record.where
            raise CorpusError(
                f"unknown date {key!r}",
                where=where,
                remedy="known: birth, death, each {edtf, certainty, source}",
            )
        problems += given.allow("edtf", "certainty", "source")
        try:
            date = parse_date(given.required("edtf"))
        except SergekgError as error:
            raise error.at(given.at("edtf")) from error
        yield OutsideDate(_DATES[key], date, to_certainty(given), given.required("source"))


def to_certainty(record: Record) -> Certainty:
    """The `certainty` of a record; `certain` where it gives none.

    Raises:
        CorpusError: it is none of the four.
    """
    text = record.text("certainty") or Certainty.CERTAIN.value
    try:
        return Certainty(text)
    except ValueError as cause:
        known = ", ".join(Certainty)
        raise CorpusError(
            f"unknown certainty {text!r}", where=record.at("certainty"), remedy=f"known: {known}"
        ) from cause


def _names(record: Record, key: str) -> dict[str, str]:
    names = record.record(key)
    return {} if names is None else {tag: names.required(tag) for tag in _tags(names)}


def _lists(record: Record, key: str) -> dict[str, list[str]]:
    lists = record.record(key)
    return {} if lists is None else {tag: lists.texts(tag) for tag in _tags(lists)}


def _tags(record: Record) -> Iterator[str]:
    for tag in record.values:
        if not is_language(tag):
            raise CorpusError(
                f"{tag!r} is not a language tag", where=record.at(tag), remedy="write it as fr, en or fr-CA"
            )
        yield tag


def _bad_references(entities: Mapping[str, Entity]) -> Iterator[SergekgError]:
    for entity in entities.values():
        if entity.kind is not None and entity.kind not in entities:
            guess = nearest(entity.kind, list(entities))
            yield CorpusError(
                f"unknown kind {entity.kind!r} of {entity.key}",
                where=entity.origin,
                remedy=f"perhaps {guess!r}" if guess else "add it to the authority list",
            )

"""Reads the authority list: `entities/*.yaml`, a list of `entities` in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from sergekg.corpus.annotations import records_of
from sergekg.corpus.yamlfile import Record, read_yaml
from sergekg.errors import CorpusError, Location, SergekgError
from sergekg.iris import SLUG
from sergekg.model.dates import parse_date
from sergekg.model.entity import Entity, OutsideDate
from sergekg.model.signature import Signature, nearest
from sergekg.model.statement import Certainty
from sergekg.model.values import is_language

_Part = TypeVar("_Part")
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


class AuthorityList(dict[str, Entity]):
    """The entities by key; not `is_whole` where one is missing, be it only because its key is another's."""

    is_whole = True


def read_authority(corpus: Path, signature: Signature, problems: list[SergekgError]) -> AuthorityList:
    """The entities, in the order of files and lines.

    One with mistakes is there with what could be read of it, so that only these are told, and not that what
    names it is unknown.

    Args:
        problems: takes every mistake: bad or double slugs, unknown types and classes, no French name...
    """
    entities = AuthorityList()
    for path in sorted((corpus / "entities").glob("*")):
        try:
            records = _records(path)
        except SergekgError as error:
            problems.append(error)
            entities.is_whole = False
            continue
        for record in records:
            entity = _entity(record, signature, problems)
            if entity is None:
                entities.is_whole = False
                continue
            if twin := entities.get(entity.key):
                # nobody knows which of the two the texts mean by it, nor what they call the other
                entities[entity.key] = replace(twin, cls="")
                entities.is_whole = False
                problems.append(
                    CorpusError(
                        f"{entity.key} is given twice; the first is at {twin.origin}",
                        where=record.where,
                        remedy="keep one, or give the other a slug of its own",
                    )
                )
            else:
                entities[entity.key] = entity
    if entities.is_whole:
        problems += _bad_references(entities)
    return entities


def _records(path: Path) -> list[Record]:
    """The records of one file; none of what is no list."""
    shown = f"entities/{path.name}"
    if path.suffix == ".yml":
        raise CorpusError(
            "only files called .yaml are read", where=Location(shown), remedy=f"call it {path.stem}.yaml"
        )
    return records_of(read_yaml(path, shown), "entities") if path.suffix == ".yaml" else []


def _entity(record: Record, signature: Signature, problems: list[SergekgError]) -> Entity | None:
    """The entity of a record, with what could be read of it; None where not even its key could."""

    def read(part: Callable[[], _Part], key: str, instead: _Part) -> _Part:
        try:
            return part()
        except SergekgError as error:
            problems.append(error.at(record.at(key)))
            return instead

    problems += record.allow(*_KEYS)
    slug = read(lambda: _slug(record), "slug", "")
    kind = read(lambda: record.required("type"), "type", "")
    if kind and kind not in CLASS_OF_TYPE:
        guess = nearest(kind, list(CLASS_OF_TYPE))
        remedy = f"perhaps {guess!r}" if guess else f"known: {', '.join(CLASS_OF_TYPE)}"
        problems.append(CorpusError(f"unknown type {kind!r}", where=record.at("type"), remedy=remedy))
        kind = guess or ""
    if not slug or not kind:
        return None
    names = read(lambda: _names(record, "names"), "names", None)
    if names is not None and "fr" not in names:
        what = f"{kind}/{slug} has no French name"
        problems.append(CorpusError(what, where=record.where, remedy="add names: {fr: …}"))
    return Entity(
        key=f"{kind}/{slug}",
        cls=_class(record, kind, signature, problems),
        names=names or {},
        plural_in=read(lambda: _plural(record, names), "plural", ()),
        locatives=read(lambda: _locatives(record), "locative", {}),
        printed=read(lambda: tuple(record.texts("printed")), "printed", ()),
        also=read(lambda: _lists(record, "also"), "also", {}),
        notes=read(lambda: _names(record, "note"), "note", {}),
        kind=read(lambda: record.text("kind"), "kind", None),
        is_lengthless=read(lambda: _boolean(record, "lengthless"), "lengthless", False),
        known=tuple(_known(record, problems)),
        origin=record.where,
    )


def _slug(record: Record) -> str:
    slug = record.required("slug")
    if not SLUG.fullmatch(slug):
        raise CorpusError(f"{slug!r} is not a slug", remedy="use a-z, 0-9 and single hyphens")
    return slug


def _class(record: Record, kind: str, signature: Signature, problems: list[SergekgError]) -> str:
    """The class that a record names, or that of its type; empty for one that is none."""
    usual = CLASS_OF_TYPE[kind]
    try:
        cls = record.text("class") or usual
    except CorpusError as error:
        problems.append(error)
        return ""
    if signature.is_a(cls, usual):
        return cls
    guess = signature.nearest_class(cls)
    what = "is unknown" if cls not in signature.classes else f"is not a kind of {usual}"
    problems.append(
        CorpusError(
            f"the class {cls!r} {what}",
            where=record.at("class"),
            remedy=f"perhaps {guess!r}" if guess and guess != cls else "take one of the ontology",
        )
    )
    return ""


def _plural(record: Record, names: Mapping[str, str] | None) -> tuple[str, ...]:
    plural_in = tuple(record.texts("plural"))
    for tag in plural_in:
        if names is not None and tag not in names:
            raise CorpusError(f"the plural {tag!r} has no name", remedy="give tags of its names")
    return plural_in


def _locatives(record: Record) -> dict[str, str]:
    locatives = _names(record, "locative")
    for words in locatives.values():
        if len(words.split()) < 2:
            raise CorpusError(
                f"the locative {words!r} has no preposition before a name",
                remedy='write it as after “is”: fr: "en Russie"',
            )
    return locatives


def _boolean(record: Record, key: str) -> bool:
    value = record.text(key)
    if value is not None and value.lower() not in (*_YES, *_NO):
        raise CorpusError(
            f"{key} is {value!r}", where=record.at(key), remedy=f"write {key}: true, or take the line out"
        )
    return value is not None and value.lower() in _YES


def _known(record: Record, problems: list[SergekgError]) -> Iterator[OutsideDate]:
    try:
        dates = record.record("dates")
    except CorpusError as error:
        problems.append(error)
        return
    for key in dates.values if dates else ():
        try:
            given = dates.record(key) if dates and key in _DATES else None
            if dates and given is None:
                raise CorpusError(
                    f"unknown date {key!r}",
                    where=dates.at(key),
                    remedy="known: birth, death, each {edtf, certainty, source}",
                )
            if given is not None:
                yield _outside_date(_DATES[key], given, problems)
        except SergekgError as error:
            problems.append(error)


def _outside_date(prop: str, given: Record, problems: list[SergekgError]) -> OutsideDate:
    problems += given.allow("edtf", "certainty", "source")
    try:
        date = parse_date(given.required("edtf"))
    except SergekgError as error:
        raise error.at(given.at("edtf")) from error
    return OutsideDate(prop, date, to_certainty(given), given.required("source"))


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

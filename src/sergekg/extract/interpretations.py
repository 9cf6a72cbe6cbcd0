"""Resolves interpretations: keys of entities and handles of statements become IRIs."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import TypeVar

from rdflib import XSD, Literal, URIRef

from sergekg.corpus.authority import to_certainty
from sergekg.corpus.interpretations import InterpretationFile
from sergekg.corpus.yamlfile import Record
from sergekg.errors import BuildError, CorpusError, SergekgError
from sergekg.extract.base import Context
from sergekg.extract.fitting import check_class, to_literal
from sergekg.model.dates import EdtfDate, parse_date
from sergekg.model.entity import Entity
from sergekg.model.interpretation import Interpretation
from sergekg.model.signature import Property, nearest
from sergekg.model.statement import Certainty
from sergekg.model.values import is_language
from sergekg.vocab import EDTF_DATATYPE, GEO, SKG, skg_term

_Part = TypeVar("_Part")
_NAMES = ("identifiedAs", "correctedTo")
"""Predicates that are of interpretations only, each with words as its object."""


def resolve_interpretations(
    file: InterpretationFile,
    handles: Mapping[str, URIRef],
    context: Context,
    unbuilt: Collection[str] = (),
) -> list[Interpretation]:
    """All interpretations of a corpus: those of the file, and the outside dates of the authority list.

    Args:
        handles: `<text>#<id>` of a statement to its IRI.
        unbuilt: texts whose handles are missing because they have mistakes of their own.

    Raises:
        BuildError: with every mistake in the file.
    """
    problems: list[SergekgError] = []
    known = [entity for entity in context.entities.values() if entity.known]
    by = URIRef("")  # stands in where the agent is a mistake, so that all else is looked at too
    try:
        if file.agent:
            by = _agent(file, context)
        elif file.conflicts or file.claims or file.positions or known:
            raise CorpusError(
                "no agent is named", where=file.where.at("agent"), remedy="add `agent: group/…`"
            )
    except CorpusError as error:
        problems.append(error)
    found: list[Interpretation] = []
    for record in file.conflicts:
        _collect(_conflict(record, handles, unbuilt, by), found, problems)
    for record in file.claims:
        _collect(_claim(record, context, by), found, problems)
    for record in file.positions:
        _collect(_position(record, context, by), found, problems)
    problems += _not_persons(known, context)
    if problems:
        raise BuildError(problems)
    return [*found, *_outside_dates(known, context, by)]


def _collect(
    items: Iterable[Interpretation], found: list[Interpretation], problems: list[SergekgError]
) -> None:
    try:
        found += items
    except BuildError as error:
        problems += error.problems


class _Parts:
    """Reads a record part by part, noting each mistake instead of stopping at the first."""

    def __init__(self, record: Record, known: Iterable[str]) -> None:
        self.record = record
        self.problems: list[SergekgError] = list(record.allow(*known))

    def read(self, part: Callable[[Record], _Part], key: str) -> _Part | None:
        """A part, None where it is a mistake; `key` is where a mistake stands that knows no place."""
        try:
            return part(self.record)
        except BuildError as error:
            self.problems += error.problems
        except SergekgError as error:
            self.problems.append(error.at(self.record.at(key)))
        return None

    def done(self) -> None:
        """Raises BuildError, with every mistake."""
        if self.problems:
            raise BuildError(self.problems)


def _agent(file: InterpretationFile, context: Context) -> URIRef:
    agent = _entity(file.where, "agent", context)
    _check(file.where, "agent", agent, "Agent", "agent wants", context)
    return context.iris.thing(agent.key)


def _conflict(
    record: Record, handles: Mapping[str, URIRef], unbuilt: Collection[str], agent: URIRef
) -> Iterator[Interpretation]:
    parts = _Parts(record, ("between", "certainty", "reason"))
    pair = parts.read(partial(_pair, handles=handles, unbuilt=unbuilt), "between")
    certainty, reasons = parts.read(to_certainty, "certainty"), parts.read(_reasons, "reason")
    parts.done()
    if pair and certainty and reasons:
        yield Interpretation(
            subject=pair[0],
            predicate=SKG.conflictsWith,
            object=pair[1],
            agent=agent,
            certainty=certainty,
            reasons=reasons,
            origin=record.where,
        )


def _pair(
    record: Record, handles: Mapping[str, URIRef], unbuilt: Collection[str]
) -> tuple[URIRef, URIRef] | None:
    """The two statements of a conflict, in the order of their IRIs; None where one's text has mistakes."""
    names = record.texts("between")
    if len(set(names)) != 2 or len(names) != 2:
        raise CorpusError("a conflict is between two", remedy="write [text#id, text#id]")
    problems = []
    for name in names:
        if name not in handles and name.partition("#")[0] not in unbuilt:
            guess = nearest(name, list(handles))
            remedy = f"perhaps {guess!r}" if guess else "give that statement an `id`"
            what = f"no statement is called {name!r}"
            problems.append(CorpusError(what, where=record.at("between"), remedy=remedy))
    if problems:
        raise BuildError(problems)
    pair = sorted(handles[name] for name in names if name in handles)
    return (pair[0], pair[1]) if len(pair) == 2 else None


def _claim(record: Record, context: Context, agent: URIRef) -> Iterator[Interpretation]:
    parts = _Parts(record, ("subject", "predicate", "object", "date", "certainty", "reason", "source"))
    predicate = parts.read(_predicate, "predicate")
    prop = parts.read(partial(_property, context=context), "predicate")
    subject = parts.read(partial(_subject, prop=prop, context=context), "subject")
    obj: URIRef | Literal | None = None
    if prop is not None or predicate in _NAMES:
        obj = parts.read(partial(_object, prop=prop, context=context), "object")
    certainty, reasons = parts.read(to_certainty, "certainty"), parts.read(_reasons, "reason")
    source = parts.read(_source, "source")
    date = parts.read(_date, "date")
    parts.done()
    if predicate and subject and obj is not None and certainty and reasons:
        yield Interpretation(
            subject=subject,
            predicate=skg_term(predicate),
            object=obj,
            agent=agent,
            certainty=certainty,
            reasons=reasons,
            origin=record.where,
            source=source,
            date=date,
        )


def _property(record: Record, context: Context) -> Property | None:
    """The property that a claim uses; None for the two that only claims have."""
    name = record.text("predicate")
    if not name or name in _NAMES:
        return None
    prop = context.signature.properties.get(name)
    if prop is None:
        guess = context.signature.nearest_property(name)
        raise CorpusError(
            f"unknown predicate {name!r}", remedy=f"perhaps {guess!r}" if guess else "see /ontology"
        )
    return prop


def _subject(record: Record, prop: Property | None, context: Context) -> URIRef:
    subject = _entity(record, "subject", context)
    if prop is not None:
        _check(record, "subject", subject, prop.domain, f"{prop.name} is said of", context)
    return context.iris.thing(subject.key)


def _object(record: Record, prop: Property | None, context: Context) -> URIRef | Literal:
    if prop is None:
        return Literal(record.required("object"), lang="fr")
    if prop.is_literal:
        return to_literal(prop, record.required("object"), "fr")
    obj = _entity(record, "object", context)
    _check(record, "object", obj, prop.range, f"{prop.name} wants", context)
    return context.iris.thing(obj.key)


def _predicate(record: Record) -> str:
    return record.required("predicate")


def _source(record: Record, *, required: bool = False) -> str | None:
    return record.required("source") if required else record.text("source")


def _date(record: Record) -> EdtfDate | None:
    written = record.text("date")
    return None if written is None else parse_date(written)


_BOUNDS = {"lat": ("latitude", 90), "long": ("longitude", 180)}


def _position(record: Record, context: Context, agent: URIRef) -> Iterator[Interpretation]:
    """Where a place lies, in degrees of WGS 84: one interpretation for each of the two coordinates."""
    parts = _Parts(record, ("place", "latitude", "longitude", "certainty", "reason", "source"))
    place = parts.read(partial(_place, context=context), "place")
    degrees = [
        (name, parts.read(partial(_degrees, key=key, bound=bound), key))
        for name, (key, bound) in _BOUNDS.items()
    ]
    certainty, reasons = parts.read(to_certainty, "certainty"), parts.read(_reasons, "reason")
    source = parts.read(partial(_source, required=True), "source")
    parts.done()
    for name, value in degrees:
        if place and value is not None and certainty and reasons:
            yield Interpretation(
                subject=place,
                predicate=GEO[name],
                object=value,
                agent=agent,
                certainty=certainty,
                reasons=reasons,
                origin=record.where,
                source=source,
            )


def _place(record: Record, context: Context) -> URIRef:
    place = _entity(record, "place", context)
    if not context.signature.is_a(place.cls, "Place"):
        raise CorpusError(
            f"{place.key} is a {place.cls}; only a Place lies somewhere",
            remedy="give the position of a place or of a site",
        )
    return context.iris.thing(place.key)


def _degrees(record: Record, key: str, bound: int) -> Literal:
    written = record.required(key)
    # digits only: Decimal would take NaN, 1e1 and digits of any script
    if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]+)?", written) or abs(Decimal(written)) > bound:
        raise CorpusError(
            f"{written!r} is not a {key}",
            remedy=f"give degrees with a decimal point, from -{bound} to {bound}",
        )
    # the shortest form, as the embedded engine gives decimals back
    return Literal(format(Decimal(written).normalize(), "f"), datatype=XSD.decimal)


def _entity(record: Record, key: str, context: Context) -> Entity:
    name = record.required(key)
    entity = context.entities.get(name)
    if entity is None:
        guess = nearest(name, list(context.entities))
        remedy = f"perhaps {guess!r}" if guess else "add it to the entities"
        raise CorpusError(f"unknown entity {name!r}", where=record.at(key), remedy=remedy)
    return entity


def _check(record: Record, key: str, entity: Entity, wanted: str, says: str, context: Context) -> None:
    try:
        check_class(entity, wanted, says, context.signature)
    except CorpusError as error:
        raise error.at(record.at(key)) from None


def _reasons(record: Record) -> dict[str, str]:
    reason = record.record("reason")
    if reason is None or not reason.values:
        raise CorpusError("reason is missing", where=record.where, remedy="add reason: {fr: …, en: …}")
    for tag in reason.values:
        if not is_language(tag):
            raise CorpusError(
                f"{tag!r} is no language", where=reason.at(tag), remedy="write reason: {fr: …, en: …}"
            )
    return {tag: reason.required(tag) for tag in reason.values}


def _not_persons(known: Iterable[Entity], context: Context) -> Iterator[SergekgError]:
    for entity in known:
        if not context.signature.is_a(entity.cls, "Person"):
            yield CorpusError(
                f"{entity.key} is a {entity.cls}; only a Person is born and dies",
                where=entity.origin,
                remedy="drop its dates",
            )


def _outside_dates(known: Iterable[Entity], context: Context, agent: URIRef) -> Iterator[Interpretation]:
    for entity in known:
        for outside in entity.known:
            yield Interpretation(
                subject=context.iris.thing(entity.key),
                predicate=skg_term(outside.property),
                object=Literal(outside.date.text, datatype=EDTF_DATATYPE),
                agent=agent,
                certainty=Certainty(outside.certainty),
                reasons={"fr": "date d’un ouvrage de référence", "en": "date of a reference work"},
                origin=entity.origin,
                source=outside.source,
                date=outside.date,
            )

"""Resolves interpretations: keys of entities and handles of statements become IRIs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from rdflib import XSD, Literal, URIRef

from sergekg.corpus.authority import to_certainty
from sergekg.corpus.interpretations import InterpretationFile
from sergekg.corpus.yamlfile import Record
from sergekg.errors import BuildError, CorpusError, SergekgError
from sergekg.extract.base import Context
from sergekg.model.dates import parse_date
from sergekg.model.entity import Entity
from sergekg.model.interpretation import Interpretation
from sergekg.model.signature import nearest
from sergekg.model.statement import Certainty
from sergekg.vocab import EDTF_DATATYPE, GEO, SKG, skg_term


def resolve_interpretations(
    file: InterpretationFile, handles: Mapping[str, URIRef], context: Context
) -> list[Interpretation]:
    """All interpretations of a corpus: those of the file, and the outside dates of the authority list.

    Args:
        handles: `<text>#<id>` of a statement to its IRI.

    Raises:
        BuildError: with every mistake in the file.
    """
    problems: list[SergekgError] = []
    known = [entity for entity in context.entities.values() if entity.known]
    if not (file.conflicts or file.claims or file.positions or known):
        return []
    agent = context.entities.get(file.agent or "")
    if agent is None:
        what = f"unknown agent {file.agent!r}" if file.agent else "no agent is named"
        raise BuildError([CorpusError(what, where=file.where.at("agent"), remedy="add `agent: group/…`")])
    by = context.iris.thing(agent.key)
    found: list[Interpretation] = []
    for record in file.conflicts:
        _collect(_conflict(record, handles, by), found, problems)
    for record in file.claims:
        _collect(_claim(record, context, by), found, problems)
    for record in file.positions:
        _collect(_position(record, context, by), found, problems)
    if problems:
        raise BuildError(problems)
    return [*found, *_outside_dates(known, context, by)]


def _collect(
    items: Iterable[Interpretation], found: list[Interpretation], problems: list[SergekgError]
) -> None:
    try:
        found += items
    except SergekgError as error:
        problems.append(error)


def _conflict(record: Record, handles: Mapping[str, URIRef], agent: URIRef) -> Iterator[Interpretation]:
    for problem in record.allow("between", "certainty", "reason"):
        raise problem
    pair = record.texts("between")
    if len(pair) != 2:
        raise CorpusError(
            "a conflict is between two", where=record.at("between"), remedy="write [text#id, text#id]"
        )
    for handle in pair:
        if handle not in handles:
            guess = nearest(handle, list(handles))
            remedy = f"perhaps {guess!r}" if guess else "give that statement an `id`"
            raise CorpusError(f"no statement is called {handle!r}", where=record.at("between"), remedy=remedy)
    first, second = sorted(handles[handle] for handle in pair)
    yield Interpretation(
        subject=first,
        predicate=SKG.conflictsWith,
        object=second,
        agent=agent,
        certainty=to_certainty(record),
        reasons=_reasons(record),
        origin=record.where,
    )


def _claim(record: Record, context: Context, agent: URIRef) -> Iterator[Interpretation]:
    for problem in record.allow("subject", "predicate", "object", "date", "certainty", "reason", "source"):
        raise problem
    name = record.required("predicate")
    predicate: URIRef
    is_literal = False
    if name in ("identifiedAs", "correctedTo"):
        predicate, is_literal = skg_term(name), True
    else:
        prop = context.signature.properties.get(name)
        if prop is None:
            guess = context.signature.nearest_property(name)
            remedy = f"perhaps {guess!r}" if guess else "see /ontology"
            raise CorpusError(f"unknown predicate {name!r}", where=record.at("predicate"), remedy=remedy)
        predicate, is_literal = skg_term(name), prop.is_literal
    value = record.required("object")
    date = None
    if (written := record.text("date")) is not None:
        try:
            date = parse_date(written)
        except SergekgError as error:
            raise error.at(record.at("date")) from error
    yield Interpretation(
        subject=_thing(record, "subject", context),
        predicate=predicate,
        object=_literal(value, predicate) if is_literal else _thing(record, "object", context),
        agent=agent,
        certainty=to_certainty(record),
        reasons=_reasons(record),
        origin=record.where,
        source=record.text("source"),
        date=date,
    )


_BOUNDS = {"lat": ("latitude", 90), "long": ("longitude", 180)}


def _position(record: Record, context: Context, agent: URIRef) -> Iterator[Interpretation]:
    """Where a place lies, in degrees of WGS 84: one interpretation for each of the two coordinates."""
    for problem in record.allow("place", "latitude", "longitude", "certainty", "reason", "source"):
        raise problem
    place = _thing(record, "place", context)
    cls = context.entities[record.required("place")].cls
    if not context.signature.is_a(cls, "Place"):
        raise CorpusError(
            f"{record.required('place')} is a {cls}; only a Place lies somewhere",
            where=record.at("place"),
            remedy="give the position of a place or of a site",
        )
    source = record.required("source")
    for name, (key, bound) in _BOUNDS.items():
        yield Interpretation(
            subject=place,
            predicate=GEO[name],
            object=_degrees(record, key, bound),
            agent=agent,
            certainty=to_certainty(record),
            reasons=_reasons(record),
            origin=record.where,
            source=source,
        )


def _degrees(record: Record, key: str, bound: int) -> Literal:
    written = record.required(key)
    # digits only: Decimal would take NaN, 1e1 and digits of any script
    if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]+)?", written) or abs(Decimal(written)) > bound:
        raise CorpusError(
            f"{written!r} is not a {key}",
            where=record.at(key),
            remedy=f"give degrees with a decimal point, from -{bound} to {bound}",
        )
    # the shortest form, as the embedded engine gives decimals back
    return Literal(format(Decimal(written).normalize(), "f"), datatype=XSD.decimal)


def _literal(value: str, predicate: URIRef) -> Literal:
    return Literal(value, datatype=EDTF_DATATYPE) if predicate == SKG.hasDate else Literal(value, lang="fr")


def _thing(record: Record, key: str, context: Context) -> URIRef:
    name = record.required(key)
    if name not in context.entities:
        guess = nearest(name, list(context.entities))
        remedy = f"perhaps {guess!r}" if guess else "add it to the entities"
        raise CorpusError(f"unknown entity {name!r}", where=record.at(key), remedy=remedy)
    return context.iris.thing(name)


def _reasons(record: Record) -> dict[str, str]:
    reason = record.record("reason")
    if reason is None:
        raise CorpusError("reason is missing", where=record.where, remedy="add reason: {fr: …, en: …}")
    return {tag: reason.required(tag) for tag in reason.values}


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

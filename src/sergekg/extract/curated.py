"""Turns the annotations that a person wrote into statements, and says everything that is wrong with them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rdflib import XSD, Literal, URIRef

from sergekg.corpus.annotations import Annotations
from sergekg.corpus.yamlfile import Record
from sergekg.errors import (
    BuildError,
    CorpusError,
    DateError,
    QuoteAmbiguous,
    SelectorError,
    SergekgError,
    UnknownEntity,
)
from sergekg.extract.base import Context, Extraction, Silence
from sergekg.extract.fitting import DURATION, check_class, may_be_a, to_literal
from sergekg.extract.quotes import find_quote, fold, shorten
from sergekg.iris import content_hash
from sergekg.model.dates import DateResolution, EdtfDate, parse_date
from sergekg.model.entity import Entity
from sergekg.model.evidence import Evidence, select
from sergekg.model.signature import Property, nearest
from sergekg.model.statement import Statement, Status
from sergekg.model.text import Document
from sergekg.vocab import skg_term

_KEYS = (
    "id", "quote", "prefix", "suffix", "subject", "predicate", "object", "subject-named-in", "status",
    "status-reason", "voice", "reported-by", "date", "duration", "event", "distributed-from", "note",
)  # fmt: skip
_AGENT = "Agent"


def extract_curated(document: Document, annotations: Annotations, context: Context) -> Extraction:
    """Make the statements of one document, in the order of its annotation file.

    Raises:
        BuildError: with every mistake in the file.
    """
    problems: list[SergekgError] = []
    statements: list[Statement] = []
    for record in annotations.records:
        maker = _Maker(document, annotations, context, record, problems)
        before = len(problems)
        statement = maker.make()
        if statement is not None and len(problems) == before:
            statements.append(statement)
    problems += _twins(statements)
    if annotations.voice not in context.entities:
        guess = nearest(annotations.voice, list(context.entities))
        problems.append(UnknownEntity.of(annotations.voice, guess, where=annotations.where, called="voice"))
    elif not may_be_a(voice := context.entities[annotations.voice], _AGENT, context.signature):
        problems.append(
            CorpusError(
                f"{voice.key} is a {voice.cls}; voice wants a {_AGENT}",
                where=annotations.where,
                remedy="name who speaks",
            )
        )
    if annotations.anchor:
        try:
            parse_date(annotations.anchor)
        except DateError as error:
            problems.append(error.at(annotations.anchor_where))
    silences = []
    for record in annotations.silences:
        try:
            problems += record.allow("quote", "prefix", "suffix", "reason")
            silences.append(Silence(_select(document, record), record.required("reason")))
        except SergekgError as error:
            problems.append(error.at(record.at("quote")))
    if problems:
        raise BuildError(problems)
    return Extraction(statements, silences)


def _twins(statements: list[Statement]) -> Iterator[SergekgError]:
    seen: dict[str, Statement] = {}
    handles: dict[str, Statement] = {}
    for statement in statements:
        if (twin := seen.setdefault(statement.digest, statement)) is not statement:
            yield CorpusError(
                f"the same statement stands at {twin.origin}",
                where=statement.origin,
                remedy="keep one of the two",
            )
        if statement.handle and handles.setdefault(statement.handle, statement) is not statement:
            yield CorpusError(
                f"the id {statement.handle!r} is given twice", where=statement.origin, remedy="rename one"
            )


def _select(document: Document, record: Record, key: str = "quote") -> Evidence:
    span = find_quote(
        document, record.required(key), prefix=record.text("prefix") or "", suffix=record.text("suffix") or ""
    )
    return select(document, span)


class _Maker:
    """Makes one statement of one record, noting each mistake instead of stopping at the first."""

    def __init__(
        self,
        document: Document,
        annotations: Annotations,
        context: Context,
        record: Record,
        problems: list[SergekgError],
    ) -> None:
        self.document, self.annotations, self.context = document, annotations, context
        self.record, self.problems = record, problems

    def make(self) -> Statement | None:
        self.problems += self.record.allow(*_KEYS)
        evidence = self._evidence()
        prop = self._property()
        event = self._entity("event", "Event")
        subject = self._required("subject")
        obj = self._object(prop, event) if prop else None
        status = self._status()
        voice = self._entity("voice", _AGENT) or self._voice()
        date, resolution = self._date()
        duration = self._duration()
        if prop and subject:
            self._check_domain(prop, subject)
        if prop and event and prop.event:
            self._check_class("event", event, prop.event, f"{prop.name} tells of")
        antecedent = self._antecedent()
        reported_by = self._entity("reported-by", _AGENT)
        group = self._entity("distributed-from", "Group")
        if not (evidence and prop and subject and obj is not None and status and voice):
            return None
        iri = self.context.iris.thing
        terms = (
            iri(subject.key),
            skg_term(prop.name),
            iri(obj.key) if isinstance(obj, Entity) else obj,
            iri(voice.key),
            iri(reported_by.key) if reported_by else None,
        )
        return Statement(
            digest=self._digest(evidence, terms, status, date, duration),
            subject=terms[0],
            predicate=terms[1],
            object=terms[2],
            status=status,
            voice=terms[3],
            evidence=evidence,
            origin=self.record.where,
            reported_by=terms[4],
            date=date,
            resolution=resolution,
            duration=duration,
            event=iri(event.key) if event else None,
            distributed_from=iri(group.key) if group else None,
            antecedent=antecedent,
            note=self._text("note"),
            status_reason=self._text("status-reason"),
            handle=self._text("id"),
        )

    def _digest(
        self,
        evidence: Evidence,
        terms: tuple[URIRef | Literal | None, ...],
        status: Status,
        date: EdtfDate | None,
        duration: Literal | None,
    ) -> str:
        """Independent of the base, so that the same reading keeps its name wherever it is published."""
        named = [self.context.iris.portable(term) if term is not None else "" for term in terms]
        place = (
            evidence.document,
            str(evidence.position.start),
            str(evidence.position.end),
            evidence.quote.exact,
        )
        return content_hash((*place, *named, status.value, date.text if date else "", duration or ""))

    # -- each part of the record ------------------------------------------------------------------

    def _evidence(self) -> Evidence | None:
        try:
            return _select(self.document, self.record)
        except SelectorError as error:
            self._note(error, "quote")
        except CorpusError as error:
            self.problems.append(error)
        return None

    def _antecedent(self) -> Evidence | None:
        given = self.record.values.get("subject-named-in")
        if given is None:
            return None
        try:
            if isinstance(given, Record):
                self.problems += given.allow("quote", "prefix", "suffix")
                return _select(self.document, given)
            return select(self.document, find_quote(self.document, self.record.required("subject-named-in")))
        except SelectorError as error:
            self._note(error, "subject-named-in")
        except CorpusError as error:
            self.problems.append(error)
        return None

    def _property(self) -> Property | None:
        name = self._text("predicate", required=True)
        if name is None:
            return None
        prop = self.context.signature.properties.get(name)
        if prop is None:
            guess = self.context.signature.nearest_property(name)
            self._problem(
                "predicate", f"unknown predicate {name!r}", f"perhaps {guess!r}" if guess else "see /ontology"
            )
        return prop

    def _required(self, key: str) -> Entity | None:
        return self._find(key, value) if (value := self._text(key, required=True)) else None

    def _entity(self, key: str, wanted: str) -> Entity | None:
        value = self._text(key)
        entity = self._find(key, value) if value else None
        if entity:
            self._check_class(key, entity, wanted, f"{key} wants")
        return entity

    def _voice(self) -> Entity | None:
        return self.context.entities.get(self.annotations.voice)

    def _find(self, key: str, value: str) -> Entity | None:
        entity = self.context.entities.get(value)
        if entity is None:
            guess = nearest(value, list(self.context.entities))
            self.problems.append(UnknownEntity.of(value, guess, where=self.record.at(key)))
        return entity

    def _object(self, prop: Property, event: Entity | None) -> Entity | Literal | None:
        if prop.is_literal:
            value = self._text("object", required=True)
            return None if value is None else self._literal(prop, value)
        is_event = self.context.signature.is_a(prop.range, "Event")
        if "object" not in self.record.values and is_event and self.record.values.get("event"):
            entity: Entity | None = event  # None where that is a mistake, which is told already
        else:
            entity = self._required("object")
        if entity is not None:
            self._check_class("object", entity, prop.range, f"{prop.name} wants")
        return entity

    def _literal(self, prop: Property, value: str) -> Literal | None:
        if prop.is_verbatim:
            self._check_words(value)
        try:
            return to_literal(prop, value, self.document.language)
        except SergekgError as error:
            self._note(error, "object")
            return None

    def _check_words(self, value: str) -> None:
        """What is said in the text's own words has to stand in the quote."""
        quote = self.record.values.get("quote")  # what is no text is told with the evidence
        if isinstance(quote, str) and fold(value) not in fold(quote):
            self._problem("object", f"« {shorten(value)} » is not in the quote", "give the words of the text")

    def _status(self) -> Status | None:
        value = self._text("status") or Status.ASSERTED.value
        try:
            return Status(value)
        except ValueError:
            guess = nearest(value, [status.value for status in Status])
            remedy = f"perhaps {guess!r}" if guess else f"known: {', '.join(Status)}"
            self._problem("status", f"unknown status {value!r}", remedy)
            return None

    def _date(self) -> tuple[EdtfDate | None, DateResolution | None]:
        given = self.record.values.get("date")
        if given is None:
            return None, None
        if isinstance(given, str):
            return self._parse_date("date", given), None
        try:
            record = self.record.record("date")
            if record is None:
                return None, None
            self.problems += record.allow("edtf", "phrase", "anchor", "rule")
            date = self._parse_date("date", record.required("edtf"))
            if not {"phrase", "anchor", "rule"} & record.values.keys():
                return date, None
            phrase = record.required("phrase")
            _check_phrase(self.document, phrase)
            own = record.text("anchor")
            if own:
                self._parse_date("date", own)
            return date, DateResolution(phrase, own or self.annotations.anchor, record.text("rule"))
        except SelectorError as error:
            self._note(error, "date")
        except CorpusError as error:
            self.problems.append(error)
        return None, None

    def _parse_date(self, key: str, value: str) -> EdtfDate | None:
        try:
            return parse_date(value)
        except DateError as error:
            self._note(error, key)
            return None

    def _duration(self) -> Literal | None:
        value = self._text("duration")
        if value is None:
            return None
        if not DURATION.fullmatch(value):
            self._problem("duration", f"{value!r} is not an xsd:duration", "write P5Y, P3M or P18D")
            return None
        return Literal(value, datatype=XSD.duration, normalize=False)

    def _check_domain(self, prop: Property, subject: Entity) -> None:
        self._check_class("subject", subject, prop.domain, f"{prop.name} is said of")

    def _check_class(self, key: str, entity: Entity, wanted: str, says: str) -> None:
        try:
            check_class(entity, wanted, says, self.context.signature)
        except CorpusError as error:
            self._note(error, key)

    def _text(self, key: str, *, required: bool = False) -> str | None:
        try:
            return self.record.required(key) if required else self.record.text(key)
        except CorpusError as error:
            self.problems.append(error)
            return None

    def _problem(self, key: str, what: str, remedy: str) -> None:
        self.problems.append(CorpusError(what, where=self.record.at(key), remedy=remedy))

    def _note(self, error: SergekgError, key: str) -> None:
        self.problems.append(error.at(self.record.at(key)))


def _check_phrase(document: Document, phrase: str) -> None:
    """The phrase of a date has to stand in the text; it may stand there more than once."""
    with contextlib.suppress(QuoteAmbiguous):
        find_quote(document, phrase)

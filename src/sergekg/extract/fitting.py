"""What statements and interpretations are both held to: values fit their property, things their class."""

from __future__ import annotations

import re

from rdflib import RDF, XSD, Literal, URIRef

from sergekg.errors import CorpusError
from sergekg.model.dates import parse_date
from sergekg.model.entity import Entity
from sergekg.model.signature import Property, Signature
from sergekg.vocab import EDTF_DATATYPE

DURATION = re.compile(r"P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?", re.ASCII)
_FORMS = {
    XSD.boolean: re.compile(r"true|false"),
    XSD.integer: re.compile(r"[+-]?[0-9]+"),
    XSD.duration: DURATION,
}


def to_literal(prop: Property, value: str, language: str) -> Literal:
    """A value as the literal that a property wants: words, a date, `true`, a number or a length.

    Args:
        language: of the value, where it is words.

    Raises:
        DateError: not EDTF; CorpusError: no value of the datatype. Neither knows its place.
    """
    wanted = URIRef(prop.range)
    if wanted == RDF.langString:
        return Literal(value, lang=language)
    if wanted == EDTF_DATATYPE:
        return Literal(parse_date(value).text, datatype=EDTF_DATATYPE)
    form = _FORMS.get(wanted)
    if form is not None and not form.fullmatch(value):
        raise CorpusError(
            f"{value!r} is not a value of {wanted.partition('#')[2]}", remedy=f"see {prop.name}"
        )
    return Literal(value, datatype=wanted, normalize=False)


def may_be_a(entity: Entity, wanted: str, signature: Signature) -> bool:
    """Whether an entity is of a class or of one below it; one whose class is a mistake may be of any."""
    return not entity.cls or signature.is_a(entity.cls, wanted)


def check_class(entity: Entity, wanted: str, says: str, signature: Signature) -> None:
    """See that an entity is of a class or of one below it.

    Args:
        says: what asks for the class, as the message has it: `wasArrested wants`.

    Raises:
        CorpusError: it is of another class. It does not know its place.
    """
    if not may_be_a(entity, wanted, signature):
        raise CorpusError(
            f"{entity.key} is a {entity.cls}; {says} a {wanted}", remedy="change the entity or the predicate"
        )

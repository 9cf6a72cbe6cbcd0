"""What is not read in the texts: outside knowledge, identifications, corrections, conflicts of sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rdflib import Literal, URIRef

from sergekg.errors import Location
from sergekg.model.dates import EdtfDate
from sergekg.model.statement import Certainty


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A claim about the corpus or the past, with who makes it, how surely, why, and after which source."""

    subject: URIRef
    predicate: URIRef
    object: URIRef | Literal
    agent: URIRef
    certainty: Certainty
    reasons: Mapping[str, str]
    origin: Location
    source: str | None = None
    date: EdtfDate | None = None

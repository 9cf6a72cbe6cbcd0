"""One thing that a text says, where it says it, and how far."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rdflib import Literal, URIRef

from sergekg.errors import Location
from sergekg.model.dates import DateResolution, EdtfDate
from sergekg.model.evidence import Evidence


class Status(StrEnum):
    """How far the text goes; the closed SKOS scheme `skg:StatusScheme` holds one concept for each."""

    ASSERTED = "asserted"
    REPORTED = "reported"
    QUESTIONED = "questioned"
    DENIED = "denied"
    HYPOTHETICAL = "hypothetical"
    RHETORICAL = "rhetorical"


class Certainty(StrEnum):
    """How sure an interpretation is."""

    CERTAIN = "certain"
    PROBABLE = "probable"
    POSSIBLE = "possible"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Statement:
    """A reified claim. `digest` names it and its evidence; it hashes what is said, not the notes on it.

    Attributes:
        voice: who says it.
        reported_by: who passes it on, where the voice is not the author.
        event: the event that it tells of.
        distributed_from: the group it is said of, where the text says it of all its members together.
        status_reason: why it is asserted although the quote asks or hedges.
        antecedent: the passage that names the subject, where the quote does not.
        handle: the annotator's own name for it, to refer to it from elsewhere in the corpus.
        origin: the file and line that a person mends.
    """

    digest: str
    subject: URIRef
    predicate: URIRef
    object: URIRef | Literal
    status: Status
    voice: URIRef
    evidence: Evidence
    origin: Location
    reported_by: URIRef | None = None
    date: EdtfDate | None = None
    resolution: DateResolution | None = None
    duration: Literal | None = None
    event: URIRef | None = None
    distributed_from: URIRef | None = None
    antecedent: Evidence | None = None
    note: str | None = None
    status_reason: str | None = None
    handle: str | None = None

    @property
    def is_fact(self) -> bool:
        """Whether the plain triple is published beside the statement."""
        return self.status is Status.ASSERTED

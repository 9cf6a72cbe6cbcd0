"""A person's decision on the identity of one of our entities (SSSOM 1.0)."""

from __future__ import annotations

from dataclasses import dataclass

from sergekg.errors import Location

NO_TERM_FOUND = "sssom:NoTermFound"


@dataclass(frozen=True, slots=True)
class Mapping:
    """One row of an SSSOM file.

    Attributes:
        subject: key of our entity.
        predicate: CURIE, `skos:exactMatch` or `skos:closeMatch`.
        object: full IRI of the outside term; `sssom:NoTermFound` where a person looked and found none.
        is_refused: the row says that the two are *not* the same (`predicate_modifier` is `Not`).
        label: the outside label as it stood when the decision was made.
        confidence: 0 to 1.
        author: who decided; `date` when (ISO 8601).
    """

    subject: str
    predicate: str
    object: str
    justification: str
    origin: Location
    is_refused: bool = False
    label: str | None = None
    confidence: float | None = None
    author: str | None = None
    date: str | None = None
    comment: str | None = None

    @property
    def is_match(self) -> bool:
        """Whether it is published as a link."""
        return not self.is_refused and self.object != NO_TERM_FOUND

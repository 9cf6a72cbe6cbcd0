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
        subject_label: our French name as it stood when the decision was made.
        subject_version, object_version: what was looked at: the digest of what we state of the entity, and
            the revision of the outside item; when either has moved on, the decision is due for a second look.
        reviewer, review_date: who looked again, and when.
        category: what kind of thing the outside term is, as a class of ours (`skg:Place`).
        agreement: of the reviewer, -1 to 1 (SSSOM 1.1); 0 is a person who could not tell.
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
    subject_label: str | None = None
    subject_version: str | None = None
    object_version: str | None = None
    reviewer: str | None = None
    review_date: str | None = None
    agreement: float | None = None
    category: str | None = None

    @property
    def is_match(self) -> bool:
        """Whether it is published as a link."""
        return not self.is_refused and not self.is_nil and not self.is_unsure

    @property
    def is_nil(self) -> bool:
        """Whether a person looked and found no term."""
        return self.object == NO_TERM_FOUND

    @property
    def is_unsure(self) -> bool:
        """Whether a person looked and could not tell; kept so that the question is not asked anew."""
        return self.agreement is not None and self.agreement <= 0

"""Puts candidates in order and says what follows: propose, show a tie, leave to a person, or nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sergekg.reconcile.profile import Profile
from sergekg.reconcile.score import Score, score

AUTOMATIC = 0.997
"""Confidence from which a candidate is proposed as the match; a person still decides."""
LEAD = 2.0
"""Log-odds by which it must lead the next."""
TIE = 0.3
"""Log-odds within which two candidates are equally good."""
POSSIBLE = 0.35
"""Confidence below which a candidate is not worth a person's time; where all are, there is none."""
_SHOWN = 0.002


class Outcome(StrEnum):
    """What a ranking amounts to."""

    MATCH = "match"
    TIE = "tie"
    REVIEW = "review"
    NIL = "nil"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate with its score."""

    profile: Profile
    score: Score


@dataclass(frozen=True, slots=True)
class Ranking:
    """The candidates, best first; equals in the order of their ids."""

    candidates: Sequence[Candidate]

    @property
    def best(self) -> Sequence[Candidate]:
        """The best candidate and those that are as good, likely or not."""
        if not self.candidates:
            return ()
        top = self.candidates[0].score.total
        return [candidate for candidate in self.candidates if top - candidate.score.total <= TIE]

    @property
    def outcome(self) -> Outcome:
        """A name alone makes no match, nor a surname with one year, nor anything that is contradicted."""
        if not self.candidates or self.candidates[0].score.confidence < POSSIBLE:
            return Outcome.NIL
        if len(self.best) > 1:
            return Outcome.TIE
        first = self.candidates[0].score
        following = self.candidates[1].score.total if len(self.candidates) > 1 else float("-inf")
        is_sure = first.confidence >= AUTOMATIC and first.total - following >= LEAD
        return (
            Outcome.MATCH
            if is_sure and first.is_corroborated and not first.is_contradicted
            else Outcome.REVIEW
        )


def rank(asked: Profile, found: Iterable[Profile], *, most: int | None = None) -> Ranking:
    """Score candidates and put them in order; those that are out of the question are left out."""
    scored = (Candidate(profile, score(asked, profile)) for profile in found)
    kept = [candidate for candidate in scored if candidate.score.confidence >= _SHOWN]
    kept.sort(key=lambda candidate: (-candidate.score.total, candidate.profile.id))
    return Ranking(kept[:most])

"""Measures name matching on labelled names: what is found, what is told as a tie, what is wrongly accepted.

Every French form is asked four times: the name alone, and with years and role; once with the one it names
among the candidates, once with that one taken away, so that only namesakes are left to be accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from sergekg.reconcile.given_names import Agreement, without_yo
from sergekg.reconcile.labelled import LabelledName
from sergekg.reconcile.likeness import compare_names
from sergekg.reconcile.profile import Profile
from sergekg.reconcile.ranking import Outcome, Ranking, rank
from sergekg.reconcile.romanisation import fold_cyrillic


@dataclass(frozen=True, slots=True)
class Trial:
    """One query and what came of it; `truth` is the id that it names, among the candidates or not."""

    query: Profile
    truth: str
    is_present: bool
    has_context: bool
    ranking: Ranking
    indistinct: frozenset[str] = frozenset()

    @property
    def best(self) -> list[str]:
        return [candidate.profile.id for candidate in self.ranking.best]

    @property
    def confidence(self) -> float:
        return self.ranking.candidates[0].score.confidence if self.ranking.candidates else 0.0

    @property
    def is_right(self) -> bool:
        """Whether the truth stands first."""
        return self.is_present and bool(self.best) and self.ranking.candidates[0].profile.id == self.truth

    @property
    def is_accepted(self) -> bool:
        return self.ranking.outcome is Outcome.MATCH


@dataclass(frozen=True, slots=True)
class Ratio:
    """A count of those that hold, out of how many."""

    holding: int
    total: int

    @property
    def value(self) -> float:
        return self.holding / self.total if self.total else float("nan")

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.holding} of {self.total})" if self.total else "none to measure"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All trials, and the figures that are reported of them."""

    trials: Sequence[Trial]

    def count(self, holds: Callable[[Trial], bool], among: Callable[[Trial], bool]) -> Ratio:
        """How many of some trials hold."""
        chosen = [trial for trial in self.trials if among(trial)]
        return Ratio(sum(map(holds, chosen)), len(chosen))

    @property
    def best_or_tied(self) -> Ratio:
        """By the name alone, the right one stands first or is equally good."""
        return self.count(lambda t: t.truth in t.best, lambda t: t.is_present and not t.has_context)

    @property
    def correct_with_context(self) -> Ratio:
        """With years and role, the right one stands first, alone."""
        return self.count(lambda t: t.best == [t.truth], lambda t: t.is_present and t.has_context)

    @property
    def accepted(self) -> Ratio:
        """Automatic proposals of the right one, with years and role."""
        return self.count(lambda t: t.is_accepted and t.is_right, lambda t: t.is_present and t.has_context)

    @property
    def false_accepts(self) -> Ratio:
        """Automatic proposals of another one, out of all queries, whether the right one was there or not."""
        return self.count(lambda t: t.is_accepted and not t.is_right, lambda _: True)

    @property
    def traps_accepted(self) -> Ratio:
        """Automatic proposals of a namesake, where the right one had been taken away."""
        return self.count(lambda t: t.is_accepted, lambda t: not t.is_present)

    @property
    def ties_told(self) -> Ratio:
        """Where nothing that was asked tells two people apart, both are given."""
        return self.count(
            lambda t: {t.truth, *t.indistinct} <= set(t.best),
            lambda t: bool(t.indistinct) and t.is_present and not t.has_context,
        )

    @property
    def nil_recognised(self) -> Ratio:
        """With years and role, and the right one taken away: nobody is held to be likely."""
        return self.count(
            lambda t: t.ranking.outcome is Outcome.NIL, lambda t: not t.is_present and t.has_context
        )

    @property
    def mean_tie(self) -> float:
        """How many stand first together, by the name alone; 1 where there are no ties."""
        sizes = [len(t.best) for t in self.trials if t.is_present and not t.has_context and t.best]
        return sum(sizes) / len(sizes) if sizes else float("nan")

    @property
    def confidences(self) -> tuple[list[float], list[bool]]:
        """Confidence of the first candidate of every query that has one, and whether it was the right one."""
        chosen = [trial for trial in self.trials if trial.ranking.candidates]
        return [trial.confidence for trial in chosen], [trial.is_right for trial in chosen]

    def precision_recall(self) -> list[tuple[float, float, float]]:
        """Threshold, precision and recall of taking the first candidate from each threshold on.

        With years and role; half of these queries have no right answer. Recall is out of those that have one.
        """
        asked = [trial for trial in self.trials if trial.has_context]
        present = sum(trial.is_present for trial in asked)
        points = []
        for threshold in sorted({round(trial.confidence, 4) for trial in asked if trial.confidence > 0}):
            taken = [trial for trial in asked if trial.confidence >= threshold]
            right = sum(trial.is_right for trial in taken)
            if taken and present:
                points.append((threshold, right / len(taken), right / present))
        return points

    def figures(self) -> dict[str, Ratio]:
        """The figures by their names, in the order in which they are shown."""
        return {
            "best or tied (name alone)": self.best_or_tied,
            "correct with years and role": self.correct_with_context,
            "ties told as ties": self.ties_told,
            "NIL recognised": self.nil_recognised,
            "accepted automatically": self.accepted,
            "false accepts": self.false_accepts,
            "namesake traps accepted": self.traps_accepted,
        }


def evaluate(
    rows: Sequence[LabelledName],
    distractors: Iterable[LabelledName] = (),
    *,
    part: str | None = None,
    with_forms: bool = False,
) -> Evaluation:
    """Ask every form of every row, or of one part of them; candidates are all rows and the distractors."""
    found = {row.id: row.to_candidate(with_forms=with_forms) for row in rows}
    for row in distractors:
        found.setdefault(row.id if row.id not in found else f"{row.id} (distractor)", row.to_candidate())
    candidates = [profile for profile in found.values() if profile.names]
    trials = []
    for row in rows:
        for form in row.forms if part in (None, row.part) else ():
            for has_context in (False, True):
                query = row.to_query(form, with_context=has_context)
                everyone = rank(query, candidates)
                others = Ranking([c for c in everyone.candidates if c.profile.id != row.id])
                alike = frozenset() if has_context else _indistinct(query, found[row.id], everyone)
                trials.append(Trial(query, row.id, True, has_context, everyone, alike))
                trials.append(Trial(query, row.id, False, has_context, others))
    return Evaluation(trials)


def _indistinct(query: Profile, truth: Profile, ranking: Ranking) -> frozenset[str]:
    """The ids of those whom the form fits exactly as well as the one it names.

    They bear the same surname in Cyrillic, and what the form says of given name, patronymic and gender agrees
    with both alike. This looks at the names, not at the scores that are being measured.
    """
    own = _fits(query, truth)
    return frozenset(
        candidate.profile.id
        for candidate in ranking.candidates
        if candidate.profile.id != truth.id and own & _fits(query, candidate.profile)
    )


def _fits(query: Profile, found: Profile) -> frozenset[tuple[str, str, str]]:
    """Surname in Cyrillic, agreement of given name and of patronymic, for each name that nothing opposes."""
    fits = set()
    for mine, theirs in product(query.parsed_names, found.parsed_names):
        likeness = compare_names(mine, theirs)
        if likeness is None:
            continue
        given = _AS_GOOD.get(likeness.given, likeness.given)
        if theirs.surname and likeness.surname >= 0.85 and not likeness.is_gender_opposed:
            fits.add((without_yo(fold_cyrillic(theirs.surname)), given, likeness.patronymic))
    return frozenset(fit for fit in fits if Agreement.DIFFERENT not in fit and fit[0])


_AS_GOOD = {Agreement.TRANSLATED: Agreement.SAME}

"""How probable it is that two profiles are of one thing, with every reason in words.

A sum of weights of evidence in the manner of Fellegi and Sunter (1969): each feature adds the logarithm of
how much oftener it is seen on one thing than on two. The weights are in `WEIGHTS`, the sum becomes a
probability in `calibration`. Contradictions weigh so much that no agreement outweighs them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise, product
from math import log1p

from sergekg.reconcile.calibration import confidence_of
from sergekg.reconcile.given_names import Agreement
from sergekg.reconcile.lifedates import DateAgreement, LifeDate, compare_dates
from sergekg.reconcile.likeness import NameLikeness, compare_inverted, compare_names, compare_titles
from sergekg.reconcile.names import PersonName
from sergekg.reconcile.occupations import RoleAgreement, compare_roles
from sergekg.reconcile.profile import Profile
from sergekg.reconcile.romanisation import fold_latin

PRIOR = -4.0
"""Log-odds before anything is known: most people who share a name are not the same."""
SURNAME = (
    (0.0, -8.0),
    (0.70, -7.0),
    (0.75, -3.0),
    (0.80, -1.2),
    (0.85, 0.3),
    (0.90, 1.8),
    (0.93, 2.3),
    (0.97, 3.0),
    (1.0, 3.2),
)
"""Weight by likeness of surnames; straight lines between the points."""
WEIGHTS: dict[str, dict[str, float]] = {
    "given": {
        Agreement.SAME: 2.6,
        Agreement.TRANSLATED: 2.4,
        Agreement.INITIAL: 1.0,
        Agreement.MISSING: -0.6,
        Agreement.UNCLEAR: -0.5,
        Agreement.DIFFERENT: -5.0,
    },
    "patronymic": {Agreement.SAME: 2.5, Agreement.INITIAL: 0.8, Agreement.DIFFERENT: -6.0},
    "birth": {
        DateAgreement.SAME_DAY: 6.0,
        DateAgreement.SAME_YEAR: 4.0,
        DateAgreement.NEAR: 2.0,
        DateAgreement.APART: -2.0,
        DateAgreement.CONTRADICTION: -8.0,
    },
    "death": {
        DateAgreement.SAME_DAY: 6.0,
        DateAgreement.SAME_YEAR: 3.5,
        DateAgreement.NEAR: 2.0,
        DateAgreement.APART: -1.5,
        DateAgreement.CONTRADICTION: -8.0,
    },
    "role": {
        RoleAgreement.SAME: 1.8,
        RoleAgreement.RELATED: 0.8,
        RoleAgreement.UNCLEAR: -0.3,
        RoleAgreement.DIFFERENT: -1.5,
    },
    "gender": {"opposed": -5.0},
    "order": {"inverted": -0.5},
    "type": {"opposed": -15.0},
    "lifetime": {"impossible": -12.0},
    "place": {"shared": 1.0},
}
HOPELESS = -6.0
"""Weight of a surname from which nothing else is looked at."""
SITELINK, SITELINKS_MOST = 0.1, 0.5
"""Weight of ln(1 + wikis), and the most that fame may weigh."""
ADULT = 12
"""Years that somebody must have lived to be spoken of as these texts do."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One piece of evidence: what was compared, how it came out, what it weighs, and the reason in words."""

    name: str
    value: str
    weight: float
    reason: str


@dataclass(frozen=True, slots=True)
class Score:
    """The evidence, its sum (log-odds) and the calibrated probability, 0 to 1."""

    features: tuple[Feature, ...]
    total: float
    confidence: float

    @property
    def is_corroborated(self) -> bool:
        """Whether enough speaks for it beside the surname: both dates, or one and a given name."""
        supporting = {feature.name for feature in self.features if feature.weight > 0}
        return {"birth", "death"} <= supporting or (
            "given" in supporting and bool({"birth", "death"} & supporting)
        )

    @property
    def is_contradicted(self) -> bool:
        """Whether any feature but the writing of the name speaks against it; what one lacks does not."""
        against = [f for f in self.features if f.weight <= -0.5]
        return any(f.name != "surname" and f.value != Agreement.MISSING for f in against)

    @property
    def reason(self) -> str:
        """The evidence in one line, weightiest first."""
        ordered = sorted(self.features, key=lambda f: -abs(f.weight))
        return "; ".join(f.reason for f in ordered if f.weight)


def score(asked: Profile, found: Profile) -> Score:
    """Weigh all that is known of two profiles against each other."""
    name = tuple(_name_features(asked, found))
    if name[0].weight <= HOPELESS:
        return Score(name, PRIOR + HOPELESS, confidence_of(PRIOR + HOPELESS))
    features = (
        *name,
        *_type_features(asked, found),
        *_date_features("birth", "born", asked.birth_dates, found.birth_dates),
        *_date_features("death", "died", asked.death_dates, found.death_dates),
        *_lifetime_features(asked, found),
        *_role_features(asked, found),
        *_place_features(asked, found),
        *_fame_features(found),
    )
    total = PRIOR + sum(feature.weight for feature in features)
    return Score(features, total, confidence_of(total))


def name_weight(likeness: NameLikeness) -> float:
    """What the name alone weighs, without the prior."""
    return (
        surname_weight(likeness.surname)
        + WEIGHTS["given"].get(likeness.given, 0.0)
        + WEIGHTS["patronymic"].get(likeness.patronymic, 0.0)
        + (WEIGHTS["gender"]["opposed"] if likeness.is_gender_opposed else 0.0)
        + (WEIGHTS["order"]["inverted"] if likeness.is_inverted else 0.0)
    )


def surname_weight(likeness: float) -> float:
    """The weight of a likeness of surnames, by `SURNAME`."""
    for (low, light), (high, heavy) in pairwise(SURNAME):
        if likeness <= high:
            return light + (heavy - light) * (likeness - low) / (high - low)
    return SURNAME[-1][1]


def best_likeness(asked: Profile, found: Profile) -> NameLikeness | None:
    """The pair of names, one of each profile, that agrees best."""
    if not (asked.is_person and found.is_person):
        return _best(compare_titles, asked.whole_names, found.whole_names)
    best = _best(compare_names, asked.parsed_names, found.parsed_names)
    if best is not None and name_weight(best) > 0:
        return best
    inverted = _best(compare_inverted, asked.inverted_names, found.parsed_names)
    return max((one for one in (best, inverted) if one), key=name_weight, default=None)


def _best(
    compare: Callable[[PersonName, PersonName], NameLikeness | None],
    asked: Iterable[PersonName],
    found: Iterable[PersonName],
) -> NameLikeness | None:
    likenesses = (compare(*pair) for pair in product(asked, found))
    return max((likeness for likeness in likenesses if likeness), key=name_weight, default=None)


def _name_features(asked: Profile, found: Profile) -> Iterable[Feature]:
    best = best_likeness(asked, found)
    if best is None:
        yield Feature("surname", "0", SURNAME[0][1], "no name is like another")
        return
    mine, theirs = best.asked, best.found
    weight = surname_weight(best.surname)
    how = "writes" if best.surname >= 0.97 else "nearly writes" if best.surname >= 0.85 else "does not write"
    yield Feature("surname", f"{best.surname:.2f}", weight, f"«{mine.surname}» {how} «{theirs.surname}»")
    if (given := WEIGHTS["given"].get(best.given)) is not None:
        words = {
            Agreement.SAME: "is the given name",
            Agreement.TRANSLATED: "translates",
            Agreement.INITIAL: "may stand for",
            Agreement.MISSING: "stands nowhere beside",
            Agreement.UNCLEAR: "may or may not be",
            Agreement.DIFFERENT: "is not",
        }[best.given]
        other = theirs.given[0] if theirs.given else theirs.surname
        yield Feature("given", best.given, given, f"«{mine.given[0]}» {words} «{other}»")
    if (patronymic := WEIGHTS["patronymic"].get(best.patronymic)) is not None:
        words = "is not" if best.patronymic is Agreement.DIFFERENT else "agrees with"
        reason = f"the patronymic «{mine.patronymic}» {words} «{theirs.patronymic}»"
        yield Feature("patronymic", best.patronymic, patronymic, reason)
    if best.is_inverted:
        reason = f"«{mine.surname}» is the surname if it stands first"
        yield Feature("order", "inverted", WEIGHTS["order"]["inverted"], reason)
    if best.is_gender_opposed or {asked.gender, found.gender} == {"m", "f"}:
        yield Feature("gender", "opposed", WEIGHTS["gender"]["opposed"], "one is a man, the other a woman")


def _type_features(asked: Profile, found: Profile) -> Iterable[Feature]:
    if asked.types and found.types and not asked.types & found.types:
        reason = f"a {'/'.join(sorted(asked.types))} is no {'/'.join(sorted(found.types))}"
        yield Feature("type", "opposed", WEIGHTS["type"]["opposed"], reason)


def _date_features(
    name: str, verb: str, asked: tuple[LifeDate, ...], found: tuple[LifeDate, ...]
) -> Iterable[Feature]:
    table = WEIGHTS[name]
    pairs = [
        (table[a], a, mine, theirs)
        for mine in asked
        for theirs in found
        if (a := compare_dates(mine, theirs)) in table
    ]
    if not pairs:
        return
    weight, agreement, mine, theirs = max(pairs, key=lambda pair: pair[0])
    said = {
        DateAgreement.SAME_DAY: f"both {verb} on {mine}",
        DateAgreement.SAME_YEAR: f"both {verb} in {mine.first}",
        DateAgreement.NEAR: f"{verb} {mine}, {theirs}: near",
        DateAgreement.APART: f"{verb} {mine}, {theirs}: apart",
        DateAgreement.CONTRADICTION: f"{verb} {mine}, not {theirs}",
    }[agreement]
    yield Feature(name, agreement, weight, said)


def _lifetime_features(asked: Profile, found: Profile) -> Iterable[Feature]:
    """A man who was dead in 1936 cannot be asked about as living; nor can one who was not yet born."""
    weight = WEIGHTS["lifetime"]["impossible"]
    for year in asked.living_in:
        if found.death_dates and all(date.last < year and not date.is_unsure for date in found.death_dates):
            reason = f"died in {found.death_dates[0]}, and the texts know him or her alive in {year}"
            yield Feature("lifetime", "impossible", weight, reason)
            return
        if found.birth_dates and all(date.first > year - ADULT for date in found.birth_dates):
            yield Feature(
                "lifetime", "impossible", weight, f"born in {found.birth_dates[0]}, too late for {year}"
            )
            return


def _role_features(asked: Profile, found: Profile) -> Iterable[Feature]:
    table = WEIGHTS["role"]
    pairs = [
        (table[agreement], agreement, mine, theirs)
        for mine in asked.roles
        for theirs in found.roles
        if (agreement := compare_roles(mine, theirs)) in table
    ]
    if pairs:
        weight, agreement, mine, theirs = max(pairs, key=lambda pair: pair[0])
        joint = {
            "same": "is",
            "related": "goes with",
            "unclear": "may go with",
            "different": "does not go with",
        }[agreement]
        yield Feature("role", agreement, weight, f"«{mine}» {joint} «{theirs}»")


def _place_features(asked: Profile, found: Profile) -> Iterable[Feature]:
    mine = {fold_latin(place): place for place in asked.places}
    shared = sorted(
        place for folded, place in mine.items() if folded in set(map(fold_latin, found.places)) and folded
    )
    if shared:
        yield Feature("place", "shared", WEIGHTS["place"]["shared"], f"both tied to {shared[0]}")


def _fame_features(found: Profile) -> Iterable[Feature]:
    if found.sitelinks:
        weight = min(SITELINKS_MOST, SITELINK * log1p(found.sitelinks))
        yield Feature(
            "sitelinks", str(found.sitelinks), round(weight, 2), f"{found.sitelinks} wikis have a page"
        )

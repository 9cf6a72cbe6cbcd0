"""Gathers and ranks the items of Wikidata that an entity of ours could be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from sergekg.errors import ExtraMissing
from sergekg.reconcile.given_names import known
from sergekg.reconcile.items import HUMAN, ORGANISATION, PERIODICAL, WRITTEN_WORK, Item, to_profile
from sergekg.reconcile.names import parse_names
from sergekg.reconcile.ours import OurEntity
from sergekg.reconcile.profile import PERSON, Profile
from sergekg.reconcile.ranking import Outcome, Ranking, rank
from sergekg.reconcile.romanisation import fold_cyrillic, fold_latin, is_cyrillic
from sergekg.reconcile.variants import press_forms, readings
from sergekg.reconcile.wikidata import Wikidata

MOST = 50
"""Items that are looked at for one entity: one call of wbgetentities."""
_QUERIES = 4
"""Names of one language that are searched for."""
CLASSES: Mapping[str, tuple[str, ...]] = {
    PERSON: (HUMAN,),
    "place": ("Q515", "Q6256", "Q4022"),
    "periodical": (PERIODICAL, "Q11032", "Q41298"),
    "organisation": (ORGANISATION, "Q7278", "Q178790", "Q214183"),
    "work": (WRITTEN_WORK, "Q7725634", "Q8261", "Q87167"),
}
"""Our types and the classes of them; an item of none of these has no type and contradicts nothing."""
_KIN = (
    {"organisation", "group", "tendency"},
    {"place", "site"},
    {"work", "expression", "item", "letter", "article"},
)
"""Types that one item may be, depending on who looks."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was found for one entity; `items` by QID, for the ids of the ranking."""

    entity: OurEntity
    ranking: Ranking
    items: Mapping[str, Item]

    @property
    def outcome(self) -> Outcome:
        return self.ranking.outcome


def name_variants(entity: OurEntity) -> dict[str, list[str]]:
    """The names to search for by language, the likeliest first: given ones, then transliterated ones.

    Raises:
        ConfigError: the transliterator is not installed.
    """
    names = [*entity.labels.items(), *((tag, name) for tag, found in entity.others.items() for name in found)]
    if PERSON not in entity.profile.types:
        return {tag: [entity.labels[tag], *entity.others.get(tag, ())] for tag in entity.labels}
    found: dict[str, dict[str, None]] = {"fr": {}, "ru": {}, "en": {}}
    called = [(tag, name) for tag, name in names if name in entity.profile.names]
    for tag, parsed in [(tag, parsed) for tag, name in called for parsed in parse_names(name)]:
        full, latin = str(parsed), fold_latin(parsed.surname)
        if is_cyrillic(full):
            found["ru"].setdefault(full)
        elif not latin:  # Greek, Armenian: nothing here transliterates it
            found.setdefault(tag, {}).setdefault(full)
        else:
            found["fr"].setdefault(full)
            for surname, _ in readings(latin, 3):
                given = known(parsed.given[0])[0].russian if parsed.given and known(parsed.given[0]) else ""
                found["ru"].setdefault(f"{given} {surname}".strip().title())
    for russian in list(found["ru"]):
        for transliterated in _transliterate(russian):
            found["en"].setdefault(transliterated)
        form = next(press_forms(fold_cyrillic(russian.split()[-1]), 1), "")
        found["fr"].setdefault(form.title())
    return {tag: [name for name in found_names if len(name) > 2] for tag, found_names in found.items()}


def find_candidates(wikidata: Wikidata, entity: OurEntity) -> list[str]:
    """Ids of items to look at, at most `MOST`, those found by exact names first."""
    variants = name_variants(entity)
    is_person = PERSON in entity.profile.types
    found: dict[str, None] = dict.fromkeys(wikidata.named(variants, limit=MOST))
    for language, names in variants.items():
        for name in islice(dict.fromkeys(names), _QUERIES):
            found |= dict.fromkeys(hit.id for hit in wikidata.search(name, language))
    for name in islice(dict.fromkeys([entity.profile.label, *variants.get("ru", ())]), 2):
        classes = CLASSES[PERSON] if is_person else ()
        found |= dict.fromkeys(wikidata.search_text(name, classes=classes))
    return list(found)[:MOST]


def propose(wikidata: Wikidata, entity: OurEntity, *, refused: Iterable[str] = ()) -> Proposal:
    """Find, read and rank the items that an entity could be.

    Args:
        refused: ids that a person has ruled out; they are not proposed again.
    """
    ids = [id_ for id_ in find_candidates(wikidata, entity) if id_ not in set(refused)]
    items = {item.id: item for item in wikidata.items(ids).values()}
    profiles = to_profiles(wikidata, items.values())
    asked = replace(entity.profile, types=_kin(entity.profile.types))
    return Proposal(entity, rank(asked, profiles, most=10), items)


def to_profiles(wikidata: Wikidata, items: Iterable[Item]) -> list[Profile]:
    """Items as profiles: their classes as types of ours, their occupations and places by name."""
    known_items = list(items)
    kinds = kinds_of(wikidata, known_items)
    wanted = {q for item in known_items for q in (*item.occupations, *item.places)}
    labels = {q: item.names for q, item in wikidata.items(sorted(wanted)).items()}
    return [to_profile(item, _kin(kinds[item.id]), labels) for item in known_items]


def kinds_of(wikidata: Wikidata, items: Iterable[Item]) -> dict[str, frozenset[str]]:
    """The types of ours that items are by their classes and what these are kinds of, by QID."""
    known_items = list(items)
    bases = {base: kind for kind, classes in CLASSES.items() for base in classes}
    above = wikidata.superclasses((cls for item in known_items for cls in item.classes), bases)
    return {
        item.id: frozenset(bases[base] for cls in item.classes for base in above.get(cls, ()))
        for item in known_items
    }


def _kin(types: frozenset[str]) -> frozenset[str]:
    return types.union(*(kin for kin in _KIN if kin & types))


def _transliterate(russian: str) -> list[str]:
    try:
        import iuliia
    except ImportError as cause:
        raise ExtraMissing("transliterating names", "reconcile") from cause
    schemes = (iuliia.BGN_PCGN, iuliia.WIKIPEDIA, iuliia.SCIENTIFIC, iuliia.MVD_310_FR)
    return list(dict.fromkeys(scheme.translate(russian) for scheme in schemes))

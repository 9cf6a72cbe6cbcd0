"""The W3C Entity Reconciliation Service API over our entities, 0.2 and 1.0 draft, from one scorer.

Pure: it takes parsed JSON and gives JSON; HTTP is another's. Versions are told apart where they differ, and
answers hold what prose and schema of each ask for (reconciliation-api.github.io/specs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from heapq import nsmallest
from typing import Any

from sergekg.errors import ReconciliationError
from sergekg.reconcile.calibration import confidence_of
from sergekg.reconcile.facts import Catalogue, Value, folded
from sergekg.reconcile.ours import OurEntity, said_in
from sergekg.reconcile.profile import Profile, abbreviations
from sergekg.reconcile.queries import (
    LONGEST,
    MAX_COLUMNS,
    MAX_IDS,
    MAX_LIMIT,
    Condition,
    Query,
    as_limit,
    as_object,
    check_length,
    check_size,
)
from sergekg.reconcile.ranking import LEAD, Candidate, Outcome, Ranking, rank
from sergekg.reconcile.romanisation import fold_latin
from sergekg.reconcile.score import PRIOR

AGREES, DIFFERS = 1.5, -0.5
"""Log-odds of a property whose value an entity has, or has not."""
_RATHER = 50.0
"""Score from which a name counts as that of an entity."""


def match(catalogue: Catalogue, query: Query, language: str) -> list[dict[str, Any]]:
    """The candidates of a query, best first, as both versions write them."""
    if query.needs_id or any(catalogue.links.get(id_, id_) in catalogue.index.by_key for id_ in query.ids):
        return _of_ids(catalogue, query, language)
    if query.is_nameless:
        return _of_values(catalogue, query, language)
    classes = query.classes if query.is_strict else frozenset()
    ranking = _search(catalogue, query.profile, classes)
    scored = []
    for candidate in ranking.candidates:
        entity = catalogue.index.by_key[candidate.profile.id]
        if not _is_of_type(catalogue, entity, query):
            continue
        total, extra = candidate.score.total, []
        if query.classes and not query.is_strict:
            agrees = bool(catalogue.index.classes(entity) & query.classes)
            total += AGREES if agrees else 2 * DIFFERS
            extra.append({"id": "type", "name": "of the type asked", "value": agrees})
        holds = True
        for condition in query.conditions:
            agrees = _agrees(catalogue, entity, condition)
            holds = holds and (agrees or not condition.is_required)
            total += AGREES if agrees else DIFFERS
            extra.append(_feature(catalogue, condition, agrees))
        if holds:
            scored.append((total, candidate, entity, extra))
    scored.sort(key=lambda one: (-one[0], one[2].key))
    answers = []
    for place, (total, candidate, entity, extra) in enumerate(scored[: query.limit]):
        lead = total - scored[1][0] if place == 0 and len(scored) > 1 else LEAD
        is_match = place == 0 and lead >= LEAD and _is_match(query, ranking, candidate, entity)
        features = _features(candidate) + extra
        answers.append(_candidate(catalogue, entity, language, _score(total), is_match, features))
    return answers


def _search(catalogue: Catalogue, asked: Profile, classes: frozenset[str]) -> Ranking:
    """Who may be meant; where the whole name is nobody's, also by its abbreviation in brackets."""
    ranking = catalogue.index.search(asked, classes=classes, most=MAX_LIMIT)
    short = tuple(part for name in asked.names for part in abbreviations(name))
    if not short or any(_score(candidate.score.total) >= _RATHER for candidate in ranking.candidates):
        return ranking
    others = catalogue.index.search(replace(asked, names=short), classes=classes, most=MAX_LIMIT)
    best: dict[str, Candidate] = {}
    for candidate in (*ranking.candidates, *others.candidates):
        held = best.setdefault(candidate.profile.id, candidate)
        if candidate.score.total > held.score.total:
            best[candidate.profile.id] = candidate
    return Ranking(sorted(best.values(), key=lambda one: (-one.score.total, one.profile.id))[:MAX_LIMIT])


def _of_ids(catalogue: Catalogue, query: Query, language: str) -> list[dict[str, Any]]:
    """Who has one of the ids that a query asks for, and all else that it requires, those fitting best first.

    The score is the share of the conditions that hold, the id itself among them.
    """
    found = []
    for key in dict.fromkeys(catalogue.links.get(id_, id_) for id_ in query.ids):
        entity = catalogue.index.by_key.get(key)
        if entity is None or not _is_of_type(catalogue, entity, query):
            continue
        agreed = [(c, _agrees(catalogue, entity, c)) for c in query.conditions]
        is_called = not query.profile.names or _is_called(query, entity)
        if all(a or not c.is_required for c, a in agreed) and (is_called or not query.needs_name):
            held = [True, *(a for _, a in agreed), *([is_called] if query.profile.names else [])]
            found.append((sum(held) / len(held), entity, [_feature(catalogue, c, a) for c, a in agreed]))
    found.sort(key=lambda one: -one[0])
    return [
        _candidate(
            catalogue, entity, language, round(100 * share, 2), len(found) == 1 and share == 1, features
        )
        for share, entity, features in found[: query.limit]
    ]


def _is_called(query: Query, entity: OurEntity) -> bool:
    """Whether an entity is rather than is not the one that a query names."""
    candidates = rank(query.profile, [entity.profile]).candidates
    return any(_score(candidate.score.total) >= _RATHER for candidate in candidates)


def _of_values(catalogue: Catalogue, query: Query, language: str) -> list[dict[str, Any]]:
    """Who has the values that a query without a name asks for, those with most of them first.

    The score is the share of the conditions that hold. Where it only asks for who has none of some values,
    everybody else answers.
    """
    asked = [(condition, _holders(catalogue, condition)) for condition in query.conditions]
    having = [keys for condition, keys in asked if condition.quantifier != "none"]
    fitting = set().union(*having) if having else set(catalogue.index.by_key)
    for condition, keys in asked:
        if condition.is_required:
            fitting = fitting - keys if condition.quantifier == "none" else fitting & keys
    found = []
    for key in fitting:
        entity = catalogue.index.by_key[key]
        if _is_of_type(catalogue, entity, query):
            agreed = [(key in keys) is (condition.quantifier != "none") for condition, keys in asked]
            found.append((sum(agreed), entity, agreed))
    whole = sum(held == len(query.conditions) for held, _, _ in found)
    return [
        _candidate(
            catalogue,
            entity,
            language,
            round(100 * held / len(query.conditions), 2),
            whole == 1 and held == len(query.conditions),
            [
                _feature(catalogue, condition, a)
                for condition, a in zip(query.conditions, agreed, strict=True)
            ],
        )
        for held, entity, agreed in nsmallest(query.limit, found, key=lambda one: (-one[0], one[1].key))
    ]


def _holders(catalogue: Catalogue, condition: Condition) -> set[str]:
    """The keys of who has a value of a condition, or all of them where it asks for all."""
    holders, prop = catalogue.holders, condition.property
    # once for all values that are looked up alike, which may be many and have many holders
    forms = {tuple(f for f in (v, folded(v)) if (prop, f) in holders) for v in condition.values}
    found = [{key for form in each for key in holders[prop, form]} for each in forms]
    if condition.quantifier == "all" and found:
        return set.intersection(*found)
    return set().union(*found)


def _is_of_type(catalogue: Catalogue, entity: OurEntity, query: Query) -> bool:
    """Whether its classes let an entity answer at all."""
    if not query.classes or not query.is_strict:
        return True
    have = catalogue.index.classes(entity)
    return query.classes <= have if query.needs_all else bool(query.classes & have)


def suggest_entities(
    catalogue: Catalogue, prefix: str, classes: frozenset[str], language: str, limit: int, offset: int
) -> list[dict[str, Any]]:
    """Entities for a prefix that somebody types."""
    found = catalogue.index.suggest(prefix, classes=classes)[offset : offset + limit]
    return [
        {
            "id": entity.key,
            "name": entity.name(language),
            "description": describe(entity, language),
            "notable": _types(catalogue, entity, language),
        }
        for entity in found
    ]


def suggest_terms(
    terms: Mapping[str, Mapping[str, str]], prefix: str, language: str, limit: int, offset: int
) -> list[dict[str, Any]]:
    """Classes or properties whose name or label begins with a prefix, or has a word that does."""
    wanted = fold_latin(prefix) or prefix.strip()  # what folds to nothing begins no label
    found = []
    for id_, labels in terms.items():
        texts = [id_, *labels.values(), *(word for label in labels.values() for word in label.split())]
        if id_ == prefix or any(fold_latin(text).startswith(wanted) for text in texts):
            found.append({"id": id_, "name": term_label(labels, id_, language)})
    found.sort(key=lambda term: (term["id"] != prefix, fold_latin(term["name"])))
    return found[offset : offset + limit]


def extend(
    catalogue: Catalogue, raw: object, language: str
) -> tuple[list[dict[str, Any]], dict[str, dict[str, list[dict[str, Any]]]]]:
    """The columns and the rows of a data extension: id to property to values.

    Raises:
        ReconciliationError: it is not of the shape of the specification, or too large.
    """
    request = as_object(raw, "extend")
    ids, properties = request.get("ids"), request.get("properties")
    if not isinstance(ids, list) or not isinstance(properties, list):
        raise ReconciliationError("`ids` or `properties` is not a list", remedy="send both")
    check_size(len(ids), MAX_IDS, "ids")
    check_size(len(properties), MAX_COLUMNS, "properties")
    check_length(map(str, ids), "ids")
    columns = []
    for number, column in enumerate(properties):
        id_ = str(as_object(column, f"properties[{number}]").get("id", ""))
        if id_ not in catalogue.properties:
            raise ReconciliationError(
                f"unknown property {id_[:LONGEST]!r}", remedy="ask the service which it proposes"
            )
        settings = column.get("settings") or {}
        columns.append(
            (
                id_,
                as_limit(settings.get("limit", MAX_LIMIT), MAX_LIMIT)
                if isinstance(settings, dict)
                else MAX_LIMIT,
            )
        )
    rows: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for key in dict.fromkeys(map(str, ids)):
        entity = catalogue.index.by_key.get(key)
        rows[key] = {
            id_: [_cell(catalogue, value, language) for value in catalogue.values(entity, id_)[:limit]]
            if entity
            else []
            for id_, limit in columns
        }
    meta = [{"id": id_, "name": term_label(catalogue.properties[id_], id_, language)} for id_, _ in columns]
    return meta, rows


def propose_properties(catalogue: Catalogue, cls: str, language: str, limit: int) -> list[dict[str, Any]]:
    """The properties that entities of a class have, the commonest first."""
    counts: dict[str, int] = {"name": len(catalogue.index.entities) + 1}
    for entity in catalogue.index.entities:
        if not cls or cls in catalogue.index.classes(entity):
            for prop in catalogue.facts.get(entity.key, {}):
                counts[prop] = counts.get(prop, 0) + 1
            for prop in ("bornOn", "diedOn"):
                counts[prop] = counts.get(prop, 0) + bool(catalogue.values(entity, prop))
    ordered = sorted((p for p, count in counts.items() if count), key=lambda p: (-counts[p], p))
    return [
        {"id": p, "name": term_label(catalogue.properties.get(p, {}), p, language)} for p in ordered[:limit]
    ]


def describe(entity: OurEntity, language: str) -> str:
    """One line on an entity in a language: dates of life, roles, the note of the authority list."""
    parts = [entity.profile.lifetime, ", ".join(entity.roles_in(language)), said_in(language, entity.note)]
    return "; ".join(part for part in parts if part)


def term_label(labels: Mapping[str, str], id_: str, language: str) -> str:
    """The name of a class or property in a language, or else its id."""
    return said_in(language, labels) or id_


def _agrees(catalogue: Catalogue, entity: OurEntity, condition: Condition) -> bool:
    have = catalogue.forms(entity, condition.property)
    hits = [value in have or folded(value) in have for value in condition.values]
    if condition.quantifier == "none":
        return not any(hits)
    return all(hits) if condition.quantifier == "all" else any(hits)


def _feature(catalogue: Catalogue, condition: Condition, agrees: bool) -> dict[str, Any]:
    asked = condition.property
    name = f"{asked} agrees" if asked in catalogue.properties else f"{asked}: no such property"
    return {"id": asked, "name": name, "value": agrees}


def _is_match(query: Query, ranking: Ranking, candidate: Candidate, entity: OurEntity) -> bool:
    """A proved identity, or the whole name of just one entity: in a closed list nobody else can be meant."""
    if ranking.outcome is Outcome.MATCH and candidate is ranking.candidates[0]:
        return True
    own = {folded(name) for name in (*entity.labels.values(), *entity.profile.names)}
    asked = query.profile.label
    is_whole = " " in asked.strip() or not entity.profile.is_person
    return is_whole and folded(asked) in own and not candidate.score.is_contradicted


def _candidate(
    catalogue: Catalogue,
    entity: OurEntity,
    language: str,
    score: float,
    is_match: bool,
    features: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "id": entity.key,
        "name": entity.name(language),
        "description": describe(entity, language),
        "score": score,
        "match": is_match,
        "type": _types(catalogue, entity, language),
        "features": features,
    }


def _features(candidate: Candidate) -> list[dict[str, Any]]:
    """What speaks for and against a candidate; nothing but a person has a surname."""
    ids = {} if candidate.profile.is_person else {"surname": "name"}
    return [
        {"id": ids.get(f.name, f.name), "name": f.reason, "value": round(f.weight, 2)}
        for f in candidate.score.features
    ]


def _types(catalogue: Catalogue, entity: OurEntity, language: str) -> list[dict[str, str]]:
    return [
        {"id": cls, "name": term_label(catalogue.classes[cls], cls, language)}
        for cls in sorted(entity.classes)
        if cls in catalogue.classes
    ]


def _score(total: float) -> float:
    """0 to 100: the calibrated confidence, without the prior of a wide world against so few entities."""
    return round(100 * confidence_of(total - PRIOR / 2), 2)


def _cell(catalogue: Catalogue, value: Value, language: str) -> dict[str, Any]:
    if value.id is None:
        return {"str": value.text}
    return {"id": value.id, "name": catalogue.index.by_key[value.id].name(language)}

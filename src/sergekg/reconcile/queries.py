"""Queries of the Reconciliation Service API, read from the JSON of 0.2 and of the 1.0 draft."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sergekg.errors import ReconciliationError
from sergekg.reconcile.profile import PERSON, Profile

MAX_QUERIES = 100
MAX_LIMIT = 50
DEFAULT_LIMIT = 10
MAX_IDS = 1000
MAX_COLUMNS = 50
"""Properties of a data extension."""
MAX_NAMES = 200
"""Names of all queries together: each is compared with those of many entities."""
MAX_VALUES = 500
"""Values of all queries together, at least one a condition: each is looked for in every candidate."""
LONGEST = 200
"""Characters of a name, a value, or an id: comparing two takes time that grows with the product of both."""
_PARTS = {
    "name": "names", "prefLabel": "names", "altLabel": "names",
    "bornOn": "births", "birth": "births", "diedOn": "deaths", "death": "deaths",
    "hasOccupation": "roles", "role": "roles", "occupation": "roles",
}  # fmt: skip
"""Properties that the score weighs itself, and the part of a profile that they give."""


class TooLargeError(ReconciliationError):
    """A batch that is larger than the service takes; to be answered 413."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A property that an entity should have: any, all or none of some values."""

    property: str
    values: tuple[str, ...]
    quantifier: str = "any"
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """One query of either version.

    Attributes:
        is_strict, needs_all: whether only entities of the classes answer, of one or of all of them.
        is_nameless: whether it asks for values only.
        needs_name: whether who has one of the ids has to be called so too.
        needs_id: whether nobody else is meant.
        values: how many it gives.
    """

    profile: Profile
    classes: frozenset[str] = frozenset()
    is_strict: bool = False
    needs_all: bool = False
    is_nameless: bool = False
    needs_name: bool = False
    needs_id: bool = False
    limit: int = DEFAULT_LIMIT
    ids: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    values: int = 0


def parse_batch(raw: object) -> dict[str, Query]:
    """The queries of a 0.2 batch, by their names.

    Raises:
        ReconciliationError: it is not of the shape of the specification, or too large.
    """
    batch = as_object(raw, "queries")
    check_size(len(batch), MAX_QUERIES, "queries")
    check_length(batch, "queries")
    found = {
        name: _parse_02(as_object(query, f"queries.{name}"), f"queries.{name}")
        for name, query in batch.items()
    }
    _check_values(found.values())
    return found


def parse_queries(raw: object) -> list[Query]:
    """The queries of a 1.0 match request, in their order.

    Raises:
        ReconciliationError: as `parse_batch`.
    """
    queries = as_object(raw, "the body").get("queries")
    if not isinstance(queries, list):
        raise ReconciliationError(
            "`queries` is not a list", remedy='send {"queries": [{"conditions": [...]}]}'
        )
    check_size(len(queries), MAX_QUERIES, "queries")
    found = [_parse_10(as_object(query, f"queries[{i}]"), f"queries[{i}]") for i, query in enumerate(queries)]
    _check_values(found)
    return found


def _texts(value: object, where: str, cut: int | None = None) -> tuple[str, ...]:
    """Texts, each cut at so many characters; by default one that is too long is an error."""
    values: Sequence[object] = value if isinstance(value, list) else [value]
    texts = tuple(
        (str(v.get("id") or v.get("name", "")) if isinstance(v, dict) else str(v))[:cut]
        for v in values
        if v is not None
    )
    check_length(texts, where)
    return tuple(text for text in texts if text)


def _check_values(queries: Collection[Query]) -> None:
    check_size(sum(len(query.profile.names) for query in queries), MAX_NAMES, "names")
    check_size(sum(query.values for query in queries), MAX_VALUES, "values")


def as_object(raw: object, where: str) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise ReconciliationError(f"{where} is no JSON object", remedy="see the specification of the service")
    return raw


def _as_list(raw: object, where: str) -> list[Any]:
    if raw is not None and not isinstance(raw, list):
        raise ReconciliationError(f"{where} is no JSON array", remedy="see the specification of the service")
    return raw or []


def as_limit(raw: object, most: int) -> int:
    try:
        return max(1, min(int(str(raw)), most)) if raw is not None else min(DEFAULT_LIMIT, most)
    except ValueError:
        return DEFAULT_LIMIT


def check_size(count: int, most: int, what: str) -> None:
    if count > most:
        raise TooLargeError(f"{count} {what} at once", remedy=f"send at most {most}")


def check_length(texts: Iterable[str], where: str) -> None:
    longest = max(map(len, texts), default=0)
    if longest > LONGEST:
        raise TooLargeError(f"{where} has a text of {longest} characters", remedy=f"send at most {LONGEST}")


def _parse_02(raw: Mapping[str, Any], where: str) -> Query:
    names = (raw["query"][:LONGEST],) if isinstance(raw.get("query"), str) else ()
    conditions = []
    for number, prop in enumerate(_as_list(raw.get("properties"), f"{where}.properties")):
        found = as_object(prop, f"{where}.properties[{number}]")
        if "pid" not in found or "v" not in found:
            raise ReconciliationError(f"{where}.properties[{number}] has no pid or no v", remedy="give both")
        conditions.append(_condition(found["pid"], found["v"], f"{where}.properties[{number}]"))
    types = raw.get("type")
    classes = frozenset(map(str, types if isinstance(types, list) else [types] if types else []))
    strictness = raw.get("type_strict", "any")
    query = _query(names, tuple(conditions), classes, raw.get("limit"), where, bool(names))
    return replace(query, is_strict=strictness != "should", needs_all=strictness == "all")


def _parse_10(raw: Mapping[str, Any], where: str) -> Query:
    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    conditions = []
    is_asked = needs_name = needs_id = False
    for number, condition in enumerate(_as_list(raw.get("conditions"), f"{where}.conditions")):
        found = as_object(condition, f"{where}.conditions[{number}]")
        here = f"{where}.conditions[{number}]"
        kind, value = found.get("matchType"), found.get("propertyValue")
        is_asked = is_asked or kind in ("name", "id")
        if kind == "name":
            names += _texts(value, here, cut=LONGEST)
            needs_name = needs_name or bool(found.get("required", False))
        elif kind == "id":
            ids += _texts(value, here)
            needs_id = needs_id or bool(found.get("required", False))
        elif kind == "property":
            quantifier, required = (
                str(found.get("matchQuantifier", "any")),
                bool(found.get("required", False)),
            )
            condition = _condition(found.get("propertyId", ""), value, here)
            conditions.append(replace(condition, quantifier=quantifier, is_required=required))
        else:
            what = f"{here} has the matchType {str(kind)[:LONGEST]!r}"
            raise ReconciliationError(what, remedy="take name, id or property")
    if not isinstance(raw.get("type") or "", str):
        raise ReconciliationError(f"{where}.type is no string", remedy="see the specification of the service")
    classes = frozenset({raw["type"]} if raw.get("type") else ())
    query = _query(names, tuple(conditions), classes, raw.get("limit"), where, is_asked)
    return replace(
        query,
        is_strict=True,
        needs_name=needs_name,
        needs_id=needs_id,
        ids=ids,
        values=query.values + len(ids),
    )


def _condition(property: object, value: object, where: str) -> Condition:
    check_length([str(property)], where)
    return Condition(str(property), _texts(value, where))


def _query(
    names: tuple[str, ...],
    conditions: tuple[Condition, ...],
    classes: frozenset[str],
    limit: object,
    where: str,
    is_asked: bool,
) -> Query:
    """The query of these parts.

    Args:
        is_asked: whether it asks for a name or an id, an empty one too: a batch may hold an empty cell of
            somebody's table, which nobody answers to, and the others want their answers.
    """
    given: dict[str, list[str]] = {"names": list(names), "births": [], "deaths": [], "roles": []}
    others = []
    for condition in conditions:
        part = _PARTS.get(condition.property)
        if part and not condition.is_required and condition.quantifier == "any":
            given[part] += condition.values
        else:
            others.append(condition)
    called = tuple(name for name in given["names"] if name.strip())
    is_nameless = not called and not is_asked
    if is_nameless and not conditions:
        raise ReconciliationError(
            f"{where} asks for nothing", remedy="give `query`, or a condition on a name or a property"
        )
    profile = Profile(
        id="",
        label=called[0] if called else "",
        names=called,
        types=frozenset({PERSON}) if classes == {"Person"} else frozenset(),
        births=tuple(given["births"]),
        deaths=tuple(given["deaths"]),
        roles=tuple(given["roles"]),
    )
    return Query(
        profile,
        classes,
        limit=as_limit(limit, MAX_LIMIT),
        conditions=conditions if is_nameless else tuple(others),
        is_nameless=is_nameless,
        values=sum(max(1, len(condition.values)) for condition in conditions),
    )

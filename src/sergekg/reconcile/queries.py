"""Queries of the Reconciliation Service API, read from the JSON of 0.2 and of the 1.0 draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sergekg.errors import ReconciliationError
from sergekg.reconcile.profile import PERSON, Profile

MAX_QUERIES = 100
MAX_LIMIT = 50
DEFAULT_LIMIT = 10
MAX_IDS = 1000
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
    """

    profile: Profile
    classes: frozenset[str] = frozenset()
    is_strict: bool = False
    needs_all: bool = False
    is_nameless: bool = False
    limit: int = DEFAULT_LIMIT
    ids: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


def parse_batch(raw: object) -> dict[str, Query]:
    """The queries of a 0.2 batch, by their names.

    Raises:
        ReconciliationError: it is not of the shape of the specification, or too large.
    """
    batch = as_object(raw, "queries")
    check_size(len(batch), MAX_QUERIES, "queries")
    return {
        name: _parse_02(as_object(query, f"queries.{name}"), f"queries.{name}")
        for name, query in batch.items()
    }


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
    return [_parse_10(as_object(query, f"queries[{i}]"), f"queries[{i}]") for i, query in enumerate(queries)]


def _texts(value: object) -> tuple[str, ...]:
    values: Iterable[object] = value if isinstance(value, list) else [value]
    texts = (
        str(v.get("id") or v.get("name", "")) if isinstance(v, dict) else str(v)
        for v in values
        if v is not None
    )
    return tuple(text for text in texts if text)


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


def _parse_02(raw: Mapping[str, Any], where: str) -> Query:
    names = (raw["query"],) if isinstance(raw.get("query"), str) else ()
    conditions = []
    for number, prop in enumerate(_as_list(raw.get("properties"), f"{where}.properties")):
        found = as_object(prop, f"{where}.properties[{number}]")
        if "pid" not in found or "v" not in found:
            raise ReconciliationError(f"{where}.properties[{number}] has no pid or no v", remedy="give both")
        conditions.append(Condition(str(found["pid"]), _texts(found["v"])))
    types = raw.get("type")
    classes = frozenset(map(str, types if isinstance(types, list) else [types] if types else []))
    strictness = raw.get("type_strict", "any")
    query = _query(names, tuple(conditions), classes, raw.get("limit"), where, bool(names))
    return replace(query, is_strict=strictness != "should", needs_all=strictness == "all")


def _parse_10(raw: Mapping[str, Any], where: str) -> Query:
    names: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    conditions = []
    is_asked = False
    for number, condition in enumerate(_as_list(raw.get("conditions"), f"{where}.conditions")):
        found = as_object(condition, f"{where}.conditions[{number}]")
        kind, values = found.get("matchType"), _texts(found.get("propertyValue"))
        is_asked = is_asked or kind in ("name", "id")
        if kind == "name":
            names += values
        elif kind == "id":
            ids += values
        elif kind == "property":
            quantifier, required = (
                str(found.get("matchQuantifier", "any")),
                bool(found.get("required", False)),
            )
            conditions.append(Condition(str(found.get("propertyId", "")), values, quantifier, required))
        else:
            what = f"{where}.conditions[{number}] has the matchType {kind!r}"
            raise ReconciliationError(what, remedy="take name, id or property")
    classes = frozenset({str(raw["type"])} if raw.get("type") else ())
    query = _query(names, tuple(conditions), classes, raw.get("limit"), where, is_asked)
    return replace(query, is_strict=True, ids=ids)


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
    )

"""Wikidata's interfaces: search, entities and SPARQL (MediaWiki Action API, Wikibase, CirrusSearch, WDQS)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sergekg.errors import ReconciliationError
from sergekg.reconcile.items import Item, parse_item
from sergekg.reconcile.transport import Answer, GoneError, Transport

BATCH = 50
"""Entities that one call may name (API:Wbgetentities)."""
MAXLAG = "5"
LANGUAGES = ("fr", "en", "ru", "mul")


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result."""

    id: str
    label: str
    description: str


class Wikidata:
    """A client of one Wikibase: `site` holds `/w/api.php`, `query_service` is its SPARQL endpoint."""

    def __init__(self, transport: Transport, site: str, query_service: str) -> None:
        self.transport = transport
        self._site = site.rstrip("/")
        self._query_service = query_service

    def search(self, text: str, language: str, *, limit: int = 10) -> list[Hit]:
        """Items whose label or alias in a language begins with a text (wbsearchentities)."""
        parameters = {
            "action": "wbsearchentities",
            "search": text,
            "language": language,
            "uselang": "fr",
            "type": "item",
            "limit": str(limit),
        }
        answer = self._api(parameters)
        with _reading("Wikidata"):
            found = answer.data.get("search", [])
            return [Hit(h["id"], h.get("label", ""), h.get("description", "")) for h in found if "id" in h]

    def search_text(self, text: str, *, classes: Sequence[str] = (), limit: int = 10) -> list[str]:
        """Ids of items found by full text, of one of some classes (CirrusSearch, haswbstatement)."""
        statement = "|".join(f"P31={cls}" for cls in classes)
        query = f'"{_quoted(text)}"' + (f" haswbstatement:{statement}" if statement else "")
        parameters = {
            "action": "query",
            "list": "search",
            "srsearch": query,
            "srnamespace": "0",
            "srlimit": str(limit),
            "srprop": "",
        }
        answer = self._api(parameters)
        with _reading("Wikidata"):
            found = answer.data.get("query", {}).get("search", [])
            return [hit["title"] for hit in found if str(hit.get("title", "")).startswith("Q")]

    def items(self, ids: Iterable[str]) -> dict[str, Item]:
        """Items by the id that was asked, redirects followed; those that exist no more are left out."""
        found: dict[str, Item] = {}
        for answer in self._entities(ids):
            found |= _read_items(answer)
        return found

    def entities(self, ids: Iterable[str]) -> Iterator[tuple[str, Any, str]]:
        """Every id that was asked, its JSON (`missing` where it exists no more), and the day."""
        for answer in self._entities(ids):
            for key, raw in _raw_entities(answer).items():
                yield _asked(key, raw), raw, _day(answer.fetched)

    def _entities(self, ids: Iterable[str]) -> Iterator[Answer]:
        wanted = iter(dict.fromkeys(ids))
        while batch := list(islice(wanted, BATCH)):
            yield self._api(
                {
                    "action": "wbgetentities",
                    "ids": "|".join(batch),
                    "props": "info|labels|aliases|descriptions|claims|sitelinks",
                    "languages": "|".join(LANGUAGES),
                    "redirects": "yes",
                }
            )

    def item(self, id_: str) -> Item | None:
        """One item by Special:EntityData; None where it exists no more."""
        try:
            answer = self.transport.get(f"{self._site}/wiki/Special:EntityData/{id_}.json", {})
        except GoneError:
            return None
        found = _read_items(answer)
        return found.get(id_) or next(iter(found.values()), None)

    def select(self, query: str) -> list[dict[str, str]]:
        """The solutions of a SELECT, each variable's value as text; SPARQLWrapper makes the request."""
        from SPARQLWrapper import JSON, SPARQLWrapper

        wrapper = SPARQLWrapper(self._query_service)
        wrapper.setQuery(query)
        wrapper.setReturnFormat(JSON)
        wrapper.method = "GET"
        request = wrapper._createRequest()  # its own opener knows no cache, gzip or Retry-After
        answer = self.transport.get(request.full_url, {}, accept="application/sparql-results+json")
        with _reading("the query service", remedy="check `wikidata_query` in the settings"):
            rows = answer.data["results"]["bindings"]
            return [{name: cell["value"] for name, cell in row.items()} for row in rows]

    def superclasses(self, classes: Iterable[str], wanted: Iterable[str]) -> dict[str, frozenset[str]]:
        """Which of the wanted classes each class is, or is a kind of (P279)."""
        asked = sorted(set(classes))
        if not asked:
            return {}
        query = (
            "PREFIX wd: <http://www.wikidata.org/entity/> PREFIX wdt: <http://www.wikidata.org/prop/direct/>\n"
            f"SELECT DISTINCT ?class ?base WHERE {{ VALUES ?class {{ {_terms(asked)} }} "
            f"VALUES ?base {{ {_terms(sorted(set(wanted)))} }} ?class wdt:P279* ?base }}"
        )
        found: dict[str, set[str]] = {cls: set() for cls in asked}
        rows = self.select(query)
        with _reading("the query service"):
            for row in rows:
                found.setdefault(_local(row["class"]), set()).add(_local(row["base"]))
        return {cls: frozenset(bases) for cls, bases in found.items()}

    def named(self, names: Mapping[str, Iterable[str]], *, limit: int = 50) -> list[str]:
        """Ids of items whose label or alias is exactly one of some names; `names` is by language."""
        literals = " ".join(
            f"{_literal(name)}@{language}"
            for language, found in names.items()
            for name in dict.fromkeys(found)
        )
        if not literals:
            return []
        query = (
            "PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>\n"
            "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
            f"SELECT DISTINCT ?item WHERE {{ VALUES ?name {{ {literals} }} "
            "{ ?item rdfs:label ?name } UNION { ?item skos:altLabel ?name } } "
            f"ORDER BY ?item LIMIT {limit}"
        )
        rows = self.select(query)
        with _reading("the query service"):
            return [_local(row["item"]) for row in rows]

    def _api(self, parameters: Mapping[str, str]) -> Answer:
        common = {"format": "json", "formatversion": "2", "maxlag": MAXLAG}
        return self.transport.get(f"{self._site}/w/api.php", {**parameters, **common})


@contextmanager
def _reading(who: str, *, remedy: str = "run it again, with --debug to see what was asked") -> Iterator[None]:
    """While what a service answered is read.

    Raises:
        ReconciliationError: it has not the parts that it should have.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError) as cause:
        raise ReconciliationError(
            f"{who} answers something else than was asked for", remedy=remedy
        ) from cause


def _asked(key: str, raw: Mapping[str, Any]) -> str:
    """The id under which an entity was asked for."""
    with _reading("Wikidata"):
        return str(raw.get("redirects", {}).get("from", key))


def _raw_entities(answer: Answer) -> dict[str, Any]:
    entities: Any = answer.data.get("entities", {})
    if not isinstance(entities, dict) or not all(isinstance(raw, dict) for raw in entities.values()):
        raise ReconciliationError("Wikidata answers no entities", remedy="run it again")
    return entities


def _read_items(answer: Answer) -> dict[str, Item]:
    found = {}
    for key, raw in _raw_entities(answer).items():
        if "missing" in raw or "claims" not in raw:
            continue
        asked = _asked(key, raw)
        with _reading("Wikidata"):
            found[asked] = parse_item(raw, asked, _day(answer.fetched))
    return found


def _day(moment: datetime) -> str:
    return moment.date().isoformat()


def _local(iri: str) -> str:
    return iri.rpartition("/")[2]


def _terms(ids: Iterable[str]) -> str:
    return " ".join(f"wd:{id_}" for id_ in ids)


def _quoted(text: str) -> str:
    return " ".join(text.replace('"', " ").replace("\\", " ").split())


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + " ".join("".join(c if c.isprintable() else " " for c in escaped).split()) + '"'

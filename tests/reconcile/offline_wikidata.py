"""Plays Wikidata on the loopback from a snapshot: Action API, SPARQL, Special:EntityData, and their failures.

The shapes are those of the real services (formatversion 2); what the snapshot does not know is not there.
`faults` holds what goes wrong with the next requests, in their order.
"""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from flask import Flask, Response, redirect, request
from werkzeug.serving import make_server
from werkzeug.wrappers import Response as Answer

SNAPSHOT = Path(__file__).with_name("wikidata_snapshot.tsv")
_WD, _WDT = "http://www.wikidata.org/entity/", "http://www.wikidata.org/prop/direct/"
_LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
_ALIAS = "http://www.w3.org/2004/02/skos/core#altLabel"


@dataclass
class OfflineWikidata:
    """The state of the service, which a test may change while it runs."""

    rows: dict[str, dict[str, str]]
    address: str = ""
    faults: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    revision: int = 1000

    def entity(self, qid: str) -> dict[str, Any]:
        """The Wikibase JSON of one row."""
        row = self.rows[qid]
        labels = {tag: {"language": tag, "value": row[tag]} for tag in ("fr", "en", "ru") if row[tag]}
        aliases = [{"language": "fr", "value": alias} for alias in row["aliases"].split("|") if alias]
        claims: dict[str, list[Any]] = {}
        for prop in ("p31", "p279", "p106"):
            for value in filter(None, row[prop].split("|")):
                snak = {"value": {"entity-type": "item", "id": value}, "type": "wikibase-entityid"}
                claims.setdefault(prop.upper(), []).append(_claim(prop.upper(), snak))
        for prop in ("p569", "p570"):
            if row[prop]:
                claims[prop.upper()] = [_claim(prop.upper(), {"value": _time(row[prop]), "type": "time"})]
        return {
            "type": "item",
            "id": qid,
            "pageid": int(qid[1:]) + 100,
            "ns": 0,
            "title": qid,
            "lastrevid": self.revision + int(row.get("changes") or 0),
            "modified": "2026-11-01T00:00:00Z",
            "labels": labels,
            "descriptions": {},
            "aliases": {"fr": aliases} if aliases else {},
            "claims": claims,
            "sitelinks": {"frwiki": {"site": "frwiki", "title": row["fr"], "badges": []}}
            if row["fr"]
            else {},
        }


def load() -> OfflineWikidata:
    """The snapshot, freshly read."""
    lines = [line for line in SNAPSHOT.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return OfflineWikidata({row["qid"]: row for row in csv.DictReader(lines, delimiter="\t")})


@contextmanager
def running() -> Iterator[OfflineWikidata]:
    """The service on a free port, until the block is left."""
    world = load()
    server = make_server("127.0.0.1", 0, _application(world), threaded=True)
    world.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _application(world: OfflineWikidata) -> Flask:
    app = Flask("offline-wikidata")

    @app.before_request
    def fail() -> Answer | None:
        world.asked.append(dict(request.args))
        world.headers.append({name.lower(): value for name, value in request.headers.items()})
        return _fault(world.faults.pop(0)) if world.faults else None

    @app.get("/w/api.php")
    def api() -> Answer:
        action = request.args.get("action")
        if action == "wbsearchentities":
            return _json(_search(world, request.args["search"], request.args["language"]))
        if action == "wbgetentities":
            return _json({"entities": _entities(world, request.args["ids"].split("|")), "success": 1})
        if action == "query" and request.args.get("list") == "search":
            return _json(_full_text(world, request.args["srsearch"]))
        return _json(
            {"error": {"code": "badvalue", "info": f"Unrecognized value for parameter action: {action}"}}
        )

    @app.get("/wiki/Special:EntityData/<qid>.json")
    def entity_data(qid: str) -> Answer:
        if qid in world.redirects:
            return redirect(f"/wiki/Special:EntityData/{world.redirects[qid]}.json", 303)
        if qid not in world.rows:
            return Response("<!doctype html><title>404</title>", 404, content_type="text/html")
        return _json({"entities": {qid: world.entity(qid)}})

    @app.get("/sparql")
    def sparql() -> Answer:
        found: Any = _store(world).query(request.args["query"])
        data = found.serialize(format=ox.QueryResultsFormat.JSON)
        return Response(data, content_type="application/sparql-results+json;charset=utf-8")

    return app


def _json(data: Any) -> Response:
    return Response(json.dumps(data, ensure_ascii=False), content_type="application/json; charset=utf-8")


def _fault(name: str) -> Answer:
    if name == "429 with Retry-After":
        return Response("Too many requests", 429, {"Retry-After": "7"})
    if name == "429 without":
        return Response("Too many requests", 429)
    if name == "429 for a day":
        return Response("Too many requests", 429, {"Retry-After": "86400"})
    if name == "503":
        return Response("Service Unavailable", 503)
    if name == "403":
        return Response("Please set a user-agent", 403)
    if name == "maxlag":
        error = {"code": "maxlag", "info": "Waiting for a database server: 7.2 seconds lagged.", "lag": 7.2}
        answer = _json({"error": error, "servedby": "mw1"})
        answer.headers["Retry-After"] = "5"
        return answer
    if name == "truncated":
        return Response('{"entities":{"Q1394":{"type":"item","id":"Q13', content_type="application/json")
    if name == "html":
        return Response("<html><body>Our servers are currently under maintenance</body></html>")
    if name == "elsewhere":
        return redirect("http://example.org/login", 302)
    if name == "silence":
        threading.Event().wait(0.6)
        return _json({})
    if name == "bad request":
        return _json({"error": {"code": "param-illegal", "info": "Malformed input"}})
    raise AssertionError(name)


def _search(world: OfflineWikidata, text: str, language: str) -> dict[str, Any]:
    found = []
    for qid, row in world.rows.items():
        names = [row.get(language, ""), *row["aliases"].split("|")]
        if any(name.lower().startswith(text.lower()) for name in names if name):
            label = row["fr"] or row["en"]
            match = {"type": "label", "language": language, "text": label}
            found.append({"id": qid, "title": qid, "label": label, "description": "", "match": match})
    return {
        "searchinfo": {"search": text},
        "search": found[: int(request.args.get("limit", 7))],
        "success": 1,
    }


def _entities(world: OfflineWikidata, ids: list[str]) -> dict[str, Any]:
    entities: dict[str, Any] = {}
    for qid in ids:
        target = world.redirects.get(qid, qid)
        if target not in world.rows:
            entities[qid] = {"id": qid, "missing": True}
            continue
        entities[qid] = world.entity(target)
        if target != qid:
            entities[qid]["redirects"] = {"from": qid, "to": target}
    return entities


def _full_text(world: OfflineWikidata, query: str) -> dict[str, Any]:
    words, _, statement = query.partition("haswbstatement:")
    wanted = {part.removeprefix("P31=") for part in statement.split("|") if part}
    text = words.strip().strip('"').lower()
    hits = [
        {"ns": 0, "title": qid, "pageid": int(qid[1:]) + 100}
        for qid, row in world.rows.items()
        if any(text in row[key].lower() for key in ("fr", "en", "ru", "aliases"))
        and (not wanted or row["p31"] in wanted)
    ]
    return {"batchcomplete": True, "query": {"searchinfo": {"totalhits": len(hits)}, "search": hits[:10]}}


def _store(world: OfflineWikidata) -> ox.Store:
    store = ox.Store()
    for qid, row in world.rows.items():
        node = ox.NamedNode(_WD + qid)
        for tag in ("fr", "en", "ru"):
            if row[tag]:
                store.add(ox.Quad(node, ox.NamedNode(_LABEL), ox.Literal(row[tag], language=tag)))
        for alias in filter(None, row["aliases"].split("|")):
            store.add(ox.Quad(node, ox.NamedNode(_ALIAS), ox.Literal(alias, language="fr")))
        for prop in ("p31", "p279", "p106"):
            for value in filter(None, row[prop].split("|")):
                store.add(ox.Quad(node, ox.NamedNode(_WDT + prop.upper()), ox.NamedNode(_WD + value)))
    return store


def _claim(prop: str, datavalue: dict[str, Any]) -> dict[str, Any]:
    snak = {"snaktype": "value", "property": prop, "datavalue": datavalue}
    return {"mainsnak": snak, "type": "statement", "rank": "normal", "id": f"{prop}$0"}


def _time(date: str) -> dict[str, Any]:
    parts = [*date.split("-"), "00", "00"][:3]
    precision = 9 + (parts[1] != "00") + (parts[2] != "00")
    calendar = "http://www.wikidata.org/entity/Q1985727"
    time = f"+{parts[0]}-{parts[1]}-{parts[2]}T00:00:00Z"
    return {
        "time": time,
        "timezone": 0,
        "before": 0,
        "after": 0,
        "precision": precision,
        "calendarmodel": calendar,
    }

"""`sergekg query`: SPARQL on the release in service, without a server."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
import pyoxigraph as ox
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sergekg.config import load_config
from sergekg.errors import QueryError, StoreError
from sergekg.release import POINTER, find_release
from sergekg.store.answers import GRAPH_FORMATS, SOLUTION_FORMATS, Limits, Request
from sergekg.store.evaluate import GRAPHS
from sergekg.store.places import PoolSettings
from sergekg.store.policy import check_services
from sergekg.store.pooled import PooledStore, read
from sergekg.store.textsearch import by_function, expand
from sergekg.vocab import PREFIXES


@click.command()
@click.argument("query")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *SOLUTION_FORMATS, *GRAPH_FORMATS]),
    help="Default: a table, or Turtle.",
)
@click.option("--timeout", type=float, help="Seconds that it may run.")
@click.option("--release", "name", default=POINTER, help="The beginning of a release's digest.")
def command(query: str, form: str | None, timeout: float | None, name: str) -> None:
    """Run QUERY, a file or SPARQL itself; the usual prefixes need no declaration.

    The rules are those of the server: other endpoints are asked only where `services` names them, and no
    query reads a file or an address. Only the number of rows has no limit here.
    """
    config = load_config(options={"timeout": timeout})
    asked = expand(read(_text(query)), by_function)
    check_services(asked, config.services)
    is_graph = asked.form in ("CONSTRUCT", "DESCRIBE")
    known = GRAPH_FORMATS if is_graph else ("table", *SOLUTION_FORMATS)
    form = form or ("turtle" if is_graph else "table")
    if form not in known:
        what = "a graph" if is_graph else "solutions"
        raise QueryError(f"{what} cannot be written as {form}", remedy=f"take one of {', '.join(known)}")
    release = find_release(config.releases, name)
    source = {"kind": "disk", "path": str(release.store), "union": True}
    store = PooledStore(source, PoolSettings(ready=0, memory=config.query_memory << 20))
    limits = Limits(config.timeout, 1 << 62, 1 << 62)
    solutions = "json" if form == "table" else form
    try:
        answer = store.answer(Request(asked, limits, solutions=solutions, graph="ntriples"))
        pieces = [answer.body] if answer.body is not None else answer
        if form == "table":
            _table(json.loads(b"".join(pieces)))
        elif is_graph:
            quads = ox.parse(b"".join(pieces), ox.RdfFormat.N_TRIPLES)
            triples = dict.fromkeys(quad.triple for quad in quads)
            sys.stdout.buffer.write(ox.serialize(triples, format=GRAPHS[form], prefixes=PREFIXES) or b"")
        else:
            for piece in pieces:
                sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    finally:
        store.close()


def _text(query: str) -> str:
    path = Path(query)
    try:
        if "{" not in query and path.is_file():
            return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise StoreError(f"{query} cannot be read ({cause})", remedy="give a UTF-8 file") from cause
    if "{" not in query and "describe" not in query.lower():
        raise StoreError(f"{query!r} is neither a file nor SPARQL", remedy="check the name")
    return query


def _table(document: dict[str, Any]) -> None:
    console = Console()
    if "boolean" in document:
        console.print("yes" if document["boolean"] else "no")
        return
    names, rows = document["head"]["vars"], document["results"]["bindings"]
    table = Table(*names)
    for row in rows:
        table.add_row(*(escape(_shown(row[name])) if name in row else "" for name in names))
    console.print(table)
    click.echo(f"{len(rows)} row{'s' if len(rows) != 1 else ''}", err=True)


def _shown(term: dict[str, Any]) -> str:
    value = term["value"]
    if term["type"] == "uri":
        for prefix, namespace in PREFIXES.items():
            if value.startswith(namespace):
                return f"{prefix}:{value.removeprefix(namespace)}"
        return str(value.rpartition("/id/")[2])
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""`sergekg query`: SPARQL on the release in service, without a server."""

from __future__ import annotations

import difflib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import pyoxigraph as ox
from rich.console import Console
from rich.table import Table

from sergekg.cli.counted import counted
from sergekg.cli.strangers import offered, tell_strangers
from sergekg.cli.unshown import tell_unshown
from sergekg.config import Config, load_config
from sergekg.errors import Location, QueryError, StoreError
from sergekg.release import POINTER, find_release
from sergekg.store.answers import GRAPH_FORMATS, SOLUTION_FORMATS, Limits, Request
from sergekg.store.evaluate import GRAPHS
from sergekg.store.places import PoolSettings
from sergekg.store.policy import check_services
from sergekg.store.pooled import PooledStore, read
from sergekg.store.queries import StoredQuery, read_queries, read_query
from sergekg.store.textsearch import by_function, expand
from sergekg.vocab import PREFIXES


@click.command()
@click.argument("query", required=False)
@click.option(
    "--param", "-p", "params", multiple=True, metavar="NAME=VALUE", help="A value of a stored query."
)
@click.option("--list", "listed", is_flag=True, help="Name the stored queries and their parameters.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", *SOLUTION_FORMATS, *GRAPH_FORMATS]),
    help="Default: a table, or Turtle.",
)
@click.option("--timeout", type=float, help="Seconds that it may run.")
@click.option("--release", "name", default=POINTER, help="The beginning of a release's digest.")
def command(
    query: str | None, params: Sequence[str], listed: bool, form: str | None, timeout: float | None, name: str
) -> None:
    """Run QUERY: a file, SPARQL itself, or the name of a stored query.

    The usual prefixes need no declaration. The rules are those of the server: other endpoints are asked only
    where `services` names them, and no query reads a file or an address. Only the number of rows has no limit
    here.
    """
    config = load_config(options={"timeout": timeout})
    if listed:
        _list(config, name)
        return
    if query is None:
        raise click.UsageError("give a query, or --list")
    asked = expand(read(_text(query, _values(params), config, name)), by_function)
    check_services(asked, config.services)
    is_graph = asked.form in ("CONSTRUCT", "DESCRIBE")
    known = GRAPH_FORMATS if is_graph else ("table", *SOLUTION_FORMATS)
    form = form or ("turtle" if is_graph else "table")
    if form not in known:
        what = "a graph" if is_graph else "solutions"
        raise QueryError(f"{what} cannot be written as {form}", remedy=f"take one of {', '.join(known)}")
    release = find_release(config.releases, name)
    tell_unshown(config.releases, name)
    source = {
        "kind": "disk",
        "path": str(release.store),
        "union": True,
        "asks_others": bool(config.services),
    }
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


_DESCRIBES = re.compile(r"\s*((prefix|base)\s.*)?describe\b\s*[?$*<\w]", re.IGNORECASE | re.DOTALL)
"""A query that needs no braces."""


def _text(query: str, values: Mapping[str, str], config: Config, release: str) -> str:
    if "{" in query or _DESCRIBES.match(query):
        if values:
            raise QueryError("only a stored query takes --param", remedy="put the values into the query")
        return query
    stored = _stored(query, config)
    known = [parameter.name for parameter in stored.parameters]
    if unknown := sorted(set(values) - set(known)):
        raise QueryError(
            f"the query {stored.name} has no parameter {unknown[0]!r}",
            remedy=f"it takes: {', '.join(known) or 'none'}",
        )
    if not known:
        return stored.text
    asked = find_release(config.releases, release)
    text = stored.fill(values, asked.base)
    tell_strangers(stored, values, asked)
    return text


def _stored(query: str, config: Config) -> StoredQuery:
    path = Path(query)
    try:
        if path.is_file():
            if path.suffix == ".rq":
                return read_query(path, path.parent)
            return StoredQuery(path.stem, path.read_text(encoding="utf-8"), {}, (), "", Location(query))
    except (OSError, UnicodeDecodeError) as cause:
        raise StoreError(f"{query} cannot be read ({cause})", remedy="give a UTF-8 file") from cause
    named = {found.name: found for found in read_queries(config.queries)[0]}
    if query in named:
        return named[query]
    near = difflib.get_close_matches(query, named, n=1)
    raise StoreError(
        f"{query[:80]!r} is neither a file nor SPARQL nor the name of a stored query",
        remedy=f"perhaps {near[0]}" if near else "see them: sergekg query --list",
    )


def _values(params: Sequence[str]) -> Mapping[str, str]:
    values = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals or not name.strip():
            raise QueryError(
                f"--param {param[:80]!r} is not NAME=VALUE", remedy="for example place=place/viatka"
            )
        values[name.strip()] = value
    return values


def _list(config: Config, release: str) -> None:
    """The stored queries; all while there is no release that could lack what they are about.

    Raises:
        ReleaseError: the release that is asked for is not there, or the one in service is damaged.
    """
    queries: Sequence[StoredQuery] = read_queries(config.queries)[0]
    shown = queries
    if release != POINTER or (config.releases / POINTER).exists():
        shown = offered(queries, find_release(config.releases, release))
    for query in shown:
        params = "".join(f"  {p.name}={p.default}" for p in query.parameters)
        click.echo(f"{query.name}{params}\n    {query.title('fr')}\n    {query.title('en')}")
    if left := len(queries) - len(shown):
        what = f"{counted(left, 'question')} about things that the release does not have"
        click.echo(f"sergekg: left out: {what}", err=True)


def _table(document: dict[str, Any]) -> None:
    console = Console(markup=False, emoji=False)  # brackets and colons of a value are its own
    if "boolean" in document:
        console.print("yes" if document["boolean"] else "no")
        return
    names, rows = document["head"]["vars"], document["results"]["bindings"]
    table = Table(*names)
    for row in rows:
        table.add_row(*(_shown(row[name]) if name in row else "" for name in names))
    console.print(table)
    click.echo(counted(len(rows), "row"), err=True)


def _shown(term: dict[str, Any]) -> str:
    value = term["value"]
    if term["type"] == "uri":
        for prefix, namespace in PREFIXES.items():
            if value.startswith(namespace):
                return f"{prefix}:{value.removeprefix(namespace)}"
        return str(value.rpartition("/id/")[2])
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

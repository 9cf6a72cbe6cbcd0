"""`sergekg query`: SPARQL on the release in service, without a server."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pyoxigraph as ox
from rich.console import Console
from rich.table import Table

from sergekg.config import load_config
from sergekg.errors import QueryError, StoreError
from sergekg.rdf.write import FORMATS
from sergekg.release import POINTER, find_release
from sergekg.store.local import LocalStore
from sergekg.vocab import PREFIXES

_TABULAR = {
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
}


@click.command()
@click.argument("query")
@click.option(
    "--format", "form", type=click.Choice(["table", *_TABULAR, *FORMATS]), help="Default: a table, or Turtle."
)
@click.option("--release", "name", default=POINTER, help="The beginning of a release's digest.")
def command(query: str, form: str | None, name: str) -> None:
    """Run QUERY, a file or SPARQL itself; the usual prefixes need no declaration."""
    config = load_config()
    store = LocalStore.open(find_release(config.releases, name).store)
    result = store.query(_read(query))
    if isinstance(result, ox.QueryTriples):
        writer = FORMATS.get(form or "turtle")
        if writer is None:
            raise QueryError(
                f"a graph cannot be written as {form}", remedy=f"take one of {', '.join(FORMATS)}"
            )
        _write(ox.serialize(result, format=writer, prefixes=PREFIXES))
    elif form in (None, "table"):
        _table(result)
    elif form in _TABULAR:
        _write(result.serialize(format=_TABULAR[form]))
    else:
        raise QueryError(
            f"solutions cannot be written as {form}", remedy=f"take one of {', '.join(_TABULAR)}"
        )


def _read(query: str) -> str:
    path = Path(query)
    try:
        if "{" not in query and path.is_file():
            return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as cause:
        raise StoreError(f"{query} cannot be read ({cause})", remedy="give a UTF-8 file") from cause
    if "{" not in query:
        raise StoreError(f"{query!r} is neither a file nor SPARQL", remedy="check the name")
    return query


def _table(result: ox.QuerySolutions | ox.QueryBoolean) -> None:
    console = Console()
    if isinstance(result, ox.QueryBoolean):
        console.print("yes" if result else "no")
        return
    names = [variable.value for variable in result.variables]
    table = Table(*names)
    count = 0
    for solution in result:
        table.add_row(*("" if term is None else _shown(term) for term in solution))
        count += 1
    console.print(table)
    click.echo(f"{count} row{'s' if count != 1 else ''}", err=True)


def _shown(term: object) -> str:
    if isinstance(term, ox.NamedNode):
        for prefix, namespace in PREFIXES.items():
            if term.value.startswith(namespace):
                return f"{prefix}:{term.value.removeprefix(namespace)}"
        return term.value.rpartition("/id/")[2]
    return term.value if isinstance(term, ox.Literal) else str(term)


def _write(data: bytes | None) -> None:
    sys.stdout.buffer.write(data or b"")
    sys.stdout.buffer.flush()

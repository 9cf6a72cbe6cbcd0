"""`sergekg load`: the release in service into a SPARQL 1.1 server, for `serve --store URL`."""

from __future__ import annotations

import os
from pathlib import Path

import click
import pyoxigraph as ox

from sergekg.cli.progress import show_progress
from sergekg.config import load_config
from sergekg.errors import ConfigError
from sergekg.release import POINTER, find_release
from sergekg.store.loading import GraphStore, load
from sergekg.store.remote import RemoteStore
from sergekg.store.requests import Remote

PASSWORD, TOKEN = "SERGEKG_STORE_PASSWORD", "SERGEKG_STORE_TOKEN"


@click.command()
@click.argument("query")
@click.option("--graph-store", required=True, help="The address of its SPARQL 1.1 Graph Store.")
@click.option("--user", default="", help=f"Who we are there; the password is in {PASSWORD}.")
@click.option("--password-file", type=click.Path(path_type=Path), help=f"Stands for {PASSWORD}.")
@click.option("--block", type=click.IntRange(min=1), default=10_000, help="Triples in one request.")
@click.option("--release", "name", default=POINTER, help="The beginning of a release's digest.")
def command(
    query: str, graph_store: str, user: str, password_file: Path | None, block: int, name: str
) -> None:
    """Load the release into the store whose query endpoint is QUERY; go on where a load broke off.

    A store that wants a bearer token gets the one in SERGEKG_STORE_TOKEN.
    """
    for address in (query, graph_store):
        if not address.startswith(("http://", "https://")):
            raise ConfigError(f"{address!r} is no address", remedy="give an http or https address")
    release = find_release(load_config().releases, name)
    password = os.environ.get(PASSWORD, "")
    if password_file is not None:
        try:
            password = password_file.read_text(encoding="utf-8").strip()
        except UnicodeDecodeError:
            raise ConfigError(f"{password_file} is not in UTF-8", remedy="write it anew") from None
    target = GraphStore.of(graph_store, user, password, os.environ.get(TOKEN, ""))
    with show_progress() as progress:
        sent = load(
            ox.Store.read_only(str(release.store)),
            release.digest,
            release.base,
            RemoteStore(Remote(query, target.seconds)),
            target,
            progress,
            block,
        )
    click.echo(f"{sent:,} triples sent" if sent else "the release is there already")

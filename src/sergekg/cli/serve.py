"""`sergekg serve`: the release in service, over HTTP."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import click

from sergekg.build.publish import ensure_release
from sergekg.cli.progress import show_progress
from sergekg.cli.unshown import tell_unshown
from sergekg.config import Config, load_config, to_environ
from sergekg.errors import ConfigError, Location, StoreUnavailable
from sergekg.release import Release
from sergekg.store import journal
from sergekg.web.authority import read_tokens
from sergekg.web.opening import check_store, is_remote, open_stores

_PATIENCE = 8.0
"""Seconds that the process of a server which was just killed may take to let go of its journal.

Its grace (`web.server.GRACE`), and what it takes to find that the server is gone.
"""


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.")
@click.option(
    "--store", help="`release`, `disk`, `memory`, `rdflib`, a release directory, or a SPARQL 1.1 URL."
)
@click.option("--workers", type=int, help="Web processes.")
@click.option("--timeout", type=float, help="Seconds that a query may run.")
@click.option("--writable", is_flag=True, default=None, help="Take writes from who has the token.")
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, resolve_path=True),
    help="Where the token is; else SERGEKG_TOKEN.",
)
@click.option("--empty", is_flag=True, default=None, help="A blank store in memory, for trials.")
@click.option("--no-shapes", is_flag=True, default=None, help="Let writes pass that the shapes do not allow.")
@click.option(
    "--default-graph",
    type=click.Choice(["union", "unnamed"]),
    help="What a query without GRAPH sees; `unnamed` goes with --empty.",
)
def command(no_shapes: bool | None, **options: Any) -> None:
    """Serve the release in service; where there is none yet, the corpus is built first.

    SIGTERM or Ctrl-C ends it: what is being answered has 5 seconds, then it breaks off; a second one ends
    it at once. SIGHUP (kill -HUP and its process id) puts new web processes in place of the old, which end
    what they began, with --writable within 5 seconds too: they show the release then in service, as a
    restart would, and read the token file again. Settings are those of the start. Where a web process ends
    twice within six seconds, as when the system kills it, the server says so and ends.

    The file of the query log may be moved away at any time; the next query begins a new one.
    """
    config = load_config(options={**options, "gate": False if no_shapes else None})
    check_settings(config)
    if not config.empty:
        with show_progress() as progress:
            release = ensure_release(config, progress)
        check_store_answers(config, release)
    run_server(config)


def check_settings(config: Config) -> None:
    """Find now what the web processes would stumble over when the address is already given out.

    Raises:
        ConfigError, ReleaseError: a setting cannot be served with.
    """
    if config.writable or config.token_file is not None:
        read_tokens(config)
    check_store(config)
    if config.query_log is not None:
        try:
            config.query_log.open("a").close()
        except OSError as cause:
            raise ConfigError(
                f"query_log cannot be written ({cause.strerror})",
                where=Location(str(config.query_log)),
                remedy="give a file in a directory that is there",
            ) from cause


def check_store_answers(config: Config, release: Release) -> None:
    """See that the journal is free and whole, or that the remote store answers; tell of writes not shown.

    Raises:
        SergekgError: it is not.
    """
    path = config.releases / journal.NAME
    if config.writable:
        try:
            journal.Journal(path, release.digest, _PATIENCE).close()
        except journal.JournalTaken as cause:
            raise StoreUnavailable(
                f"another server writes to {path}", remedy="stop it, or leave --writable out"
            ) from cause
        except journal.JournalDamaged as cause:
            raise StoreUnavailable(str(cause), where=Location(str(path))) from cause
    else:
        tell_unshown(config.releases)
    if is_remote(config):
        open_stores(config, release).pages.close()


def run_server(config: Config) -> None:
    """Listen and serve until stopped (granian, WSGI).

    Raises:
        ConfigError: the port is in use, or the address is not ours.
    """
    from sergekg.web.server import make_server

    port = claim_port(config.host, config.port)
    shown = f"[{config.host}]" if ":" in config.host else config.host
    address = f"http://{shown}:{port}"
    os.environ |= to_environ(config)  # the web processes read their settings as any process does
    click.echo(f"serving on {address} — try {address}/ , {address}/sparql , {address}/queries")
    make_server(config, port).serve()


def claim_port(host: str, port: int) -> int:
    """The port to listen on, found free just now; 0 asks for any.

    Raises:
        ConfigError: it is in use or may not be taken.
    """
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            claimed: int = probe.getsockname()[1]
            return claimed
    except OSError as cause:
        raise ConfigError(
            f"{host}:{port} cannot be listened on ({cause.strerror})", remedy="give another --port"
        ) from cause

"""`sergekg serve`: the release in service, over HTTP."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import click

from sergekg.build.publish import ensure_release
from sergekg.cli.progress import show_progress
from sergekg.config import Config, load_config, to_environ
from sergekg.errors import ConfigError
from sergekg.web.authority import read_tokens


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
    "--default-graph", type=click.Choice(["union", "unnamed"]), help="What a query without GRAPH sees."
)
def command(no_shapes: bool | None, **options: Any) -> None:
    """Serve the release in service; where there is none yet, the corpus is built first."""
    config = load_config(options={**options, "gate": False if no_shapes else None})
    if config.writable:
        read_tokens(config)
    if not config.empty:
        with show_progress() as progress:
            ensure_release(config, progress)
    run_server(config)


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
    click.echo(
        f"serving on {address} — try {address}/ , {address}/sparql , {address}/page/person/victor-serge"
    )
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

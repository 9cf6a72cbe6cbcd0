"""`sergekg serve`: the release in service, over HTTP."""

from __future__ import annotations

import socket

import click

from sergekg.build.publish import ensure_release
from sergekg.cli.progress import show_progress
from sergekg.config import Config, load_config
from sergekg.errors import ConfigError


@click.command()
@click.option("--host", help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on; 0 takes a free one.")
@click.option("--store", help="`release`, `memory`, a release directory, or a SPARQL 1.1 URL.")
@click.option("--workers", type=int, help="Web processes.")
@click.option("--timeout", type=float, help="Seconds that a query may run.")
def command(
    host: str | None, port: int | None, store: str | None, workers: int | None, timeout: float | None
) -> None:
    """Serve the release in service; where there is none yet, the corpus is built first."""
    options = {"host": host, "port": port, "store": store, "workers": workers, "timeout": timeout}
    config = load_config(options=options)
    with show_progress() as progress:
        ensure_release(config, progress)
    run_server(config)


def run_server(config: Config) -> None:
    """Listen and serve until stopped (granian, WSGI).

    Raises:
        ConfigError: the port is in use, or the address is not ours.
    """
    from granian.constants import Interfaces
    from granian.server import Server

    port = claim_port(config.host, config.port)
    address = f"http://{config.host}:{port}"
    click.echo(
        f"serving on {address} — try {address}/ , {address}/sparql , {address}/page/person/victor-serge"
    )
    Server(
        "sergekg.web:create_app",
        address=config.host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=config.workers,
        log_access=False,
        log_enabled=False,
    ).serve()


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

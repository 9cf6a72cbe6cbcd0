"""`sergekg init`: a new corpus with one example text, ready for `build`."""

from __future__ import annotations

from pathlib import Path

import click

from sergekg.corpus.workspace import make_workspace


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
def command(directory: Path) -> None:
    """Make a new workspace in DIRECTORY, which has to be empty or new."""
    corpus = make_workspace(directory)
    click.echo(f"made {corpus}; now: cd {directory} && sergekg build && sergekg serve")

"""`sergekg add`: takes a text into the corpus, never editing it."""

from __future__ import annotations

from pathlib import Path

import click

from sergekg.config import load_config
from sergekg.corpus.workspace import add_text


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--title", help="Title of the text; default the name of the file.")
@click.option("--slug", help="Slug of the text; default made of the title.")
@click.option(
    "--type",
    "kind",
    type=click.Choice(["letter", "article"]),
    default="letter",
    show_default=True,
    help="What the text is.",
)
@click.option(
    "--voice", default="person/author", show_default=True, help="Key of the entity that speaks in it."
)
@click.option("--rights", default="unknown", show_default=True, help="What may be done with the file.")
def command(
    files: tuple[Path, ...], title: str | None, slug: str | None, kind: str, voice: str, rights: str
) -> None:
    """Take FILES (plain text or TEI, UTF-8) into the corpus, byte for byte, one text each."""
    if len(files) > 1 and (title or slug):
        raise click.UsageError("--title and --slug are for one file")
    config = load_config()
    for file in files:
        name = add_text(
            config.corpus, file, kind=kind, title=title or file.stem, slug=slug, voice=voice, rights=rights
        )
        click.echo(f"added {name}; now annotate it in {config.corpus.name}/annotations/{name}.yaml")

"""`sergekg add`: takes a text into the corpus, never editing it."""

from __future__ import annotations

from pathlib import Path

import click

from sergekg.cli.carried import tell_carried
from sergekg.config import load_config
from sergekg.corpus.workspace import add_text, choose_voice
from sergekg.errors import CorpusError, Location
from sergekg.rdf.ontology import read_ontology, to_signature


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
    "--voice",
    help="Key of the entity that speaks in it; needed where more than one of the corpus could.",
)
@click.option("--rights", default="unknown", show_default=True, help="What may be done with the file.")
def command(
    files: tuple[Path, ...], title: str | None, slug: str | None, kind: str, voice: str | None, rights: str
) -> None:
    """Take FILES (plain text or TEI, UTF-8) into the corpus, byte for byte, one text each."""
    if len(files) > 1 and (title or slug):
        raise click.UsageError("--title and --slug are for one file")
    for file in files:
        if not file.is_file():
            raise CorpusError("the file is missing", where=Location(str(file)), remedy="check its name")
    config = load_config()
    tell_carried(config)
    speaker = choose_voice(config.corpus, voice, to_signature(read_ontology(config.ontology)))
    for file in files:
        annotations = add_text(
            config.corpus, file, kind=kind, title=title or file.stem, slug=slug, voice=speaker, rights=rights
        )
        click.echo(f"added {annotations.stem}; now annotate it in {_from_here(annotations)}")


def _from_here(path: Path) -> Path:
    """The path as a person in the working directory would write it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path

"""`sergekg reconcile export`: what the texts assert, in the formats that contributors to Wikidata use."""

from __future__ import annotations

from pathlib import Path

import click

from sergekg.cli.reconcile.workspace import Desk, open_desk
from sergekg.errors import ConfigError
from sergekg.export.beacon import write_beacon
from sergekg.export.wikidata import quickstatements
from sergekg.export.wikidata.claims import Batch
from sergekg.export.wikidata.conformance import read_schema
from sergekg.export.wikidata.constraints import complaints
from sergekg.export.wikidata.gather import gather, to_batch
from sergekg.export.wikidata.mixnmatch import write_mixnmatch
from sergekg.export.wikidata.wikibase import try_out, write_wikibase
from sergekg.files import named_output
from sergekg.reconcile.facts import read_catalogue

FORMATS = ("quickstatements", "csv", "wikibase", "mixnmatch", "beacon", "persons-shex", "letters-shex")
_TEXTS = "texts"


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    help="What to write.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Default: stdout.")
@click.option(
    "--create",
    multiple=True,
    metavar="KEY",
    help="Make an item for this entity; `texts` for every source text that has none. May be repeated.",
)
@click.option(
    "--only", multiple=True, metavar="ID", help="Only this claim; `compare --format json` gives ids."
)
@click.option("--try-at", metavar="API", help="Write to a wiki for trials (its api.php), print new ids.")
def command(
    form: str, output: Path | None, create: tuple[str, ...], only: tuple[str, ...], try_at: str | None
) -> None:
    """Write what the texts assert: never a question, a rumour or a denial, and nothing that nobody accepted.

    Claims that a person has to look at are left out unless --only names them; `compare` lists them.
    """
    desk = open_desk()
    if form in ("mixnmatch", "beacon") or form.endswith("-shex"):
        text = _whole(desk, form)
    else:
        batch = _batch(desk, create, only)
        for warning in quickstatements.warnings(batch) if form in FORMATS[:2] else ():
            click.echo(warning, err=True)
        for said in complaints(batch, desk.kept_items()):
            click.echo(f"constraint: {said}", err=True)
        for note in (note for new in batch.new for note in new.notes):
            click.echo(f"look: {note}", err=True)
        if try_at:
            for line in try_out(batch, try_at, desk.config.contact):
                click.echo(line)
            return
        writers = {
            "quickstatements": quickstatements.write_v1,
            "csv": quickstatements.write_csv,
            "wikibase": write_wikibase,
        }
        text = writers[form](batch)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        with named_output(output) as file:
            file.write(text.encode())
    except OSError as cause:
        raise ConfigError(
            f"{output} cannot be written: {cause.strerror}", remedy="give another file"
        ) from cause


def _batch(desk: Desk, create: tuple[str, ...], only: tuple[str, ...]) -> Batch:
    gathered = gather(desk.release, desk.store)
    known = {claim.id for claim in gathered.claims}
    for id_ in only:
        if id_ not in known:
            raise ConfigError(f"there is no claim {id_}", remedy="see: reconcile compare --format json")
    texts = [key for key in gathered.languages if key not in gathered.items and key in gathered.names]
    wanted = [key for name in create for key in (texts if name == _TEXTS else [name])]
    return to_batch(gathered, create=wanted, only=only)


def _whole(desk: Desk, form: str) -> str:
    if form == "mixnmatch":
        return write_mixnmatch(read_catalogue(desk.store.select, desk.release.base), desk.release.base)
    if form == "beacon":
        return write_beacon(desk.release, desk.store).decode()
    return read_schema(form.removesuffix("-shex"))

"""`sergekg reconcile compare`: what the texts state beside what Wikidata states of the same things."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click

from sergekg.cli.reconcile.workspace import open_desk
from sergekg.export.wikidata.compare import Comparison, compare, value_text
from sergekg.export.wikidata.conformance import conformance
from sergekg.export.wikidata.gather import gather
from sergekg.export.wikidata.modelling import PROPERTIES
from sergekg.export.wikidata.report import write_report


@click.command()
@click.argument("entities", nargs=-1)
@click.option(
    "--snapshot", type=click.Path(path_type=Path, dir_okay=False), help="Read items from a copy, ask nobody."
)
@click.option("--offline", is_flag=True, help="Answer from the cache or not at all.")
@click.option("--shapes", is_flag=True, help="Also check persons and letters against the EntitySchemas.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    show_default=True,
    help="`markdown` is a report with every quotation.",
)
def command(entities: tuple[str, ...], snapshot: Path | None, offline: bool, shapes: bool, form: str) -> None:
    """Compare ENTITIES (keys such as person/victor-serge), or everything that the texts state."""
    desk = open_desk()
    for key in entities:
        desk.entity(key)
    gathered = gather(desk.release, desk.store)
    items = desk.items(snapshot, dict.fromkeys(gathered.items.values()), offline=offline)
    found = [c for c in compare(gathered, items) if not entities or c.claim.subject in entities]
    checked = conformance(gathered, items) if shapes else []
    checked = [result for result in checked if not entities or result.subject in entities]
    if form == "json":
        click.echo(json.dumps([_to_json(one) for one in found], ensure_ascii=False, indent=1))
    elif form == "markdown":
        click.echo(write_report(gathered, found, checked), nl=False)
    else:
        _show(found)
        for result in checked:
            said = "conforms" if result.conforms else f"does not conform: {result.reason}"
            click.echo(f"{result.subject}\t{result.schema}\t{said}")


def _show(found: Iterable[Comparison]) -> None:
    for one in found:
        claim = one.claim
        theirs = "; ".join(f"{t.value} ({', '.join(t.sources) or 'no source'})" for t in one.theirs)
        property_name = PROPERTIES.get(claim.pid, {}).get("en", claim.pid)
        cells = [claim.subject, claim.item or "-", f"{claim.pid} {property_name}", value_text(claim)]
        click.echo("\t".join([*cells, str(one.standing), theirs or "-", *map(str, claim.notes)]))


def _to_json(one: Comparison) -> dict[str, object]:
    claim = one.claim
    return {
        "id": claim.id,
        "entity": claim.subject,
        "item": claim.item,
        "property": claim.pid,
        "value": value_text(claim),
        "standing": one.standing.name.lower(),
        "statements": list(claim.statements),
        "theirs": [
            {"value": theirs.value, "rank": theirs.rank, "sources": list(theirs.sources)}
            for theirs in one.theirs
        ],
        "notes": [str(note) for note in claim.notes],
    }

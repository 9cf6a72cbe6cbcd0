"""`sergekg reconcile propose`: candidates from Wikidata for the entities that nobody decided on."""

from __future__ import annotations

from pathlib import Path

import click

from sergekg.cli.reconcile.workspace import Desk, open_desk
from sergekg.corpus.authority import CLASS_OF_TYPE
from sergekg.model.signature import nearest
from sergekg.reconcile.due import Reason, due
from sergekg.reconcile.ours import OurEntity
from sergekg.reconcile.proposals import read_proposals, to_kept, write_proposals
from sergekg.reconcile.search import propose

TYPES = ("person", "place", "organisation", "periodical", "work", "event", "tendency", "occupation")


def known_types(_context: click.Context, _option: click.Parameter, types: tuple[str, ...]) -> tuple[str, ...]:
    """The types asked for; a usage error where one is none."""
    for kind in types:
        if kind not in CLASS_OF_TYPE:
            guess = nearest(kind, list(CLASS_OF_TYPE))
            hint = f"perhaps {guess!r}" if guess else f"known: {', '.join(CLASS_OF_TYPE)}"
            raise click.BadParameter(f"unknown type {kind!r}; {hint}")
    return types


@click.command()
@click.argument("entities", nargs=-1)
@click.option(
    "--type",
    "types",
    multiple=True,
    default=TYPES,
    show_default=True,
    callback=known_types,
    help="Only entities of these types.",
)
@click.option("--again", is_flag=True, help="Also what was decided or looked at before; read items anew.")
@click.option("--offline", is_flag=True, help="Answer from the cache or not at all.")
@click.option("--cache", type=click.Path(path_type=Path), help="The directory of the HTTP cache.")
@click.option("--dry-run", is_flag=True, help="Print and keep nothing.")
def command(
    entities: tuple[str, ...],
    types: tuple[str, ...],
    again: bool,
    offline: bool,
    cache: Path | None,
    dry_run: bool,
) -> None:
    """Find items for ENTITIES (keys such as person/soukhanov), or for all that wait.

    What is found is kept for `reconcile review`; a run that was stopped goes on where it was.
    It needs the extra `reconcile`, also offline: pip install 'sergekg[reconcile]', or in a checkout
    .venv/bin/pip install -e '.[reconcile]'.
    """
    desk = open_desk()
    kept = read_proposals(desk.proposals)
    waiting = _waiting(desk, entities, types, again)
    todo = [e for e in waiting if again or e.key not in kept or kept[e.key].version != e.version]
    wikidata = desk.wikidata(offline=offline, cache=cache, is_fresh=again)
    transport = wikidata.transport
    click.echo(f"{len(waiting)} wait, {len(waiting) - len(todo)} were looked at before", err=True)
    for entity in todo:
        before = transport.asked
        proposal = to_kept(propose(wikidata, entity, refused=desk.refused(entity.key)))
        kept[entity.key] = proposal
        if not dry_run:
            write_proposals(desk.proposals, kept.values())
        best = proposal.candidates[:1]
        found = f"{best[0].id} {best[0].label} ({best[0].confidence:.2f}; {best[0].reason})" if best else "-"
        days = sorted({c.fetched for c in proposal.candidates})
        source = f"asked {transport.asked - before} times" if transport.asked > before else "from the cache"
        read = f", items read {days[0]}" + (f" to {days[-1]}" if len(days) > 1 else "") if days else ""
        click.echo(f"{entity.key}\t{proposal.outcome}\t{found}\t{source}{read}")


def _waiting(desk: Desk, keys: tuple[str, ...], types: tuple[str, ...], again: bool) -> list[OurEntity]:
    if keys:
        return [desk.entity(key) for key in keys]
    states = due(desk.entities, desk.decisions, {})
    return [
        entity
        for entity in desk.entities
        if entity.type in types and (again or states.get(entity.key) in (Reason.UNDECIDED, Reason.CHANGED))
    ]

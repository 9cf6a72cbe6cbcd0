"""`sergekg reconcile check`: accepted items that were merged, deleted or renamed, or now disagree."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from sergekg.cli.reconcile.workspace import open_desk
from sergekg.reconcile.check import HINTS, Notice, check, wanted
from sergekg.reconcile.items import Item
from sergekg.reconcile.search import kinds_of


@click.command()
@click.option(
    "--snapshot", type=click.Path(path_type=Path, dir_okay=False), help="Read items from a copy, ask nobody."
)
@click.option("--offline", is_flag=True, help="Answer from the cache or not at all.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the report is written.",
)
def command(snapshot: Path | None, offline: bool, form: str) -> None:
    """Compare every accepted item of Wikidata with what it is there now, and say what to do.

    Exit code 1 where one was deleted or merged, or disagrees. A copy is a file such as
    Special:EntityData/Q1394.json; nothing is asked then, and classes are not looked at. Without a copy it
    needs the extra `reconcile`, also offline: pip install 'sergekg[reconcile]', or in a checkout
    .venv/bin/pip install -e '.[reconcile]'.
    """
    desk = open_desk()
    items = desk.items(snapshot, wanted(desk.decisions), offline=offline)

    def kinds(found: Iterable[Item]) -> Mapping[str, frozenset[str]]:
        return kinds_of(desk.wikidata(offline=offline), found)

    entities = {entity.key: entity for entity in desk.entities}
    notices = check(desk.decisions, entities, items, None if snapshot else kinds)
    troubles = [notice for notice in notices if notice.trouble not in HINTS]
    if form == "json":
        click.echo(json.dumps([_to_json(notice) for notice in notices], ensure_ascii=False, indent=1))
    else:
        for notice in notices:
            click.echo(str(notice))
    read = sum(items.item(id_) is not None for id_ in wanted(desk.decisions))
    click.echo(f"{read} items read, {len(troubles)} disagree", err=True)
    if troubles:
        sys.exit(1)


def _to_json(notice: Notice) -> dict[str, object]:
    decision = notice.decision
    return {
        "entity": decision.subject,
        "item": notice.item,
        "file": decision.origin.path,
        "line": decision.origin.line,
        "trouble": notice.trouble,
        "what": notice.what,
        "remedy": notice.remedy,
    }

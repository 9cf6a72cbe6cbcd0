"""`sergekg reconcile`: match entities with Wikidata, keep the decisions, compare and export."""

from __future__ import annotations

import importlib

import click

ACTIONS = {
    "propose": "find candidates for entities that nobody decided on",
    "review": "decide, one candidate after another",
    "check": "find items that were merged, deleted or changed since they were decided on",
    "compare": "what the texts state beside what Wikidata states",
    "export": "write what the texts state for contributors",
    "evaluate": "measure the matching of names on a labelled table",
}


class _Actions(click.Group):
    """Imports the module of an action only when that action is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(ACTIONS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in ACTIONS:
            return None
        command: click.Command = importlib.import_module(f"sergekg.cli.reconcile.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Actions"):
            formatter.write_dl(list(ACTIONS.items()))


@click.command(cls=_Actions)
def command() -> None:
    """Match entities with Wikidata, and give contributors what the texts state."""

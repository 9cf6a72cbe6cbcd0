"""The pages of docs/ that are made from the code: `python -m tests.contract.pages` writes them."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path

import click

from sergekg.cli import VERBS, cli
from sergekg.config import Config

DOCS = Path(__file__).resolve().parents[2] / "docs"


def settings_page() -> str:
    """Every setting with its variable, its default and its meaning."""
    rows = []
    for setting in fields(Config):
        value = None if setting.default is MISSING else setting.default
        shown = (
            "" if value in (None, "", ()) else f"`{', '.join(value) if isinstance(value, tuple) else value}`"
        )
        meaning = str(setting.metadata["help"]).replace("|", "\\|")
        rows.append(f"| `{setting.name}` | `SERGEKG_{setting.name.upper()}` | {shown} | {meaning} |")
    return (
        "# Settings\n\nA setting is taken from `sergekg.toml` (of the directory that a command runs in, or of one "
        "above it), then from its environment variable, then from the option of the command, where it has one. "
        "Paths in the file are relative to the file. Lists are given in the environment with commas.\n\n"
        "| in `sergekg.toml` | in the environment | default | meaning |\n|---|---|---|---|\n"
        + "\n".join(rows)
        + "\n\nThe token that opens writing and the review of proposals is no setting: it is read from "
        "`token_file` or from `SERGEKG_TOKEN`, and never kept.\n"
    )


def commands() -> list[tuple[str, click.Command]]:
    """Every command by its whole name, in the order of the flow, groups before their members."""
    found: list[tuple[str, click.Command]] = []
    context = click.Context(cli)

    def walk(name: str, command: click.Command) -> None:
        found.append((name, command))
        if isinstance(command, click.Group):
            for member in command.list_commands(context):
                part = command.get_command(context, member)
                assert part is not None
                walk(f"{name} {member}", part)

    for verb in VERBS:
        command = cli.get_command(context, verb)
        assert command is not None
        walk(verb, command)
    return found


def commands_page() -> str:
    """Every command with its usage, what it does and its options."""
    parts = [
        "# Commands\n\nIn a checkout, `. .venv/bin/activate` lets the shell find `sergekg`. Results go to standard output, progress and errors to standard error. Exit code 0: done; "
        "1: the data has findings; 2: usage or environment. An error is one line for each mistake; `--debug` "
        "shows the rest. A command line that cannot be read is answered with the usage of its command and one line "
        "that says why. Without a `sergekg.toml` here or above, a command is about the corpus of the package; `add`, "
        "`build`, `validate` and `status` say so.\n"
    ]
    for name, command in commands():
        context = click.Context(
            command, info_name=f"sergekg {name}", max_content_width=100, terminal_width=100
        )
        parts.append(f"## `sergekg {name}`\n\n```text\n{command.get_help(context).rstrip()}\n```\n")
    return "\n".join(parts)


PAGES = {"settings.md": settings_page, "commands.md": commands_page}

if __name__ == "__main__":
    for file, page in PAGES.items():
        (DOCS / file).write_text(page(), encoding="utf-8")

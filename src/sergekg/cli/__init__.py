"""The command line: one module for each verb; it parses, calls one function and prints.

Results go to stdout, progress and errors to stderr. Exit 0 done, 1 the data has findings, 2 usage or
environment.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from typing import Any

import click

from sergekg import __version__
from sergekg.errors import BuildError, SergekgError

VERBS = {
    "init": "make a new corpus with one example text",
    "add": "take a text into the corpus",
    "build": "make a validated release of the corpus",
    "validate": "check the corpus against its shapes and say what to mend",
    "reconcile": "match entities with Wikidata and keep the decisions",
    "query": "run SPARQL on the release",
    "export": "write the release, or one resource of it, in some format",
    "load": "load the release into another SPARQL server",
    "serve": "serve the release over HTTP",
    "status": "say what there is, what is stale and what waits",
}
"""Every verb, in the order of the flow."""

DATA_HAS_FINDINGS, USAGE_OR_ENVIRONMENT = 1, 2


class _Verbs(click.Group):
    """Imports the module of a verb only when that verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"sergekg.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.command(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="sergekg")
@click.option("--debug", is_flag=True, help="Show everything about an error.")
@click.pass_context
def cli(ctx: click.Context, debug: bool) -> None:
    """Historical French texts as a knowledge graph in which every triple shows the words that say it."""
    ctx.obj = {"debug": debug}


def main(arguments: list[str] | None = None) -> None:
    """Run one verb and leave with its exit code; no stack trace is shown unless `--debug` is given."""
    arguments = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in arguments
    if debug:  # the option is the group's, and may stand anywhere
        arguments = ["--debug", *(argument for argument in arguments if argument != "--debug")]
    try:
        result: Any = cli.main(arguments, prog_name="sergekg", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE_OR_ENVIRONMENT)
    except (click.Abort, KeyboardInterrupt):
        click.echo("sergekg: stopped", err=True)
        sys.exit(USAGE_OR_ENVIRONMENT)
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        sys.stderr.close()
        sys.exit(0)
    except SergekgError as error:
        _show(error, debug)
        sys.exit(DATA_HAS_FINDINGS if isinstance(error, BuildError) else USAGE_OR_ENVIRONMENT)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _show(
            SergekgError(f"{place}{error.strerror or error}", remedy="check the disk and its rights"), debug
        )
        sys.exit(USAGE_OR_ENVIRONMENT)
    sys.exit(result if isinstance(result, int) else 0)


def _show(error: SergekgError, debug: bool) -> None:
    if debug:
        traceback.print_exception(error)
    for line in str(error).splitlines():
        click.echo(f"sergekg: {line}", err=True)

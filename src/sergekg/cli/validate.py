"""`sergekg validate`: what the shapes find, in sentences, each with the file and line to mend."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from sergekg.build.run import assemble, check
from sergekg.cli.carried import tell_carried
from sergekg.cli.counted import counted
from sergekg.cli.progress import show_progress
from sergekg.config import load_config
from sergekg.iris import Iris
from sergekg.model.report import Report
from sergekg.validate.wording import sentences


def show_report(report: Report, language: str, iris: Iris) -> None:
    """Print one sentence for each finding."""
    for line in sentences(report, language, iris):
        click.echo(line)


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "turtle", "json"]),
    default="text",
    show_default=True,
    help="How the report is written.",
)
@click.option(
    "--language",
    type=click.Choice(["fr", "en"]),
    default="en",
    show_default=True,
    help="Language of the findings.",
)
def command(form: str, language: str) -> int:
    """Check the corpus against its shapes; exit 1 when something has to be mended."""
    config = load_config()
    tell_carried(config)
    with show_progress() as progress:
        report = check(config, assemble(config, progress), progress)
    if form == "turtle":
        click.echo(report.turtle)
    elif form == "json":
        findings = [asdict(finding) for finding in report.findings]
        click.echo(
            json.dumps({"conforms": report.conforms, "findings": findings}, ensure_ascii=False, indent=1)
        )
    else:
        show_report(report, language, Iris(config.base))
        verdict = "conforms" if report.conforms else "does not conform"
        click.echo(f"{verdict}: {counted(len(report.findings), 'finding')}")
    return 0 if report.conforms else 1

"""`sergekg build`: texts, annotations and decisions become a validated release in service."""

from __future__ import annotations

import contextlib

import click

from sergekg.build.publish import publish
from sergekg.build.run import assemble, check
from sergekg.cli.carried import tell_carried
from sergekg.cli.counted import counted
from sergekg.cli.progress import show_progress
from sergekg.cli.validate import show_report
from sergekg.config import Config, load_config
from sergekg.errors import ReleaseError
from sergekg.iris import Iris
from sergekg.release import current_release, prune_releases

_RELOAD = "; a running server shows it after kill -HUP, or a restart"


@click.command()
@click.option("--jobs", type=int, help="Texts built at once, each in a process of its own.")
@click.option("--dry-run", is_flag=True, help="Read and validate; publish nothing.")
@click.option("--prune", type=click.IntRange(min=1), help="Delete all but so many of the latest releases.")
@click.option(
    "--language",
    type=click.Choice(["fr", "en"]),
    default="en",
    show_default=True,
    help="Language of the findings.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
def command(jobs: int | None, dry_run: bool, prune: int | None, language: str, quiet: bool) -> int:
    """Make a validated release of the corpus; the last good one stays in service if anything is wrong."""
    config = load_config(options={"jobs": jobs})
    tell_carried(config)
    with show_progress(quiet) as progress:
        assembly = assemble(config, progress)
        report = check(config, assembly, progress)
        if report.conforms and not dry_run:
            progress("publishing", 0, 1)
            before = _digest_in_service(config)
            release = publish(config, assembly)
    if report.findings:
        show_report(report, language, Iris(config.base))
    rebuilt = ", ".join(assembly.rebuilt) or "nothing"
    statements = sum(len(artefact.origins) for artefact in assembly.artefacts)
    click.echo(f"read again: {rebuilt}", err=True)
    if not report.conforms:
        click.echo("sergekg: the corpus does not conform; the last good release stays in service", err=True)
        return 1
    if dry_run:
        click.echo(
            f"would release {counted(statements, 'statement')}, {counted(len(assembly.lines()), 'quad')}"
        )
        return 0
    click.echo(
        f"release {release.short} in service: {counted(len(release.texts), 'text')}, "
        f"{counted(statements, 'statement')}, {counted(release.counts['entities'], 'entity', 'entities')}, "
        f"{counted(release.counts['quads'], 'quad')}"
        f"{_RELOAD if before not in (None, release.digest) else ''}"
    )
    if prune:
        _prune(config, prune)
    return 0


def _digest_in_service(config: Config) -> str | None:
    with contextlib.suppress(ReleaseError):
        return current_release(config.releases).digest
    return None


def _prune(config: Config, keep: int) -> None:
    pruned = prune_releases(config.releases, keep)
    for digest in pruned.deleted:
        click.echo(f"deleted release {digest[:12]}", err=True)
    for digest in pruned.served:
        click.echo(
            f"kept release {digest[:12]}: a server still serves it; send that SIGHUP, then prune again",
            err=True,
        )

"""`sergekg status`: what is in the corpus, what is stale, what waits for review, what covers what."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Column, Table

from sergekg.build.changes import changed_texts, is_released
from sergekg.build.run import Assembly, assemble
from sergekg.cli.carried import tell_carried
from sergekg.cli.counted import counted
from sergekg.cli.progress import show_progress
from sergekg.cli.unshown import unshown_writes
from sergekg.config import Config, load_config
from sergekg.errors import ReleaseError
from sergekg.model.coverage import Account
from sergekg.release import current_release, list_releases

_REVIEWED = ("person", "place", "organisation", "periodical", "work", "event", "site")
"""Types of entities that an outside authority may know."""


@click.command()
@click.option("--coverage", is_flag=True, help="How much of each text its statements account for.")
@click.option("--releases", is_flag=True, help="The releases on disk.")
def command(coverage: bool, releases: bool) -> int:
    """Say what there is, what is stale and what waits; exit 1 when something has to be mended."""
    config = load_config()
    tell_carried(config)
    console = Console(markup=False, emoji=False)  # brackets and colons of a text are its own
    if releases:
        _releases(config, console)
        return 0
    with show_progress() as progress:
        assembly = assemble(config, progress)
    if coverage:
        return _coverage(assembly, console)
    _overview(config, assembly, console)
    return 0


def _overview(config: Config, assembly: Assembly, console: Console) -> None:
    material = assembly.material
    release, missing = None, ""
    try:
        release = current_release(config.releases)
    except ReleaseError as error:
        missing = str(error)
    changed = changed_texts(assembly, release)
    table = Table(
        Column("text", overflow="fold"),
        _figures("statements"),
        "since the release",
        title=material.manifest.title["fr"],
        title_justify="left",
    )
    for artefact in assembly.artefacts:
        table.add_row(
            artefact.slug, str(len(artefact.origins)), "changed" if artefact.slug in changed else "as it was"
        )
    console.print(table)
    entities = material.context.entities
    decided = {mapping.subject for mapping in material.mappings}
    waiting = [e.key for e in entities.values() if e.type in _REVIEWED and e.key not in decided]
    console.print(
        f"{counted(len(entities), 'entity', 'entities')}; {len(decided)} with a decision on their identity, "
        f"{len(waiting)} without"
    )
    if release is None:
        console.print(missing)
        return
    is_fresh = is_released(assembly, config, release)
    said = "holds this corpus" if is_fresh else "is not of this corpus as it stands: run sergekg build"
    console.print(
        f"release {release.short} in service, validated when it was made; it {said}", highlight=False
    )
    if (unshown := unshown_writes(config.releases)) is not None:
        console.print(unshown, highlight=False, soft_wrap=True)


def _coverage(assembly: Assembly, console: Console) -> int:
    heads = ("under evidence", "sentences", "covered", "nothing to state", "open")
    table = Table(Column("text", overflow="fold"), *(_figures(head) for head in heads))
    accounts = list(assembly.coverage())
    for account in accounts:
        counts = [account.count(kind) for kind in (Account.COVERED, Account.SILENT, Account.OPEN)]
        table.add_row(account.slug, f"{account.share:.1%}", str(len(account.sentences)), *map(str, counts))
    console.print(table)
    for account in accounts:
        for name in account.names:
            console.print(
                f"{account.slug}: no entity covers the name « {name} »", highlight=False, soft_wrap=True
            )
        for sentence in account.sentences:
            if sentence.account is not Account.COVERED:
                why = sentence.reason or "open: state it, or mark it as holding nothing to state"
                console.print(f"{account.slug}: « {sentence.text} » — {why}", highlight=False, soft_wrap=True)
    return 1 if any(account.count(Account.OPEN) for account in accounts) else 0


def _figures(head: str) -> Column:
    """A column as wide as the longest word of its head: in a narrow terminal names give way, not figures."""
    return Column(head, min_width=max(map(len, head.split())))


def _releases(config: Config, console: Console) -> None:
    table = Table("release", "version", "statements", "quads", "", title_justify="left")
    try:
        in_service = current_release(config.releases).digest
    except ReleaseError as error:
        console.print(str(error))
        return
    for release in list_releases(config.releases):
        mark = "in service" if release.digest == in_service else ""
        numbers = (str(release.counts["statements"]), str(release.counts["quads"]))
        table.add_row(release.short, release.version, *numbers, mark)
    console.print(table)

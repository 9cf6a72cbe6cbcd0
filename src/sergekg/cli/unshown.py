"""Tells who asks a release that something was written: a release is never edited, a journal keeps writes."""

from __future__ import annotations

from pathlib import Path

import click

from sergekg.release import POINTER
from sergekg.store import journal


def tell_unshown(releases: Path, name: str = POINTER) -> None:
    """Say it on standard error, where the release in service is asked for and no earlier one."""
    if name == POINTER and (said := unshown_writes(releases)) is not None:
        click.echo(f"sergekg: {said}", err=True)


def unshown_writes(releases: Path) -> str | None:
    """One line about writes that only a writable server shows; None where there are none."""
    path = releases / journal.NAME
    count = journal.count_writes(path)
    if not count:
        return None
    writes = "1 write is" if count == 1 else f"{count} writes are"
    return f"{writes} in {path} and not shown here; `sergekg serve --writable` shows what was written"

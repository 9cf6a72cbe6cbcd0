"""Progress on stderr, for what takes longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from sergekg.build.run import Progress as Report


@contextmanager
def show_progress(quiet: bool = False) -> Iterator[Report]:
    """Give a function that a long job calls with what it does, how many are done, and of how many.

    On a terminal it draws a bar; elsewhere it writes a line for each step that begins after the first second.
    """
    if quiet:
        yield lambda _what, _done, _total: None
        return
    console = Console(stderr=True, markup=False, emoji=False)
    if not sys.stderr.isatty():
        began = time.monotonic()

        def tell(what: str, done: int, total: int) -> None:
            if time.monotonic() - began > 1 and done < total:
                console.print(f"{what} ({done + 1} of {total})", highlight=False)

        yield tell
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)

        def draw(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield draw

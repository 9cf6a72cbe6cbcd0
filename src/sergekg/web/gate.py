"""Lets a write pass only if it breaks no shape: what was broken before it stops nobody.

What a journal holds may contradict the shapes or the texts of a later release, and is replayed all the same.
"""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

from sergekg.config import Config
from sergekg.errors import QueryError, QueryTimeout, StoreError, StoreUnavailable, ValidatorFailed
from sergekg.model.report import Report
from sergekg.store.delta import Delta, forms, graph_of, parse
from sergekg.validate.reports import Key, key_of, merge
from sergekg.validate.shacl import SCOPES, run_shapes, shapes_digest

_AT_ONCE = 2
"""Processes that run shapes at the same time: each takes a processor, and some hundred MB."""
_LEAST = 40.0
"""Seconds that they may take at the least: fewer than the next write waits for its turn (`store.live`)."""


class WriteRefused(StoreError):
    """The write would break shapes; `report` says where."""

    def __init__(self, report: Report) -> None:
        count = sum(finding.severity == "Violation" for finding in report.findings)
        super().__init__(
            f"the store would break its shapes in {count}"
            f" place{'s' if count != 1 else ''}; nothing is written"
        )
        self.report = report


@lru_cache(4)
def gate(config: Config, base: str) -> Callable[[Delta, Callable[[], bytes]], None]:
    """The check of a service whose graphs begin with `base`.

    It remembers what was broken in the state that it saw last, often that before the next write.
    """
    seconds = max(_LEAST, config.timeout)
    remembered: tuple[str, set[Key]] = ("", set())

    def check(delta: Delta, state: Callable[[], bytes]) -> None:
        nonlocal remembered
        until = time.monotonic() + seconds
        lines = lines_of(state())
        changed = by_graph(lines_of(delta.add + delta.remove))

        def run(lines: list[str]) -> list[Report]:
            return validate(config, base, by_graph(lines), changed, until)

        def broken(reports: list[Report]) -> set[Key]:
            return {key_of(finding) for report in reports for finding in report.findings}

        try:
            reports = run(lines)
            if not all(report.conforms for report in reports):
                before = _before(lines, delta)
                name = _digest(config, before, len(reports))
                if name != remembered[0] and before:
                    remembered = name, broken(run(before))
                report = merge(reports, remembered[1] if name == remembered[0] else ())
                if not report.conforms:
                    raise WriteRefused(report)
        except (SyntaxError, ValueError) as error:
            raise QueryError(f"what is written cannot be read again: {error}") from error
        except TimeoutError as error:
            raise QueryTimeout(
                f"the write ran longer than {seconds:g} s and was stopped",
                seconds=seconds,
                remedy="send it in parts",
            ) from error
        except ValidatorFailed as error:
            raise StoreUnavailable(
                "the process that runs the shapes ended; nothing is written", remedy="try again"
            ) from error
        remembered = _digest(config, lines, len(reports)), broken(reports)

    return check


def _before(lines: list[str], delta: Delta) -> list[str]:
    """The lines before a write, or none where they are not known.

    What was removed is known as the engine gives it. Where it comes again in another form, `1` for `01`, that
    could break a shape that the first did not.
    """
    added, removed = set(lines_of(delta.add)), lines_of(delta.remove)
    again = {forms(quad)[0].decode().removesuffix("\n") for quad in parse(delta.add)}
    if not again.isdisjoint(removed):
        return []
    return [*(line for line in lines if line not in added), *removed]


def _digest(config: Config, lines: list[str], scopes: int) -> str:
    """SHA-256 over lines in any order, the shapes, and how many of their scopes were run."""
    digest = hashlib.sha256("".join(shapes_digest(config.shapes, scope) for scope in SCOPES).encode())
    digest.update("\n".join([str(scopes), *sorted(lines)]).encode())
    return digest.hexdigest()


def validate(
    config: Config, base: str, graphs: dict[str, list[str]], changed: dict[str, list[str]], until: float
) -> list[Report]:
    """Run the shapes on everything after a write, as who asks sees it: all graphs as one.

    To check a graph alone would be quicker, and wrong: it may say of what another names what that does not
    bear, and a constraint in SPARQL may join them by any term.

    Args:
        graphs: the lines after the write, by graph.
        changed: the lines that came or went, by graph.
        until: when the shapes have to be done, by the monotonic clock.

    Raises:
        TimeoutError: they were not.
    """

    def run(task: tuple[list[str], str]) -> Report:
        return run_shapes(task[0], config.shapes, task[1], until - time.monotonic())

    everything = [line for lines in graphs.values() for line in lines]
    tasks = [(everything, "dataset"), (everything, "document")]
    catalogue = f"{base}graph/catalogue"
    listed = {_thing(line) for line in graphs.get(catalogue, ())}
    if catalogue in changed or any(_thing(line) in listed for lines in changed.values() for line in lines):
        tasks.append(([line for line in everything if _thing(line) in listed], "catalogue"))
    with ThreadPoolExecutor(_AT_ONCE) as threads:  # each waits for a process of its own
        return list(threads.map(run, tasks))


def by_graph(lines: Iterable[str]) -> dict[str, list[str]]:
    """Lines of N-Quads under the IRI of their graph; those without one under ''."""
    graphs: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        graphs[graph_of(line)].append(line)
    return graphs


def lines_of(nquads: bytes) -> list[str]:
    """The lines of canonical N-Quads, where literals may hold all that `str.splitlines` takes for an end."""
    return nquads.decode().removesuffix("\n").split("\n") if nquads else []


def _thing(line: str) -> str:
    """The subject of a line of N-Quads, which holds no space."""
    return line.partition(" ")[0]

"""Lets a write pass only if the store would conform to the shapes after it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from sergekg.config import Config
from sergekg.errors import QueryError, StoreError
from sergekg.model.report import Finding, Report
from sergekg.store.delta import Delta
from sergekg.validate.shacl import run_shapes

_LAST_IRI = re.compile(r' <([^<>" ]*)> \.$')
_SHARED = ("entities", "ontology")
"""Graphs that every text is read with."""
_AT_ONCE = 2
"""Processes that run shapes at the same time: each takes a processor, and some hundred MB."""


class WriteRefused(StoreError):
    """The store would not conform after the write; `report` says why."""

    def __init__(self, report: Report) -> None:
        count = sum(finding.severity == "Violation" for finding in report.findings)
        super().__init__(
            f"the store would break its shapes in {count}"
            f" place{'s' if count != 1 else ''}; nothing is written"
        )
        self.report = report


def gate(config: Config, base: str) -> Callable[[Delta, Callable[[], bytes]], None]:
    """The check of a service whose graphs begin with `base`."""

    def check(delta: Delta, state: Callable[[], bytes]) -> None:
        graphs = by_graph(lines_of(state()))
        changed = by_graph(lines_of(delta.add + delta.remove))
        try:
            report = validate(config, base, graphs, changed)
        except (SyntaxError, ValueError) as error:
            raise QueryError(f"what is written cannot be read again: {error}") from error
        if not report.conforms:
            raise WriteRefused(report)

    return check


def validate(
    config: Config, base: str, graphs: dict[str, list[str]], changed: dict[str, list[str]]
) -> Report:
    """Run the shapes on everything after a write, or on the part of it that decides.

    Args:
        graphs: the lines after the write, by graph.
        changed: the lines that came or went, by graph.
    """
    tasks = tasks_for(f"{base}graph/", graphs, changed)
    with ThreadPoolExecutor(_AT_ONCE) as threads:  # each waits for a process of its own
        reports = list(threads.map(lambda task: run_shapes(task[0], config.shapes, task[1]), tasks))
    findings: list[Finding] = []
    for report in reports:
        findings += [finding for finding in report.findings if finding not in findings]
    return Report(findings, "\n".join(report.turtle for report in reports))


def tasks_for(
    prefix: str, graphs: dict[str, list[str]], changed: dict[str, list[str]]
) -> list[tuple[list[str], str]]:
    """What is to be validated, each with the scope of the shapes for it."""
    everything = [line for lines in graphs.values() for line in lines]
    shared = {prefix + name for name in _SHARED}
    described, named = _places(graphs)
    tasks = [(everything, "dataset")]
    # who asks sees all graphs as one: a thing is what all that describe or name it say of it
    if shared & set(changed) or any(
        _is_tied(name, [*graphs.get(name, ()), *lines], described, named, shared)
        for name, lines in changed.items()
    ):
        tasks.append((everything, "document"))
    else:
        ground = [line for name in sorted(shared) for line in graphs.get(name, ())]
        tasks += [([*graphs[name], *ground], "document") for name in sorted(changed) if name in graphs]
    catalogue = prefix + "catalogue"
    listed = {_thing(line) for line in graphs.get(catalogue, ())}
    if catalogue in changed or any(_thing(line) in listed for lines in changed.values() for line in lines):
        tasks.append(([line for line in everything if _thing(line) in listed], "catalogue"))
    return tasks


def by_graph(lines: Iterable[str]) -> dict[str, list[str]]:
    """Lines of N-Quads under the IRI of their graph; those without one under ''."""
    graphs: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        graphs[graph_of(line)].append(line)
    return graphs


def lines_of(nquads: bytes) -> list[str]:
    """The lines of canonical N-Quads, where literals may hold all that `str.splitlines` takes for an end."""
    return nquads.decode().removesuffix("\n").split("\n") if nquads else []


def graph_of(line: str) -> str:
    """The graph of a line of N-Quads.

    The object of a triple without a graph may be an IRI too: there are three terms then, and a subject and a
    predicate hold no space.
    """
    found = _LAST_IRI.search(line)
    # subject and predicate are the first two words; more before the last IRI is an object
    return found[1] if found and line.count(" ", 0, found.start()) >= 2 else ""


def _places(graphs: dict[str, list[str]]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """The graphs in which each thing is a subject, and those in which it is an object."""
    described: dict[str, set[str]] = defaultdict(set)
    named: dict[str, set[str]] = defaultdict(set)
    for name, lines in graphs.items():
        for line in lines:
            described[_thing(line)].add(name)
            if (object := _object(line)) is not None:
                named[object].add(name)
    return described, named


def _is_tied(
    name: str,
    lines: Iterable[str],
    described: dict[str, set[str]],
    named: dict[str, set[str]],
    shared: set[str],
) -> bool:
    """Whether a graph with these lines says something of a thing that another describes or names.

    Or names one that another describes, unless a shared one does: a graph is checked with these.
    """
    nowhere: set[str] = set()
    for line in lines:
        thing, object = _thing(line), _object(line) or ""
        elsewhere = described.get(thing, nowhere) | named.get(thing, nowhere)
        there = described.get(object, nowhere)
        if elsewhere - {name} or (there - {name} and there.isdisjoint(shared)):
            return True
    return False


def _thing(line: str) -> str:
    """The subject of a line of N-Quads, which holds no space."""
    return line.partition(" ")[0]


def _object(line: str) -> str | None:
    """The object of a line if it is an IRI or a blank node."""
    object = line.split(" ", 3)[2]
    return object if object.startswith(("<", "_:")) else None

"""Runs the shapes with pyshacl, in a process of its own (SHACL, W3C Recommendation, 20 July 2017).

pyshacl changes process-wide settings of rdflib while it runs; a child process keeps them away from us.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import re
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from typing import Any

from rdflib import SH, Graph, Literal
from rdflib.term import Node

from sergekg.errors import Location, ShapeError, ValidatorFailed
from sergekg.model.report import Finding, Report
from sergekg.rdf.terms import from_oxigraph
from sergekg.rdf.turtle import read_turtle
from sergekg.validate.constraints import deactivate, is_referred, unbroken
from sergekg.validate.reports import join, results_of, to_finding

SCOPES = ("document", "dataset", "catalogue")
_VALIDATORS = (SH.validator, SH.nodeValidator, SH.propertyValidator)
_VALUE = re.compile(r"[?$]value\b")
_HOLE = re.compile(r"\{[?$]\w+\}")


def shape_files(shapes: Path, scope: str) -> list[Path]:
    """The files of one scope, and the prefixes that they share.

    Raises:
        ShapeError: there are none.
    """
    found = sorted((shapes / scope).glob("*.ttl"))
    if not found:
        raise ShapeError("there are no shapes", where=Location(f"shapes/{scope}"), remedy="install again")
    return [*sorted(shapes.glob("*.ttl")), *found]


def shapes_digest(shapes: Path, scope: str) -> str:
    """SHA-256 over the shapes of one scope, in hex."""
    digest = hashlib.sha256()
    for path in shape_files(shapes, scope):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def run_shapes(lines: Sequence[str], shapes: Path, scope: str, seconds: float | None = None) -> Report:
    """Validate in a child process.

    Args:
        lines: the data graph as N-Triples or N-Quads lines; graph names are dropped.
        seconds: after which the child ends, whatever it does.

    Raises:
        ShapeError: a shapes file is not Turtle, or a shape is malformed.
        ValidatorFailed: the child died.
        TimeoutError: it took longer than it may.
    """
    files = shape_files(shapes, scope)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pyoxigraph", "pyshacl", "sergekg.validate.shacl"])
    began = time.monotonic()
    try:
        with ProcessPoolExecutor(1, context, _end_after, (seconds,)) as pool:
            return pool.submit(_validate, list(lines), files).result()
    except BrokenProcessPool as cause:
        if seconds is not None and time.monotonic() - began >= seconds:
            raise TimeoutError(f"the shapes of {scope} took longer than {seconds:g} s") from cause
        raise ValidatorFailed(
            "the validation process died", where=Location(f"shapes/{scope}"), remedy="check free memory"
        ) from cause


def _end_after(seconds: float | None) -> None:
    """Have the system end this process, be it in the middle of a query of the engine."""
    if seconds is not None:
        signal.setitimer(signal.ITIMER_REAL, max(seconds, 0.001))


def _validate(lines: list[str], files: list[Path]) -> Report:
    import pyoxigraph as ox

    quads = list(ox.parse(("\n".join(lines) + "\n").encode(), format=ox.RdfFormat.N_QUADS))
    data = ox.Store()
    for quad in quads:
        data.add(ox.Quad(quad.subject, quad.predicate, quad.object))
    shapes = Graph()
    for path in files:
        read_turtle(path, shapes, f"shapes/{path.name}")
    deactivate(unbroken(data, shapes), shapes)
    forms = _forms({quad.object for quad in quads if isinstance(quad.object, ox.Literal)})
    if _is_beyond_engine(shapes):
        report = _run(_as_written(quads, forms), shapes)
    else:
        report = _run(data, shapes)
        if any(literal != form for literal, form in forms.items()):
            # the engine has `1` for `01`: what a shape says of a form is said of the one that was written
            report = _replace_core(report, _run(_as_written(quads, forms), _core(shapes)))
    findings = [_finding(report, shapes, node) for node in results_of(report)]
    findings.sort(key=lambda f: (f.severity, f.focus, f.shape, f.value or "", f.message("fr")))
    return Report(findings, report.serialize(format="turtle"))


def _forms(literals: Iterable[Any]) -> dict[Any, Any]:
    """Literals, each with the form that the engine gives it."""
    import pyoxigraph as ox

    store, forms = ox.Store(), {}
    for number, literal in enumerate(literals):
        node = ox.NamedNode(f"urn:x-sergekg:{number}")
        store.add(ox.Quad(node, node, literal))
        forms[literal] = next(iter(store.quads_for_pattern(node, None, None))).object
    return forms


def _as_written(quads: Iterable[Any], forms: dict[Any, Any]) -> Graph:
    """The triples with their literals as they were written; those with triple terms are left out."""
    import pyoxigraph as ox

    graph = Graph()
    terms = {(q.subject, q.predicate, forms.get(q.object, q.object)): q.object for q in quads}
    for (subject, predicate, _), value in terms.items():
        if not isinstance(value, ox.Triple):  # rdflib holds none
            graph.add(tuple(map(from_oxigraph, (subject, predicate, value))))  # type: ignore[arg-type]
    return graph


def _is_beyond_engine(shapes: Graph) -> bool:
    """Whether variables other than `$this` are bound before a query runs (SHACL, 5.3.2 and 6.3).

    The engine binds only those that a query selects. A node validator that selects `?value` has none: pyshacl
    would bind it to the focus node and find nothing, so that the engine may rather refuse it.
    """
    selected = [str(shapes.value(one, SH.select)) for one in shapes.objects(None, SH.nodeValidator)]
    has_validator = any((None, kind, None) in shapes for kind in _VALIDATORS)
    is_asked = any("currentShape" in str(select) for select in shapes.objects(None, SH.select))
    return (has_validator or is_asked) and not any(_VALUE.search(select) for select in selected)


def _core(shapes: Graph) -> Graph:
    """Shapes without constraints in SPARQL, but for those of shapes that others refer to."""
    core = Graph()
    for triple in shapes:
        if triple[1] != SH.sparql or is_referred(shapes, triple[0]):
            core.add(triple)
    return core


def _replace_core(report: Graph, other: Graph) -> Graph:
    """The results that constraints in SPARQL gave in a report, and all others of another."""

    def chosen(graph: Graph, *, is_sparql: bool) -> Iterator[Node]:
        for node in results_of(graph):
            component = graph.value(node, SH.sourceConstraintComponent)
            if (component == SH.SPARQLConstraintComponent) is is_sparql:
                yield node

    return join([(report, chosen(report, is_sparql=True)), (other, chosen(other, is_sparql=False))])


def _run(data: Any, shapes: Graph) -> Graph:
    """The report of pyshacl over a graph of rdflib or a store of the engine."""
    import pyshacl
    from pyshacl.graph_abstraction import OxigraphDataGraph

    # pyshacl asks several times for each result whether there is a graph, which counts every triple of it
    OxigraphDataGraph.__bool__ = _is_there  # type: ignore[attr-defined]
    try:
        _, report, text = pyshacl.validate(data, shacl_graph=shapes, advanced=False, inplace=True)
    except Exception as cause:  # pyshacl raises its own kinds and rdflib's
        raise ShapeError(f"a shape cannot be used: {str(cause).strip()}", where=Location("shapes")) from None
    if not isinstance(report, Graph):
        raise ShapeError(f"the shapes could not be run: {text}", where=Location("shapes"))
    return report


def _is_there(_: object) -> bool:
    return True


def _finding(report: Graph, shapes: Graph, node: Node) -> Finding:
    """The finding of a result, which gets the severity of its constraint, where that has one of its own."""
    shape = report.value(node, SH.sourceConstraint) or report.value(node, SH.sourceShape)
    own_severity = shapes.value(shape, SH.severity) if shape is not None else None
    if own_severity is not None:  # pyshacl reads the severity of the shape, not of its constraint
        report.set((node, SH.resultSeverity, own_severity))
    templates = [m for m in shapes.objects(shape, SH.message) if isinstance(m, Literal)] if shape else []
    messages = {
        _language(message, templates): str(message)
        for message in report.objects(node, SH.resultMessage)
        if isinstance(message, Literal)
    }
    return replace(to_finding(report, node), messages=messages)


def _language(message: Literal, templates: Sequence[Literal]) -> str:
    """The language of a message; pyshacl drops the tag when it fills a template in."""
    if message.language:
        return str(message.language)
    for template in templates:
        pattern = ".*".join(re.escape(part) for part in _HOLE.split(str(template)))
        if re.fullmatch(pattern, str(message), re.DOTALL):
            return str(template.language or "")
    return ""

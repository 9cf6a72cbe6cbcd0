"""Runs the shapes with pyshacl, in a process of its own (SHACL, W3C Recommendation, 20 July 2017).

pyshacl changes process-wide settings of rdflib while it runs; a child process keeps them away from us.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import re
import signal
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from rdflib import RDF, SH, Graph, Literal, URIRef
from rdflib.term import Node

from sergekg.errors import Location, ShapeError
from sergekg.model.report import Finding, Report, Severity
from sergekg.rdf.terms import from_oxigraph
from sergekg.rdf.turtle import read_turtle
from sergekg.validate.constraints import deactivate, unbroken

SCOPES = ("document", "dataset", "catalogue")
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
        ShapeError: a shapes file is not Turtle, a shape is malformed, or the child died.
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
        raise ShapeError(
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
    report = _run(data, shapes)
    forms = _forms({quad.object for quad in quads if isinstance(quad.object, ox.Literal)})
    if any(literal != form for literal, form in forms.items()):
        # the engine has `1` for `01`: what a shape says of a form is said of the one that was written
        terms = {(q.subject, q.predicate, forms.get(q.object, q.object)): q.object for q in quads}
        written, core = Graph(), Graph()
        for (subject, predicate, _), value in terms.items():
            if not isinstance(value, ox.Triple):  # rdflib holds none
                written.add(tuple(map(from_oxigraph, (subject, predicate, value))))  # type: ignore[arg-type]
        for triple in shapes:
            if triple[1] != SH.sparql:
                core.add(triple)
        _replace_core(report, _run(written, core))
    findings = [_finding(report, shapes, node) for node in report.objects(None, SH.result)]
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


def _replace_core(report: Graph, other: Graph) -> None:
    """Put the results of another report in the place of all that constraints in SPARQL did not give."""
    (whole,), (part,) = (one.subjects(RDF.type, SH.ValidationReport) for one in (report, other))
    for result in list(report.objects(whole, SH.result)):
        if report.value(result, SH.sourceConstraintComponent) != SH.SPARQLConstraintComponent:
            report.remove((whole, SH.result, result))
            report.remove((result, None, None))
    for subject, predicate, value in other:
        if subject != part:
            report.add((subject, predicate, value))
        elif predicate == SH.result:
            report.add((whole, predicate, value))
    report.set((whole, SH.conforms, Literal((whole, SH.result, None) not in report)))


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
    severity = str(report.value(node, SH.resultSeverity)).removeprefix(str(SH))
    shape = report.value(node, SH.sourceConstraint) or report.value(node, SH.sourceShape)
    path, value = report.value(node, SH.resultPath), report.value(node, SH.value)
    own_severity = shapes.value(shape, SH.severity) if shape is not None else None
    if own_severity is not None:  # pyshacl reads the severity of the shape, not of its constraint
        severity = str(own_severity).removeprefix(str(SH))
    templates = [m for m in shapes.objects(shape, SH.message) if isinstance(m, Literal)] if shape else []
    return Finding(
        severity=Severity(severity),
        focus=str(report.value(node, SH.focusNode)),
        shape=str(shape).rpartition("#")[2] if isinstance(shape, URIRef) else "",
        messages={
            _language(message, templates): str(message)
            for message in report.objects(node, SH.resultMessage)
            if isinstance(message, Literal)
        },
        path=str(path) if isinstance(path, URIRef) else None,
        value=str(value) if value is not None else None,
    )


def _language(message: Literal, templates: Sequence[Literal]) -> str:
    """The language of a message; pyshacl drops the tag when it fills a template in."""
    if message.language:
        return str(message.language)
    for template in templates:
        pattern = ".*".join(re.escape(part) for part in _HOLE.split(str(template)))
        if re.fullmatch(pattern, str(message), re.DOTALL):
            return str(template.language or "")
    return ""

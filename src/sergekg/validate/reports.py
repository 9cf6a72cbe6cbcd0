"""Puts results of several report graphs together into one (SHACL, 3.6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import pyoxigraph as ox
from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from sergekg.model.report import Finding, Report, Severity
from sergekg.rdf.terms import from_oxigraph

Key = tuple[str | tuple[tuple[str, str], ...] | None, ...]
"""What makes two findings the same."""


def key_of(finding: Finding) -> Key:
    """Severity, focus node, shape, path and value, and what is said."""
    return (*_place(finding), tuple(sorted(finding.messages.items())))


def merge(reports: Sequence[Report], known: Collection[Key] = ()) -> Report:
    """One report of the findings of several, each once, without those that are known."""
    findings = {key_of(finding): finding for report in reports for finding in report.findings}
    new = [finding for key, finding in findings.items() if key not in known]
    places = {_place(finding) for finding in new}

    def is_wanted(graph: Graph, result: Node) -> bool:
        is_nameless = any(isinstance(graph.value(result, one), BNode) for one in (SH.focusNode, SH.value))
        # Turtle does not say which of the blank nodes it is
        return bool(new) and (is_nameless or _place(to_finding(graph, result)) in places)

    graphs = [_read(report.turtle) for report in reports]
    wanted = [(graph, [one for one in results_of(graph) if is_wanted(graph, one)]) for graph in graphs]
    return Report(new, join(wanted).serialize(format="turtle"))


def join(parts: Iterable[tuple[Graph, Iterable[Node]]]) -> Graph:
    """One report graph with the given results of several."""
    report, whole = Graph(), BNode()
    report.add((whole, RDF.type, SH.ValidationReport))
    for graph, results in parts:
        for prefix, namespace in graph.namespaces():
            report.bind(prefix, namespace)
        for result in results:
            report.add((whole, SH.result, result))
            left, seen = [result], {result}
            while left:
                for triple in graph.triples((left.pop(), None, None)):
                    report.add(triple)
                    if isinstance(triple[2], BNode) and triple[2] not in seen:
                        seen.add(triple[2])
                        left.append(triple[2])
    report.add((whole, SH.conforms, Literal((whole, SH.result, None) not in report)))
    return report


def results_of(report: Graph) -> list[Node]:
    """The results of a report, without those that are details of others."""
    return [
        result
        for whole in report.subjects(RDF.type, SH.ValidationReport)
        for result in report.objects(whole, SH.result)
    ]


def to_finding(report: Graph, result: Node) -> Finding:
    """A result without its messages; a severity of somebody's own counts as a violation."""
    severity = str(report.value(result, SH.resultSeverity)).removeprefix(str(SH))
    shape = report.value(result, SH.sourceConstraint) or report.value(result, SH.sourceShape)
    path, value = report.value(result, SH.resultPath), report.value(result, SH.value)
    return Finding(
        severity=Severity(severity) if severity in set(Severity) else Severity.VIOLATION,
        focus=str(report.value(result, SH.focusNode)),
        shape=str(shape).rpartition("#")[2] if isinstance(shape, URIRef) else "",
        messages={},
        path=str(path) if isinstance(path, URIRef) else None,
        value=str(value) if value is not None else None,
    )


def _place(finding: Finding) -> tuple[str | None, ...]:
    return (finding.severity, finding.focus, finding.shape, finding.path, finding.value)


def _read(turtle: str) -> Graph:
    graph, parser = Graph(), ox.parse(turtle.encode(), ox.RdfFormat.TURTLE, rename_blank_nodes=True)
    for quad in parser:
        graph.add(tuple(from_oxigraph(term) for term in (quad.subject, quad.predicate, quad.object)))  # type: ignore[arg-type]
    for prefix, namespace in parser.prefixes.items():
        graph.bind(prefix, namespace)
    return graph

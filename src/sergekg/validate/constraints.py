"""Finds the constraints in SPARQL that nothing breaks, by one query each.

pyshacl asks one query for each constraint and focus node (SHACL, 5.3.1): tens of thousands for a graph of
ours. Here each constraint is asked once for all focus nodes together, and only whether anything breaks it:
those that something breaks are left to pyshacl, and so is all that is hard to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from rdflib import RDF, RDFS, SH, Graph, Literal, URIRef
from rdflib.term import Node

_OPAQUE = re.compile(
    r"""<[^<>"{}|^`\\\s]*> | \"\"\"(?:[^\\]|\\.)*?\"\"\" | '''(?:[^\\]|\\.)*?'''
        | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' | \#[^\n]*""",
    re.VERBOSE | re.DOTALL,
)
_HARD = re.compile(
    r"""\b(?:MINUS|VALUES|SERVICE|LATERAL|OFFSET)\b | \bLIMIT\s+0 | \bSELECT\b.*\bSELECT\b
        | \bAS\s+[$?]this\b | [$?](?:PATH|shapesGraph|currentShape)\b | \{\| | <<""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
"""What SHACL forbids, or what means something else where all focus nodes are asked for together."""
_AGGREGATE = re.compile(r"\b(?:COUNT|SUM|MIN|MAX|AVG|SAMPLE|GROUP_CONCAT|GROUP|HAVING)\b", re.IGNORECASE)
_BY_FOCUS = re.compile(r"\bGROUP\s+BY\s[^{}]*[$?]this\b", re.IGNORECASE)
_TERM = re.compile(r'<[^<>\s]*>\Z|"')
"""What VALUES may hold: no blank node, no triple term."""
_THIS = re.compile(r"[$?]this\b")
_EXISTS = re.compile(r"\bEXISTS\s*$", re.IGNORECASE)
_TARGETS = {
    SH.targetClass: f"?this <{RDF.type}>/<{RDFS.subClassOf}>* {{}}",
    SH.targetSubjectsOf: "?this {} ?object",
    SH.targetObjectsOf: "?subject {} ?this",
    SH.targetNode: "BIND({} AS ?this)",
}
"""SHACL, 2.1.3."""


def unbroken(data: Any, shapes: Graph) -> list[Node]:
    """The constraints in SPARQL of which it is certain that no focus node breaks them.

    Args:
        data: a store of the engine, with everything in its default graph.
    """
    found = []
    for constraint in set(shapes.objects(None, SH.sparql)):
        users = list(shapes.subjects(SH.sparql, constraint))
        if (constraint, SH.deactivated, None) not in shapes and all(
            _holds(data, shapes, shape, constraint) for shape in users
        ):
            found.append(constraint)
    return found


def _holds(data: Any, shapes: Graph, shape: Node, constraint: Node) -> bool:
    selects = list(shapes.objects(constraint, SH.select))
    if len(selects) != 1 or not isinstance(selects[0], Literal):
        return False
    prologue = _prologue(shapes, constraint)
    targets = _targets(shapes, shape)
    if prologue is None or not targets:
        return False
    try:
        query = " UNION ".join(f"{{ {target} }}" for target in targets)
        nodes = [row["this"] for row in data.query(f"SELECT DISTINCT ?this {{ {query} }}")]
        whole = ask_all(str(selects[0]), nodes)
        return whole is not None and next(iter(data.query(prologue + whole)), None) is None
    except (SyntaxError, ValueError, RuntimeError):  # pyshacl says what is wrong with it
        return False


def _targets(shapes: Graph, shape: Node) -> list[str]:
    """Patterns that bind `?this` to the focus nodes; none where there may be others, or a path."""
    is_used = any(predicate != SH.sparql for _, predicate in shapes.subject_predicates(shape))
    is_class = any(kind != SH.NodeShape for kind in shapes.objects(shape, RDF.type))
    if is_used or is_class or (shape, SH.path, None) in shapes or (shape, SH.target, None) in shapes:
        return []
    return [
        pattern.format(target.n3())
        for kind, pattern in _TARGETS.items()
        for target in shapes.objects(shape, kind)
        if isinstance(target, URIRef | Literal)
    ]


def _prologue(shapes: Graph, constraint: Node) -> str | None:
    """The declarations of a constraint (SHACL, 5.2.1); None where they contradict each other."""
    declared: dict[str, str] = {}
    for one in shapes.objects(None, SH.declare):  # pyshacl takes those of every ontology
        prefix, namespace = str(shapes.value(one, SH.prefix)), str(shapes.value(one, SH.namespace))
        if declared.setdefault(prefix, namespace) != namespace:
            return None
    is_declared = (constraint, SH.prefixes, None) in shapes
    return "".join(f"PREFIX {p}: <{iri}>\n" for p, iri in declared.items()) if is_declared else ""


def ask_all(select: str, nodes: Sequence[Any]) -> str | None:
    """The query of a constraint for many focus nodes; it has a solution if it has one for any of them.

    Each group is told what `$this` may be: there it would have no value unless the group binds it, where a
    variable that is bound before the query runs has one (SHACL, 5.3.1). In EXISTS it has that of the group
    around.

    Args:
        nodes: terms of the engine.

    Returns:
        None where that is not certain.

    >>> ask_all("SELECT $this { $this ?p ?o FILTER NOT EXISTS { ?o ?q $this } }", ["<urn:a>", "<urn:b>"])
    'SELECT $this { VALUES ?this { <urn:a> <urn:b> } $this ?p ?o FILTER NOT EXISTS { ?o ?q $this } }'
    """
    bare = _OPAQUE.sub(lambda found: "_" * len(found[0]), select)
    terms = [str(node) for node in nodes]
    if not terms or not all(_TERM.match(term) for term in terms) or _HARD.search(bare):
        return None
    if _AGGREGATE.search(bare) and not _BY_FOCUS.search(bare):
        return None
    values = f" VALUES ?this {{ {' '.join(terms)} }}"
    parts, position = [], 0
    for begin in sorted(_groups(bare)):
        parts += [select[position:begin], values]
        position = begin
    return "".join([*parts, select[position:]])


def _groups(bare: str) -> Iterator[int]:
    """Where groups begin that are not within EXISTS, and speak of `$this`."""
    opened: list[tuple[int, bool]] = []
    for mark in re.finditer(r"[{}]", bare):
        if mark[0] == "{":
            is_exists = bool(opened and opened[-1][1]) or bool(_EXISTS.search(bare, 0, mark.start()))
            opened.append((mark.end(), is_exists))
        elif opened:
            begin, is_exists = opened.pop()
            if not is_exists and _THIS.search(bare, begin, mark.start()):
                yield begin


def deactivate(constraints: Iterable[Node], shapes: Graph) -> None:
    """Have pyshacl read constraints, and find what is wrong with them, without running them."""
    for constraint in constraints:
        shapes.add((constraint, SH.deactivated, Literal(True)))

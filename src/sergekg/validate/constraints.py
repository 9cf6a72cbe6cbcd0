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

_TOKEN = re.compile(
    r"""<[^<>"{}|^`\\\s]*> | \"\"\"(?:[^\\]|\\.)*?\"\"\" | '''(?:[^\\]|\\.)*?'''
        | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*' | \#[^\r\n]* | [?$]\w+ | [\w.-]*:[\w.:%-]*""",
    re.VERBOSE | re.DOTALL,
)
"""IRIs, strings, comments, variables and prefixed names, where keywords and brackets are none."""
_IRI = re.compile(r"<(?:\w+://[^?$'()]*|[^?$'()\#]*)>\Z")
"""What is no comparison, `?a<?b&&?c>0` or `?a<e:b#>`, which the engine's parser may take such a text for."""
_UNCERTAIN = re.compile(r"<\S*>|\\|[^\x00-\x7F]")
"""Beside tokens: what may be an IRI, an escape of a name, a letter that may belong to one."""
_CODEPOINT = re.compile(r"\\[uU]")
_HARD = re.compile(
    r"""\b(?:MINUS|VALUES|SERVICE|LATERAL|OFFSET)\b | \bLIMIT\s+0 | \bSELECT\b.*\bSELECT\b
        | \bAS\s+[$?]this\b | [$?](?:PATH|shapesGraph|currentShape)\b | \{\| | <<""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
"""What SHACL forbids, or what means something else where all focus nodes are asked for together."""
_PROJECTED = re.compile(
    r"(?<![?$\w])SELECT\b\s*(?:(?:DISTINCT|REDUCED)\b\s*)?(?:[?$]\w+\s*)*?[?$]this\b", re.IGNORECASE
)
_AGGREGATE = re.compile(r"\b(?:COUNT|SUM|MIN|MAX|AVG|SAMPLE|GROUP_CONCAT|GROUP|HAVING)\b", re.IGNORECASE)
_BY_FOCUS = re.compile(r"\bGROUP\s+BY\b\s*(?:[?$]\w+\s*)*?[?$]this\b", re.IGNORECASE)
_TERM = re.compile(r'<[^<>\s]*>\Z|"')
"""What VALUES may hold: no blank node, no triple term."""
_THIS = re.compile(r"[$?]this\b")
_EXISTS = re.compile(r"(?<![?$\w])EXISTS\s*$", re.IGNORECASE)
_OF_CONSTRAINTS = {SH.select, SH.prefixes, SH.message, SH.severity, RDF.type, RDFS.label, RDFS.comment}
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
        if _is_only_constraint(shapes, constraint) and all(
            _holds(data, shapes, shape, constraint) for shape in users
        ):
            found.append(constraint)
    return found


def _is_only_constraint(shapes: Graph, node: Node) -> bool:
    """Whether a node is no shape as well, which would be switched off with it."""
    return set(shapes.predicates(node)) <= _OF_CONSTRAINTS


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
    targets = [(kind, node) for kind in _TARGETS for node in shapes.objects(shape, kind)]
    is_class = any(kind != SH.NodeShape for kind in shapes.objects(shape, RDF.type))
    if (
        is_referred(shapes, shape)
        or is_class
        or (shape, SH.path, None) in shapes
        or (shape, SH.target, None) in shapes
    ):
        return []
    if not all(isinstance(node, URIRef | Literal) for _, node in targets):
        return []
    return [_TARGETS[kind].format(node.n3()) for kind, node in targets]


def is_referred(shapes: Graph, shape: Node) -> bool:
    """Whether anything else than a target may bring nodes to a shape."""
    return any(predicate != SH.sparql for _, predicate in shapes.subject_predicates(shape))


def _prologue(shapes: Graph, constraint: Node) -> str | None:
    """The declarations of a constraint (SHACL, 5.2.1); None where it is not certain which they are."""
    declared: dict[str, str] = {}
    ontologies = set(shapes.objects(constraint, SH.prefixes))
    for owner, one in shapes.subject_objects(SH.declare):
        prefix, namespace = str(shapes.value(one, SH.prefix)), str(shapes.value(one, SH.namespace))
        if ontologies and (owner not in ontologies or declared.setdefault(prefix, namespace) != namespace):
            return None  # pyshacl may take those of other ontologies too
    return "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in declared.items()) if ontologies else ""


def ask_all(select: str, nodes: Sequence[Any]) -> str | None:
    """The query of a constraint for many focus nodes; it has a solution if it has one for any of them.

    Each group that speaks of `$this`, and the outermost, is told what it may be: there it would have no value
    unless the group binds it, where a variable that is bound before the query runs has one (SHACL, 5.3.1). In
    EXISTS it has that of the group around.

    Args:
        nodes: terms of the engine.

    Returns:
        None where that is not certain.

    >>> ask_all("SELECT $this { $this ?p ?o FILTER NOT EXISTS { ?o ?q $this } }", ["<urn:a>", "<urn:b>"])
    'SELECT $this { VALUES ?this { <urn:a> <urn:b> } $this ?p ?o FILTER NOT EXISTS { ?o ?q $this } }'
    """
    bare = _TOKEN.sub(_blank, select)
    terms = [str(node) for node in nodes]
    if not terms or not all(_TERM.match(term) for term in terms):
        return None
    if _UNCERTAIN.search(bare) or _CODEPOINT.search(select) or _HARD.search(bare):
        return None
    if not _PROJECTED.search(bare):
        return None
    if _AGGREGATE.search(bare) and not _BY_FOCUS.search(bare):
        return None
    values = f" VALUES ?this {{ {' '.join(terms)} }}"
    parts, position = [], 0
    for begin in sorted(_groups(bare)):
        parts += [select[position:begin], values]
        position = begin
    return "".join([*parts, select[position:]])


def _blank(token: re.Match[str]) -> str:
    """Spaces in the place of a token; variables stay, and what may be none."""
    stays = token[0][0] in "?$" or (token[0][0] == "<" and not _IRI.match(token[0]))
    return token[0] if stays else " " * len(token[0])


def _groups(bare: str) -> Iterator[int]:
    """Where groups begin that are not within EXISTS, and are the outermost or speak of `$this`."""
    opened: list[tuple[int, bool]] = []
    for mark in re.finditer(r"[{}]", bare):
        if mark[0] == "{":
            is_exists = bool(opened and opened[-1][1]) or bool(_EXISTS.search(bare, 0, mark.start()))
            opened.append((mark.end(), is_exists))
        elif opened:
            begin, is_exists = opened.pop()
            if not is_exists and (not opened or _THIS.search(bare, begin, mark.start())):
                yield begin


def deactivate(constraints: Iterable[Node], shapes: Graph) -> None:
    """Have pyshacl read constraints, and find what is wrong with them, without running them."""
    for constraint in constraints:
        shapes.add((constraint, SH.deactivated, Literal(True)))

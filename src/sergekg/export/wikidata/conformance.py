"""Whether items, with what the texts add to them, have the shape of our EntitySchemas (ShEx, by PyShEx).

The items are written as Wikidata's RDF has them (RDF Dump Format: `wdt:` truthy, `p:`/`ps:`/`pq:` whole
statements, `pr:` references); new items get the IRI of our entity.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from rdflib import RDFS, XSD, BNode, Graph, Literal, Namespace, URIRef

from sergekg.errors import ExtraMissing
from sergekg.export.wikidata.claims import Claim, ItemValue, TimeValue, Value
from sergekg.export.wikidata.gather import Gathered, to_batch
from sergekg.reconcile.snapshot import Snapshot

SCHEMAS = ("persons", "letters")
_WD = Namespace("http://www.wikidata.org/entity/")
_WDT = Namespace("http://www.wikidata.org/prop/direct/")
_P = Namespace("http://www.wikidata.org/prop/")
_PS = Namespace("http://www.wikidata.org/prop/statement/")
_PQ = Namespace("http://www.wikidata.org/prop/qualifier/")
_PR = Namespace("http://www.wikidata.org/prop/reference/")
_DERIVED = URIRef("http://www.w3.org/ns/prov#wasDerivedFrom")
_URLS = frozenset({"P854", "P953"})


@dataclass(frozen=True, slots=True)
class Conformance:
    """One thing under one schema; `reason` in the words of PyShEx where it does not conform."""

    subject: str
    schema: str
    conforms: bool
    reason: str = ""


def read_schema(name: str) -> str:
    """The ShEx of one of `SCHEMAS`."""
    return files(__package__).joinpath(f"{name}.shex").read_text(encoding="utf-8")


def conformance(gathered: Gathered, items: Snapshot) -> list[Conformance]:
    """Every person with an item and every letter, each with what the texts add.

    Raises:
        ConfigError: PyShEx is not installed.
    """
    graph = Graph()
    found: list[Conformance] = []
    focus: dict[str, tuple[str, URIRef]] = {}
    for key, qid in sorted(gathered.items.items()):
        if key.startswith("person/"):
            focus[key] = ("persons", _WD[qid])
            _add_item(graph, qid, items)
    letters = [key for key in gathered.languages if key.startswith("letter/")]
    made = to_batch(gathered, create=[key for key in letters if key not in gathered.items])
    for key in letters:
        focus[key] = ("letters", _node(gathered, key))
    for new in made.new:
        for tag, text in new.labels:
            graph.add((_node(gathered, new.subject), RDFS.label, Literal(text, lang=tag)))
    for claim in made.claims:
        _add_claim(graph, _node(gathered, claim.subject), claim)
    for key, (schema, node) in focus.items():
        found.append(_evaluate(graph, key, schema, node))
    return found


def _node(gathered: Gathered, key: str) -> URIRef:
    qid = gathered.items.get(key)
    return _WD[qid] if qid else URIRef(f"{gathered.base}id/{key}")


def _evaluate(graph: Graph, key: str, schema: str, node: URIRef) -> Conformance:
    try:
        with warnings.catch_warnings():  # its parts warn of one another
            warnings.simplefilter("ignore")
            from pyshex import ShExEvaluator
    except ImportError as cause:
        raise ExtraMissing("checking by schemas", "reconcile") from cause
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (result,) = ShExEvaluator(rdf=graph, schema=read_schema(schema), focus=node).evaluate()
    said = (line.strip() for line in str(result.reason or "").splitlines())
    reason = "; ".join(dict.fromkeys(line for line in said if line and not line.startswith("Testing ")))
    return Conformance(key, schema, bool(result.result), "" if result.result else reason)


def _add_item(graph: Graph, qid: str, items: Snapshot) -> None:
    """What the copy says of an item, as far as the schemas look at it: its class and its labels."""
    item = items.item(qid)
    if item is None:
        return
    for cls in item.classes:
        graph.add((_WD[qid], _WDT.P31, _WD[cls]))
    for tag, text in item.labels.items():
        if tag.isalpha():
            graph.add((_WD[qid], RDFS.label, Literal(text, lang=tag)))


def _add_claim(graph: Graph, node: URIRef, claim: Claim) -> None:
    statement = URIRef(f"{_WD}statement/{claim.id}")
    value = _term(claim.pid, claim.value)
    graph.add((node, _WDT[claim.pid], value))
    graph.add((node, _P[claim.pid], statement))
    graph.add((statement, _PS[claim.pid], value))
    for snak in claim.qualifiers:
        graph.add((statement, _PQ[snak.pid], _term(snak.pid, snak.value)))
    for reference in claim.references:
        source = BNode()
        graph.add((statement, _DERIVED, source))
        for snak in reference:
            graph.add((source, _PR[snak.pid], _term(snak.pid, snak.value)))


def _term(pid: str, value: Value) -> Any:
    if isinstance(value, ItemValue):
        return _WD[value.id]
    if isinstance(value, TimeValue):
        day = value.time.removeprefix("+").replace("-00", "-01")
        return Literal(day, datatype=XSD.dateTime)
    if pid in _URLS:
        return URIRef(value.text)
    return Literal(value.text, lang=value.language)

"""Compact JSON-LD 1.1 with the context inside, so that a saved file is read without a network.

A term that the context gives a language map or a coercion is used where every value fits it; a value that
does not fit stands under the prefixed name of its property, which means the same to any processor.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import pyoxigraph as ox

from sergekg.errors import NotWritable
from sergekg.vocab import PREFIXES

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE = f"{_RDF}type"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_SHORT_INTEGER = re.compile("0|-?[1-9][0-9]{0,15}")
CONTEXT_FILE = "context.json"


@cache
def read_context() -> Mapping[str, Any]:
    """The whole context: prefixes, then terms (JSON-LD 1.1, 9.15)."""
    text = files("sergekg.vocab").joinpath(CONTEXT_FILE).read_text(encoding="utf-8")
    context: Mapping[str, Any] = json.loads(text)["@context"]
    return context


def write_jsonld(quads: Iterable[ox.Quad], *, with_graphs: bool) -> bytes:
    """The quads as one document: a node for each subject, in the order in which subjects first come.

    Args:
        with_graphs: whether nodes stand in their named graphs, or all in the default graph.
    """
    writer = _Writer()
    graphs: dict[str, list[ox.Triple]] = {}
    for quad in quads:
        named = with_graphs and not isinstance(quad.graph_name, ox.DefaultGraph)
        graphs.setdefault(writer.name(quad.graph_name) if named else "", []).append(quad.triple)
    nodes = writer.nodes(graphs.pop("", []))
    nodes += [{"id": name, "@graph": writer.nodes(graphs[name])} for name in sorted(graphs)]
    document = {"@context": writer.context(), "@graph": nodes}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


class _Writer:
    """Writes nodes and notes which entries of the context they use."""

    def __init__(self) -> None:
        whole = read_context()
        self._whole = whole
        self._used: set[str] = set()
        self._terms: dict[str, tuple[str, Mapping[str, Any]]] = {}
        for term, entry in whole.items():
            definition = {"@id": entry} if isinstance(entry, str) else entry
            if not term.startswith("@") and term not in PREFIXES and not definition["@id"].startswith("@"):
                self._terms[self._expand(definition["@id"])] = (term, definition)
        self._namespaces = sorted(PREFIXES.items(), key=lambda item: -len(item[1]))

    def _expand(self, compact: str) -> str:
        prefix, _, local = compact.partition(":")
        return PREFIXES[prefix] + local if prefix in PREFIXES else compact

    def context(self) -> Mapping[str, Any]:
        """The entries that were used, in the order of the whole."""
        needed = set(self._used)
        for term in self._used:
            entry = self._whole.get(term)
            definition = {"@id": entry} if isinstance(entry, str) else entry or {}
            for value in (definition.get("@id", ""), definition.get("@type", "")):
                needed.add(value.partition(":")[0])
        return {
            key: value
            for key, value in self._whole.items()
            if key in needed or (isinstance(value, str) and value.startswith("@"))
        }

    def nodes(self, triples: Iterable[ox.Triple]) -> list[dict[str, Any]]:
        found: dict[str, dict[str, list[Any]]] = {}
        for triple in dict.fromkeys(triples):
            properties = found.setdefault(self.name(triple.subject), {})
            properties.setdefault(triple.predicate.value, []).append(triple.object)
        return [{"id": name, **self._properties(properties)} for name, properties in found.items()]

    def _properties(self, properties: Mapping[str, list[Any]]) -> dict[str, Any]:
        written: dict[str, Any] = {}
        if _TYPE in properties:
            written["type"] = _one_or_all(sorted(self._type(value) for value in properties[_TYPE]))
        rest: dict[str, list[Any]] = {}
        for iri in (iri for iri in properties if iri != _TYPE):
            for value in properties[iri]:
                key, text, language = self._entry(iri, value)
                if language is None:
                    rest.setdefault(key, []).append(text)
                else:
                    self._used.add(key)
                    written.setdefault(key, {}).setdefault(language, []).append(text)
        for key in list(written):
            if isinstance(written[key], dict):
                written[key] = {
                    tag: _one_or_all(sorted(texts)) for tag, texts in sorted(written[key].items())
                }
        for key, values in rest.items():
            written[key] = _one_or_all(values)
        order = sorted(written, key=lambda key: (key != "type", key))
        return {key: written[key] for key in order}

    def _entry(self, iri: str, value: Any) -> tuple[str, Any, str | None]:
        """Key, JSON value, and the language where the key holds a language map."""
        term, definition = self._terms.get(iri, ("", {}))
        coercion, container = definition.get("@type"), definition.get("@container")
        if isinstance(value, ox.Literal):
            if container == "@language" and value.language and not value.direction:
                return self._use(term), value.value, value.language
            datatype = value.datatype.value
            if term and coercion and self._expand(coercion) == datatype:
                return self._use(term), value.value, None
            key = self._use(term) if term and not coercion and not container else self.compact(iri)
            return key, self._literal(value), None
        if term and coercion == "@vocab" and isinstance(value, ox.NamedNode):
            return self._use(term), self._vocabulary(value.value), None
        if term and coercion == "@id":
            return self._use(term), self.name(value), None
        key = self._use(term) if term and not coercion and not container else self.compact(iri)
        return key, {"id": self.name(value)}, None

    def _literal(self, value: ox.Literal) -> Any:
        if value.language:
            tagged = {"@value": value.value, "@language": value.language}
            return tagged | ({"@direction": value.direction.value} if value.direction else {})
        datatype = value.datatype.value
        if datatype == f"{_XSD}string":
            return value.value
        if datatype == f"{_XSD}boolean" and value.value in ("true", "false"):
            return value.value == "true"
        if datatype == f"{_XSD}integer" and _is_plain_integer(value.value):
            return int(value.value)
        return {"@value": value.value, "@type": self.compact(datatype)}

    def _type(self, value: Any) -> str:
        return self._vocabulary(value.value) if isinstance(value, ox.NamedNode) else self.name(value)

    def _vocabulary(self, iri: str) -> str:
        term, _ = self._terms.get(iri, ("", {}))
        return self._use(term) if term else self.compact(iri)

    def compact(self, iri: str) -> str:
        """`prefix:local` where a prefix fits (JSON-LD 1.1, 4.1.5), or the IRI."""
        for prefix, namespace in self._namespaces:
            local = iri[len(namespace) :]
            if iri.startswith(namespace) and local and not local.startswith("//"):
                self._used.add(prefix)
                return f"{prefix}:{local}"
        return iri

    def name(self, node: Any) -> str:
        """The name of a node; things keep their whole IRI, which can be followed as it stands."""
        if isinstance(node, ox.BlankNode):
            return f"_:{node.value}"
        if isinstance(node, ox.NamedNode):
            return str(node.value)
        raise NotWritable("JSON-LD holds no triple terms")

    def _use(self, term: str) -> str:
        self._used.add(term)
        return term


def _one_or_all(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _is_plain_integer(text: str) -> bool:
    """Whether JSON gives back the same lexical form, and no parser rounds it."""
    return _SHORT_INTEGER.fullmatch(text) is not None and abs(int(text)) < 2**53

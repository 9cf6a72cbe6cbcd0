"""Whole numbers in JSON-LD."""

from __future__ import annotations

import json

import pyoxigraph as ox
import pytest

from sergekg.rdf.jsonld import write_jsonld

INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


@pytest.mark.parametrize(
    ("text", "is_number"),
    [
        ("0", True),
        ("12", True),
        ("-7", True),
        (str(2**53 - 1), True),
        (str(2**53), False),
        ("9" * 5000, False),
        ("-0", False),
        ("+1", False),
        ("007", False),
        ("²", False),
        ("٣", False),
        ("--1", False),
        ("-", False),
        ("", False),
    ],
)
def test_a_number_stands_as_one_only_where_json_gives_it_back(text: str, is_number: bool) -> None:
    value = ox.Literal(text, datatype=ox.NamedNode(INTEGER))
    quad = ox.Quad(ox.NamedNode("http://e/s"), ox.NamedNode("http://e/p"), value)
    (node,) = json.loads(write_jsonld([quad], with_graphs=False))["@graph"]
    assert node["http://e/p"] == (int(text) if is_number else {"@value": text, "@type": "xsd:integer"})

"""What is written as XML can be read as XML, and says the same, or is refused."""

from __future__ import annotations

import io
import re
from xml.parsers import expat

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.errors import NotWritable
from sergekg.rdf.write import write_engine_quads
from sergekg.store.evaluate import write_result
from sergekg.xml import WellFormed, only_characters

NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
TEXTS = st.text(
    st.sampled_from("a<&\r\n\t\x00\x0b\x1f\x7f\xefé\u2028\uffef\ufffd\ufffe\uffff\U0001f600"), max_size=12
)


def _text(document: bytes) -> str:
    found: list[str] = []
    parser = expat.ParserCreate()
    parser.CharacterDataHandler = found.append
    parser.Parse(document, True)
    return "".join(found)


@given(TEXTS)
def test_what_xml_has_not_is_replaced_character_by_character(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    read = _text(only_characters(f"<x>{escaped}</x>").encode())
    assert read == NO_CHARACTER.sub("\ufffd", text.replace("\x0b", " ").replace("\x0c", " "))


@given(TEXTS, st.integers(1, 7))
def test_a_text_is_read_as_it_was_written_wherever_its_pieces_end(text: str, size: int) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    document = f"<x>{escaped}</x>".encode()
    out = io.BytesIO()
    writer = WellFormed(out, has_names=True)
    try:
        for at in range(0, len(document), size):
            writer.write(document[at : at + size])
    except NotWritable:
        assert NO_CHARACTER.search(text)
    else:
        assert _text(out.getvalue()) == text


@pytest.mark.parametrize("text", ["\x01", "a\x0bb", "\ufffe"])
def test_a_result_with_what_xml_has_not_is_refused(text: str) -> None:
    query = f'SELECT ("{text}" AS ?x) {{}}'
    with pytest.raises(NotWritable):
        write_result(ox.Store().query(query), "xml", io.BytesIO())
    for format in ("json", "csv", "tsv"):
        write_result(ox.Store().query(query), format, io.BytesIO())


@pytest.mark.parametrize(
    "triple",
    [
        '<http://e/s> <http://e/1> "x"',
        '<http://e/s> <http://e/> "x"',
        '<urn:s> <urn:a:> "x"',
        "<http://e/s> a <http://e/o&'>",
        '<http://e/s> <http://www.w3.org/2000/xmlns/foo> "x"',
        '<http://e/s> <http://e/p> "\\u0001"',
        '<http://e/s> <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "x"',
        '<http://e/s> <http://www.w3.org/2004/02/skos/core#> "x"',
        "<http://e/s> a <http://www.w3.org/2004/02/skos/core#>",
        '<http://e/s> <http://www.w3.org/1999/02/22-rdf-syntax-ns#li> "x"',
    ],
)
def test_a_graph_that_rdf_xml_cannot_hold_is_refused(triple: str) -> None:
    query = f"CONSTRUCT {{ {triple} }} {{}}"
    with pytest.raises(NotWritable):
        write_result(ox.Store().query(query), "rdfxml", io.BytesIO())
    quads = list(ox.parse(f"{triple} .".encode(), ox.RdfFormat.TURTLE))
    with pytest.raises(NotWritable):
        write_engine_quads(quads, ox.RdfFormat.RDF_XML, io.BytesIO())


def test_a_graph_comes_back_from_rdf_xml_with_its_carriage_returns() -> None:
    quad = ox.Quad(ox.NamedNode("http://e/s"), ox.NamedNode("http://e/p"), ox.Literal("a\r\nb\rc"))
    out = io.BytesIO()
    write_engine_quads([quad], ox.RdfFormat.RDF_XML, out)
    assert list(ox.parse(out.getvalue(), ox.RdfFormat.RDF_XML)) == [quad]

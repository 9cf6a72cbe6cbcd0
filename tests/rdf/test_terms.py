"""Terms cross between rdflib and the engine unharmed."""

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Literal, URIRef

from sergekg.iris import Iris, content_hash, to_slug
from sergekg.rdf.terms import from_oxigraph, to_nquads, to_oxigraph
from sergekg.vocab import EDTF_DATATYPE

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(
    TEXT,
    st.sampled_from([None, EDTF_DATATYPE]),
    st.sampled_from([None, "fr", "ru-latn"]),
)
def test_a_literal_comes_back_with_its_lexical_form(
    text: str, datatype: URIRef | None, language: str | None
) -> None:
    literal = Literal(text, lang=language) if language else Literal(text, datatype=datatype, normalize=False)
    back = from_oxigraph(to_oxigraph(literal))
    assert (str(back), back.language, back.datatype) == (str(literal), literal.language, literal.datatype)


@given(TEXT)
def test_a_quad_survives_its_line(text: str) -> None:
    iri = URIRef("https://example.org/a")
    (line,) = to_nquads([(iri, iri, Literal(text, lang="fr"), iri)])
    (quad,) = ox.parse((line + "\n").encode(), format=ox.RdfFormat.N_QUADS)
    assert from_oxigraph(quad.object) == Literal(text, lang="fr")


def test_lines_are_sorted_and_each_stands_once() -> None:
    a, b = URIRef("https://example.org/a"), URIRef("https://example.org/b")
    assert to_nquads([(b, a, a, a), (a, a, a, a), (b, a, a, a)]) == [
        f"<{a}> <{a}> <{a}> <{a}> .",
        f"<{b}> <{a}> <{a}> <{a}> .",
    ]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Lettre à André Gide", "lettre-a-andre-gide"),
        ("l’œuvre d’Élie", "l-oeuvre-d-elie"),
        ("U.R.S.S.", "u-r-s-s"),
        ("Суханов", ""),
    ],
)
def test_a_slug_is_ascii_made_of_the_french_name(name: str, slug: str) -> None:
    assert to_slug(name) == slug


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_parts_of_a_hash_never_run_into_each_other(one: list[str], two: list[str]) -> None:
    assert (content_hash(one) == content_hash(two)) == (one == two)


@pytest.mark.parametrize(
    ("iri", "key"),
    [
        ("https://w3id.org/sergekg/id/person/victor-serge", "person/victor-serge"),
        ("https://w3id.org/sergekg/id/evidence/3f9a#target", "evidence/3f9a"),
        ("https://w3id.org/sergekg/id/person/../x", None),
        ("https://w3id.org/sergekg/id/person", None),
        ("https://example.org/id/person/x", None),
    ],
)
def test_a_key_is_read_back_from_its_iri_and_from_no_other(iri: str, key: str | None) -> None:
    assert Iris("https://w3id.org/sergekg/").key(iri) == key

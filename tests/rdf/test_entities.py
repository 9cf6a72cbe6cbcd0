"""The graph of the entities: what it says of things, of texts and of the files that hold them."""

import pytest
from rdflib import DCTERMS, Literal

from sergekg.corpus.normalise import normalise
from sergekg.iris import Iris
from sergekg.model.text import Document, SourceFile, Span
from sergekg.rdf.entities import source_quads
from sergekg.vocab import SKG

FILE = SourceFile("texts/l.txt", "0" * 64, "Oui. Yes.")


def document(slug: str, language: str, start: int, end: int) -> Document:
    span = Span(start, end)
    return Document(slug, f"letter/{slug}", language, FILE, span, normalise(FILE.text[start:end], start, {}))


@pytest.mark.parametrize("languages", [("fr", "en"), ("en", "fr"), ("fr", "fr")])
def test_a_file_has_one_content_whatever_the_languages_of_its_texts(languages: tuple[str, str]) -> None:
    first, second = languages
    documents = [document("un", first, 0, 4), document("deux", second, 5, 9)]
    quads = set(source_quads(documents, {}, Iris("https://example.org/")))
    assert {o for _, p, o, _ in quads if p == SKG.content} == {Literal(FILE.text, lang=first)}
    assert {str(o) for _, p, o, _ in quads if p == DCTERMS.language} == set(languages)

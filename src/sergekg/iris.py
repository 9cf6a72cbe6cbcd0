"""Every IRI pattern of the published data, minted and parsed in one place.

<base>id/<type>/<slug>        a thing: person/victor-serge, statement/3f9a…
<base>graph/<name>            a named graph: text/<slug>, entities, links, ontology, catalogue...
<base>version/<n>/<type>/<slug>   a thing as the n-th publication left it
<base>catalogue#publisher     who publishes the corpus
https://w3id.org/sergekg/ontology#<term>   a term, whatever the base of the data
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rdflib import Literal, URIRef

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
THING = re.compile(rf"{SLUG.pattern}/{SLUG.pattern}")
_UNFOLDED = str.maketrans({"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "ß": "ss", "ø": "o", "ł": "l"})
_HASH_BYTES = 16
_STEM = "https://w3id.org/sergekg/"
"""What the IRIs of our terms begin with, whatever the base of the data."""


def to_slug(name: str) -> str:
    """ASCII, lower case, hyphens: the slug of a corrected French name.

    >>> to_slug("Lettre à André Gide")
    'lettre-a-andre-gide'
    """
    spaced = name.translate(_UNFOLDED).replace("’", " ")
    ascii_name = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", ascii_name))


def content_hash(parts: Iterable[str]) -> str:
    """Lower-case hex of a SHA-256 over the parts, cut to 128 bits; no part can run into the next.

    Two statements of the same text with the same reading get the same hash, on any machine.
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[: 2 * _HASH_BYTES]


@dataclass(frozen=True, slots=True)
class Iris:
    """Mints and parses the IRIs of one base."""

    base: str

    def thing(self, key: str) -> URIRef:
        """The IRI of `<type>/<slug>`."""
        return URIRef(f"{self.base}id/{key}")

    def statement(self, digest: str) -> URIRef:
        return self.thing(f"statement/{digest}")

    def evidence(self, digest: str) -> URIRef:
        return self.thing(f"evidence/{digest}")

    def interpretation(self, digest: str) -> URIRef:
        return self.thing(f"interpretation/{digest}")

    def text(self, slug: str) -> URIRef:
        """The SourceText: the words of one document, as they stand in the file received."""
        return self.thing(f"text/{slug}")

    def graph(self, name: str) -> URIRef:
        return URIRef(f"{self.base}graph/{name}")

    @property
    def publisher(self) -> URIRef:
        """Who publishes the corpus, as its catalogue names them."""
        return URIRef(f"{self.base}catalogue#publisher")

    def version(self, number: int, key: str) -> URIRef:
        """A thing as one publication left it; `number` is that of the publication."""
        return URIRef(f"{self.base}version/{number}/{key}")

    def text_graph(self, slug: str) -> URIRef:
        return self.graph(f"text/{slug}")

    def relative(self, iri: str) -> str:
        """What is hashed of an IRI: it less the base, a term of ours less its stem, any other as it is.

        >>> Iris("https://example.org/").relative("https://w3id.org/sergekg/ontology#wasArrested")
        'ontology#wasArrested'
        """
        if iri.startswith(f"{_STEM}ontology#"):
            return iri.removeprefix(_STEM)
        return iri.removeprefix(self.base)

    def portable(self, term: URIRef | Literal) -> str:
        """What is hashed of a term, in the form of N3; a literal is the same under any base."""
        return f"<{self.relative(term)}>" if isinstance(term, URIRef) else term.n3()

    def key(self, iri: str) -> str | None:
        """`<type>/<slug>` of a thing's IRI, fragment dropped; None for any other IRI."""
        prefix = f"{self.base}id/"
        if not iri.startswith(prefix):
            return None
        key = iri[len(prefix) :].partition("#")[0]
        return key if THING.fullmatch(key) else None

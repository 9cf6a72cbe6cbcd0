"""What a catalogue says of a release, besides its counts: names, rights, dates and files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sergekg.iris import Iris


@dataclass(frozen=True, slots=True)
class DumpFile:
    """One compressed file of a release.

    Attributes:
        name: the file's name, the last part of its address.
        graph: name of the graph that it holds, or None for all graphs.
        media_type, suffix: of what it unpacks to.
        bytes: its size, compressed.
        sha256: in hex, of the compressed file.
        profile: `RDF 1.1`, or `RDF 1.2` where it holds triple terms.
    """

    name: str
    graph: str | None
    media_type: str
    suffix: str
    bytes: int
    sha256: str
    profile: str = "RDF 1.1"


@dataclass(frozen=True, slots=True)
class TextPart:
    """A text of the corpus: `key` is `<type>/<slug>` of its letter or article, `title` by language tag."""

    slug: str
    key: str
    language: str
    title: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Edition:
    """A release as its catalogue presents it.

    Attributes:
        digest: names the release.
        modified: a date, `YYYY-MM-DD`.
        license: an IRI.
        contact: an e-mail address or a URL; may be empty.
        period: first and last day, as ISO dates, that statements speak of.
    """

    base: str
    digest: str
    name: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    version: str
    modified: str
    license: str
    publisher: str
    contact: str
    texts: Sequence[TextPart]
    dumps: Sequence[DumpFile]
    period: tuple[str, str] | None = None

    @property
    def iris(self) -> Iris:
        return Iris(self.base)

    def dataset_key(self, graph: str | None = None) -> str:
        """`dataset/<slug>` of the whole, or of the part that one graph is."""
        return dataset_key(self.name, graph)


def dataset_key(name: str, graph: str | None = None) -> str:
    """`dataset/<slug>` of a dataset, or of the part of it that the graph of that name is."""
    return f"dataset/{name}" if graph is None else f"dataset/{name}-{graph.replace('/', '-')}"

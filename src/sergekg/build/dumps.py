"""Writes the compressed files of a release, whole and by graph; same quads, same bytes."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, BinaryIO, cast

import pyoxigraph as ox

from sergekg.rdf.edition import DumpFile
from sergekg.rdf.rdf12 import REIFIES, to_rdf12
from sergekg.rdf.write import write_engine_quads

FORMATS: Mapping[str, tuple[str, ox.RdfFormat]] = {
    "nq": ("application/n-quads", ox.RdfFormat.N_QUADS),
    "trig": ("application/trig", ox.RdfFormat.TRIG),
    "ttl": ("text/turtle", ox.RdfFormat.TURTLE),
    "jsonld": ("application/ld+json", ox.RdfFormat.JSON_LD),
    "nt": ("application/n-triples", ox.RdfFormat.N_TRIPLES),
}
"""Suffix to media type and writer. Turtle and N-Triples hold each triple once and no graph names."""

RDF12_FORMATS = ("nq", "trig")
_LEVEL = 6


def write_dumps(directory: Path, name: str, graphs: Mapping[str, Sequence[str]]) -> list[DumpFile]:
    """Write all files of a release.

    Args:
        name: what every file name begins with.
        graphs: name of each graph to its sorted N-Quads lines.
    """
    directory.mkdir(parents=True, exist_ok=True)
    made = []
    for graph in sorted(graphs):
        quads = _parse(graphs[graph])
        stem = f"{name}-{graph.replace('/', '-')}"
        made += _write_all(directory, stem, graph, quads)
    lines = sorted(line for rows in graphs.values() for line in rows)
    return made + _write_all(directory, name, None, _parse(lines))


def _write_all(directory: Path, stem: str, graph: str | None, quads: Sequence[ox.Quad]) -> list[DumpFile]:
    """The quads in every format; in RDF 1.2 as well where a statement is reified."""
    made = [_write(directory, stem, graph, suffix, quads) for suffix in FORMATS]
    reified = to_rdf12(quads)
    if any(quad.predicate == REIFIES for quad in reified):
        made += [_write(directory, f"{stem}.rdf12", graph, s, reified, "RDF 1.2") for s in RDF12_FORMATS]
    return made


def _parse(lines: Iterable[str]) -> list[ox.Quad]:
    text = "".join(f"{line}\n" for line in lines)
    return list(ox.parse(text.encode(), format=ox.RdfFormat.N_QUADS))


def _write(
    directory: Path,
    stem: str,
    graph: str | None,
    suffix: str,
    quads: Sequence[ox.Quad],
    profile: str = "RDF 1.1",
) -> DumpFile:
    media_type, form = FORMATS[suffix]
    path = directory / f"{stem}.{suffix}.gz"
    with path.open("wb") as file, gzip_writer(file) as packed:
        write_engine_quads(quads, form, cast(IO[bytes], packed))
    with path.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    return DumpFile(path.name, graph, media_type, suffix, path.stat().st_size, digest, profile)


def gzip_writer(file: BinaryIO) -> gzip.GzipFile:
    """A gzip file without name and time, so that the same content gives the same bytes."""
    return gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=file, mtime=0)

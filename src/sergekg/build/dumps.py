"""Writes the compressed files of a release, whole and by graph; same quads, same bytes."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
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
_LEVEL, _LINES = 6, 10_000

Write = Callable[[IO[bytes]], object]


def write_dumps(directory: Path, name: str, graphs: Mapping[str, Sequence[str]]) -> list[DumpFile]:
    """Write all files of a release.

    Args:
        name: what every file name begins with.
        graphs: name of each graph to its sorted N-Quads lines.
    """
    directory.mkdir(parents=True, exist_ok=True)
    made = []
    for graph in sorted(graphs):
        stem = f"{name}-{graph.replace('/', '-')}"
        made += _write_all(directory, stem, graph, graphs[graph])
    lines = sorted(line for rows in graphs.values() for line in rows)
    return made + _write_all(directory, name, None, lines)


def write_lines(lines: Sequence[str], file: IO[bytes]) -> None:
    """Write lines of N-Quads as they are: reading them to write them again would take longer than packing."""
    for start in range(0, len(lines), _LINES):
        file.write("".join(f"{line}\n" for line in lines[start : start + _LINES]).encode())


def _write_all(directory: Path, stem: str, graph: str | None, lines: Sequence[str]) -> list[DumpFile]:
    """The quads in every format; in RDF 1.2 as well where a statement is reified."""
    quads = _parse(lines)
    made = [_write(directory, stem, graph, suffix, _content(lines, quads, suffix)) for suffix in FORMATS]
    reified = to_rdf12(quads)
    if any(quad.predicate == REIFIES for quad in reified):
        for suffix in RDF12_FORMATS:
            write = partial(write_engine_quads, reified, FORMATS[suffix][1])
            made.append(_write(directory, f"{stem}.rdf12", graph, suffix, write, "RDF 1.2"))
    return made


def _content(lines: Sequence[str], quads: Sequence[ox.Quad], suffix: str) -> Write:
    return (
        partial(write_lines, lines)
        if suffix == "nq"
        else partial(write_engine_quads, quads, FORMATS[suffix][1])
    )


def _parse(lines: Iterable[str]) -> list[ox.Quad]:
    text = "".join(f"{line}\n" for line in lines)
    return list(ox.parse(text.encode(), format=ox.RdfFormat.N_QUADS))


def _write(
    directory: Path,
    stem: str,
    graph: str | None,
    suffix: str,
    write: Write,
    profile: str = "RDF 1.1",
) -> DumpFile:
    path = directory / f"{stem}.{suffix}.gz"
    with path.open("wb") as file, gzip_writer(file) as packed:
        write(cast(IO[bytes], packed))
    with path.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    return DumpFile(path.name, graph, FORMATS[suffix][0], suffix, path.stat().st_size, digest, profile)


def gzip_writer(file: BinaryIO) -> gzip.GzipFile:
    """A gzip file without name and time, so that the same content gives the same bytes."""
    return gzip.GzipFile(filename="", mode="wb", compresslevel=_LEVEL, fileobj=file, mtime=0)

"""Chooses a media type by `Accept` (RFC 9110, 12.5.1), and knows the formats that a resource has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyoxigraph as ox

MAX_RANGES = 64
"""Ranges of one `Accept` header that are looked at; what comes after counts as not there."""


@dataclass(frozen=True, slots=True)
class Format:
    """A representation of a resource: its media type, the suffix of its address, its writer."""

    media_type: str
    suffix: str
    writer: ox.RdfFormat | None = None
    aliases: tuple[str, ...] = ()


HTML = Format("text/html", "html", aliases=("application/xhtml+xml",))
RDF_FORMATS: tuple[Format, ...] = (
    Format("text/turtle", "ttl", ox.RdfFormat.TURTLE, ("application/x-turtle",)),
    Format("application/ld+json", "jsonld", ox.RdfFormat.JSON_LD, ("application/json",)),
    Format("application/rdf+xml", "rdf", ox.RdfFormat.RDF_XML, ("application/xml", "text/xml")),
    Format("application/n-triples", "nt", ox.RdfFormat.N_TRIPLES, ("text/plain",)),
    Format("application/n-quads", "nq", ox.RdfFormat.N_QUADS),
    Format("application/trig", "trig", ox.RdfFormat.TRIG),
)
"""In the order of preference for a client that likes several equally."""


@dataclass(frozen=True, slots=True)
class _Range:
    type: str
    subtype: str
    quality: float


def choose(accept: str, formats: Sequence[Format]) -> Format | None:
    """The format that the client likes best; None where it takes none of them.

    A missing or empty header takes anything. Of equal qualities the more specific range wins for each
    format, and the earlier format wins between formats. Parameters other than q are ignored.
    """
    ranges = _parse(accept)
    if not ranges:
        return formats[0]
    best: Format | None = None
    best_quality = 0.0
    for form in formats:
        quality = max(_quality(name, ranges) for name in (form.media_type, *form.aliases))
        if quality > best_quality:
            best, best_quality = form, quality
    return best


def by_suffix(suffix: str, formats: Sequence[Format]) -> Format | None:
    """The format with that suffix."""
    return next((form for form in formats if form.suffix == suffix), None)


def _parse(accept: str) -> list[_Range]:
    ranges = []
    for part in accept.split(",", MAX_RANGES)[:MAX_RANGES]:
        name, *parameters = part.split(";")
        main, slash, sub = name.strip().lower().partition("/")
        if not slash:
            continue
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.strip().partition("=")
            if key.strip().lower() == "q":
                quality = _number(value.strip())
        ranges.append(_Range(main, sub, quality))
    return ranges


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 <= value <= 1 else 0.0


def _quality(name: str, ranges: Sequence[_Range]) -> float:
    main, _, sub = name.partition("/")
    found = (-1, 0.0)
    for one in ranges:
        if one.type == main and one.subtype == sub:
            rank = 2
        elif one.type == main and one.subtype == "*":
            rank = 1
        elif one.type == "*" and one.subtype == "*":
            rank = 0
        else:
            continue
        if rank > found[0]:
            found = (rank, one.quality)
    return found[1]

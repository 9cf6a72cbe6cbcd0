"""Chooses a media type by `Accept` (RFC 9110, 12.5.1), and knows the formats that a resource has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyoxigraph as ox
from flask import request
from werkzeug.exceptions import BadRequest, NotAcceptable, NotFound

MAX_RANGES = 256
"""Media ranges that one `Accept` header may list; no client known lists more than forty."""


@dataclass(frozen=True, slots=True)
class Format:
    """A representation of a resource: its media type, the suffix of its address, its writer.

    Attributes:
        aliases: other media types that get this one when asked for; never sent.
    """

    media_type: str
    suffix: str
    writer: ox.RdfFormat | None = None
    aliases: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        """The media type with its charset where it is text."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


HTML = Format("text/html", "html", aliases=("application/xhtml+xml",))
RDF_FORMATS: tuple[Format, ...] = (
    Format(
        "text/turtle", "ttl", ox.RdfFormat.TURTLE, ("application/x-turtle", "application/turtle", "text/n3")
    ),
    Format("application/ld+json", "jsonld", ox.RdfFormat.JSON_LD, ("application/json",)),
    Format("application/rdf+xml", "rdf", ox.RdfFormat.RDF_XML, ("application/xml", "text/xml")),
    Format("application/n-triples", "nt", ox.RdfFormat.N_TRIPLES, ("text/plain",)),
    Format("application/n-quads", "nq", ox.RdfFormat.N_QUADS, ("text/x-nquads",)),
    Format("application/trig", "trig", ox.RdfFormat.TRIG, ("application/x-trig",)),
)
"""In the order of preference for a client that likes several equally."""

_ELEMENT = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.?)*+(?:"|$))+')
_PARAMETER = re.compile(r';\s*([^\s;=",]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;",]*)')
_TYPE = re.compile(r"\s*([^\s;,/\"]+)/([^\s;,/\"]+)")
_QUALITY = re.compile(r"(?:0(?:\.\d*)?|1(?:\.0*)?|\.\d+)")


@dataclass(frozen=True, slots=True)
class _Range:
    type: str
    subtype: str
    quality: float


def choose(accept: str, formats: Sequence[Format]) -> Format | None:
    """The format that the client likes best; None where it takes none of them.

    A missing or empty header takes anything. The most specific range that matches gives a format its
    quality. Of equal qualities, a format that the client names wins over one that only a wildcard takes,
    and RDF over HTML where it names both: no browser names RDF. Else the earlier format wins. Parameters
    other than q are ignored, a range with a bad q counts as not there.

    Raises:
        BadRequest: the header lists more than `MAX_RANGES` ranges.
    """
    if not accept.strip():
        return formats[0]
    ranges = _parse(accept)
    best: Format | None = None
    best_rank = (0.0, False, False)
    for form in formats:
        aliases = (_rank(name, ranges) for name in form.aliases)  # a wildcard means what is sent
        rank = max(_rank(form.media_type, ranges), *(found for found in aliases if found[1]), (0.0, False))
        key = (rank[0], rank[1], rank[1] and form.media_type != HTML.media_type)
        if rank[0] > 0 and key > best_rank:
            best, best_rank = form, key
    return best


def negotiate(formats: Sequence[Format]) -> Format:
    """The format for the current request: by `?format=` (a suffix or a media type), else by `Accept`.

    Raises:
        NotAcceptable: the client takes none of them.
        BadRequest: `format` is none of them.
    """
    form = _by_argument(formats) or choose(request.headers.get("Accept", ""), formats)
    if form is None:
        names = ", ".join(form.media_type for form in formats)
        raise NotAcceptable(f"This resource comes as {names}. Ask for one of them, or leave Accept out.")
    return form


def named(suffix: str, formats: Sequence[Format]) -> Format:
    """The format for the current request by the suffix of its address, which `?format=` may repeat.

    Raises:
        NotFound: no format has that suffix.
        BadRequest: `format` is another, or none of them.
    """
    form = by_suffix(suffix, formats)
    if form is None:
        raise NotFound("There is no such format; there are " + ", ".join(f.suffix for f in formats) + ".")
    other = _by_argument(formats)
    if other not in (None, form):
        raise BadRequest(f"The address ends in .{suffix}, and format is another; leave it out.")
    return form


def _by_argument(formats: Sequence[Format]) -> Format | None:
    wanted = request.args.get("format", "").replace(" ", "+")  # application/ld+json, as a form decodes it
    if not wanted:
        return None
    form = by_suffix(wanted, formats) or next((f for f in formats if f.media_type == wanted), None)
    if form is None:
        raise BadRequest(
            f"format is none of {', '.join(f.suffix for f in formats)}; leave it out or give one."
        )
    return form


def by_suffix(suffix: str, formats: Sequence[Format]) -> Format | None:
    """The format with that suffix."""
    return next((form for form in formats if form.suffix == suffix), None)


def _parse(accept: str) -> list[_Range]:
    elements = _ELEMENT.findall(accept[: 128 * MAX_RANGES])
    if len(elements) > MAX_RANGES:
        raise BadRequest(f"Accept lists more than {MAX_RANGES} media ranges; list fewer.")
    ranges = []
    for element in elements:
        found = _TYPE.match(element)
        if not found:
            continue
        quality = "1"
        for key, value in _PARAMETER.findall(element[found.end() :]):
            if key.lower() == "q":
                quality = value
        if _QUALITY.fullmatch(quality):
            ranges.append(_Range(found[1].lower(), found[2].lower(), float(quality)))
    return ranges


def _rank(name: str, ranges: Sequence[_Range]) -> tuple[float, bool]:
    """Quality, and whether the client named the type itself."""
    main, _, sub = name.partition("/")
    found = (-1, 0.0)
    for one in ranges:
        if one.type == main and one.subtype == sub:
            precision = 2
        elif one.type == main and one.subtype == "*":
            precision = 1
        elif one.type == "*" and one.subtype == "*":
            precision = 0
        else:
            continue
        if precision > found[0] or (precision == found[0] and one.quality > found[1]):
            found = (precision, one.quality)
    return found[1], found[0] == 2

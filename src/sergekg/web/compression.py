"""gzip and Brotli for what compresses well; the same bytes every time, so that an ETag can be strong."""

from __future__ import annotations

import zlib

import brotli
from flask import Request
from werkzeug.wrappers import Response

ENCODINGS = ("br", "gzip")
"""In the order of preference."""

_TYPES = {
    "application/json",
    "application/n-quads",
    "application/n-triples",
    "application/trig",
    "application/x-bibtex",
    "application/x-research-info-systems",
    "application/xml",
    "application/yaml",
    "application/linkset",
    "image/svg+xml",
}
_SMALL = 500
_GZIP_LEVEL, _BROTLI_QUALITY = 6, 5


def choose_encoding(request: Request, media_type: str) -> str | None:
    """The content coding for a body of this type, or None for the body as it is (RFC 9110, 12.5.3)."""
    if "Accept-Encoding" not in request.headers or not is_compressible(media_type):
        return None
    accepted = request.accept_encodings
    best = max(ENCODINGS, key=lambda name: (accepted.quality(name), -ENCODINGS.index(name)))
    return best if takes(request, best) else None


def takes(request: Request, encoding: str) -> bool:
    """Whether the client takes a content coding, and likes it no less than the body as it is."""
    accepted = request.accept_encodings
    plain = accepted.quality("identity") if "identity" in {name for name, _ in accepted} else 0
    return accepted.quality(encoding) > 0 and accepted.quality(encoding) >= plain


def is_compressible(media_type: str) -> bool:
    """Whether bodies of this type are worth compressing."""
    name = media_type.partition(";")[0].strip().lower()
    return name.startswith("text/") or name.endswith(("+json", "+xml")) or name in _TYPES


def encode(body: bytes, encoding: str) -> bytes:
    """The body in a content coding."""
    if encoding == "br":
        return bytes(brotli.compress(body, quality=_BROTLI_QUALITY))
    packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)  # no file name, no time
    return packer.compress(body) + packer.flush()


def compress(response: Response, request: Request) -> None:
    """Compress a whole body in place, where the client takes it and it is worth it."""
    encoding = name_coding(response, request)
    if encoding is not None:
        response.set_data(encode(response.get_data(), encoding))
        response.headers["Content-Encoding"] = encoding


def name_coding(response: Response, request: Request) -> str | None:
    """The content coding that a whole body is to get, which its validator names from now on, or None."""
    if response.is_streamed or response.direct_passthrough or response.status_code in (204, 206, 304):
        return None
    if "Content-Encoding" in response.headers or not is_compressible(response.content_type or ""):
        return None
    response.vary.add("Accept-Encoding")
    encoding = choose_encoding(request, response.content_type or "")
    if encoding is None or len(response.get_data()) < _SMALL:
        return None
    etag, is_weak = response.get_etag()
    if etag and not is_weak:
        response.set_etag(f"{etag}-{encoding}")
    return encoding

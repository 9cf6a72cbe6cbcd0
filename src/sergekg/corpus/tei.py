"""Reads a TEI P5 file: the words of its `text`; every tag is an edit, so that offsets stay the file's."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from sergekg.corpus.plain import Received
from sergekg.corpus.yamlfile import read_utf8
from sergekg.errors import CorpusError, Location
from sergekg.model.text import Edit

_TAG = r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[|\]\]>|</?[A-Za-z_][^<>]*>"
_RUN = re.compile(rf"(?:[ \t\r\n\u00a0\u202f]|{_TAG})+", re.DOTALL)
_REFERENCE = re.compile(r"&(?:#\d+|#x[0-9A-Fa-f]+|\w+);")
_BLOCK = re.compile(
    r"</?(?:\w+:)?(?:ab|body|byline|cell|closer|dateline|div\d?|docTitle|front|back|head|item|l|lg|list|opener|p"
    r"|postscript|row|salute|signed|table|text|titlePage|trailer)\b"
)
_BREAK = re.compile(r"<(?:\w+:)?(?:lb|pb|cb|gb|milestone)\b(?![^<>]*break=[\"']no)")
_TEXT = re.compile(r"<(?:\w+:)?text\b[^<>]*>(.*)</(?:\w+:)?text>", re.DOTALL)


def read_tei(path: Path, shown: str) -> Received:
    """The file unchanged, and its markup as edits; the header is not read.

    Raises:
        CorpusError: not UTF-8, not well-formed XML (with the line), or no `text` element.
    """
    source = read_utf8(path, shown)
    try:
        expat.ParserCreate().Parse(source.encode("utf-8"), True)
    except expat.ExpatError as cause:
        raise CorpusError(
            f"not well-formed XML: {expat.errors.messages[cause.code]}",
            where=Location(shown, cause.lineno),
            remedy="mend the tags there",
        ) from cause
    body = _TEXT.search(source)
    if body is None or not _RUN.sub("", body[1]):
        raise CorpusError("no TEI <text> with words in it", where=Location(shown), remedy="check the file")
    return Received(source, list(_edits(source, *body.span(1))))


def _edits(source: str, start: int, end: int) -> Iterator[Edit]:
    runs = [
        match for match in _RUN.finditer(source, start, end) if "<" in match.group() or "]]>" in match.group()
    ]
    first = runs[0].end() if runs and runs[0].start() == start else start
    last = runs[-1].start() if runs and runs[-1].end() == end else end
    yield Edit(0, first, source[:first], "", "markup")
    for match in runs:
        if first <= match.start() and match.end() <= last:
            run = match.group()
            spaced = _BREAK.search(run) or re.search(
                r"[\s\u00a0\u202f]", re.sub(_TAG, "", run, flags=re.DOTALL)
            )
            new = "\n" if _BLOCK.search(run) else " " if spaced else ""
            yield Edit(match.start(), match.end(), run, new, "markup")
    for match in _REFERENCE.finditer(source, first, last):
        yield Edit(match.start(), match.end(), match.group(), html.unescape(match.group()), "reference")
    yield Edit(last, len(source.rstrip()), source[last:].rstrip(), "", "markup")

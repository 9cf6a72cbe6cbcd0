"""Reads a TEI P5 file: the words of its `text`; every tag is an edit, so that offsets stay the file's."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from xml.parsers import expat

from sergekg.corpus.plain import Received
from sergekg.corpus.yamlfile import read_utf8
from sergekg.errors import CorpusError, Location
from sergekg.model.text import Edit

_MARKUP = re.compile(
    r"<!\[CDATA\[(?P<literal>.*?)\]\]>"
    r"|(?P<aside><!--.*?-->|<\?.*?\?>)"
    r"|(?P<tag><(?:[^<>\"']++|\"[^\"]*\"|'[^']*')*+>)"
    r"|&(?P<reference>#[0-9]+|#x[0-9A-Fa-f]+|[\w.:-]+);"
    r"|(?P<space>(?<!\s)\s++(?=[<&])|(?<=[>;])\s+)",
    re.DOTALL,
)
"""What is not read as it stands, in well-formed XML after its DOCTYPE; spaces only beside the others."""
_BLOCK = re.compile(
    r"</?(?:\w+:)?(?:ab|body|byline|cell|closer|dateline|div\d?|docTitle|front|back|head|item|l|lg|list|opener|p"
    r"|postscript|row|salute|signed|table|text|titlePage|trailer)(?=[\s/>])"
)
_BREAK = re.compile(r"<(?:\w+:)?(?:lb|pb|cb|gb|milestone)(?=[\s/>])(?!.*\sbreak\s*=\s*[\"']no)", re.DOTALL)


def read_tei(path: Path, shown: str) -> Received:
    """The file unchanged, and its markup as edits; the header is not read.

    Raises:
        CorpusError: not UTF-8, not well-formed XML (with the line), or no `text` element.
    """
    source = read_utf8(path, shown)
    tokens = list(_tokens(source, _texts(source, shown)))
    has_words = any(token.new.strip() for token in tokens) or any(
        source[one.end : two.start].strip() for one, two in pairwise(tokens)
    )
    if not has_words:
        raise CorpusError("no TEI <text> with words in it", where=Location(shown), remedy="check the file")
    return Received(source, list(_edits(source, tokens)))


def _texts(source: str, shown: str) -> list[tuple[int, int]]:
    """Where the start tag and the end tag of each outermost `text` begin, in code points."""
    data, parser = source.encode("utf-8"), expat.ParserCreate("utf-8")  # which it was read as
    bounds: list[int] = []
    depth = 0

    def open_element(name: str, _attributes: object) -> None:
        nonlocal depth
        if name.rpartition(":")[2] == "text":
            if depth == 0:
                bounds.append(parser.CurrentByteIndex)
            depth += 1

    def close_element(name: str) -> None:
        nonlocal depth
        if name.rpartition(":")[2] == "text":
            depth -= 1
            if depth == 0:
                bounds.append(parser.CurrentByteIndex)

    parser.StartElementHandler, parser.EndElementHandler = open_element, close_element
    try:
        parser.Parse(data, True)
    except expat.ExpatError as cause:
        raise CorpusError(
            f"not well-formed XML: {expat.errors.messages[cause.code]}",
            where=Location(shown, cause.lineno),
            remedy="mend the tags there",
        ) from cause
    offsets = [0]
    for before, bound in pairwise((0, *bounds)):
        offsets.append(offsets[-1] + len(data[before:bound].decode("utf-8")))
    return list(zip(offsets[1::2], offsets[2::2], strict=True))


def _tokens(source: str, texts: Iterable[tuple[int, int]]) -> Iterator[Edit]:
    """Each piece of markup and what it reads as by itself, in order, without overlaps."""
    here = 0
    for start, end in texts:
        yield _token(source, here, start, "\n")
        for match in _MARKUP.finditer(source, start, end):
            yield from _read(source, match)
        here = end
    yield _token(source, here, len(source), "\n")


def _read(source: str, match: re.Match[str]) -> Iterator[Edit]:
    start, end = match.span()
    if match["space"]:
        yield _token(source, start, end, " ", "space")
    elif match["reference"]:
        words = html.unescape(match.group())
        yield _token(source, start, end, " " if words.isspace() else words, "reference")
    elif match["literal"] is None:
        yield _token(source, start, end, _said_by_tag(match["tag"] or ""))
    elif literal := match["literal"].strip():
        # only white space beside the marks belongs to them; the rest is read as it stands
        first = match["literal"].index(literal) + match.start("literal")
        last = first + len(literal)
        yield _token(source, start, first, " " if first > match.start("literal") else "")
        yield _token(source, last, end, " " if last < match.end("literal") else "")
    else:
        yield _token(source, start, end, " " if match["literal"] else "")


def _said_by_tag(tag: str) -> str:
    if _BLOCK.match(tag):
        return "\n"
    return " " if _BREAK.match(tag) else ""


def _token(source: str, start: int, end: int, new: str, rule: str = "markup") -> Edit:
    return Edit(start, end, source[start:end], new, rule)


def _edits(source: str, tokens: Iterable[Edit]) -> Iterator[Edit]:
    """One edit for each run of tokens; what reads as words stands alone, mere spaces are left as they are."""
    run: list[Edit] = []
    for token in tokens:
        if run and (run[-1].end != token.start or run[-1].new.strip() or token.new.strip()):
            yield from _joined(source, run)
            run = []
        run.append(token)
    yield from _joined(source, run)


def _joined(source: str, run: Sequence[Edit]) -> Iterator[Edit]:
    rules = {token.rule for token in run}
    if rules != {"space"}:
        said = "".join(token.new for token in run)
        new = said if said.strip() else "\n" if "\n" in said else said[:1]
        rule = "markup" if "markup" in rules else "reference"
        yield _token(source, run[0].start, run[-1].end, new, rule)

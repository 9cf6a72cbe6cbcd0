"""Reads a TEI P5 file: the words of its `text`; every tag is an edit, so that offsets stay the file's.

Of two readings of one place the one that stands on the page is read: `sic`, `orig` and `abbr` of a `choice`,
the first of an `app` (its `lem`), not what an editor puts beside them; what is struck out is not. A note is
read in its place, between spaces.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html.entities import html5
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
_NAME = re.compile(r"<(?P<end>/?)(?:[^\s/>:]+:)?(?P<name>[^\s/>]+)")
_BLOCK = re.compile(
    r"ab|address|addrLine|argument|body|byline|cell|closer|dateline|div[1-7]?|docEdition|docImprint|docTitle|epigraph"
    r"|front|back|head|item|l|lg|list|opener|p|postscript|row|salute|signed|sp|speaker|stage|table|text|titlePage"
    r"|titlePart|trailer"
)
_WHOLE_WORDS = re.compile(
    r"author|bibl|biblScope|cit|date|docAuthor|docDate|editor|pubPlace|publisher|q|quote|title"
)
"""Elements in a line that begin and end with a word: where two meet, a space is read between them."""
_END_TAG = re.compile(r"</(?:[^\s>:]+:)?(?P<name>[^\s>]+)\s*>")
_BREAKS = frozenset(("lb", "pb", "cb", "gb", "milestone"))
_IS_UNBROKEN = re.compile(r"\sbreak\s*=\s*[\"']no")
_LEFT_OUT = frozenset(("del", "figDesc", "fw"))
"""What is struck out, what an editor says of a picture, and a printer at the head or foot of each page."""
_BESIDE = frozenset(("corr", "expan", "reg"))
"""What an editor puts into a `choice` beside what stands on the page."""
_PREDEFINED = frozenset(("amp", "lt", "gt", "quot", "apos"))
_REFERENCE = re.compile(r"&(#[0-9]+|#x[0-9A-Fa-f]+|[\w.:-]+);")
_READINGS = frozenset(("lem", "rdg", "rdgGrp"))
_APPARATUS = frozenset(("app", "rdgGrp"))
_SETTLED = "app, read"
"""Stands for an element of `_APPARATUS` once its first reading has begun; what else is in it is not read."""
_WORDLESS = frozenset(("choice", "subst", _SETTLED, *_APPARATUS))
"""Elements whose own white space is none of the text."""
_HEADING = "heading"
"""The rule of markup behind which a heading begins."""
_NOTE = "note"
"""The rule of the markup of a note, whose words stand apart whatever is beside it."""
_UNBROKEN = "unbroken"
"""The rule of a break inside a word, beside which no space is read (TEI, att.breaking)."""


def read_tei(path: Path, shown: str) -> Received:
    """The file unchanged, and its markup as edits; the header is not read.

    Raises:
        CorpusError: not UTF-8, not well-formed XML, an entity whose words are not known (both with the
            line), or no `text` element.
    """
    source = read_utf8(path, shown)
    texts, entities = _texts(source, shown)
    try:
        tokens = list(_tokens(source, texts, entities))
    except _NoEntity as error:
        error.at(Location(shown, source.count("\n", 0, error.offset) + 1))
        raise
    has_words = any(token.new.strip() for token in tokens) or any(
        source[one.end : two.start].strip() for one, two in pairwise(tokens)
    )
    if not has_words:
        raise CorpusError("no TEI <text> with words in it", where=Location(shown), remedy="check the file")
    return Received(source, list(_edits(source, tokens)))


class _NoEntity(CorpusError):
    """A reference that cannot be read; `offset` is where it stands, in code points."""

    def __init__(self, name: str, what: str, offset: int) -> None:
        super().__init__(f"the entity &{name}; {what}", remedy="write its words in its place")
        self.offset = offset


def _texts(source: str, shown: str) -> tuple[list[tuple[int, int]], dict[str, str]]:
    """Where the start tag and the end tag of each outermost `text` begin, and the entities of the DOCTYPE.

    The first in code points, the second by name, with the references in their words as they stand.
    """
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

    entities: dict[str, str] = {}

    def declare(name: str, is_parameter: bool, value: str | None, *_identifiers: object) -> None:
        if value is not None and not is_parameter:
            entities.setdefault(name, value)  # the first declaration binds (XML, 4.2)

    parser.StartElementHandler, parser.EndElementHandler = open_element, close_element
    parser.EntityDeclHandler = declare
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
    return list(zip(offsets[1::2], offsets[2::2], strict=True)), entities


def _tokens(source: str, texts: Iterable[tuple[int, int]], entities: Mapping[str, str]) -> Iterator[Edit]:
    """Each piece of markup and what it reads as by itself, in order, without overlaps.

    An element that is left out is one piece.
    """
    here = 0
    for start, end in texts:
        yield _token(source, here, start, "\n")
        above: list[str] = []
        left_out: tuple[int, int] | None = None  # where it begins, and how deep it stands
        for match in _MARKUP.finditer(source, start, end):
            parent = above[-1] if above else ""
            name = _follow(match["tag"], above)
            if left_out is not None:
                if len(above) == left_out[1]:
                    yield _token(source, left_out[0], match.end(), "")
                    left_out = None
            elif len(above) and name and above[-1] == name and _is_left_out(name, parent):
                left_out = match.start(), len(above) - 1
            elif match["space"] and parent in _WORDLESS:
                yield _token(source, *match.span(), "")
            else:
                yield from _read(source, match, name, entities)
        here = end
    yield _token(source, here, len(source), "\n")


def _follow(tag: str | None, above: list[str]) -> str:
    """The local name of a tag, empty for none; keeps the names of the elements that are open."""
    found = _NAME.match(tag) if tag else None
    if tag is None or found is None:
        return ""
    if found["end"]:
        above.pop()
        return found["name"]
    if found["name"] in _READINGS and above and above[-1] in _APPARATUS:
        above[-1] = _SETTLED
    if not tag.endswith("/>"):
        above.append(found["name"])
    return found["name"]


def _is_left_out(name: str, parent: str) -> bool:
    return name in _LEFT_OUT or parent == _SETTLED or (name in _BESIDE and parent == "choice")


def _read(source: str, match: re.Match[str], name: str, entities: Mapping[str, str]) -> Iterator[Edit]:
    start, end = match.span()
    if match["space"]:
        yield _token(source, start, end, " ", "space")
    elif match["reference"]:
        words = _words_of(match["reference"], entities, start)
        yield _token(source, start, end, " " if words.isspace() else words, "reference")
    elif match["literal"] is None:
        tag = match["tag"] or ""
        rule = "markup"
        if name in _BREAKS and _IS_UNBROKEN.search(tag):
            rule = _UNBROKEN
        elif name == "head" and not tag.startswith("</"):
            rule = _HEADING
        elif name == "note":
            rule = _NOTE
        said = " " if _is_next(source, match, name) else _said_by_tag(name, tag)
        yield _token(source, start, end, said, rule)
    elif literal := match["literal"].strip():
        # only white space beside the marks belongs to them; the rest is read as it stands
        first = match["literal"].index(literal) + match.start("literal")
        last = first + len(literal)
        yield _token(source, start, first, " " if first > match.start("literal") else "")
        yield _token(source, last, end, " " if last < match.end("literal") else "")
    else:
        yield _token(source, start, end, " " if match["literal"] else "")


def _words_of(reference: str, entities: Mapping[str, str], offset: int) -> str:
    """What a reference reads as; HTML's names too, which a DOCTYPE elsewhere may declare."""
    if reference.startswith("#") or reference in _PREDEFINED:
        return html.unescape(f"&{reference};")
    value = entities.get(reference, html5.get(f"{reference};"))
    if value is None:
        raise _NoEntity(reference, "is not declared in the file", offset)
    if reference in entities:
        # well-formed XML has no entity that holds itself
        value = _REFERENCE.sub(lambda inner: _words_of(inner[1], entities, offset), value)
        if "<" in entities[reference]:
            raise _NoEntity(reference, "holds markup", offset)
    return value


def _said_by_tag(name: str, tag: str) -> str:
    if _BLOCK.fullmatch(name):
        return "\n"
    is_apart = name == "note" or (name in _BREAKS and not _IS_UNBROKEN.search(tag))
    return " " if is_apart else ""


def _is_next(source: str, match: re.Match[str], name: str) -> bool:
    """Whether an element of whole words begins where another ends, with nothing between them."""
    tag, start = match["tag"] or "</>", match.start()
    if tag.startswith("</") or tag.endswith("/>") or not _WHOLE_WORDS.fullmatch(name):
        return False
    before = _END_TAG.fullmatch(source, source.rfind("<", 0, start), start)
    return before is not None and _WHOLE_WORDS.fullmatch(before["name"]) is not None


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
        is_whole = _UNBROKEN in rules and _NOTE not in rules
        spaces = "\n" if "\n" in said else "" if is_whole else said[:1]
        new = said if said.strip() else spaces
        rule = "reference" if rules <= {"reference", "space"} else "markup"
        if [token.rule for token in run if token.new == "\n"][-1:] == [_HEADING]:
            rule = _HEADING
        yield _token(source, run[0].start, run[-1].end, new, rule)

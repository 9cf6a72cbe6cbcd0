"""Makes the reading of a text: white space, heading marks and lost hyphens, each by a reviewed rule.

Four rules, and no other change is ever made to plain text (a format with markup brings the edits that take
it out, `corpus.plain.Received`):

- `space`: a run of white space (whatever `str.isspace` says is some: spaces of any width, no-break spaces,
  line and page breaks) becomes one space;
- `paragraph`: a blank line becomes one line feed. Text taken out of a PDF keeps the space before a line
  end inside a paragraph, so a page break (two blank lines or more) behind a space is a `space`; so is a run
  with a form feed;
- `heading`: the mark of a Markdown heading is not read, nor the tag of one (TEI `head`);
- `hyphen`: a word of the closed list of the corpus gets its lost hyphen back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from sergekg.errors import CorpusError
from sergekg.model.text import Division, Edit, Reading, Span

_SPACE = re.compile(r"\s+")
_HEADING = re.compile(r"^#{1,6}[ \u00a0]+(?=\S)", re.MULTILINE)
_WORD = re.compile(r"[^\W\d_]+(?:’[^\W\d_]+)*")


def normalise(source: str, start: int, hyphens: Mapping[str, str], markup: Sequence[Edit] = ()) -> Reading:
    """The reading of a text.

    Args:
        source: the stretch of the file; it neither begins nor ends with white space.
        start: where that stretch begins in the file, in code points.
        hyphens: word as printed to word as read, whole words only.
        markup: edits of the reader, in offsets of the file; where one is, no rule applies.

    Raises:
        CorpusError: edits of the reader overlap.
    """
    given = list(_clip(source, start, markup))
    edits = sorted([*given, *_edits(source, hyphens, given)], key=lambda edit: edit.start)
    for one, two in pairwise(edits):
        if one.end > two.start:
            raise CorpusError(
                f"the reader edits the same words twice, at code point {start + two.start}",
                remedy="mend the reader, or name another in the manifest",
            )
    parts, here = [], 0
    for edit in edits:
        parts += [source[here : edit.start], edit.new]
        here = edit.end
    text = "".join((*parts, source[here:]))
    shifted = [Edit(e.start + start, e.end + start, e.old, e.new, e.rule) for e in edits]
    return Reading(text, start, shifted)


def divide(reading: Reading, markup: Sequence[Edit] = ()) -> list[Division]:
    """Headings and paragraphs by their spans in the file. A heading is marked, or set in capitals.

    Args:
        markup: edits of the reader; the tag of a heading that the text begins with stands before the text.
    """
    marked = {edit.end for edit in (*reading.edits, *markup) if edit.rule == "heading"}
    divisions, here = [], 0
    for line in reading.text.split("\n"):
        span = reading.source_span(Span(here, here + len(line)))
        is_heading = span.start in marked or (line.isupper() and len(line) < 120)
        divisions.append(Division("heading" if is_heading else "paragraph", span))
        here += len(line) + 1
    return divisions


def _clip(source: str, start: int, markup: Sequence[Edit]) -> Iterator[Edit]:
    """The part of each edit that lies in the stretch, in its offsets.

    Markup parts a text from its neighbours in the file: what reads as white space between the two reads as
    nothing at the border of either.
    """
    for edit in markup:
        first, last = max(edit.start - start, 0), min(edit.end - start, len(source))
        if first < last:
            at_border = first == 0 or last == len(source)
            new = edit.new.strip() if at_border else edit.new
            yield Edit(first, last, source[first:last], new, edit.rule)


def _edits(source: str, hyphens: Mapping[str, str], given: Sequence[Edit]) -> Iterator[Edit]:
    taken = bytearray(len(source))
    for edit in given:
        taken[edit.start : edit.end] = b"\x01" * (edit.end - edit.start)
    for match in () if given else _HEADING.finditer(source):
        taken[match.start() : match.end()] = b"\x01" * len(match.group())
        yield Edit(match.start(), match.end(), match.group(), "", "heading")
    for match in _SPACE.finditer(source):
        if any(taken[match.start() : match.end()]):
            continue
        run = match.group()
        lines = run.count("\n") if "\f" not in run else 0
        is_paragraph = lines == 2 or (lines > 2 and run.lstrip("\r").startswith("\n"))
        new = "\n" if is_paragraph else " "
        if run != new:
            rule = "paragraph" if is_paragraph else "space"
            yield Edit(match.start(), match.end(), run, new, rule)
    for match in _WORD.finditer(source):
        restored = hyphens.get(match.group())
        if restored is not None and not any(taken[match.start() : match.end()]):
            yield Edit(match.start(), match.end(), match.group(), restored, "hyphen")

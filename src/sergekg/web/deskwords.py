"""The words that the desk's script says, in the reader's language."""

from __future__ import annotations

from sergekg.web.i18n import gettext as _
from sergekg.web.problem_words import TITLES


def desk_words() -> dict[str, object]:
    """Key to words; `{n}` and the like are filled in by the script; `problems` are titles."""
    return {
        "problems": {title: _(title) for title in TITLES},
        "untitled": _("Query {n}"),
        "close": _("Close {title}"),
        "running": _("Running…"),
        "seconds": _("{s} s"),
        "rows": _("{n} rows"),
        "row": _("{n} row"),
        "triples": _("{n} triples"),
        "triple": _("{n} triple"),
        "cancelled": _("Cancelled after {s} s."),
        "failed": _("The server cannot be reached."),
        "line": _("line {line}, column {column}:"),
        "table": _("Table"),
        "raw": _("Raw"),
        "chart": _("Chart"),
        "map": _("Map"),
        "network": _("Network"),
        "timeline": _("Timeline"),
        "views": _("Ways to see the results"),
        "filter": _("Filter rows"),
        "filtered": _("{n} rows of {all}"),
        "filteredOne": _("{n} row of {all}"),
        "sort": _("sort by {column}"),
        "yes": _("yes"),
        "no": _("no"),
        "none": _("No row answers this question."),
        "csv": _("CSV for a spreadsheet"),
        "json": "JSON",
        "turtle": "Turtle",
        "copy": _("Copy"),
        "copied": _("Copied."),
        "link": _("Permanent link:"),
        "cut": _("Only the first {n} are drawn."),
        "rawCut": _("Only the first {n} characters are shown; the file has them all."),
        "noEditor": _("The editor with completion is not installed; this plain field works all the same."),
        "class": _("class"),
        "property": _("property"),
        "graph": _("graph"),
        "prefix": _("prefix"),
        "completions": _("Completions"),
        "find": _("Find"),
        "replace": _("replace"),
        "next": _("next"),
        "previous": _("previous"),
        "all": _("all"),
        "matchCase": _("match case"),
        "regexp": _("regexp"),
        "byWord": _("by word"),
        "replaceAll": _("replace all"),
        "closeFind": _("close"),
        "goToLine": _("Go to line"),
        "go": _("go"),
    }

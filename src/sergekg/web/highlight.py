"""SPARQL with its parts marked, for reading: what a strange query holds is shown and nothing else."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_PARTS = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<iri><[^<>"{}|^`\\\s]*>)
      | (?P<string>\"\"\"(?:[^\\]|\\.)*?(?:\"\"\"|\\?\Z) | '''(?:[^\\]|\\.)*?(?:'''|\\?\Z)
            | "(?:[^"\\\n]|\\.)*+"? | '(?:[^'\\\n]|\\.)*+'?)
      | (?P<variable>[?$]\w+)
      | (?P<name>(?<![\w-])[A-Za-z][\w-]*+:(?:[\w.-]|\\.)*|:(?:[\w-]|\\.)+)
      | (?P<keyword>\b(?:SELECT|ASK|CONSTRUCT|DESCRIBE|WHERE|FROM|NAMED|PREFIX|BASE|DISTINCT|REDUCED|OPTIONAL
            |UNION|MINUS|GRAPH|SERVICE|SILENT|FILTER|EXISTS|NOT|IN|BIND|AS|VALUES|UNDEF|GROUP|BY|HAVING|ORDER|ASC|DESC
            |LIMIT|OFFSET|a)\b)
      | (?P<number>\b\d+(?:\.\d+)?\b)""",
    re.VERBOSE | re.DOTALL,
)
"""A string that nothing closes goes on to the end, and within a word no name is looked for again: so the time
that a part takes grows with its length alone."""
LONGEST = 20_000
"""Characters that are marked; what comes after is shown plainly."""


def highlight(query: str) -> Markup:
    """The query as HTML, each part in a span of its class."""
    parts, here = [], 0
    for match in _PARTS.finditer(query, 0, LONGEST):
        parts.append(escape(query[here : match.start()]))
        parts.append(Markup('<span class="sq-{}">{}</span>').format(match.lastgroup, match[0]))
        here = match.end()
    return Markup("").join([*parts, escape(query[here:])])

"""Writes the list of the questions into docs/queries.md; `make questions` runs it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tests.conftest import ROOT

from sergekg.store.queries import StoredQuery, read_queries

PAGE = ROOT / "docs" / "queries.md"
LIST = re.compile(r"(?<=<!-- questions -->\n).*(?=<!-- end of questions -->)", re.DOTALL)


def listing(queries: Sequence[StoredQuery]) -> str:
    """The questions by theme, in Markdown: name, question in French and in English, parameters."""
    themes: dict[str, list[StoredQuery]] = {}
    for query in queries:
        themes.setdefault(f"{query.said('theme', 'en')} · {query.said('theme', 'fr')}", []).append(query)
    lines = [f"{len(queries)} questions.", ""]
    for theme in sorted(themes):
        lines += [
            f"### {theme}",
            "",
            "| question | in French | in English | parameters |",
            "|---|---|---|---|",
        ]
        for query in themes[theme]:
            parameters = ", ".join(f"`{p.name}` ({p.default})" for p in query.parameters)
            link = f"[{query.name}](../queries/{query.group}/{query.name}.rq)"
            lines.append(f"| {link} | {query.title('fr')} | {query.title('en')} | {parameters} |")
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    questions = [q for q in read_queries(ROOT / "queries")[0] if q.group == "competency"]
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(LIST.sub(lambda _: listing(questions), text), encoding="utf-8")

"""BEACON: which Wikidata items have a page here, one line each (BEACON link dump format, draft 2014)."""

from __future__ import annotations

from sergekg.export.wikidata.claims import one_line
from sergekg.iris import Iris
from sergekg.release import Release
from sergekg.store.base import Store
from sergekg.store.queries import bind
from sergekg.vocab import WD

_LINKS = """
SELECT DISTINCT ?thing ?item WHERE {
  GRAPH $graph { ?thing skos:exactMatch ?item } FILTER(STRSTARTS(STR(?item), STR(wd:)))
}"""


def write_beacon(release: Release, store: Store, root: str | None = None) -> bytes:
    """One line for each exact match, by item.

    Args:
        root: what the addresses of things begin with; default the base of the data.
    """
    iris = Iris(release.base)
    links: set[tuple[int, str, str]] = set()
    for row in store.select(bind(_LINKS, {"graph": iris.graph("links")})):
        key, item = iris.key(str(row["thing"])), str(row["item"]).removeprefix(str(WD))
        if key is not None:
            number = item.lstrip("Q")
            links.add((int(number) if number.isdigit() else 0, item, key))
    title = release.title.get("fr") or next(iter(release.title.values()))
    head = [
        "#FORMAT: BEACON",
        f"#PREFIX: {WD}",
        f"#TARGET: {root or release.base}id/{{+ID}}",  # without +, the slash of a key would be escaped
        "#RELATION: http://www.w3.org/2004/02/skos/core#exactMatch",
        f"#NAME: {title}",
        f"#DESCRIPTION: {release.description.get('fr', '')}",
        f"#CREATOR: {release.publisher}",
        f"#FEED: {root or release.base}beacon.txt",
        f"#TIMESTAMP: {release.modified}",
        f"#INSTITUTION: {release.publisher}",
    ]
    lines = [f"{item}||{key}" for _, item, key in sorted(links)]
    return ("\n".join((*map(one_line, head), *lines)) + "\n").encode()

"""Writes what a release holds beside the quads that its digest stands for: dumps, catalogue, RO-Crate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sergekg.build.catalogue import GRAPH, make_catalogue
from sergekg.build.dumps import write_dumps
from sergekg.build.run import Assembly
from sergekg.export.rocrate import FILE as CRATE
from sergekg.export.rocrate import write_crate
from sergekg.iris import Iris
from sergekg.rdf.edition import TextPart
from sergekg.release import open_release

EXTRA_FILES = ("catalogue/void.nq", "catalogue/dcat.nq", CRATE)


def write_extras(work: Path, about: Mapping[str, Any], assembly: Assembly) -> list[str]:
    """Write them into the directory of a new release, and list the dumps in its `release.json`.

    They are made from what the digest stands for, but their bytes may differ from one build of zlib to
    the next, so the digest does not stand for them.

    Returns:
        the lines of the graph `catalogue`, sorted.
    """
    filled = {name: lines for name, lines in assembly.graphs.items() if lines}
    dumps = write_dumps(work / "dumps", about["name"], filled)
    titles = {text.slug: text.title for file in assembly.material.manifest.files for text in file.texts}
    texts = [
        TextPart(document.slug, document.key, document.language, dict(titles[document.slug]))
        for document in assembly.material.documents
    ]
    catalogue = make_catalogue(about, assembly.lines(), texts, dumps)
    for name, lines in catalogue.items():
        _put(work / "catalogue" / f"{name}.nq", "".join(f"{line}\n" for line in lines))
    extra = sorted({line for lines in catalogue.values() for line in lines})
    triples = {line.rsplit(" ", 2)[0] for line in (*assembly.lines(), *extra)}
    stored = {**about["graphs"], str(Iris(about["base"]).graph(GRAPH)): len(extra), "": len(triples)}
    content = {**about, "dumps": [asdict(dump) for dump in dumps], "stored": stored}
    _put(work / "release.json", json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
    (work / CRATE).write_bytes(write_crate(open_release(work)))
    return extra


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")

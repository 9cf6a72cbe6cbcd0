"""Says what of a corpus is not yet in a release: what the next build would put in service."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sergekg.build.publish import to_be_released
from sergekg.build.run import Assembly
from sergekg.config import Config
from sergekg.release import Release


def is_released(assembly: Assembly, config: Config, release: Release) -> bool:
    """Whether a build would give this very release again."""
    return bool(to_be_released(assembly, config)["digest"] == release.digest)


def changed_texts(assembly: Assembly, release: Release | None) -> set[str]:
    """The texts whose statements, or whose words, are others than in a release; all where there is none."""
    if release is None:
        return {artefact.slug for artefact in assembly.artefacts}
    iris = assembly.material.context.iris
    released = _statements(release, {f"<{iris.text_graph(a.slug)}>" for a in assembly.artefacts})
    readings = {document.slug: document.reading.text for document in assembly.material.documents}
    return {
        artefact.slug
        for artefact in assembly.artefacts
        if artefact.slug not in release.texts
        or released[f"<{iris.text_graph(artefact.slug)}>"] != set(artefact.nquads)
        # one file may hold several texts, so its digest says nothing of any of them
        or release.text(artefact.slug)["reading"] != readings[artefact.slug]
    }


def _statements(release: Release, graphs: Collection[str]) -> Mapping[str, set[str]]:
    """The lines of some graphs of a release, by the name of the graph as N-Quads writes it."""
    found: dict[str, set[str]] = {graph: set() for graph in graphs}
    with release.quads.open(encoding="utf-8", newline="\n") as quads:
        for line in quads:
            graph = line.rsplit(" ", 2)[1]
            if graph in found:
                found[graph].add(line.rstrip("\n"))
    return found

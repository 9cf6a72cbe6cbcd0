"""Says what of a corpus is not yet in a release: what the next build would put in service."""

from __future__ import annotations

from collections import defaultdict

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
    graphs: dict[str, set[str]] = defaultdict(set)
    with release.quads.open(encoding="utf-8", newline="\n") as quads:
        for line in quads:
            graphs[line.rsplit(" ", 2)[1]].add(line.rstrip("\n"))
    iris, sources = assembly.material.context.iris, {d.slug: d.file for d in assembly.material.documents}
    changed = set()
    for artefact in assembly.artefacts:
        is_known = artefact.slug in release.texts
        said = graphs[f"<{iris.graph(f'text/{artefact.slug}')}>"]
        if (
            not is_known
            or said != set(artefact.nquads)
            or release.text(artefact.slug)["sha256"] != sources[artefact.slug].sha256
        ):
            changed.add(artefact.slug)
    return changed

"""Cuts a release into its members: one entity each, with its quads and the statements that tell of it."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from rdflib import RDF

from sergekg.iris import Iris
from sergekg.vocab import SKG

_TELLS = {f"<{RDF.subject}>", f"<{RDF.object}>", f"<{SKG.describesEvent}>"}


def split_members(lines: Iterable[str], entities: Iterable[str], iris: Iris) -> Mapping[str, Sequence[str]]:
    """The N-Quads lines of each member, sorted.

    Args:
        lines: every quad of a release.
        entities: keys, `<type>/<slug>`, of the things that are members.

    Returns:
        for each key: the quads with the entity or a part of it as subject, and the quads of every statement
        or interpretation that has it as subject, object or event. Evidence is named, and followed from there.
    """
    by_subject: dict[str, list[str]] = defaultdict(list)
    told: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        subject, predicate, rest = line.split(" ", 2)
        by_subject[subject.partition("#")[0].rstrip(">") + ">"].append(line)
        if predicate in _TELLS and rest.startswith("<"):
            told[rest.partition(">")[0] + ">"].add(subject)
    members = {}
    for key in sorted(entities):
        node = f"<{iris.thing(key)}>"
        found = set(by_subject.get(node, ()))
        for statement in told.get(node, ()):
            found.update(by_subject[statement])
        members[key] = sorted(found)
    return members


def known_keys(lines: Iterable[str], iris: Iris) -> list[str]:
    """Every `<type>/<slug>` that a quad has as subject, sorted."""
    subjects = {line.partition(" ")[0][1:-1].partition("#")[0] for line in lines}
    return sorted(key for subject in subjects if (key := iris.key(subject)) is not None)


def member_digest(lines: Iterable[str]) -> str:
    """What tells whether a member has changed: SHA-256 in hex, cut to 128 bits."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]

"""Counts what a dataset holds, in one pass: what VoID and the service description say of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


@dataclass(frozen=True)
class PropertyStatistics:
    """The triples of one property, of all subjects or of those of one class.

    Attributes:
        classes, datatypes: triples by class of their object, or by its datatype; an object of two
            classes counts in both.
    """

    triples: int
    subjects: int
    objects: int
    classes: Mapping[str, int]
    datatypes: Mapping[str, int]


@dataclass(frozen=True)
class Statistics:
    """Counts of distinct triples, whatever graphs they stand in.

    Attributes:
        entities: subjects that are things of ours.
        instances: class to its number of distinct instances.
        properties: property to its triples.
        by_class: class to property to the triples with an instance as subject.
        languages: language tag to the literals that carry it.
        links: (property, namespace) to triples from a thing of ours to an IRI of that namespace.
        graphs: graph IRI to `(triples, entities)`.
    """

    triples: int
    entities: int
    subjects: int
    objects: int
    instances: Mapping[str, int]
    properties: Mapping[str, PropertyStatistics]
    by_class: Mapping[str, Mapping[str, PropertyStatistics]]
    languages: Mapping[str, int]
    datatypes: Mapping[str, int]
    links: Mapping[tuple[str, str], int]
    graphs: Mapping[str, tuple[int, int]]


@dataclass
class _Tally:
    triples: int = 0
    subjects: set[str] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)
    classes: Counter[str] = field(default_factory=Counter)
    datatypes: Counter[str] = field(default_factory=Counter)

    def close(self) -> PropertyStatistics:
        return PropertyStatistics(
            self.triples,
            len(self.subjects),
            len(self.objects),
            dict(sorted(self.classes.items())),
            dict(sorted(self.datatypes.items())),
        )


def count_quads(quads: Iterable[ox.Quad], things: str, targets: Iterable[str] = ()) -> Statistics:
    """Count the quads of a dataset.

    Args:
        things: what the IRI of every thing of ours begins with.
        targets: namespaces of other datasets that links lead to.
    """
    rows = list(quads)
    targets = tuple(targets)
    triples = dict.fromkeys(quad.triple for quad in rows)
    types: dict[str, set[str]] = defaultdict(set)
    for triple in triples:
        if triple.predicate.value == TYPE and isinstance(triple.object, ox.NamedNode):
            types[str(triple.subject)].add(triple.object.value)
    properties: dict[str, _Tally] = defaultdict(_Tally)
    by_class: dict[str, dict[str, _Tally]] = defaultdict(lambda: defaultdict(_Tally))
    languages: Counter[str] = Counter()
    links: Counter[tuple[str, str]] = Counter()
    subjects, objects = set(), set()
    for triple in triples:
        subject, obj, predicate = str(triple.subject), str(triple.object), triple.predicate.value
        subjects.add(subject)
        objects.add(obj)
        if isinstance(triple.object, ox.Literal) and triple.object.language:
            languages[triple.object.language] += 1
        if isinstance(triple.object, ox.NamedNode) and subject.startswith(f"<{things}"):
            for target in targets:
                if triple.object.value.startswith(target):
                    links[predicate, target] += 1
        tallies = [properties[predicate], *(by_class[cls][predicate] for cls in types.get(subject, ()))]
        for tally in tallies:
            tally.triples += 1
            tally.subjects.add(subject)
            tally.objects.add(obj)
            if isinstance(triple.object, ox.Literal):
                tally.datatypes[triple.object.datatype.value] += 1
            elif predicate != TYPE:
                tally.classes.update(types.get(obj, ()))
    datatypes: Counter[str] = Counter()
    for tally in properties.values():
        datatypes.update(tally.datatypes)
    instances = Counter(cls for classes in types.values() for cls in classes)
    return Statistics(
        triples=len(triples),
        entities=sum(1 for subject in subjects if _is_thing(subject, things)),
        subjects=len(subjects),
        objects=len(objects),
        instances=dict(sorted(instances.items())),
        properties={iri: properties[iri].close() for iri in sorted(properties)},
        by_class={
            cls: {iri: tallies[iri].close() for iri in sorted(tallies)}
            for cls, tallies in sorted(by_class.items())
        },
        languages=dict(sorted(languages.items())),
        datatypes=dict(sorted(datatypes.items())),
        links=dict(sorted(links.items())),
        graphs=_by_graph(rows, things),
    )


def _by_graph(quads: Iterable[ox.Quad], things: str) -> dict[str, tuple[int, int]]:
    counts: Counter[str] = Counter()
    subjects: dict[str, set[str]] = defaultdict(set)
    for quad in quads:
        if isinstance(quad.graph_name, ox.NamedNode):
            counts[quad.graph_name.value] += 1
            subjects[quad.graph_name.value].add(str(quad.subject))
    return {
        graph: (count, sum(1 for s in subjects[graph] if _is_thing(s, things)))
        for graph, count in sorted(counts.items())
    }


def _is_thing(subject: str, things: str) -> bool:
    """Whether a subject, as the engine writes it, is a thing of ours and not a part of one."""
    return subject.startswith(f"<{things}") and "#" not in subject

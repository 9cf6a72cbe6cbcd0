"""What is read in a document, and what may be known while it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sergekg.iris import Iris
from sergekg.model.entity import Entity
from sergekg.model.evidence import Evidence
from sergekg.model.signature import Signature
from sergekg.model.statement import Statement


@dataclass(frozen=True, slots=True)
class Silence:
    """A passage that holds nothing to state, and why."""

    evidence: Evidence
    reason: str


@dataclass(frozen=True, slots=True)
class Context:
    """What may be known beside the text: the authority list, the ontology, the names of things."""

    entities: Mapping[str, Entity]
    signature: Signature
    iris: Iris


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was read in one document."""

    statements: Sequence[Statement]
    silences: Sequence[Silence] = ()

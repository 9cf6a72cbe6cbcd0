"""The seam for extractors: anything that reads statements out of a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sergekg.iris import Iris
from sergekg.model.entity import Entity
from sergekg.model.evidence import Evidence
from sergekg.model.signature import Signature
from sergekg.model.statement import Statement
from sergekg.model.text import Document


@dataclass(frozen=True, slots=True)
class Silence:
    """A passage that holds nothing to state, and why."""

    evidence: Evidence
    reason: str


@dataclass(frozen=True, slots=True)
class Context:
    """What an extractor may know beside the text."""

    entities: Mapping[str, Entity]
    signature: Signature
    iris: Iris


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was read in one document."""

    statements: Sequence[Statement]
    silences: Sequence[Silence] = ()


class Extractor(Protocol):
    """Reads statements out of a document; raises `BuildError` with everything that is wrong."""

    def __call__(self, document: Document, material: object, context: Context) -> Extraction: ...

"""Reads `interpretations.yaml`: conflicts of sources, corrections, identifications, outside knowledge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sergekg.corpus.annotations import records_of
from sergekg.corpus.yamlfile import Record, read_yaml
from sergekg.errors import BuildError

FILE_NAME = "interpretations.yaml"


@dataclass(frozen=True, slots=True)
class InterpretationFile:
    """The records as written; `agent` is the key of who makes them."""

    agent: str | None
    conflicts: Sequence[Record]
    claims: Sequence[Record]
    positions: Sequence[Record]
    where: Record

    @classmethod
    def none(cls) -> InterpretationFile:
        """What a corpus without such a file has."""
        return cls(None, (), (), (), Record.empty(FILE_NAME))


def read_interpretations(corpus: Path) -> InterpretationFile:
    """The interpretations of a corpus; a corpus may have none.

    Raises:
        CorpusError: the file is no YAML, or a part of it is no list.
        BuildError: with every part that is unknown.
    """
    path = corpus / FILE_NAME
    top = read_yaml(path, FILE_NAME) if path.exists() else Record.empty(FILE_NAME)
    if problems := list(top.allow("agent", "conflicts", "claims", "positions")):
        raise BuildError(problems)
    conflicts, claims, positions = (records_of(top, key) for key in ("conflicts", "claims", "positions"))
    return InterpretationFile(top.text("agent"), conflicts, claims, positions, top)

"""Readers of source files: what is received, and the markup in it that is not read; plain text has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sergekg.corpus.yamlfile import read_utf8
from sergekg.errors import CorpusError, Location
from sergekg.model.text import Edit


@dataclass(frozen=True, slots=True)
class Received:
    """The text of a file, unchanged, and the edits that take its markup out of the reading."""

    text: str
    markup: Sequence[Edit] = ()


class Reader(Protocol):
    """Reads a file of one format; `shown` is its path as messages give it. Raises `CorpusError`."""

    def __call__(self, path: Path, shown: str) -> Received: ...


def read_plain(path: Path, shown: str) -> Received:
    """The text of the file, unchanged.

    Raises:
        CorpusError: missing, unreadable, not UTF-8, or without a word.
    """
    text = read_utf8(path, shown)
    if not text.removeprefix("\ufeff").strip():
        raise CorpusError("there are no words in the file", where=Location(shown), remedy="check the file")
    return Received(text)

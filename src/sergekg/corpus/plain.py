"""Reads a plain text file: UTF-8, taken as it is."""

from __future__ import annotations

from pathlib import Path

from sergekg.corpus.yamlfile import read_utf8


def read_plain(path: Path, shown: str) -> str:
    """The text of the file, unchanged.

    Raises:
        CorpusError: missing, unreadable, or not UTF-8.
    """
    return read_utf8(path, shown)

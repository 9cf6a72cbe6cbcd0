"""Reads the tables of linguistic facts that lie beside the code."""

from __future__ import annotations

import csv
from importlib import resources


def read_table(name: str) -> list[dict[str, str]]:
    """The rows of `<name>.tsv`, by column; lines that begin with # are remarks."""
    text = resources.files("sergekg.reconcile").joinpath(f"{name}.tsv").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))

"""Finds the ontology, shapes, queries and carried corpus, in a checkout or inside an installed wheel."""

from __future__ import annotations

from pathlib import Path

from sergekg.errors import ConfigError

_PACKAGE = Path(__file__).resolve().parent
KINDS = ("ontology", "shapes", "queries", "data")


def asset_dir(kind: str) -> Path:
    """The directory that holds one kind of asset.

    Args:
        kind: one of `KINDS`.

    Raises:
        ConfigError: the installation is incomplete.
    """
    for candidate in (_PACKAGE / "_assets" / kind, _PACKAGE.parent.parent / kind):
        if candidate.is_dir():
            return candidate
    raise ConfigError(f"this installation of sergekg has no {kind} directory", remedy="install it again")


def static_dir() -> Path:
    """The directory of style sheets and scripts that pages link to."""
    return _PACKAGE / "web" / "static"

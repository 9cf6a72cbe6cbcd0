"""Finds readers by name through entry points, ours like anyone's."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from sergekg.errors import ConfigError


def find_plugin(group: str, name: str) -> Any:
    """Load the object registered as `name` in the entry-point group `sergekg.<group>`.

    Raises:
        ConfigError: nothing is registered under that name, or it cannot be imported.
    """
    found = entry_points(group=f"sergekg.{group}")
    for entry in found:
        if entry.name == name:
            try:
                return entry.load()
            except ImportError as cause:
                raise ConfigError(
                    f"the {group} plugin {name!r} cannot be imported ({cause})",
                    remedy=f"install what it needs: pip install 'sergekg[{name}]'",
                ) from cause
    known = ", ".join(sorted(entry.name for entry in found)) or "none"
    raise ConfigError(f"no {group} plugin is called {name!r}", remedy=f"known: {known}")

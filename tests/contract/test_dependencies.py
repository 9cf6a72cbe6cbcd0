"""What the code imports is what the package says that it needs."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_IMPORT = re.compile(r"^ *(?:from (\w+)[\w.]* import|import (\w+))", re.MULTILINE)


def _named(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement)[0].lower().replace("_", "-")


def test_every_distribution_that_is_imported_is_declared_and_bounded() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = [*project["dependencies"], *project["optional-dependencies"]["reconcile"]]
    distributions = packages_distributions()
    imported = {
        _named(name)
        for path in (ROOT / "src").rglob("*.py")
        for found in _IMPORT.findall(path.read_text(encoding="utf-8"))
        if (module := "".join(found)) not in sys.stdlib_module_names and module in distributions
        for name in distributions[module]
    } - {"sergekg"}
    assert imported == {_named(one) for one in required}
    assert [one for one in project["dependencies"] if "<" not in one] == []

"""A place of its own for the clients of each kind: virtual environments and one npm directory, all pinned."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PLACE = ROOT / "var" / "interop"


class Missing(Exception):
    """A client cannot be had here; says why in one line."""


def python(name: str) -> Path:
    """The interpreter of the environment `requirements-<name>.txt`, made where it is not there yet."""
    wanted = HERE / f"requirements-{name}.txt"
    place = PLACE / f"venv-{name}"
    if not _is_made(place, wanted):
        shutil.rmtree(place, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        # ckan names its own setuptools, and two of its libraries are built by it
        _run(
            [
                str(place / "bin" / "pip"),
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
                str(wanted),
            ]
        )
        _mark(place, wanted)
    return place / "bin" / "python"


def npm() -> Path:
    """The directory in which the npm clients are installed, by the lock file."""
    node = shutil.which("node")
    if node is None:
        raise Missing("node is not installed")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").partition(".")[0]) > 20:
        raise Missing(f"node {version} is too new for these clients, which need 18 to 20")
    place = PLACE / "npm"
    if not _is_made(place, HERE / "package-lock.json"):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, place)
        _run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=place)
        _mark(place, HERE / "package-lock.json")
    for script in (HERE / "checks").glob("*.mjs"):
        shutil.copy(script, place)
    return place


def tool(name: str) -> Path:
    """A program of the system."""
    found = shutil.which(name)
    if found is None:
        raise Missing(f"{name} is not installed")
    return Path(found)


def _run(command: list[str], cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"{command[0]} failed: {(done.stderr or done.stdout).strip().splitlines()[-1:]}")


def _mark(place: Path, wanted: Path) -> None:
    (place / ".made-from").write_text(_digest(wanted), encoding="utf-8")


def _is_made(place: Path, wanted: Path) -> bool:
    mark = place / ".made-from"
    return mark.is_file() and mark.read_text(encoding="utf-8") == _digest(wanted)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()

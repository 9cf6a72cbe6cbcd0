"""`python -m interop`: builds a release of its own, serves it, lets every client at it, writes docs/interop.md.

The release has the address of the server as its base, so that every name in it can be followed. Nothing here
is needed to use sergekg; the first run installs the clients, which takes some minutes.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from interop.clients import CLIENTS, Client
from interop.environments import HERE, PLACE, ROOT, Missing, npm, python, tool
from interop.transcripts import transcripts

PORT, EXAMPLE_PORT = 8899, 8898
BASE, EXAMPLE = (f"http://127.0.0.1:{port}/" for port in (PORT, EXAMPLE_PORT))
_SECONDS = 7200
"""The longest that a client may take: linkchecker follows every link."""


@dataclass(frozen=True)
class Row:
    client: Client
    is_green: bool
    result: str
    seconds: float


def main(wanted: list[str]) -> int:
    """Run all clients, or those whose name holds one of the words; returns the exit code.

    `http` stands for docs/http.md alone, which needs no client but curl.
    """
    if wanted == ["http"]:
        workspace = _make_workspace()
        _sergekg(workspace, "build", "--quiet")
        with _serve(workspace, PORT):
            _write_transcripts()
        return 0
    chosen = [c for c in CLIENTS if not wanted or any(word in c.name for word in wanted)]
    workspace, example = _make_workspace(), _make_example()
    rows = []
    for is_later in (False, True):
        if not any(c.after_change is is_later for c in chosen):
            continue
        if is_later:
            _change(workspace)
        _sergekg(workspace, "build", "--quiet")
        with _serve(workspace, PORT), _serve(example, EXAMPLE_PORT):
            if not is_later and not wanted:
                _write_transcripts()
            for client in (c for c in chosen if c.after_change is is_later):
                rows.append(_try(client, workspace))
                _print(rows[-1])
    if not wanted:
        (ROOT / "docs" / "interop.md").write_text(_page(rows), encoding="utf-8")
    red = sum(not row.is_green for row in rows)
    print(f"{len(rows) - red} of {len(rows)} green")
    return 1 if red else 0


def _write_transcripts() -> None:
    (ROOT / "docs" / "http.md").write_text(transcripts(BASE), encoding="utf-8")


def _make_workspace() -> Path:
    """A copy of the corpus whose base is the server's own address."""
    place = PLACE / "workspace"
    shutil.rmtree(place, ignore_errors=True)
    shutil.rmtree(PLACE / "work", ignore_errors=True)
    (PLACE / "work").mkdir(parents=True)
    place.mkdir()
    for name in ("data", "ontology", "shapes", "queries"):
        shutil.copytree(ROOT / name, place / name)
    settings = (ROOT / "sergekg.toml").read_text(encoding="utf-8")
    settings = re.sub(r"(?m)^base = .*$", f'base = "{BASE}"', settings)
    (place / "sergekg.toml").write_text(settings, encoding="utf-8")
    return place


def _make_example() -> Path:
    """The corpus of `sergekg init`, built."""
    place = PLACE / "example"
    shutil.rmtree(place, ignore_errors=True)
    _sergekg(PLACE, "init", str(place))
    settings = (place / "sergekg.toml").read_text(encoding="utf-8")
    settings = re.sub(r"(?m)^#? *base = .*$", "", settings)
    (place / "sergekg.toml").write_text(f'base = "{EXAMPLE}"\n{settings}', encoding="utf-8")
    _sergekg(place, "build", "--quiet")
    return place


def _change(workspace: Path) -> None:
    """Change the name of one place, as a later edition of the corpus would."""
    for path in (workspace / "data").glob("*/entities/places.yaml"):
        text = path.read_text(encoding="utf-8")
        assert 'en: "Vyatka"' in text, "the authority list has no Vyatka to change"
        path.write_text(text.replace('en: "Vyatka"', 'en: "Vyatka, on the Vyatka"'), encoding="utf-8")


def _sergekg(workspace: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "sergekg", *arguments], cwd=workspace, check=True, env=_environ())


@contextlib.contextmanager
def _serve(workspace: Path, port: int) -> Iterator[None]:
    command = [sys.executable, "-m", "sergekg", "serve", "--port", str(port)]
    log = (workspace / "serve.log").open("wb")
    process = subprocess.Popen(command, cwd=workspace, stdout=log, stderr=log, env=_environ())
    try:
        for _ in range(300):
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5),
            ):
                break
            time.sleep(0.2)
        else:
            raise SystemExit(f"the server did not start; see {workspace / 'serve.log'}")
        yield
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _environ() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("SERGEKG_")}
    return {**own, "PYTHONPATH": str(ROOT / "src")}


def _try(client: Client, workspace: Path) -> Row:
    started = time.monotonic()
    try:
        result, is_green = client.result(_run(client, workspace)), True
    except (AssertionError, Missing, subprocess.TimeoutExpired) as error:
        result, is_green = " ".join(str(error).split())[:300], False
    return Row(client, is_green, result, time.monotonic() - started)


def _run(client: Client, workspace: Path) -> str:
    release = (workspace / "var" / "releases" / "current").read_text(encoding="utf-8").strip()
    values = {
        "{root}": BASE,
        "{example}": EXAMPLE,
        "{work}": str(PLACE / "work"),
        "{release}": str(workspace / "var" / "releases" / release),
    }
    command = [_filled(argument, values) for argument in client.command]
    done = subprocess.run(
        [*_program(client, command[0]), *command[1:]],
        cwd=PLACE / "npm" if client.place == "npm" else HERE / "checks",
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        env={**os.environ, "NODE_NO_WARNINGS": "1", "PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 0, (done.stdout or done.stderr).strip()[-300:]
    return done.stdout + (done.stderr if client.place == "npm" else "")


def _program(client: Client, name: str) -> list[str]:
    if client.place == "npm":
        place = npm()
        return [str(tool("node"))] if name == "node" else [str(place / "node_modules" / ".bin" / name)]
    if client.place == "system":
        return [str(tool(name))]
    interpreter = python(client.place)
    return [str(interpreter), name] if name.endswith(".py") else [str(interpreter.parent / name)]


def _filled(argument: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        argument = argument.replace(name, value)
    return argument


def _print(row: Row) -> None:
    mark = "green" if row.is_green else "RED  "
    print(f"{mark}  {row.client.name} {row.client.version}: {row.client.what}: {row.result}", flush=True)


def _page(rows: list[Row]) -> str:
    from sergekg import __version__

    green = sum(row.is_green for row in rows)
    lines = [
        "# Clients that nobody here wrote",
        "",
        "Made by `make interop`, which builds the corpus with the server's own address as its base, serves it, and",
        "runs each client in an environment of its own with the versions below. Do not edit it by hand.",
        "",
        f"sergekg {__version__}: {green} of {len(rows)} rows are green.",
        "",
        "| | client | version | does | command | result |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        command = " ".join(_quoted(part) for part in row.client.command).replace("|", "\\|")
        result = row.result.replace("|", "\\|")
        mark = "green" if row.is_green else "red"
        lines.append(
            f"| {mark} | {row.client.name} | {row.client.version} | {row.client.what} | `{command}` | {result} |"
        )
    return "\n".join(lines) + "\n"


def _quoted(part: str) -> str:
    return (
        f"'{part}'"
        if re.search(r"[\s?{}<>]", part.replace("{root}", "").replace("{work}", "").replace("{release}", ""))
        else part
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Fixtures that every test may use: the real corpus built once, its store, a client, a running server."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings

from sergekg.build.publish import publish
from sergekg.build.run import Assembly, assemble, check
from sergekg.config import Config, load_config
from sergekg.corpus.workspace import make_workspace
from sergekg.release import Release, current_release
from sergekg.store.local import LocalStore
from sergekg.web import create_app

ROOT = Path(__file__).resolve().parent.parent

settings.register_profile("sergekg", deadline=None)  # a busy machine is no mistake of ours
settings.load_profile("sergekg")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One file that needs the release, all that do without it, the others: nobody waits for who builds it.

    Of each kind the longest files first.
    """
    needing = [
        item.path for item in items if {"release", "assembly"} & set(getattr(item, "fixturenames", ()))
    ]
    if needing:
        turns = dict.fromkeys(needing, 2) | {needing[0]: 0}
        length = Counter(item.path for item in items)
        items.sort(key=lambda item: (turns.get(item.path, 1), -length[item.path]))


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait for processes that they have started."""
    return (os.cpu_count() or 1) + 1


@pytest.fixture(scope="session")
def config() -> Config:
    """The settings of the checkout, with a place of its own for what tests build.

    What was built is kept by the digest of what it was made from, so a second run reuses it.
    """
    return replace(
        load_config(ROOT, environ={}),
        var=ROOT / "var" / f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}",
    )


@contextmanager
def alone(config: Config) -> Iterator[Config]:
    """The place where the workers of one run build, one after the other, so that the first builds for all."""
    shared = replace(config, var=ROOT / "var" / "test")
    shared.var.mkdir(parents=True, exist_ok=True)
    with (shared.var / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield shared


@pytest.fixture(scope="session")
def assembly(config: Config) -> Assembly:
    """All graphs of the real corpus."""
    with alone(config) as shared:
        return assemble(shared)


def _forget_what_other_code_wrote(config: Config) -> None:
    """Remove releases whose dumps and catalogue an earlier state of the code wrote: the digest is of the quads."""
    writers = sorted(
        p for name in ("build", "export", "rdf") for p in (ROOT / "src/sergekg" / name).rglob("*.py")
    )
    made_by = hashlib.sha256(b"".join(path.read_bytes() for path in writers)).hexdigest()
    mark = config.var / "made-by"
    if not mark.is_file() or mark.read_text(encoding="utf-8") != made_by:
        shutil.rmtree(config.releases, ignore_errors=True)
        mark.write_text(made_by, encoding="utf-8")


@pytest.fixture(scope="session")
def release(config: Config, assembly: Assembly) -> Release:
    """The real corpus as a release, in the place of its own that the worker has."""
    with alone(config) as shared:
        _forget_what_other_code_wrote(shared)
        report = check(shared, assembly)
        assert report.conforms, [finding.message("en") for finding in report.findings]
        publish(shared, assembly)
        for kept in ("cache", "releases"):
            shutil.rmtree(config.var / kept, ignore_errors=True)
            shutil.copytree(shared.var / kept, config.var / kept)
    return current_release(config.releases)


@pytest.fixture(scope="session")
def store(release: Release) -> LocalStore:
    """The store of the release."""
    return LocalStore.open(release.store)


@pytest.fixture(scope="session")
def app(release: Release, config: Config) -> Flask:
    """One application over the release for all tests that leave it as it is: templates are compiled once."""
    return create_app(release, config)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of the application without a socket, and with no cookies of its own yet."""
    return app.test_client()


@pytest.fixture(scope="session")
def server(release: Release, config: Config) -> Iterator[str]:
    """The address of `sergekg serve` over the release, on a free port of the loopback."""
    with run_server("--port", "0", var=config.var) as address:
        yield address


class run_server:  # noqa: N801 - reads as a function
    """`sergekg serve` with options, in a process of its own, until the block is left."""

    def __init__(
        self,
        *options: str,
        var: Path,
        environ: dict[str, str] | None = None,
        python: str = sys.executable,
        cwd: Path = ROOT,
    ) -> None:
        command = [python, "-m", "sergekg", "serve", *options]
        env = {**os.environ, "SERGEKG_VAR": str(var), "PYTHONUNBUFFERED": "1", **(environ or {})}
        self.process = subprocess.Popen(
            command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def __enter__(self) -> str:
        assert self.process.stdout is not None
        said = []
        deadline = time.monotonic() + 100
        while time.monotonic() < deadline and self.process.poll() is None:
            said.append(self.process.stdout.readline())
            if found := re.search(r"http://[\w.\[\]:]+:\d+", said[-1]):
                self._wait(found[0], deadline)
                return found[0]
        self.process.kill()
        raise AssertionError("the server did not start:\n" + "".join(said))

    def _wait(self, address: str, deadline: float) -> None:
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"{address}/healthz", timeout=5):
                    return
            except OSError:
                time.sleep(0.05)
        self.process.kill()
        raise AssertionError("the server does not answer")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def tiny(tmp_path: Path) -> Config:
    """A workspace with the example text, not built yet."""
    make_workspace(tmp_path / "essai")
    return load_config(tmp_path / "essai", environ={})

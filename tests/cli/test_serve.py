"""`sergekg serve` finds mistakes before it gives out an address, and ends when it is told to."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import run_server

from sergekg.build.publish import publish
from sergekg.build.run import assemble, check
from sergekg.cli import main
from sergekg.cli import serve as verb
from sergekg.config import Config, load_config
from sergekg.corpus.workspace import make_workspace
from sergekg.release import current_release
from sergekg.store.delta import Delta
from sergekg.store.journal import Journal
from sergekg.web import create_app, serving
from sergekg.web.server import GRACE
from sergekg.web.serving import log_queries

DELTA = Delta(add=b"<http://e/s> <http://e/p> <http://e/o> <http://e/g> .\n")
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
Run = Callable[..., tuple[int, str, str]]


def _build(config: Config) -> str:
    assembly = assemble(config)
    assert check(config, assembly).conforms
    return publish(config, assembly).digest


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's workspace with its release: each test has a copy."""
    root = tmp_path_factory.mktemp("built") / "essai"
    make_workspace(root)
    _build(load_config(root, environ={}))
    return root


@pytest.fixture
def workspace(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """The example's workspace, entered."""
    shutil.copytree(built, tmp_path / "essai")
    monkeypatch.chdir(tmp_path / "essai")
    for name in [name for name in os.environ if name.startswith("SERGEKG_")]:
        monkeypatch.delenv(name)
    return load_config(tmp_path / "essai", environ={})


@pytest.fixture
def run(
    workspace: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Run a verb; gives its exit code and what it wrote. `serve` says `served` instead of doing it."""
    monkeypatch.setattr(verb, "run_server", lambda _: print("served"))

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        return int(left.value.code or 0), *capsys.readouterr()

    return call


@pytest.mark.parametrize(
    ("options", "environ", "said"),
    [
        ([], {"SERGEKG_QUERY_LOG": "/nope/x.log"}, "/nope/x.log: query_log cannot be written"),
        (["--store", "http://127.0.0.1:9/sparql"], {}, "http://127.0.0.1:9/sparql does not answer"),
        (["--store", "ftp://x"], {}, "store is 'ftp://x'; give `release`"),
        (["--store", "/nope"], {}, "store is '/nope'; give `release`"),
        (["--store", "blah"], {}, "store is 'blah'; give `release`"),
        (["--writable", "--workers", "2"], {}, "leave --workers at 1"),
        (["--writable", "--store", "http://127.0.0.1:9/"], {}, "leave --writable out"),
        (["--writable", "--store", "rdflib"], {}, "leave --store out"),
        (["--default-graph", "unnamed"], {}, "leave --default-graph out, or add --empty"),
        (["--writable", "--default-graph", "unnamed"], {}, "the union of its graphs, which its pages ask"),
        (["--timeout", "nan"], {}, "timeout is nan; give at most 1000000 seconds"),
        (["--timeout", "inf"], {}, "timeout is inf; give at most 1000000 seconds"),
        (["--timeout", "1e300"], {}, "timeout is 1e+300; give at most 1000000 seconds"),
        (["--timeout", "0"], {}, "timeout is 0.0; give a number above 0"),
        ([], {"SERGEKG_HOSTS": "http://localhost:8100/"}, "hosts names 'http://localhost:8100/'"),
        ([], {"SERGEKG_HOSTS": "e.org,*.e.org"}, "hosts names '*.e.org'"),
        ([], {"SERGEKG_SERVICES": "foo"}, "services names 'foo'; give whole https IRIs"),
        ([], {"SERGEKG_SERVICES": "http://e.org/sparql"}, "services names 'http://e.org/sparql'"),
        ([], {"SERGEKG_SERVICES": "https://e.org:x/"}, "services names 'https://e.org:x/'"),
        (["--writable", "--token-file", "/nope/t"], {}, "/nope/t: the token file cannot be read"),
        (["--token-file", "/nope/t"], {}, "/nope/t: the token file cannot be read"),
    ],
)
def test_a_setting_that_cannot_be_served_with_is_one_line_and_nothing_is_served(
    run: Run, monkeypatch: pytest.MonkeyPatch, options: list[str], environ: dict[str, str], said: str
) -> None:
    for name, value in ({"SERGEKG_TOKEN": "long-enough"} | environ).items():
        monkeypatch.setenv(name, value)
    code, out, err = run("serve", *options)
    assert code == 2
    assert said in err
    assert len(err.splitlines()) == 1
    assert out == ""


def test_settings_that_are_right_are_served_with(
    run: Run, monkeypatch: pytest.MonkeyPatch, workspace: Config
) -> None:
    monkeypatch.setenv("SERGEKG_HOSTS", "serge.example.org,e.org:8000,127.0.0.1,::1,[::1]")
    monkeypatch.setenv("SERGEKG_SERVICES", "https://query.wikidata.org/sparql,https://e.org:8443/")
    release = current_release(workspace.releases).directory
    assert run("serve", "--store", str(release), "--timeout", "0.5") == (0, "served\n", "")


def test_two_servers_do_not_write_to_one_journal(
    run: Run, monkeypatch: pytest.MonkeyPatch, workspace: Config
) -> None:
    monkeypatch.setenv("SERGEKG_TOKEN", "long-enough")
    monkeypatch.setattr(verb, "_PATIENCE", 0.1)
    path = workspace.releases / "journal"
    first = Journal(path, "digest")
    code, out, err = run("serve", "--writable")
    assert (code, out) == (2, "")
    assert err == f"sergekg: another server writes to {path}; stop it, or leave --writable out\n"
    first.close()
    assert run("serve", "--writable") == (0, "served\n", "")


def test_a_damaged_journal_is_told_before_anything_is_served(
    run: Run, monkeypatch: pytest.MonkeyPatch, workspace: Config
) -> None:
    monkeypatch.setenv("SERGEKG_TOKEN", "long-enough")
    path = workspace.releases / "journal"
    path.write_bytes(b"{}\n" + b"x" * 100)
    code, out, err = run("serve", "--writable")
    assert (code, out) == (2, "")
    assert err == f"sergekg: {path}: journal is damaged at byte 0; restore it from a copy\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve"],
        ["status"],
        ["query", "ASK { ?s ?p ?o }"],
        ["export", "--format", "nquads", "-o", "x.nq"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_writes_that_are_not_shown_are_told(run: Run, workspace: Config, arguments: list[str]) -> None:
    assert "not shown" not in "".join(run(*arguments)[1:])
    journal = Journal(workspace.releases / "journal", "digest")
    for _ in range(2):
        journal.append(DELTA)
    journal.close()
    code, out, err = run(*arguments)
    assert code == 0
    told = [line for line in f"{out}{err}".splitlines() if "not shown" in line]
    assert len(told) == 1
    assert f"2 writes are in {workspace.releases / 'journal'} and not shown here" in told[0]


def test_a_server_that_takes_writes_shows_them(
    run: Run, monkeypatch: pytest.MonkeyPatch, workspace: Config
) -> None:
    monkeypatch.setenv("SERGEKG_TOKEN", "long-enough")
    journal = Journal(workspace.releases / "journal", "digest")
    journal.append(DELTA)
    journal.close()
    assert run("serve", "--writable") == (0, "served\n", "")


def _change(config: Config) -> None:
    """A second statement in the example: another release."""
    path = config.corpus / "annotations" / "lettre-a-jeanne.yaml"
    text = path.read_text(encoding="utf-8")
    block = (
        '- quote: "Pierre Martin, le typographe"\n  subject: person/pierre-martin\n'
        '  predicate: isDescribedAs\n  object: "le typographe"\n'
    )
    path.write_text(text.replace("statements:\n", "statements:\n" + block), encoding="utf-8")


@pytest.mark.slow
def test_a_build_tells_how_a_running_server_takes_the_new_release(run: Run, workspace: Config) -> None:
    assert "kill -HUP" not in run("build", "--quiet")[1]
    _change(workspace)
    assert "kill -HUP" in run("build", "--quiet")[1].splitlines()[-1]


@pytest.mark.parametrize(("workers", "is_labelled"), [(1, False), (2, True)])
def test_counts_of_one_web_process_among_several_bear_its_number(
    workspace: Config, workers: int, is_labelled: bool
) -> None:
    app = create_app(config=replace(workspace, workers=workers))
    client = app.test_client()
    assert client.get("/sparql?query=ASK%7B%7D").status_code == 200
    label = f'process="{os.getpid()}"'
    samples = [line for line in client.get("/metrics").text.splitlines() if not line.startswith("#")]
    assert [label in line for line in samples] == [is_labelled] * len(samples)
    assert any(line.startswith("sergekg_queries_total{") for line in samples)
    app.extensions["sergekg"].endpoint.store.close()


@pytest.fixture
def query_log(tmp_path: Path) -> Iterator[tuple[Path, logging.Logger]]:
    """The log of queries, kept to a file, and afterwards as it was."""
    log = logging.getLogger("sergekg.queries")
    before = (list(log.handlers), log.level, log.propagate)
    log_queries(tmp_path / "queries.log")
    yield tmp_path / "queries.log", log
    for handler in set(log.handlers) - set(before[0]):
        handler.close()
    log.handlers, log.propagate = before[0], before[2]
    log.setLevel(before[1])  # which forgets what the logger has found out of its levels, too


@pytest.fixture
def _far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "XYZ-9")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_far_away")
def test_the_query_log_has_the_time_that_it_says(query_log: tuple[Path, logging.Logger]) -> None:
    record = logging.makeLogRecord({"msg": "{}", "created": 0.0})
    (handler,) = [one for one in query_log[1].handlers if isinstance(one, WatchedFileHandler)]
    assert json.loads(handler.format(record))["time"] == "1970-01-01T00:00Z"


def test_a_query_log_that_was_moved_away_begins_anew(query_log: tuple[Path, logging.Logger]) -> None:
    path, log = query_log
    log.info("1")
    path.rename(path.with_suffix(".old"))
    log.info("2")
    assert [json.loads(p.read_text())["query"] for p in (path.with_suffix(".old"), path)] == [1, 2]


def _processes(directory: Path) -> list[int]:
    """Processes with a directory in their command line: keepers of its releases, and their workers."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(directory).encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="looks for processes under /proc")
@pytest.mark.parametrize("signals", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_a_server_ends_while_a_query_runs_and_its_workers_with_it(workspace: Config, signals: int) -> None:
    """The query would take until the time limit, which is longer than the test may take."""
    server = run_server("--port", "0", "--timeout", "3600", var=workspace.var, cwd=workspace.var.parent)
    with server as address:
        ended: list[Any] = []

        def ask() -> None:
            try:
                urllib.request.urlopen(f"{address}/sparql?query={urllib.parse.quote(ENDLESS)}")
            except OSError as error:
                ended.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        while (
            "sergekg_queries_running 1.0" not in urllib.request.urlopen(f"{address}/metrics").read().decode()
        ):
            time.sleep(0.05)
        for _ in range(signals):
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)  # two at once are one
        assert server.process.wait(60) == 0
        asking.join(10)
        assert len(ended) == 1
        assert not isinstance(ended[0], urllib.error.HTTPError)
    while _processes(workspace.var):
        time.sleep(0.05)


@pytest.mark.slow
@pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere nobody tells a process that its parent is gone"
)
@pytest.mark.parametrize("is_answering", [False, True], ids=["idle", "while a query runs"])
def test_a_server_that_is_killed_leaves_no_process_behind(workspace: Config, is_answering: bool) -> None:
    server = run_server("--port", "0", "--timeout", "3600", var=workspace.var, cwd=workspace.var.parent)
    with server as address:
        urllib.request.urlopen(
            f"{address}/sparql?query={urllib.parse.quote('ASK { ?s ?p ?o FILTER(true) }')}"
        )
        assert _processes(workspace.var)

        def ask() -> None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/sparql?query={urllib.parse.quote(ENDLESS)}")

        if is_answering:
            threading.Thread(target=ask).start()
            metrics = ""
            while "sergekg_queries_running 1.0" not in metrics:
                metrics = urllib.request.urlopen(f"{address}/metrics").read().decode()
        server.process.kill()
        server.process.wait()
        until = time.monotonic() + 30
        while _processes(workspace.var):
            assert time.monotonic() < until
            time.sleep(0.05)
        with pytest.raises(OSError, match="refused"):
            urllib.request.urlopen(address)


def test_a_web_process_ends_itself_a_grace_after_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is killed cannot end others, and what is answered may take as long as a query may."""
    parents, done = [7, 7, 1], []
    monkeypatch.setattr("os.getppid", lambda: parents.pop(0))
    monkeypatch.setattr("time.sleep", done.append)
    monkeypatch.setattr("os.kill", lambda pid, number: done.append((pid, number)))
    serving._outlive_for_grace(7)
    assert parents == []
    assert done[-2:] == [GRACE, (os.getpid(), signal.SIGKILL)]
    assert verb._PATIENCE > GRACE + serving._LOOK


@pytest.mark.slow
def test_a_hangup_puts_the_new_release_in_place_of_the_old(workspace: Config) -> None:
    server = run_server("--port", "0", "--workers", "2", var=workspace.var, cwd=workspace.var.parent)
    with server as address:
        before = json.load(urllib.request.urlopen(f"{address}/healthz"))["release"]
        _change(workspace)
        after = _build(workspace)
        assert after != before
        command = [sys.executable, "-m", "sergekg", "build", "--quiet", "--prune", "1"]
        told = subprocess.run(command, cwd=workspace.var.parent, capture_output=True, text=True, check=True)
        assert f"kept release {before[:12]}" in told.stderr
        assert urllib.request.urlopen(f"{address}/dumps/").status == 200
        server.process.send_signal(signal.SIGHUP)
        seen = ""
        while f"deleted release {before[:12]}" not in seen:
            seen = subprocess.run(
                command, cwd=workspace.var.parent, capture_output=True, text=True, check=True
            ).stderr
        for _ in range(10):
            assert json.load(urllib.request.urlopen(f"{address}/healthz"))["release"] == after

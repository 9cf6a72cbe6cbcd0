"""A server that is told to stop does, and its processes end with it."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from dataclasses import replace
from typing import Any

import pytest
from granian.server.mp import MPServer

from sergekg.config import Config
from sergekg.release import empty_release
from sergekg.web.opening import LARGE, SMALL, open_stores
from sergekg.web.server import GRACE, StoppingServer
from sergekg.web.serving import _end_with_server


def test_what_has_not_ended_after_the_grace_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    server: Any = object.__new__(StoppingServer)
    server.interrupt_signal = False
    handlers: dict[int, Any] = {}
    timers: list[tuple[int, float]] = []
    killed: list[bool] = []
    monkeypatch.setattr(MPServer, "signal_handler_interrupt", lambda *_, **__: None)
    monkeypatch.setattr("sergekg.web.server.signal.signal", handlers.__setitem__)
    monkeypatch.setattr("sergekg.web.server.signal.setitimer", lambda *timer: timers.append(timer))
    monkeypatch.setattr(StoppingServer, "_kill", lambda *_: killed.append(True))
    server.signal_handler_interrupt()
    assert timers == [(signal.ITIMER_REAL, GRACE)]
    assert not killed
    handlers[signal.SIGALRM]()
    assert killed == [True]


@pytest.mark.parametrize("is_told", [True, False])
def test_a_server_that_ends_by_itself_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_told: bool
) -> None:
    server: Any = object.__new__(StoppingServer)
    server.interrupt_signal = is_told
    monkeypatch.setattr(MPServer, "_serve_loop", lambda *_: None)
    server._serve_loop(None, None)
    assert ("ended twice" in capsys.readouterr().err) != is_told


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's end")
def test_a_web_process_ends_with_a_server_that_was_killed() -> None:
    reader, writer = os.pipe()
    if (server := os.fork()) == 0:
        if os.fork() == 0:
            _end_with_server()
            os.write(writer, str(os.getpid()).encode())
        time.sleep(60)
        os._exit(0)
    os.close(writer)
    web = int(os.read(reader, 20))
    os.kill(server, signal.SIGKILL)
    os.waitpid(server, 0)
    try:
        assert select.select([reader], [], [], 10)[0], "it lives on"
        assert os.read(reader, 1) == b""
    finally:
        os.close(reader)
        if os.path.exists(f"/proc/{web}"):  # noqa: PTH110
            os.kill(web, signal.SIGKILL)


@pytest.mark.parametrize(
    ("store", "quads", "kind"),
    [("release", LARGE, "memory"), ("release", SMALL + 1, "disk"), ("disk", LARGE, "disk")],
)
def test_a_release_that_is_too_large_for_memory_stays_on_disk(
    monkeypatch: pytest.MonkeyPatch, store: str, quads: int, kind: str
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("sergekg.web.opening._embedded", lambda kind, *_: opened.append(kind))
    release = replace(empty_release("http://e/"), graphs={"http://e/g": quads})
    open_stores(Config(store=store), release)
    assert opened == [kind]

"""`sergekg load` says what went wrong, and does not say that a release is where it is not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sergekg.cli import main
from sergekg.config import Config
from sergekg.release import Release

NO_ROWS = b'{"head":{"vars":["state"]},"results":{"bindings":[]}}'


class Handler(BaseHTTPRequestHandler):
    """A query endpoint without data; every other address is a page."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_query = self.path.startswith("/sparql")
        body = NO_ROWS if is_query else b"<html>Please sign in</html>"
        self.send_response(301 if self.path.startswith("/moved") else 200)
        self.send_header("Location", "https://elsewhere.example/graphs")
        self.send_header("Content-Type", "application/sparql-results+json" if is_query else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        self.do_POST()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("sign-in", "/sparql does not show what"),
        ("moved", "/moved redirects to https://elsewhere.example/graphs; give that address"),
    ],
)
def test_a_release_that_did_not_arrive_is_not_called_sent(
    address: str,
    place: str,
    said: str,
    release: Release,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SERGEKG_VAR", str(config.var))
    monkeypatch.setenv("SERGEKG_STORE_TOKEN", "secret")
    with pytest.raises(SystemExit) as left:
        main(["load", f"{address}/sparql", "--graph-store", f"{address}/{place}"])
    out, err = capfd.readouterr()
    assert (left.value.code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err
    assert "secret" not in err


def test_a_password_that_is_no_text_is_told(
    address: str,
    release: Release,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SERGEKG_VAR", str(config.var))
    (tmp_path / "password").write_bytes(b"\xff\xfe")
    args = ["load", f"{address}/sparql", "--graph-store", f"{address}/graphs"]
    with pytest.raises(SystemExit) as left:
        main([*args, "--password-file", str(tmp_path / "password")])
    assert left.value.code == 2
    assert "is not in UTF-8" in capsys.readouterr().err

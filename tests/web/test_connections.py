"""A client that takes nothing does not hold its thread for ever."""

from __future__ import annotations

import resource
import socket
import urllib.request
from dataclasses import replace
from typing import Any

import pytest

from sergekg.config import Config
from sergekg.web.connections import CloseStalled
from sergekg.web.header_size import MOST
from sergekg.web.server import make_server


def _answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    return [b"answer"]


def test_a_server_waits_for_headers_a_short_time_and_takes_many_connections(config: Config) -> None:
    for workers in (1, 4):
        server = make_server(replace(config, workers=workers), 0)
        assert server.http1_settings is not None
        assert server.http1_settings.header_read_timeout <= 10_000
        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert min(1000, most // 2) <= server.backpressure < most


@pytest.mark.parametrize("size", [MOST, 100_000, 300_000])
def test_a_running_server_refuses_a_long_header(server: str, size: int) -> None:
    host, _, port = server.partition("://")[2].rpartition(":")
    with socket.create_connection((host, int(port)), timeout=20) as client:
        head = f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nX-A: {'a' * size}\r\n\r\n"
        client.sendall(head.encode())
        assert client.recv(100).startswith(b"HTTP/1.1 431 ")


def test_a_long_address_with_an_ordinary_header_is_taken(server: str) -> None:
    url = f"{server}/sparql?query=ASK%7B%7D&x={'a' * 65_000}"
    request = urllib.request.Request(url, headers={"X-A": "a" * (MOST - 1000)})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.status == 200


def test_connections_taken_after_the_first_request_have_the_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        app = CloseStalled(_answer, seconds=7)
        assert app({}, None) == [b"answer"]
        assert app({}, None) == [b"answer"]
        with socket.create_connection(listening.getsockname()):
            taken, _ = listening.accept()
            with taken:
                assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 7000


def test_only_sockets_that_listen_are_touched() -> None:
    with socket.socket() as idle:
        CloseStalled(_answer)({}, None)
        assert idle.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 0

"""A client that takes nothing does not hold its thread for ever."""

from __future__ import annotations

import socket
from typing import Any

from sergekg.web.connections import CloseStalled


def _answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    return [b"answer"]


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

"""A query whose client has gone ends and frees its place; whoever is there, or might be, is served."""

from __future__ import annotations

import http.client
import os
import re
import socket
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
from tests.conftest import run_server

from sergekg.config import Config
from sergekg.release import Release
from sergekg.store.answers import always
from sergekg.web import presence
from sergekg.web.presence import Client, Connection, Connections, NoteClients, client_of

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
RUNAWAY = "SELECT (COUNT(*) AS ?{name}) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }}"


@dataclass
class Network:
    """What the system tells of connections, and a request that was handed over at 100.0 by the clock."""

    held: list[Connection] | None = field(default_factory=list)
    now: float = 100.0

    def __post_init__(self) -> None:
        self.notes = NoteClients(lambda *_: [], lambda _address, _since: self.held)

    def client(self, monkeypatch: pytest.MonkeyPatch) -> Client:
        monkeypatch.setattr(time, "monotonic", lambda: self.now)
        return Client(self.notes, "192.0.2.1")


OURS = Connection(1, sent=90.0, received=99.99)
IDLE = Connection(2, sent=99.9, received=99.8)
LATER = Connection(3, sent=100.4, received=100.5)
EARLIER = Connection(4, sent=80.1, received=80.0)


@pytest.fixture
def network() -> Network:
    return Network()


def test_a_client_is_there_until_its_connection_is_gone(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = network.client(monkeypatch)
    network.held = [OURS, IDLE, LATER, EARLIER]
    assert client.is_there()
    assert client.is_there()
    network.held = [IDLE, LATER, EARLIER]
    assert not client.is_there()


def test_a_client_whose_request_waited_long_for_a_thread_is_there(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = network.client(monkeypatch)
    waited = Connection(6, sent=90.0, received=92.0)
    network.held = [OURS, waited]
    assert client.is_there()
    network.held = [waited]
    assert client.is_there()


def test_a_client_that_sends_more_meanwhile_is_there(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = network.client(monkeypatch)
    network.held = [OURS]
    assert client.is_there()
    network.held = [Connection(OURS.inode, OURS.sent, received=103.0)]
    assert client.is_there()


def test_of_two_that_came_at_once_none_is_given_up_while_either_may_be_there(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = network.client(monkeypatch)
    beside = Connection(5, sent=99.0, received=99.98)
    network.held = [OURS, beside]
    assert client.is_there()
    network.held = [beside]
    assert client.is_there()
    network.held = [Connection(beside.inode, sent=103.0, received=99.98)]  # that one was answered
    assert not client.is_there()


@pytest.mark.parametrize("held", [[EARLIER], [IDLE], [Connection(1, 90.0, 101.0)]])
def test_a_client_that_was_never_found_is_there_while_any_connection_may_be_its_own(
    network: Network, monkeypatch: pytest.MonkeyPatch, held: list[Connection]
) -> None:
    network.notes.has_found_one = True
    client = network.client(monkeypatch)
    network.held = held
    assert client.is_there()
    network.held = []
    assert not client.is_there()


def test_where_no_connection_was_ever_found_all_clients_are_there(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = network.client(monkeypatch)
    assert client.is_there()
    network.held = None
    assert client.is_there()


GRANIAN = {"SERVER_SOFTWARE": "Granian", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "192.0.2.1"}


@pytest.mark.parametrize(
    ("changed", "is_known"),
    [
        ({}, True),
        ({"SERVER_PROTOCOL": "HTTP/1"}, True),
        ({"SERVER_PROTOCOL": "HTTP/2"}, False),
        ({"SERVER_SOFTWARE": "Werkzeug"}, False),
        ({"REMOTE_ADDR": ""}, False),
    ],
    ids=["HTTP/1.1", "HTTP/1.0", "HTTP/2", "another server", "a Unix socket"],
)
def test_who_can_be_known(changed: dict[str, str], is_known: bool) -> None:
    environ: dict[str, Any] = {**GRANIAN, **changed}
    list(NoteClients(lambda *_: [])(environ, None))  # type: ignore[arg-type]
    environ["REMOTE_ADDR"] = "203.0.113.9"  # as a proxy says
    is_there = client_of(environ)
    assert (is_there is not always) is is_known
    if is_known:
        assert is_there.__self__._address == "192.0.2.1"  # type: ignore[attr-defined]


def test_without_the_middleware_nobody_is_known() -> None:
    assert client_of(dict(GRANIAN)) is always


@linux_only
@pytest.mark.parametrize(("listen", "come"), [("127.0.0.1", "127.0.0.1"), ("::", "127.0.0.1")])
def test_the_system_tells_of_connections(listen: str, come: str) -> None:
    family = socket.AF_INET6 if ":" in listen else socket.AF_INET
    try:
        listening = socket.create_server((listen, 0), family=family, dualstack_ipv6=family is socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 here")
    with listening, socket.create_connection((come, listening.getsockname()[1])) as client:
        taken, _ = listening.accept()
        with taken:
            inode = _inode(taken)
            client.sendall(b"request")
            taken.recv(99)
            assert _waits(inode, come)
            time.sleep(0.03)  # longer than a tick of the system
            taken.sendall(b"answer")
            assert not _waits(inode, come)
        assert inode not in {one.inode for one in Connections().of(come, 0.0) or ()}
    assert Connections().of("no address", 0.0) is None


@linux_only
def test_one_look_serves_all_whose_requests_it_came_after(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100.0, 100.1, 100.2, 101.0])
    looks: list[None] = []
    monkeypatch.setattr(presence, "held_connections", lambda: looks.append(None))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    connections = Connections()
    for since, number in [(99.0, 1), (99.5, 1), (100.0, 2), (99.0, 3)]:
        connections.of("192.0.2.1", since)
        assert len(looks) == number


def _inode(one: socket.socket) -> int:
    return os.fstat(one.fileno()).st_ino


def _waits(inode: int, address: str) -> bool:
    """Whether a connection received last."""
    (one,) = [one for one in Connections().of(address, 0.0) or () if one.inode == inode]
    return one.received >= one.sent


@pytest.fixture(scope="module")
def address(release: Release, config: Config) -> Iterator[str]:
    options = ("--port", "0", "--timeout", "20")
    with run_server(*options, var=config.var, environ={"SERGEKG_MAX_QUERIES_PER_CLIENT": "2"}) as address:
        yield address


def _send(address: str, name: str) -> socket.socket:
    """A client that has asked something long."""
    parts = urlsplit(address)
    client = socket.create_connection((parts.hostname, parts.port))
    path = f"/sparql?query={quote(RUNAWAY.format(name=name))}"
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    return client


def _running(address: str) -> int:
    with urllib.request.urlopen(f"{address}/metrics") as answer:
        found = re.search(r"^sergekg_queries_running (\d+)", answer.read().decode(), re.M)
    assert found is not None
    return int(found[1])


def _becomes(address: str, number: int) -> bool:
    """Whether so many queries come to run, long before their limit ends them."""
    deadline = time.monotonic() + 12
    while time.monotonic() < deadline:
        if _running(address) == number:
            return True
        time.sleep(0.1)
    return False


@linux_only
@pytest.mark.slow
def test_places_of_clients_that_have_gone_are_free(address: str) -> None:
    gone = [_send(address, f"gone{n}") for n in range(4)]  # two of them wait for a place
    assert _becomes(address, 2)
    time.sleep(1.5)
    for client in gone:
        client.close()
    assert _becomes(address, 0)
    query = urlencode({"query": "SELECT (COUNT(*) AS ?next) { ?a ?b <x:none> }"})
    with urllib.request.urlopen(f"{address}/sparql?{query}") as answer:
        assert answer.status == 200
    with urllib.request.urlopen(f"{address}/metrics") as answer:
        assert b'how="ClientGone"' in answer.read()


@linux_only
@pytest.mark.slow
def test_who_is_there_is_answered_beside_one_that_goes(address: str) -> None:
    """By the limit that the client sets itself; over a connection that was used before, by POST."""
    parts = urlsplit(address)
    got: list[bool] = []

    def stay() -> None:
        client = http.client.HTTPConnection(parts.netloc, timeout=60)
        client.request("GET", "/healthz")
        client.getresponse().read()
        body = urlencode({"query": RUNAWAY.format(name="stays"), "timeout": 5})
        client.request("POST", "/sparql", body, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = client.getresponse()
        got.append(b"ran longer than 5 s" in answer.read())
        client.close()

    going = _send(address, "goes")
    thread = threading.Thread(target=stay)
    thread.start()
    assert _becomes(address, 2)
    time.sleep(1)
    going.close()
    thread.join()
    assert got == [True]


@linux_only
@pytest.mark.slow
def test_one_evaluation_for_two_goes_on_without_the_first(address: str) -> None:
    first = _send(address, "shared")
    assert _becomes(address, 1)
    time.sleep(1.5)  # so that nobody takes the one connection for the other
    with _send(address, "shared"):
        time.sleep(1)
        first.close()
        time.sleep(3)
        assert _running(address) == 1
    assert _becomes(address, 0)

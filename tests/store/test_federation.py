"""SERVICE asks who is on the list, at an address that was checked, and nobody else."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyoxigraph as ox
import pytest

from sergekg.store.analysis import read_query
from sergekg.store.federation import Forwarder, NotAllowed, is_public
from sergekg.vocab import PREFIXES

ANSWER = {
    "head": {"vars": ["x"]},
    "results": {"bindings": [{"x": {"type": "literal", "value": "from afar"}}]},
}


@pytest.fixture
def endpoint() -> Iterator[str]:
    """An endpoint on the loopback that answers, redirects, or answers nonsense, by its path."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/moved":
                self.send_response(307)
                self.send_header("Location", "/sparql")
                self.end_headers()
                return
            if self.path == "/away":
                self.send_response(307)
                self.send_header("Location", "http://elsewhere.example/sparql")
                self.end_headers()
                return
            if self.path == "/round":
                self.send_response(307)
                self.send_header("Location", "/round")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header(
                "Content-Type", "text/html" if self.path == "/html" else "application/sparql-results+json"
            )
            self.end_headers()
            self.wfile.write(json.dumps(ANSWER).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://afar.example:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def forward() -> Iterator[Callable[..., Forwarder]]:
    """Makes forwarders that take the loopback for the public internet, unless told otherwise."""
    made = []

    def make(*endpoints: str, **options: object) -> Forwarder:
        options = {"resolve": lambda host, port: ["127.0.0.1"], "is_allowed": lambda address: True, **options}
        made.append(Forwarder(endpoints, 5.0, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for forwarder in made:
        forwarder.close()


@pytest.mark.parametrize("path", ["/sparql", "/moved"])
def test_an_endpoint_on_the_list_is_asked(
    endpoint: str, forward: Callable[..., Forwarder], path: str
) -> None:
    query = read_query(f"SELECT ?x {{ SERVICE <{endpoint}{path}> {{ ?s ?p ?x }} }}", PREFIXES)
    assert endpoint not in query.rendering.text
    forwarder = forward(*[call.endpoint for call in query.services])
    solutions = ox.Store().query(forwarder.place(query.rendering.text))
    assert [row["x"].value for row in solutions] == ["from afar"]


@pytest.mark.parametrize("path", ["/away", "/round", "/html"])
def test_where_an_endpoint_leads_is_checked_again(
    endpoint: str, forward: Callable[..., Forwarder], path: str
) -> None:
    with pytest.raises((NotAllowed, OSError)):
        forward(f"{endpoint}{path}").ask(f"{endpoint}{path}", b"SELECT * {}")


def test_an_address_that_is_not_public_is_never_asked(
    endpoint: str, forward: Callable[..., Forwarder]
) -> None:
    with pytest.raises(NotAllowed, match="not a public host"):
        forward(f"{endpoint}/sparql", is_allowed=is_public).ask(f"{endpoint}/sparql", b"SELECT * {}")


def test_a_name_with_one_inner_address_among_public_ones_is_refused(
    forward: Callable[..., Forwarder],
) -> None:
    forwarder = forward(
        "http://afar.example/sparql",
        resolve=lambda host, port: ["93.184.216.34", "10.0.0.1"],
        is_allowed=is_public,
    )
    with pytest.raises(NotAllowed):
        forwarder.ask("http://afar.example/sparql", b"SELECT * {}")


def test_an_endpoint_that_fails_fails_the_query(forward: Callable[..., Forwarder]) -> None:
    forwarder = forward("http://afar.example:9/sparql")
    query = read_query("SELECT * { SERVICE <http://afar.example:9/sparql> { ?s ?p ?o } }", PREFIXES)
    with pytest.raises(OSError, match="502"):
        list(ox.Store().query(forwarder.place(query.rendering.text)))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1:248:1893:25c8:1946", True), ("127.0.0.1", False), ("10.1.2.3", False),
        ("172.16.0.1", False), ("192.168.1.1", False), ("169.254.169.254", False), ("0.0.0.0", False), ("100.64.0.1", False),
        ("224.0.0.1", False), ("::1", False), ("::ffff:127.0.0.1", False), ("fe80::1%eth0", False), ("fc00::1", False),
        ("2002:7f00:1::", False), ("::", False),
        ("fec0::1", False), ("feff:ffff::1", False), ("64:ff9b::7f00:1", False), ("64:ff9b::a01:203", False),
        ("64:ff9b::5db8:d822", True), ("2002:5db8:d822::", False), ("64:ff9b:1::5db8:d822", False), ("64:ff9b:1:ffff::1", False),
        ("::93.184.216.34", False), ("::7f00:1", False), ("::ffff:93.184.216.34", False), ("::ffff:0:5db8:d822", False),
        ("::ffff:0:127.0.0.1", False), ("2606:2800:220:1:0:5efe:5db8:d822", False), ("2606:2800:220:1:200:5efe:7f00:1", False),
        ("fe80::5efe:7f00:1", False), ("192.88.99.1", False), ("3fff::1", False), ("3fff:fff:ffff::1", False), ("5f00::1", False),
        ("4000::1", False), ("1000::1", False), ("2001:0:53aa:64c:0:fbfe:80ff:fffe", False), ("2001:db8::1", False),
        ("2606:2800:220:1:0:5eff:5db8:d822", True), ("192.88.98.1", True),
    ],
)  # fmt: skip
def test_only_addresses_of_the_public_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public

"""Asks other endpoints for SERVICE in our stead: only those on a list, never a machine of the inner network.

The engine's own client follows nothing we could check. So each endpoint in a query is replaced by an address
on the loopback behind which a forwarder stands; it resolves the name, refuses addresses that are not public,
connects to the very address that it checked, and does the same again for every redirect.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urljoin, urlsplit

PLACEHOLDER = "urn:x-sergekg:service:"
"""Begins the IRI that stands for an endpoint until the forwarder has its address."""
_PLACEHOLDER = re.compile(rf"{PLACEHOLDER}([0-9]+)>")
_MOST_BYTES, _MOST_REDIRECTS = 64 << 20, 3
_TYPES = ("application/sparql-results+json", "application/sparql-results+xml")
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses that a gateway turns into IPv4 ones (RFC 6052)."""

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that IANA has assigned for the public internet; what else IPv6 has is special or not in use."""
_SPECIAL = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.88.99.0/24",  # relays of 6to4, taken back by RFC 7526
        "::/96",  # IPv4-compatible, RFC 4291, 2.5.5.1
        "::ffff:0:0/96",  # IPv4-mapped, RFC 4291, 2.5.5.2
        "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765
        "64:ff9b:1::/48",  # translation within a network, RFC 8215
        "2002::/16",  # 6to4, taken back by RFC 7526
        "3fff::/20",  # documentation, RFC 9637
        "5f00::/16",  # segments of source routing, RFC 9602
        "fec0::/10",  # site-local, taken back by RFC 3879
    )
)
"""Networks that are not public, or lead to IPv4 addresses, and are public to some versions of Python."""
_ISATAP = (0x00005EFE, 0x02005EFE)
"""What identifies, under any prefix, an interface that packs IPv6 into IPv4 (RFC 5214, 6.1)."""

Resolve = Callable[[str, int], list[str]]


class NotAllowed(Exception):
    """An endpoint, a redirect or an address that must not be asked."""


def resolve_name(host: str, port: int) -> list[str]:
    """The addresses of a host, as text."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet: no loopback, private, link-local or special one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if any(found in network for network in _SPECIAL):
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found in _TRANSLATED:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
        if found not in _GLOBAL_UNICAST or int(found) >> 32 & 0xFFFFFFFF in _ISATAP:
            return False
    return found.is_global and not found.is_multicast


class Forwarder:
    """Listens on the loopback for the engine and asks endpoints for it; one for each query, closed after it.

    Args:
        endpoints: what may be asked, in the order of their placeholders.
        seconds: for each answer.
    """

    def __init__(
        self,
        endpoints: Sequence[str],
        seconds: float,
        resolve: Resolve = resolve_name,
        is_allowed: Callable[[str], bool] = is_public,
    ) -> None:
        self._endpoints, self._seconds = tuple(endpoints), seconds
        self._resolve, self._is_allowed = resolve, is_allowed
        self._secret = secrets.token_urlsafe(16)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def place(self, text: str) -> str:
        """The query with the forwarder's addresses for the placeholders."""
        address = f"http://127.0.0.1:{self._server.server_port}/{self._secret}"
        return _PLACEHOLDER.sub(rf"{address}/\1>", text)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def ask(self, endpoint: str, query: bytes) -> tuple[str, bytes]:
        """The media type and body of an endpoint's answer.

        Raises:
            NotAllowed: it may not be asked, or leads where nothing may be asked.
            OSError, http.client.HTTPException: it does not answer, or not with solutions.
        """
        allowed = {_origin(one) for one in self._endpoints}
        for _ in range(_MOST_REDIRECTS + 1):
            if _origin(endpoint) not in allowed:
                raise NotAllowed(f"{endpoint} is not on the list")
            response, connection = self._send(endpoint, query)
            try:
                location = response.getheader("Location")
                if response.status in (301, 302, 303, 307, 308) and location:
                    endpoint = urljoin(endpoint, location)
                    continue
                kind = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
                if response.status != 200 or kind not in _TYPES:
                    raise OSError(f"{endpoint} answered {response.status} {kind or 'without a type'}")
                body = response.read(_MOST_BYTES + 1)
                if len(body) > _MOST_BYTES:
                    raise OSError(f"{endpoint} answered with more than {_MOST_BYTES:,} bytes")
                return kind, body
            finally:
                connection.close()
        raise NotAllowed(f"{endpoint} redirects too often")

    def _send(
        self, endpoint: str, query: bytes
    ) -> tuple[http.client.HTTPResponse, http.client.HTTPConnection]:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        addresses = self._resolve(host, port)
        if not addresses or not all(self._is_allowed(address) for address in addresses):
            raise NotAllowed(f"{host} is not a public host")
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            connection = _PinnedHttps(host, port, addresses[0], self._seconds)
        else:
            connection = _PinnedHttp(host, port, addresses[0], self._seconds)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = {
            "Content-Type": "application/sparql-query",
            "Accept": ", ".join(_TYPES),
            "User-Agent": "sergekg (SPARQL federation)",
        }
        connection.request("POST", target, query, headers)
        return connection.getresponse(), connection

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        forwarder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                _, secret, number = self.path.split("/")
                if not secrets.compare_digest(secret, forwarder._secret):
                    self.send_error(404)
                    return
                try:
                    kind, body = forwarder.ask(forwarder._endpoints[int(number)], query)
                except NotAllowed as error:
                    self._say(403, "text/plain", str(error).encode())
                except (OSError, http.client.HTTPException) as error:
                    self._say(502, "text/plain", str(error).encode())
                else:
                    self._say(200, kind, body)

            def _say(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nothing is logged here."""

        return Handler


class _PinnedHttp(http.client.HTTPConnection):
    """Connects to an address that was checked, whatever the name resolves to by then."""

    def __init__(self, host: str, port: int, address: str, seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self._address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)


class _PinnedHttps(_PinnedHttp):
    """The same with TLS; the certificate has to be the name's."""

    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname or "", parts.port

"""Asks other endpoints for SERVICE in our stead: only those on a list, never a machine of the inner network.

The engine's own client follows nothing we could check. So each endpoint in a query is replaced by an address
on the loopback behind which a forwarder stands; it resolves the name, refuses addresses that are not public,
connects to the very address that it checked, and does the same again for every redirect. That address has a
secret in it, and nobody but the engine is told it: a SERVICE within another stays as it is, and where the
engine names it in an error the endpoint's takes its place.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import re
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pyoxigraph as ox

from sergekg.errors import QueryError
from sergekg.store.lexer import spell_out
from sergekg.store.nesting import guard
from sergekg.store.rendering import find_escape

PLACEHOLDER = f"urn:x-sergekg:service:{'0' * 42}"
"""Stands for an endpoint until the forwarder has its address, which is made as long: places of mistakes stay
the same."""
_RETURNED = re.compile(r"Error \d{3}[\w ]* returned by (\S+) with payload:\s*")
"""What the engine says around what the forwarder said."""
MOST_REQUESTS, MOST_BYTES = 32, 64 << 20
"""Requests that one query may have sent to other endpoints, redirects too, and bytes of all their answers.

The engine asks within EXISTS once for every solution.
"""
_MOST_REDIRECTS = 3
_TYPES = {
    "application/sparql-results+json": ox.QueryResultsFormat.JSON,
    "application/sparql-results+xml": ox.QueryResultsFormat.XML,
}
_BLANK = b'"type":"bnode","value":"'
"""What the engine writes before the label of a blank node, and nowhere else: in a string no mark is bare."""
_LEAST = 0.05
"""Seconds that an address is tried at least."""
_URI = "%/:?#[]@!$&'()*+,;=~"
"""Characters that an address keeps beside letters, digits and `_.-` (RFC 3986, 2)."""
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
    """An endpoint, a redirect or an address that must not be asked, or more than may be."""


_TROUBLES = (OSError, ValueError, http.client.HTTPException)
"""What keeps an endpoint from answering."""


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


@dataclass(frozen=True, slots=True)
class _Address:
    """Where an endpoint is: host and target in ASCII, as they are sent."""

    scheme: str
    host: str
    port: int
    target: str

    @classmethod
    def of(cls, endpoint: str) -> _Address:
        """Read an IRI.

        Raises:
            NotAllowed: it is no address on the web.
        """
        try:
            parts = urlsplit(endpoint)
            host = (parts.hostname or "").encode("idna").decode("ascii")
            port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        except (ValueError, KeyError):  # a UnicodeError is a ValueError
            raise NotAllowed(f"{endpoint} is no address on the web") from None
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(parts.scheme, host, port, quote(target, _URI))

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port


class Forwarder:
    """Listens on the loopback for the engine and asks endpoints for it; one for each query, closed after it.

    An endpoint is asked the same once, however often the engine does, and all are asked so much and no more.

    Args:
        services: where the placeholder of each endpoint begins in the query, and the endpoint.
        seconds: for each answer.
    """

    def __init__(
        self,
        services: Sequence[tuple[int, str]],
        seconds: float,
        resolve: Resolve = resolve_name,
        is_allowed: Callable[[str], bool] = is_public,
    ) -> None:
        self._services, self._seconds = tuple(services), seconds
        self._resolve, self._is_allowed = resolve, is_allowed
        self._secret = secrets.token_urlsafe(16)
        self._asking = threading.Lock()
        self._answers: dict[tuple[str, bytes], bytes | NotAllowed | OSError] = {}
        self._requests = self._bytes = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._address = f"http://127.0.0.1:{self._server.server_port}/{self._secret}/"
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def place(self, text: str) -> str:
        """The query with the forwarder's addresses for the placeholders, which are found by where they stand:
        somebody may have written the same in a string.
        """
        parts, position = [], 0
        for number, (start, _) in enumerate(self._services):
            begin = start + len("<")
            end = begin + len(PLACEHOLDER)
            if text[begin:end] != PLACEHOLDER:
                raise ValueError("a placeholder is not where it should be")
            digits = len(PLACEHOLDER) - len(self._address)
            parts += [text[position:begin], f"{self._address}{number:0{digits}}"]
            position = end
        return "".join([*parts, text[position:]])

    def explain(self, message: str) -> str:
        """What the engine says, of the endpoints instead of the forwarder."""
        own = re.compile(re.escape(self._address) + r"(\d+)")
        said = own.sub(lambda found: self._services[int(found[1])][1], message)
        return _RETURNED.sub(r"\1: ", said)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def ask(self, endpoint: str, query: bytes) -> bytes:
        """The solutions that an endpoint gives, in JSON as the engine writes it.

        Raises:
            NotAllowed: it may not be asked, or leads where nothing may be asked, or enough was asked.
            OSError: it does not answer, or not with solutions.
        """
        with self._asking:
            found = self._answers.get((endpoint, query))
            if found is None:
                try:
                    found = self._read(*self._fetch(endpoint, query))
                except NotAllowed as error:
                    found = NotAllowed(str(error))
                except _TROUBLES as error:
                    found = OSError(str(error))  # one that was raised holds what may not leave its thread
                self._answers[endpoint, query] = found
        if isinstance(found, Exception):
            raise found
        return found

    def _fetch(self, endpoint: str, query: bytes) -> tuple[str, str, bytes]:
        """Who answered, the media type, and the body."""
        allowed = {_Address.of(one).origin for _, one in self._services}
        for _ in range(_MOST_REDIRECTS + 1):
            address = _Address.of(endpoint)
            if address.origin not in allowed:
                raise NotAllowed(f"{endpoint} is not on the list")
            response, connection = self._send(address, query)
            try:
                location = response.getheader("Location")
                if response.status in (301, 302, 303, 307, 308) and location:
                    endpoint = _redirected(endpoint, location)
                    continue
                kind = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
                if response.status != 200 or kind not in _TYPES:
                    raise OSError(f"{endpoint} answered {response.status} {kind or 'without a type'}")
                body = response.read(MOST_BYTES - self._bytes + 1)
                self._bytes += len(body)
                if self._bytes > MOST_BYTES:
                    raise NotAllowed(f"other endpoints answer the query with more than {MOST_BYTES:,} bytes")
                if response.length:
                    raise http.client.IncompleteRead(b"", response.length)
                return endpoint, kind, body
            finally:
                response.close()
                connection.close()
        raise NotAllowed(f"{endpoint} redirects too often")

    def _read(self, endpoint: str, kind: str, body: bytes) -> bytes:
        """An answer read and written anew, so that the engine gets none that it might not survive, or that is
        not whole.

        A label of a blank node means something only in its document, so that each answer gets others.
        """
        watching, written = guard(kind), io.BytesIO()
        try:
            watching.see(body)
            watching.end()
            solutions = ox.parse_query_results(body, _TYPES[kind])
            if not isinstance(solutions, ox.QuerySolutions):
                raise ValueError("it is no solutions")
            solutions.serialize(written, ox.QueryResultsFormat.JSON)
        except (SyntaxError, ValueError, MemoryError) as cause:
            said = " ".join(str(cause).split())[:200]
            raise OSError(f"{endpoint} sent a result that cannot be read: {said}") from None
        return written.getvalue().replace(_BLANK, _BLANK + f"s{secrets.token_hex(8)}".encode())

    def _send(
        self, address: _Address, query: bytes
    ) -> tuple[http.client.HTTPResponse, http.client.HTTPConnection]:
        if self._requests == MOST_REQUESTS:
            raise NotAllowed(f"the query asks other endpoints more than {MOST_REQUESTS} times")
        self._requests += 1
        host, port = address.host, address.port
        addresses = self._resolve(host, port)
        if not addresses or not all(self._is_allowed(one) for one in addresses):
            raise NotAllowed(f"{host} is not a public host")
        connection: http.client.HTTPConnection
        if address.scheme == "https":
            connection = _PinnedHttps(host, port, addresses, self._seconds)
        else:
            connection = _PinnedHttp(host, port, addresses, self._seconds)
        headers = {
            "Content-Type": "application/sparql-query",
            "Accept": ", ".join(_TYPES),
            "User-Agent": "sergekg (SPARQL federation)",
        }
        try:
            connection.request("POST", address.target, query, headers)
            return connection.getresponse(), connection
        except BaseException:
            connection.close()
            raise

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        forwarder = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                way, _, number = self.path.rpartition("/")
                if not secrets.compare_digest(way.encode(), f"/{forwarder._secret}".encode()):
                    self.send_error(404)
                    return
                _, endpoint = forwarder._services[int(number)]
                try:
                    body = forwarder.ask(endpoint, _portable(query))
                except NotAllowed as error:
                    self._say(403, "text/plain", str(error).encode())
                except _TROUBLES as error:
                    self._say(502, "text/plain", str(error).encode())
                else:
                    self._say(200, "application/sparql-results+json", body)

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
    """Connects to one of the addresses that were checked, whatever the name resolves to by then."""

    def __init__(self, host: str, port: int, addresses: Sequence[str], seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self._addresses, self._seconds = addresses, seconds

    def connect(self) -> None:
        """Try one after the other; each has its part of the time that is left."""
        end = time.monotonic() + self._seconds
        for number, address in enumerate(self._addresses):
            part = (end - time.monotonic()) / (len(self._addresses) - number)
            try:
                self.sock = socket.create_connection((address, self.port), max(part, _LEAST))
            except OSError as error:
                failure = error
            else:
                self.sock.settimeout(self._seconds)
                return
        raise failure


class _PinnedHttps(_PinnedHttp):
    """The same with TLS; the certificate has to be the name's."""

    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _redirected(endpoint: str, location: str) -> str:
    """Where a redirect leads; its bytes come as Latin-1 (http.client), whatever they are.

    Raises:
        NotAllowed: nowhere.
    """
    try:
        return urljoin(endpoint, quote(location.encode("latin-1"), _URI))
    except ValueError:
        raise NotAllowed(f"{endpoint} redirects to what is no address") from None


def _portable(query: bytes) -> bytes:
    """The engine's own writing of a pattern, without codepoint escapes: it has backslashes only in strings.

    Raises:
        NotAllowed: the endpoint could find one that is none.
    """
    text = query.decode()
    try:
        spelled = spell_out(text, "string", text, 0)
    except QueryError as error:
        raise NotAllowed(error.what) from None
    if find_escape(spelled):
        raise NotAllowed("a backslash before u and digits is not sent to other endpoints")
    return spelled.encode()

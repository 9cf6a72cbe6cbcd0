"""Behind a proxy, and against strangers' host names: which address every absolute URL begins with.

`X-Forwarded-*` counts only from the peers named in the setting `proxies`; a host name counts only if it is
one of `hosts`, came through such a proxy, or is a name of the loopback while we listen there. Without `hosts`
a browser on this machine could pass for a proxy (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from sergekg.config import Config

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]+\])(?::\d{{1,5}})?")
"""Labels have 1 to 63 characters (RFC 1035, 2.3.4): the framework makes no address of a name with others. A
name may end with a full stop (RFC 3986, 3.2.2)."""
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/?")
_FORWARDED, _NO_HOST = "sergekg.forwarded", "sergekg.no_host"
_WITHOUT_HOST = ("HTTP/1", "HTTP/1.0", "HTTP/0.9")
"""Versions in which a request needs no Host; granian leaves the zero out."""
_CHECKS = {
    "HTTP_X_FORWARDED_HOST": _HOST,
    "HTTP_X_FORWARDED_PREFIX": _PREFIX,
    "HTTP_X_FORWARDED_PROTO": re.compile(r"https?"),
    "HTTP_X_FORWARDED_PORT": re.compile(r"\d{1,5}"),
}


class MisdirectedRequest(HTTPException):
    """421: the host name is not one of ours (RFC 9110, 15.5.20)."""

    code = 421
    name = "Misdirected Request"
    description = (
        "The host name of this request is not one that this server answers to. "
        "Name it in the setting hosts, or let a proxy named in the setting proxies forward it."
    )


class TrustedProxies:
    """WSGI middleware: takes well-formed `X-Forwarded-*` from trusted peers, and drops the rest.

    Args:
        name: the host of requests that name none; by default the address that they came to.
    """

    def __init__(self, app: Callable[..., Any], proxies: Iterable[str], name: str | None) -> None:
        self._app, self._name = app, name
        self._fixed = ProxyFix(app, x_for=1, x_proto=1, x_host=1, x_port=1, x_prefix=1)
        self._networks = [ipaddress.ip_network(proxy, strict=False) for proxy in proxies]
        self._is_trusted = lru_cache(1024)(self._is_in_networks)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        for name, pattern in _CHECKS.items():
            if name in environ:
                value = environ[name].rpartition(",")[2].strip()
                if not value or not pattern.fullmatch(value):
                    del environ[name]
        if not environ.get("HTTP_HOST") and environ.get("SERVER_PROTOCOL") in _WITHOUT_HOST:
            environ.pop("HTTP_HOST", None)
            environ |= {"HTTP_HOST": self._name} if self._name else {}
        if not _HOST.fullmatch(environ.get("HTTP_HOST", "localhost")):
            # the framework can make no address of it, not even for the page that says so
            environ["HTTP_HOST"], environ[_NO_HOST] = "host.invalid", True
        if not self._is_trusted(environ.get("REMOTE_ADDR", "")):
            return self._app(environ, start_response)
        environ[_FORWARDED] = any(name in environ for name in (*_CHECKS, "HTTP_X_FORWARDED_FOR"))
        if not environ[_FORWARDED]:
            return self._app(environ, start_response)
        if prefix := environ.get("HTTP_X_FORWARDED_PREFIX"):
            environ["HTTP_X_FORWARDED_PREFIX"] = prefix.rpartition(",")[2].strip().rstrip("/")
        return self._fixed(environ, start_response)

    def _is_in_networks(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:  # a Unix socket has no address: who can write to it is a proxy of ours
            return not peer
        return any(address in network for network in self._networks)


def register(app: Flask, config: Config) -> None:
    """Put the middleware in front of an application and refuse host names that are not ours."""
    app.wsgi_app = TrustedProxies(  # type: ignore[method-assign]
        app.wsgi_app, config.proxies, next(iter(config.hosts), None)
    )
    ours = {_bare(name) for name in config.hosts}
    if not ours and _is_loopback(config.host):
        ours = {"localhost", "127.0.0.1", "[::1]", _bare(config.host), urlsplit(config.base).hostname or ""}

    def check() -> None:
        host = request.host
        if _NO_HOST in request.environ or not _HOST.fullmatch(host):
            raise BadRequest("Host is to be the name of one host, with its port or without.")
        is_forwarded = request.environ.get(_FORWARDED, False) and not config.hosts
        if ours and not is_forwarded and _bare(host) not in ours:
            raise MisdirectedRequest

    app.before_request(check)


def _bare(host: str) -> str:
    """A host name without its port and the full stop at its end, in lower case."""
    name = host.lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return f"[{name}]" if name.count(":") > 1 else name.partition(":")[0].removesuffix(".")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"

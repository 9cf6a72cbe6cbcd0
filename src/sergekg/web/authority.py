"""Who may write: who sends the bearer token (RFC 6750). Its digest is kept, and compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import stat
from collections.abc import Mapping, Sequence
from threading import Lock

from flask import request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, HTTPException, Unauthorized

from sergekg.config import Config
from sergekg.errors import ConfigError, Location
from sergekg.web.crowd import Crowd

VARIABLE = "SERGEKG_TOKEN"
_DIGEST = re.compile(r"scrypt:([0-9a-f]{32}):([0-9a-f]{64})")
_SHORTEST = 6
_MOST_SEEN = 10_000
"""Wrong tokens that are known again, and refused ones."""
_turn = Lock()
"""Who has it may run scrypt, which takes 16 MB and some tens of milliseconds."""
_TOO_MANY = ("Too many tokens of yours are being checked.", "Too many tokens are being checked; try again.")
_asking, _again = Crowd(2, 4, _TOO_MANY, retry_after=1), Crowd(1, 2, _TOO_MANY, retry_after=1)
"""Requests that wait for it, and those that have been refused before: beside what waits for queries
(`places.PoolSettings`) threads are left to others.
"""


class Tokens:
    """The tokens that allow writing.

    Args:
        digests: `scrypt:<salt>:<digest>`, both in hex.
        plain: those that are given as they are.
    """

    def __init__(self, digests: Sequence[str], plain: Sequence[str] = ()) -> None:
        # a guess takes as long where every token is given plain
        self._digests = digests or [hash_token(secrets.token_urlsafe())]
        # scrypt is slow on purpose; a token that proved right or wrong is known again by a quick digest
        self._key = secrets.token_bytes(32)
        self._right = tuple(self._quick(token) for token in plain)
        self._wrong: dict[bytes, None] = {}
        self._refused: dict[bytes, None] = {}
        self._lock = Lock()

    def allows(self, token: str, client: str = "") -> bool:
        """Whether it is one of them.

        Raises:
            TooManyRequests, ServiceUnavailable: too many tokens that nobody has seen yet wait.
        """
        quick = self._quick(token)
        known = self._known(quick)
        if known is not None:
            return known
        crowd = self._enter(quick, client)
        try:
            with _turn:
                known = self._known(quick)  # proved by another request while it waited
                return self._prove(token, quick) if known is None else known
        finally:
            crowd.leave(client)

    def _quick(self, token: str) -> bytes:
        return hmac.digest(self._key, token.encode(), "sha256")

    def _known(self, quick: bytes) -> bool | None:
        if any(hmac.compare_digest(quick, right) for right in self._right):
            return True
        return False if quick in self._wrong else None

    def _enter(self, quick: bytes, client: str) -> Crowd:
        """Wait with the others, or with those that come again, as who guesses ever new tokens does not."""
        try:
            _asking.enter(client)
        except HTTPException:
            if quick not in self._refused:
                self._remember(self._refused, quick)
                raise
            _again.enter(client)
            return _again
        return _asking

    def _remember(self, seen: dict[bytes, None], quick: bytes) -> None:
        with self._lock:
            if len(seen) >= _MOST_SEEN:
                del seen[next(iter(seen))]
            seen[quick] = None

    def _prove(self, token: str, quick: bytes) -> bool:
        for digest in self._digests:
            salt = bytes.fromhex(digest.split(":")[1])
            if hmac.compare_digest(hash_token(token, salt), digest):
                self._right = (*self._right, quick)
                return True
        self._remember(self._wrong, quick)
        return False


def hash_token(token: str, salt: bytes | None = None) -> str:
    """The digest of a token, as a token file keeps it."""
    salt = secrets.token_bytes(16) if salt is None else salt
    digest = hashlib.scrypt(token.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
    return f"scrypt:{salt.hex()}:{digest.hex()}"


def read_tokens(config: Config, environ: Mapping[str, str] | None = None) -> Tokens:
    """The tokens of the token file, one a line, as digests or plain; else of the environment.

    Raises:
        ConfigError: there is none, one is so short that it can be guessed or could never be sent, a digest is
            damaged, or anybody may write the file.
    """
    environ = os.environ if environ is None else environ
    where = None
    if config.token_file is not None:
        where = Location(str(config.token_file))
        try:
            if config.token_file.stat().st_mode & stat.S_IWOTH:
                raise ConfigError("anybody may write the token file", where=where, remedy="chmod o-w it")
            # some editors begin a file with a mark, which would be of the first token
            lines = config.token_file.read_text(encoding="utf-8-sig").split("\n")
        except (OSError, UnicodeDecodeError) as cause:
            raise ConfigError(
                "the token file cannot be read", where=where, remedy="check --token-file"
            ) from cause
    else:
        lines = [environ.get(VARIABLE, "")]
    tokens = [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]
    if not tokens:
        raise ConfigError(
            "writing needs a token", where=where, remedy=f"give --token-file FILE, or set {VARIABLE}"
        )
    if any(len(token) < _SHORTEST for token in tokens):
        raise ConfigError(
            f"a token has fewer than {_SHORTEST} characters", where=where, remedy="make a longer one"
        )
    if not all(token.isascii() and token.isprintable() for token in tokens):
        raise ConfigError(
            "a token has a character that no header can bring",
            where=where,
            remedy="make it of letters, digits and -._~+/ (RFC 6750)",
        )
    digests = [token for token in tokens if token.lower().startswith("scrypt:")]
    # a damaged one, taken for a token, would let in who reads the file
    if not all(_DIGEST.fullmatch(digest) for digest in digests):
        raise ConfigError(
            "a digest of a token is damaged",
            where=where,
            remedy="write scrypt:SALT:DIGEST in small hex digits",
        )
    return Tokens(digests, [token for token in tokens if token not in digests])


def demand_token(config: Config, tokens: Tokens | None) -> None:
    """Stop a request that may not write.

    Raises:
        Forbidden: this service takes no writes.
        Unauthorized: the request has no token, or a wrong one.
        TooManyRequests, ServiceUnavailable: too many tokens that nobody has seen yet wait.
    """
    if not config.writable or tokens is None:
        raise Forbidden("This service is read-only.")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("Writing needs a bearer token.", www_authenticate=_challenge())
    if not tokens.allows(token.strip(), request.remote_addr or ""):
        raise Unauthorized("The token is not known here.", www_authenticate=_challenge("invalid_token"))


def _challenge(error: str | None = None) -> WWWAuthenticate:
    return WWWAuthenticate("bearer", {"realm": "sergekg", **({"error": error} if error else {})})

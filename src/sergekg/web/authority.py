"""Who may write: who sends the bearer token (RFC 6750). Its digest is kept, and compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from flask import request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden, Unauthorized

from sergekg.config import Config
from sergekg.errors import ConfigError, Location

VARIABLE = "SERGEKG_TOKEN"
_DIGEST = re.compile(r"scrypt:([0-9a-f]{32}):([0-9a-f]{64})")
_SHORTEST = 6


class Tokens:
    """The tokens that allow writing.

    Args:
        digests: `scrypt:<salt>:<digest>`, both in hex.
    """

    def __init__(self, digests: list[str]) -> None:
        self._digests = digests
        # scrypt is slow on purpose; a token that proved right is known again by a quick digest
        self._key = secrets.token_bytes(32)
        self._proved: set[bytes] = set()

    def allows(self, token: str) -> bool:
        """Whether it is one of them."""
        quick = hmac.digest(self._key, token.encode(), "sha256")
        if any(hmac.compare_digest(quick, known) for known in self._proved):
            return True
        for digest in self._digests:
            salt = bytes.fromhex(digest.split(":")[1])
            if hmac.compare_digest(hash_token(token, salt), digest):
                self._proved.add(quick)
                return True
        return False


def hash_token(token: str, salt: bytes | None = None) -> str:
    """The digest of a token, as a token file keeps it."""
    salt = secrets.token_bytes(16) if salt is None else salt
    digest = hashlib.scrypt(token.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
    return f"scrypt:{salt.hex()}:{digest.hex()}"


def read_tokens(config: Config, environ: Mapping[str, str] | None = None) -> Tokens:
    """The tokens of the token file, one a line, as digests or plain; else of the environment.

    Raises:
        ConfigError: there is none, or one is so short that it can be guessed.
    """
    environ = os.environ if environ is None else environ
    where = None
    if config.token_file is not None:
        where = Location(str(config.token_file))
        try:
            lines = Path(config.token_file).read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as cause:
            raise ConfigError(
                "the token file cannot be read", where=where, remedy="check --token-file"
            ) from cause
    else:
        lines = [environ.get(VARIABLE, "")]
    tokens = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    if not tokens:
        raise ConfigError(
            "writing needs a token", where=where, remedy=f"give --token-file FILE, or set {VARIABLE}"
        )
    if any(len(token) < _SHORTEST for token in tokens):
        raise ConfigError(
            f"a token has fewer than {_SHORTEST} characters", where=where, remedy="make a longer one"
        )
    return Tokens([token if _DIGEST.fullmatch(token) else hash_token(token) for token in tokens])


def demand_token(config: Config, tokens: Tokens | None) -> None:
    """Stop a request that may not write.

    Raises:
        Forbidden: this service takes no writes.
        Unauthorized: the request has no token, or a wrong one.
    """
    if not config.writable or tokens is None:
        raise Forbidden("This service is read-only.")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("Writing needs a bearer token.", www_authenticate=_challenge())
    if not tokens.allows(token.strip()):
        raise Unauthorized("The token is not known here.", www_authenticate=_challenge("invalid_token"))


def _challenge(error: str | None = None) -> WWWAuthenticate:
    return WWWAuthenticate("bearer", {"realm": "sergekg", **({"error": error} if error else {})})

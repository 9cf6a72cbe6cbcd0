"""What the software of a server elsewhere is, and where it cuts results: asked once, and remembered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isqrt

from sergekg.store.analysis import Dataset
from sergekg.store.deadline import Deadline
from sergekg.store.pooled import read
from sergekg.store.requests import UNREADABLE, Remote, send

_PROBE = 10_000
"""Rows that a Virtuoso of unknown settings is tried for: it gives as many at least as come back."""


@dataclass(frozen=True, slots=True)
class Server:
    """What is known of the software of a remote store.

    Attributes:
        cap: rows after which it may cut a result.
        limit: rows after which one of ours has said that it breaks off what it streams.
    """

    is_virtuoso: bool
    cap: int | None
    limit: int | None = None


_KNOWN: dict[str, Server] = {}
"""By address."""


def about(remote: Remote, deadline: Deadline) -> Server:
    """What is known of a store; it is asked once.

    Raises:
        StoreError: it does not answer as SPARQL servers do.
    """
    found = _KNOWN.get(remote.address)
    if found is None:
        found = _KNOWN[remote.address] = _probe(remote, deadline)
    return found


def note_limit(remote: Remote, limit: int) -> None:
    """Remember after how many rows a store breaks off, so that it is asked for fewer from the start."""
    _KNOWN[remote.address] = replace(_KNOWN[remote.address], limit=limit)


def _probe(remote: Remote, deadline: Deadline) -> Server:
    """Ask for more rows than Virtuoso gives as Debian sets it up, whatever data it has."""
    numbers = " ".join(map(str, range(isqrt(_PROBE) + 1)))
    probe = f"SELECT ?a ?b {{ VALUES ?a {{ {numbers} }} VALUES ?b {{ {numbers} }} }} LIMIT {_PROBE}"
    found = send(remote, read(probe).rendering, Dataset(), deadline)
    try:
        if found.limit is not None:  # it is one of ours, and would break this off
            return Server(is_virtuoso=False, cap=None, limit=found.limit)
        rows = sum(1 for _ in found.parsed)
    except UNREADABLE as cause:
        raise found.body.failure(cause) from cause
    finally:
        found.body.close()
    return Server(found.is_virtuoso, (found.cap or max(rows, 1)) if found.is_virtuoso else None)

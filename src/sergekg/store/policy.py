"""What a query may ask of the world outside the store: by default, nothing."""

from __future__ import annotations

from collections.abc import Sequence

from sergekg.errors import QueryRefused
from sergekg.store.analysis import Query


def check_services(query: Query, allowed: Sequence[str]) -> None:
    """Refuse a query that asks an endpoint which is not on the list.

    Args:
        allowed: endpoints, each a whole IRI.

    Raises:
        QueryRefused: it does, or a variable stands for the endpoint.
    """
    for call in query.services:
        if call.endpoint is None:
            raise QueryRefused("SERVICE with a variable is not allowed here", remedy="name the endpoint")
        if call.endpoint not in allowed:
            known = f"allowed are {', '.join(allowed)}" if allowed else "this server asks no other endpoint"
            raise QueryRefused(f"SERVICE <{call.endpoint}> is not allowed here", remedy=known)

"""Has a store read a query, which engines do only by evaluating it: on no data, and for a moment."""

from __future__ import annotations

from dataclasses import replace

from sergekg.errors import EngineFailed, NotWritable, QueryFailed, QueryTooLarge
from sergekg.store.analysis import Dataset
from sergekg.store.answers import Answering, Limits, Request

_NO_GRAPHS = Dataset((), ())
_SECONDS, _BYTES = 2.0, 1 << 20
"""What reading a query may take, evaluated on nothing."""


def try_reading(store: Answering, request: Request) -> None:
    """Have the query of a request read, by the rules of the store.

    Raises:
        QueryError, QueryRefused: it is wrong, or not allowed.
        QueryTimeout, StoreBusy, StoreUnavailable, EngineFailed: nobody can tell now.
    """
    limits = Limits(seconds=min(request.limits.seconds, _SECONDS), rows=1, bytes=_BYTES)
    try:
        store.answer(replace(request, limits=limits, dataset=_NO_GRAPHS)).close()
    except EngineFailed:
        raise  # perhaps while it was read
    except (NotWritable, QueryFailed, QueryTooLarge):
        return  # it was read: it calls a function of another store, or gives much without any data

"""What a store elsewhere holds of a release, as the load that filled it noted there (`loading`)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from sergekg.errors import StoreError, StoreUnavailable
from sergekg.store.analysis import Dataset
from sergekg.store.remote import RemoteStore

FRESH = 30.0
"""Seconds that what is known of the state of a store counts."""
_STATE = "urn:x-sergekg:loaded"


def union_graph(base: str) -> str:
    """The graph that holds every triple once."""
    return f"{base}graph/union"


def state_graph(base: str) -> str:
    """The graph that says how far loading has come."""
    return f"{base}graph/loading"


@dataclass(frozen=True, slots=True)
class State:
    """How far a load has come.

    Attributes:
        digest: of the release.
        sent: every graph that something may be there of, with the triples that the graph store has taken,
            which are the first ones in the order of the release's store.
        is_whole: whether all of them have been counted in the store.
        mark: of the run that wrote it, so that who reads it knows that it is not an older one.
    """

    digest: str = ""
    sent: Mapping[str, int] = field(default_factory=dict)
    is_whole: bool = False
    mark: str = ""

    def to_line(self, base: str) -> bytes:
        said = json.dumps(
            {"digest": self.digest, "sent": dict(self.sent), "whole": self.is_whole, "mark": self.mark}
        )
        literal = said.replace("\\", "\\\\").replace('"', '\\"')
        return f'<{state_graph(base)}> <{_STATE}> "{literal}" .\n'.encode()


def read_state(store: RemoteStore, base: str) -> State:
    """What the remote store says of an earlier load.

    Raises:
        StoreError: it does not answer, or says more than one thing.
    """
    rows = store.select(
        f"SELECT ?state {{ GRAPH <{state_graph(base)}> {{ <{state_graph(base)}> <{_STATE}> ?state }} }}"
    )
    if not rows:
        return State()
    if len(rows) > 1:
        raise StoreError(
            f"the graph {state_graph(base)} of the store has the states of {len(rows)} loads",
            remedy="remove it, and load again",
        )
    try:
        found = json.loads(str(rows[0]["state"]))
        if "sent" in found:
            sent = {str(graph): int(triples) for graph, triples in found["sent"].items()}
        else:  # it counted blocks, and not how long they were: these graphs are begun again
            sent = dict.fromkeys(found["done"], 0)
        return State(str(found["digest"]), sent, bool(found["whole"]), str(found.get("mark", "")))
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise StoreError(
            f"the graph {state_graph(base)} of the store is not ours", remedy="remove it"
        ) from cause


class Loaded:
    """Whether a store still holds all of one release, which others may be loading anew.

    Args:
        store: asked as it is, for the state is in a graph that no release has.
        digest: of the release.
    """

    def __init__(self, store: RemoteStore, base: str, digest: str) -> None:
        self._store, self._base, self._digest = store, base, digest
        self._lock = threading.Lock()
        self._due = time.monotonic() + FRESH
        self._wrong: str = ""

    def check(self) -> None:
        """Look again, if it is time; meanwhile others go by what was found before.

        Raises:
            StoreError: it does not hold it, or does not answer.
        """
        if time.monotonic() >= self._due and self._lock.acquire(blocking=False):
            try:
                self._wrong = self._look()
                self._due = time.monotonic() + FRESH
            finally:
                self._lock.release()
        if self._wrong:
            raise StoreUnavailable(
                f"the store holds {self._wrong}",
                retry_after=int(FRESH),
                remedy="wait until `sergekg load` is done, and start again where it was another release",
            )

    def _look(self) -> str:
        return wrong_release(read_state(self._store, self._base), self._digest)


def wrong_release(state: State, digest: str) -> str:
    """What a store holds instead of all of a release; nothing where it holds that."""
    if state.digest == digest:
        return "" if state.is_whole else "a part of the release"
    return "another release" if state.digest else "nothing that was loaded"


def loaded_dataset(state: State, base: str) -> Dataset:
    """The dataset of requests to a store that was loaded: the union, and the named graphs."""
    union = union_graph(base)
    return Dataset((union,), tuple(sorted(name for name in state.sent if name != union)))

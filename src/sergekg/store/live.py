"""A store that takes writes: each is worked out apart, checked, written down, and only then visible."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sergekg.errors import (
    GraphUnreadable,
    QueryFailed,
    QueryRefused,
    QueryTimeout,
    QueryTooLarge,
    StoreBusy,
    StoreError,
    StoreUnavailable,
)
from sergekg.store.answers import Answer, Limits, Request, always
from sergekg.store.delta import Delta
from sergekg.store.places import PAGES, PoolSettings
from sergekg.store.pooled import PooledStore, read
from sergekg.store.processes import Worker
from sergekg.store.updates import Update
from sergekg.store.wire import COMMIT, DATA, DONE, ERROR, JOB, READY, WRITE, Channel, Frame, pack

T = TypeVar("T")
_TRIES, _LONG = 3, 0.2
"""How often something is made while writes go on, and seconds after which it is not tried once more."""
_HOLD = 10.0
"""Seconds that it then waits for its turn to hold writes up: so much longer at most does a write wait."""
_PLACE = re.compile(
    r"Parser error (?:at|between) line (?P<line>\d+) (?:between columns|column) (?P<column>\d+).*?: "
    r"(?P<what>.*)",
    re.DOTALL,
)
Check = Callable[[Delta, Callable[[], bytes]], None]
"""Called before a write becomes visible, with its delta and a function that gives the N-Quads of the store as
it would be; an error that it raises stops the write."""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a write: whether the graph existed before, and whether anything changed."""

    existed: bool
    changed: bool


class Turns:
    """A lock that goes to who has waited longest: one that comes later must not have others wait in vain."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    def acquire(self, timeout: float) -> bool:
        """Wait for one's turn so many seconds at most; returns whether it came."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(timeout):
            return True
        with self._lock:
            if not turn.is_set():  # it may have come just now
                self._waiting.remove(turn)
            return turn.is_set()

    def release(self) -> None:
        """Let the next one in."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


class LiveStore(PooledStore):
    """A store in memory that starts from a release and its journal, or empty.

    Args:
        source: as of `PooledStore`, with `journal` and `release`.
        additions: the graph for what is written without a graph while the default graph is a union.
        patience: seconds that a write waits for the one before it.
    """

    def __init__(
        self,
        source: Mapping[str, Any],
        settings: PoolSettings | None = None,
        *,
        additions: str,
        patience: float = 60.0,
    ) -> None:
        super().__init__({**source, "kind": "memory"}, settings)
        self._union = bool(source.get("union", True))
        self._has_journal = bool(source.get("journal"))
        self._additions = additions
        self._begun = secrets.token_hex(6)  # where nothing is kept, a number alone would come again
        self._patience = patience
        self._writing = Turns()
        self._showing = Turns()
        self._inside = threading.local()
        self._shown = 0  # odd while a write is visible to new workers, and not to all

    @property
    def version(self) -> str:
        """Changes with every write; the same journal gives the same version again."""
        written = self.pool.keeper.written if self._has_journal else f"{self._begun}-{self.pool.version}"
        return f"{written}{'' if self._union else '-named'}"

    def update(self, update: Update, seconds: float, check: Check | None = None) -> Written:
        """Run all operations of an update, or none.

        Raises:
            QueryError, QueryRefused, QueryTimeout, QueryTooLarge, StoreBusy, StoreUnavailable: as they say.
        """
        operations = [operation.to_job() for operation in update.operations]
        if not operations:
            return Written(existed=True, changed=False)
        return self._write({"write": "update", "operations": operations}, (), seconds, check, update)

    def graph_as_written(
        self,
        graph: str | None,
        format: str,
        limits: Limits,
        client: str = PAGES,
        is_wanted: Callable[[], bool] = always,
    ) -> Answer:
        """All of a graph, with its triple terms, its literals in the forms in which they were written.

        Args:
            graph: its IRI; None for the default graph.
            format: a key of `evaluate.GRAPHS`.

        Raises:
            StoreError: as `answers.Answering.answer`.
        """
        pattern = "?s ?p ?o" if graph is None else f"GRAPH <{graph}> {{ ?s ?p ?o }}"
        query = read(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}")
        return self.answer(
            Request(query, limits, graph=format, client=client, is_wanted=is_wanted, as_written=graph or "")
        )

    def write_graph(
        self,
        how: str,
        graph: str | None,
        documents: Sequence[tuple[str, bytes]],
        base: str,
        seconds: float,
        check: Check | None = None,
        demanded: Callable[[], object] | None = None,
    ) -> Written:
        """Change one graph as a whole (SPARQL 1.1 Graph Store HTTP Protocol, 5).

        Args:
            how: `replace`, `merge` or `delete`.
            graph: its IRI; None for the default graph.
            documents: RDF to put together, each with the name of its format.
            base: what relative IRIs in them are relative to.
            demanded: called when no other write can come between; an error that it raises stops this one.
        """
        job = {
            "write": "graph",
            "how": how,
            "graph": graph,
            "base": base,
            "formats": [name for name, _ in documents],
        }
        return self._write(job, [data for _, data in documents], seconds, check, None, demanded)

    def _write(
        self,
        job: dict[str, Any],
        data: Sequence[bytes],
        seconds: float,
        check: Check | None,
        update: Update | None,
        demanded: Callable[[], object] | None = None,
    ) -> Written:
        if not self._writing.acquire(timeout=self._patience):
            raise _busy("another write is not done yet")
        try:
            if demanded is not None:
                demanded()
            writer = self.pool.keeper.spawn(0, WRITE)
            try:
                return self._perform(writer, job, data, seconds, check, update)
            finally:
                writer.kill()
        finally:
            self._writing.release()

    def _perform(
        self,
        writer: Worker,
        job: dict[str, Any],
        data: Sequence[bytes],
        seconds: float,
        check: Check | None,
        update: Update | None,
    ) -> Written:
        job |= {"seconds": seconds, "union": self._union, "additions": self._additions}
        channel = writer.channel
        began = time.monotonic()
        channel.socket.settimeout(seconds + 5)
        try:
            channel.send(pack(JOB, job), *(pack(DATA, document) for document in data))
            frame = channel.receive()
            if frame is None or frame.kind == ERROR:
                raise _failure(frame, update, time.monotonic() - began, seconds)
            assert frame.kind == DONE
            done = frame.value
            delta = Delta.from_bytes(_data(channel))
        except TimeoutError as cause:
            raise _overrun(seconds) from cause
        except OSError as cause:
            raise StoreUnavailable("the writing process is gone", remedy="try again") from cause
        if delta.is_empty:
            return Written(done["existed"], changed=False)
        if check is not None and delta.is_change:
            check(delta, lambda: _state(channel, seconds))
        if not self._showing.acquire(timeout=self._patience):
            raise _busy("pages are made that are not done yet")
        try:
            keeper = self.pool.keeper
            written = keeper.ask(COMMIT, delta.to_bytes(), self._begin_showing)["written"]
            self.pool.renew()
            keeper.written = written  # the new version is named only when no worker has the old data
        finally:
            self._shown += self._shown % 2
            self._showing.release()
        return Written(done["existed"], changed=True)

    def steadily(self, make: Callable[[], T]) -> T:
        """What is made by several queries that all see one state of the store.

        Args:
            make: makes it; called again where a write became visible meanwhile, whatever came of it before.
                The last time writes wait: soon, where it takes long.

        Raises:
            StoreBusy: too many others have writes wait.
        """
        if getattr(self._inside, "steadily", False):  # whoever called it sees to that
            return make()
        self._inside.steadily = True
        try:
            return self._steadily(make)
        finally:
            self._inside.steadily = False

    def _steadily(self, make: Callable[[], T]) -> T:
        began = time.monotonic()
        for number in range(_TRIES):
            if number and time.monotonic() - began > _LONG:
                break  # writes come faster than this is made
            before = self.moment()
            try:
                made = make()
            except StoreError:  # it took too long, or there was no place: again it would be no better
                raise
            except Exception:  # of two states anything may fail; of one it is raised
                if self.is_still(before):
                    raise
            else:
                if self.is_still(before):
                    return made
        if not self._showing.acquire(timeout=_HOLD):
            raise _busy("writes come too fast to make this between two of them")
        try:
            return make()
        finally:
            self._showing.release()

    def _begin_showing(self) -> None:
        self._shown += 1

    def moment(self) -> tuple[int, int]:
        """Changes before anything that a write has changed can be seen, be it that the keeper died of it."""
        return self._shown, self.pool.version

    def is_still(self, moment: tuple[int, int]) -> bool:
        """Whether no write has become visible since a moment, nor was about to at the time."""
        return moment[0] % 2 == 0 and moment == self.moment()


def _state(channel: Channel, seconds: float) -> bytes:
    try:
        channel.send(pack(READY))
        return _data(channel)
    except TimeoutError as cause:
        raise _overrun(seconds) from cause
    except OSError as cause:
        raise StoreUnavailable("the writing process is gone", remedy="try again") from cause


def _data(channel: Channel) -> bytes:
    frame = channel.receive()
    if frame is None or frame.kind != DATA:
        raise StoreUnavailable("the writing process is gone", remedy="try again")
    return frame.body


def _failure(frame: Frame | None, update: Update | None, spent: float, seconds: float) -> StoreError:
    if frame is None:
        if spent >= seconds - 0.1:
            return _overrun(seconds)
        return QueryTooLarge(
            "the write needed more memory than it may, or the engine failed on it", remedy="send it in parts"
        )
    said = frame.value
    if said["kind"] == "syntax":
        if update is not None:
            operation = update.operations[int(said["operation"])]
            return operation.rendering.error(said["message"])
        return _unreadable(str(said["message"]))
    if said["kind"] == "unreadable":
        return GraphUnreadable(str(said["message"]), remedy="leave it out, or write it otherwise")
    if said["kind"] == "refused":
        return QueryRefused(str(said["message"]))
    return QueryFailed(f"the write cannot be done: {said['message']}")


def _unreadable(message: str) -> GraphUnreadable:
    """What the engine says of a graph that it cannot read."""
    if "LoadDocumentCallback" in message:
        return GraphUnreadable(
            "the document refers to a context elsewhere, and no address is asked",
            remedy="put the context into it",
        )
    found = _PLACE.fullmatch(message)
    if found is None:
        return GraphUnreadable(message)
    return GraphUnreadable(found["what"], line=int(found["line"]), column=int(found["column"]))


def _busy(what: str) -> StoreBusy:
    return StoreBusy(what, retry_after=5, by_client=False, remedy="try again")


def _overrun(seconds: float) -> QueryTimeout:
    return QueryTimeout(
        f"the write ran longer than {seconds:g} s and was stopped", seconds=seconds, remedy="send it in parts"
    )

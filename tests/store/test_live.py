"""A store that takes writes names a version only when it is in force, and ends none but its own processes."""

from __future__ import annotations

import mmap
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sergekg.errors import QueryTimeout, QueryTooLarge, StoreError, StoreUnavailable
from sergekg.store.delta import Delta
from sergekg.store.journal import Journal
from sergekg.store.keeper import Keeper
from sergekg.store.live import LiveStore, Turns, _failure, _state
from sergekg.store.processes import KeeperProcess, Worker
from sergekg.store.wire import COMMIT, DONE, Channel, Frame

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveStore]:
    source = {"union": False, "journal": str(tmp_path / "journal"), "release": "digest"}
    store = LiveStore(source, additions="http://e/additions")
    yield store
    store.close()


def _put(live: LiveStore, number: int) -> None:
    document = f"<http://e/s> <http://e/p> {number} .".encode()
    live.write_graph("merge", "http://e/g", [("turtle", document)], "http://e/", 10.0)


def _count(live: LiveStore) -> int:
    (row,) = live.select(COUNT.replace("{", "{ GRAPH ?g {", 1).replace("}", "} }"))
    return int(str(row["n"]))


def _writes(live: LiveStore) -> int:
    return int(live.version.partition("-")[0])


@pytest.mark.slow
def test_a_version_never_comes_back_with_other_data(tmp_path: Path) -> None:
    """A number alone would, of a journal that was put back, and of a store that keeps none."""
    seen = []
    for number, journal in enumerate(("one", "two", None, None)):
        kept = {"journal": str(tmp_path / journal), "release": "digest"} if journal else {}
        store = LiveStore({"union": False, **kept}, additions="http://e/additions")
        try:
            _put(store, number)
            _put(store, 9)  # the last write is the same
            seen.append(store.version)
        finally:
            store.close()
    assert len(set(seen)) == 4
    again = LiveStore(
        {"union": False, "journal": str(tmp_path / "one"), "release": "digest"},
        additions="http://e/additions",
    )
    try:
        assert again.version == seen[0]
    finally:
        again.close()


def test_under_a_new_version_nobody_gets_old_data(live: LiveStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the write and the new workers, whoever asks takes what he gets for the old version."""
    seen: list[tuple[int, int]] = []
    renew = live.pool.renew

    def watch() -> None:
        seen.append((_writes(live), _count(live)))
        renew()
        seen.append((_writes(live), _count(live)))

    _put(live, 1)
    assert (_writes(live), _count(live)) == (1, 1)
    monkeypatch.setattr(live.pool, "renew", watch)
    _put(live, 2)
    assert (_writes(live), _count(live)) == (2, 2)
    assert seen == [(1, 1), (1, 2)]


def test_what_cannot_be_read_reaches_no_journal_and_the_keeper_goes_on(live: LiveStore) -> None:
    _put(live, 1)
    keeper = live.pool.keeper
    poison = b'<http://e/s> <http://e/p> "x"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString> <http://e/g> .\n'
    for delta in (Delta(add=poison), Delta(remove=poison), Delta(create=("no IRI",))):
        with pytest.raises(StoreUnavailable, match="cannot be"):
            keeper.ask(COMMIT, delta.to_bytes())
    _put(live, 2)
    assert live.pool.keeper is keeper
    assert (_writes(live), _count(live)) == (2, 2)


@pytest.mark.slow
def test_what_cannot_be_applied_is_taken_off_the_journal_and_ends_the_keeper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError("no room")

    ours, theirs = socket.socketpair()
    journal = tmp_path / "journal"
    keeper = Keeper(theirs, {"kind": "memory", "journal": str(journal), "release": "digest"})
    delta = Delta(create=("http://e/g",))
    keeper.handle(Frame(COMMIT, delta.to_bytes()))
    monkeypatch.setattr(Delta, "apply", fail)
    with pytest.raises(MemoryError):
        keeper.handle(Frame(COMMIT, Delta(create=("http://e/h",)).to_bytes()))
    channel = Channel(ours)
    done, failed = channel.receive(), channel.receive()
    assert done is not None
    assert done.kind == DONE
    assert failed is not None
    assert failed.value["message"] == "the write cannot be applied: no room"
    assert keeper.journal is not None
    keeper.journal.close()
    again = Journal(journal, "digest")
    assert list(again.replay()) == [delta]
    again.close()
    ours.close()
    theirs.close()


@pytest.mark.slow
@pytest.mark.parametrize("tries", [0, 3])
def test_what_is_made_by_several_queries_sees_one_state(
    live: LiveStore, monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    monkeypatch.setattr("sergekg.store.live._TRIES", tries)
    writes: list[threading.Thread] = []

    def make() -> tuple[int, int]:
        first = _count(live)
        writes.append(threading.Thread(target=_put, args=(live, len(writes))))
        writes[-1].start()
        writes[-1].join(0.3)
        return first, _count(live)

    for _ in range(2):
        first, second = live.steadily(make)
        assert first == second
    for write in writes:
        write.join()
    assert _count(live) == len(writes)


def test_what_is_just_coming_into_force_is_no_state(live: LiveStore, monkeypatch: pytest.MonkeyPatch) -> None:
    renew, is_renewing, may_renew = live.pool.renew, threading.Event(), threading.Event()

    def held() -> None:
        is_renewing.set()
        assert may_renew.wait(20)
        renew()

    monkeypatch.setattr(live.pool, "renew", held)
    write = threading.Thread(target=_put, args=(live, 1))
    write.start()
    assert is_renewing.wait(20)
    threading.Timer(0.3, may_renew.set).start()
    assert live.steadily(lambda: may_renew.is_set())
    write.join()


def test_a_write_that_comes_into_force_slowly_is_not_waited_for(
    live: LiveStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks, may_commit, is_committing = KeeperProcess.ask, threading.Event(), threading.Event()

    def ask(keeper: KeeperProcess, kind: bytes, body: bytes, *then: Any) -> dict[str, Any]:
        if kind == COMMIT:
            is_committing.set()
            assert may_commit.wait(20)
        return asks(keeper, kind, body, *then)

    monkeypatch.setattr(KeeperProcess, "ask", ask)
    write = threading.Thread(target=_put, args=(live, 1))
    write.start()
    assert is_committing.wait(20)
    made: list[int] = []
    assert live.steadily(lambda: made.append(_count(live))) is None
    assert made == [0]
    may_commit.set()
    write.join()
    assert live.steadily(lambda: _count(live)) == 1


def test_what_takes_long_is_made_once_while_writes_go_on(
    live: LiveStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sergekg.store.live._LONG", 0.0)
    made: list[int] = []

    def make() -> int:
        made.append(_count(live))
        if len(made) == 1:
            _put(live, 1)
        return made[-1]

    assert live.steadily(make) == 1
    assert made == [0, 1]


def test_within_what_is_made_steadily_nothing_is_made_again(live: LiveStore) -> None:
    inner: list[int] = []

    def make() -> int:
        inner.append(_count(live))
        if len(inner) == 1:
            _put(live, 1)
        return inner[-1]

    assert live.steadily(lambda: live.steadily(make)) == 1
    assert inner == [0, 1]


def test_a_failure_is_raised_only_of_one_state(live: LiveStore) -> None:
    def fail() -> int:
        if not (count := _count(live)):
            _put(live, 1)
            raise AssertionError
        return count

    assert live.steadily(fail) == 1

    def fail_again() -> int:
        raise AssertionError

    with pytest.raises(AssertionError):
        live.steadily(fail_again)


def test_who_has_waited_longest_writes_next_and_who_gave_up_does_not() -> None:
    turns, order = Turns(), list[int]()

    def write(number: int) -> None:
        if turns.acquire(30.0):
            order.append(number)
            turns.release()

    assert turns.acquire(0.0)
    threads = [threading.Thread(target=write, args=(number,)) for number in range(5)]
    for number, thread in enumerate(threads):
        thread.start()
        while len(turns._waiting) <= number:
            time.sleep(0.001)
        assert not turns.acquire(0.001)
    turns.release()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
    assert turns.acquire(0.0)


def test_a_turn_that_comes_as_one_gives_up_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nobody would ever have it again."""
    turns = Turns()

    class Late(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            turns.release()
            return False

    assert turns.acquire(0.0)
    with monkeypatch.context() as late:
        late.setattr("sergekg.store.live.threading.Event", Late)
        assert turns.acquire(0.0)
    turns.release()
    assert turns.acquire(0.0)


def test_what_is_demanded_of_a_graph_is_judged_when_no_other_write_can_come() -> None:
    live = LiveStore({"union": False}, additions="http://e/additions")
    is_free: list[bool] = []

    def demanded() -> None:
        is_free.append(live._writing.acquire(0.0))
        raise PermissionError

    with pytest.raises(PermissionError):
        live.write_graph("delete", "http://e/g", [], "http://e/", 10.0, demanded=demanded)
    assert is_free == [False]
    assert live._writing.acquire(0.0)


@pytest.mark.parametrize(("spent", "error"), [(3.0, QueryTimeout), (1.0, QueryTooLarge)])
def test_a_writer_that_ends_without_a_word_has_had_its_time_or_its_memory(
    spent: float, error: type[StoreError]
) -> None:
    assert isinstance(_failure(None, None, spent, 3.0), error)


def test_a_state_that_takes_too_long_is_a_timeout() -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(0.05)
    with pytest.raises(QueryTimeout):
        _state(Channel(ours), 3.0)
    theirs.close()
    with pytest.raises(StoreUnavailable):
        _state(Channel(ours), 3.0)
    ours.close()


def test_the_process_that_took_the_number_of_a_dead_worker_is_left_alone() -> None:
    """Also where the dead worker sent what nobody has read."""
    ours, theirs = socket.socketpair()
    theirs.sendall(b"the end of a result")
    theirs.close()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        worker = Worker(other.pid, Channel(ours), mmap.mmap(-1, 1), 0)
        worker.kill()
        worker.kill()
        other.communicate(b"\n")
    assert other.returncode == 0


def test_a_worker_that_lives_is_ended() -> None:
    ours, theirs = socket.socketpair()
    theirs.sendall(b"a result")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        Worker(process.pid, Channel(ours), mmap.mmap(-1, 1), 0).kill()
        assert process.wait() == -9
    theirs.close()

"""A query past its limit is really gone, and the others do not notice."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pyoxigraph as ox
import pytest

from sergekg.errors import (
    ClientGone,
    QueryError,
    QueryFailed,
    QueryTimeout,
    QueryTooLarge,
    StoreBusy,
    StoreUnavailable,
)
from sergekg.store.answers import Answer, Limits, Request, read_whole
from sergekg.store.places import PAGES, Places, PoolSettings
from sergekg.store.pool import WorkerPool
from sergekg.store.pooled import PooledStore, read
from sergekg.store.processes import KeeperProcess
from sergekg.store.region import SIZE
from sergekg.store.stalled import Watch
from sergekg.store.wire import DONE, HEAD, Channel, pack, pack_place
from sergekg.store.worker_answer import WorkerAnswer

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
SETTINGS = PoolSettings(most=3, most_for_client=2, queue=2, patience=0.2, memory=128 << 20, ready=2)


@pytest.fixture(scope="module")
def nquads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pool") / "data.nq"
    lines = (
        f'<http://e/s{n}> <http://e/p{n % 7}> "value {n}" <http://e/g{g}> .\n'
        for n in range(2000)
        for g in range(2)
    )
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=["memory", "disk"])
def store(
    request: pytest.FixtureRequest, nquads: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PooledStore]:
    path = nquads
    if request.param == "disk":
        path = tmp_path_factory.mktemp("disk") / "store"
        engine = ox.Store(str(path))
        engine.bulk_load(path=str(nquads), format=ox.RdfFormat.N_QUADS)
        engine.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
        engine.flush()
        del engine
    opened = PooledStore({"kind": request.param, "path": str(path), "union": True}, SETTINGS)
    yield opened
    opened.close()


def ask(store: PooledStore, query: str, client: str = "", **limits: float) -> Answer:
    return store.answer(Request(read(query), Limits(**limits), client=client))  # type: ignore[arg-type]


def workers(mark: str) -> set[int]:
    """The processes of keepers, and what they forked, that were started with this in their environment."""
    found = set()
    for directory in Path("/proc").iterdir():
        if directory.name.isdecimal() and directory.name != str(os.getpid()):
            with contextlib.suppress(OSError):
                if mark.encode() in (directory / "environ").read_bytes():
                    found.add(int(directory.name))
    return found


def test_a_small_answer_comes_whole(store: PooledStore) -> None:
    answer = ask(store, "SELECT ?o { <http://e/s1> ?p ?o }")
    assert answer.kind == "solutions"
    assert answer.body is not None
    assert b'"value 1"' in answer.body
    assert answer.outcome is not None
    assert answer.outcome.rows == 1


def test_a_triple_in_two_graphs_counts_once(store: PooledStore) -> None:
    assert b'"2000"' in read_whole(ask(store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"))
    both = "SELECT (COUNT(*) AS ?n) FROM <http://e/g0> FROM <http://e/g1> FROM <http://e/none> { ?s ?p ?o }"
    assert b'"2000"' in read_whole(ask(store, both))


def test_a_graph_that_was_not_asked_for_is_not_there(store: PooledStore) -> None:
    query = "SELECT (COUNT(*) AS ?n) FROM <http://e/g0> FROM NAMED <http://e/g1> { GRAPH ?g { ?s ?p ?o } }"
    assert b'"2000"' in read_whole(ask(store, query))
    assert b"false" in read_whole(ask(store, "ASK FROM <http://e/g0> { GRAPH ?g { ?s ?p ?o } }"))
    assert b"false" in read_whole(ask(store, "ASK FROM NAMED <http://e/g0> { ?s ?p ?o }"))


def test_a_runaway_is_gone_after_its_limit_and_another_worker_is_ready(store: PooledStore) -> None:
    ask(store, "ASK {}")
    with pytest.raises(QueryTimeout, match=r"0\.5 s"):
        ask(store, RUNAWAY, seconds=0.5)
    assert store.pool.running == 0
    assert store.ask("ASK { ?s ?p ?o }")


@pytest.mark.slow
def test_a_query_that_nobody_wants_any_more_ends_and_frees_its_place(store: PooledStore) -> None:
    answers = iter([True, False])
    with pytest.raises(ClientGone):
        store.answer(Request(read(RUNAWAY), Limits(seconds=20), is_wanted=lambda: next(answers)))
    assert store.pool.running == 0
    assert store.ask("ASK { ?s ?p ?o }")


@pytest.mark.slow
def test_nobody_asks_who_waits_for_an_answer_that_has_begun() -> None:
    ours, theirs = socket.socketpair()
    worker = Mock(channel=Channel(ours), region=b"piece", gives_way=False)
    worker.cpu_seconds.return_value = 0.0
    request = Request(read("ASK {}"), Limits(seconds=0.2), is_wanted=lambda: False)
    with ours, theirs:
        theirs.sendall(pack(HEAD, {"kind": "solutions"}) + pack_place(0, 5))
        pool = Mock(watch=Watch(), counts=Counter())
        answer = WorkerAnswer(pool, worker, request, request.query.rendering)
        answer.begin()
        pieces = iter(answer)
        assert next(pieces) == b"piece"
        with pytest.raises(QueryTimeout):
            next(pieces)


def test_a_stream_that_was_dropped_does_not_end_as_if_it_were_whole() -> None:
    ours, theirs = socket.socketpair()
    worker = Mock(channel=Channel(ours), region=b"piece", gives_way=True)
    request = Request(read("ASK {}"), Limits(seconds=20))
    with ours, theirs:
        theirs.sendall(pack(HEAD, {"kind": "solutions"}) + pack_place(0, 5))
        answer = WorkerAnswer(Mock(watch=Watch(), counts=Counter()), worker, request, request.query.rendering)
        answer.begin()
        pieces = iter(answer)
        assert next(pieces) == b"piece"
        answer.drop()
        with pytest.raises(QueryFailed, match="too slowly"):
            next(pieces)


def test_a_worker_with_old_data_answers_nothing() -> None:
    """Also where a write has come into force, and those that wait are not ended yet."""
    pool = WorkerPool({}, SETTINGS)
    new = Mock(version=1)
    pool._keeper = Mock(is_alive=True)
    pool._keeper.spawn.return_value = new
    pool._idle.append(Mock(version=0, has_ended=False))
    pool.version = 1
    assert pool._worker() is new


@pytest.mark.slow
def test_who_waits_for_a_place_in_vain_waits_no_longer() -> None:
    places = Places(PoolSettings(most=1, patience=20))
    places.take("a")
    with pytest.raises(ClientGone):
        places.take("b", lambda: False)
    places.give_back("a")
    places.take("c")
    assert places.taken == 1


def test_who_waits_for_more_than_a_share_keeps_nobody_from_a_free_place() -> None:
    places = Places(PoolSettings(most=3, most_for_client=1, queue=4, queue_of_client=2, patience=5))
    places.take("a")
    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(places.take, "a") for _ in range(2)]
        while len(places._waiting) < 2:
            time.sleep(0.01)
        with pytest.raises(StoreBusy) as refused:
            places.take("a")
        assert refused.value.by_client
        places.take("b")
        places.take(PAGES)
        for _ in waiting:
            places.give_back("a")
        for one in waiting:
            one.result(5)


def test_a_place_that_comes_as_one_gives_up_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places(PoolSettings(most=1, patience=0))

    class Late(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            places.give_back("a")
            return False

    places.take("a")
    with monkeypatch.context() as late:
        late.setattr("sergekg.store.places.threading.Event", Late)
        places.take("b")
    assert places.taken == 1
    places.give_back("b")
    places.take("c")


def test_workers_that_take_the_place_of_others_settle_as_they_did() -> None:
    pool = WorkerPool({}, replace(SETTINGS, settled=1))
    for version in range(3):
        worker = Mock(version=version, is_told_to_settle=False)
        pool._keep(worker)
        assert worker.is_told_to_settle
        pool.renew()


def test_pages_of_ours_have_no_share_and_are_nobodys_fault() -> None:
    places = Places(PoolSettings(most=3, most_for_client=1, queue=0))
    for _ in range(3):
        places.take(PAGES)
    with pytest.raises(StoreBusy) as refused:
        places.take(PAGES)
    assert not refused.value.by_client


def test_no_process_of_a_runaway_is_left(nquads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = f"RUNAWAY_OF_{os.getpid()}"
    monkeypatch.setenv(mark, "1")
    store = PooledStore({"kind": "memory", "path": str(nquads), "union": True}, SETTINGS)
    try:
        with pytest.raises(QueryTimeout):
            ask(store, RUNAWAY, seconds=0.3)
        assert workers(f"{mark}=1")
    finally:
        store.close()
    deadline = time.monotonic() + 5
    while workers(f"{mark}=1") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not workers(f"{mark}=1")


@pytest.mark.slow
def test_others_are_served_beside_a_runaway(store: PooledStore) -> None:
    failed: list[BaseException] = []

    def run_away() -> None:
        try:
            ask(store, RUNAWAY, "a", seconds=1)
        except QueryTimeout as error:
            failed.append(error)

    thread = threading.Thread(target=run_away)
    thread.start()
    served = 0
    while thread.is_alive():
        assert store.ask("ASK { <http://e/s1> ?p ?o }")
        served += 1
    assert failed
    assert served > 10


def test_a_query_that_needs_too_much_memory_is_told_so(store: PooledStore) -> None:
    with pytest.raises(QueryTooLarge, match="memory"):
        ask(store, "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?c ?f", rows=10**9)
    assert store.ask("ASK { ?s ?p ?o }")


def test_a_result_with_too_many_bytes_is_told_so(store: PooledStore) -> None:
    with pytest.raises(QueryTooLarge, match="10,000 bytes"):
        ask(store, "SELECT * { ?s ?p ?o }", bytes=10_000)


@pytest.mark.parametrize("format", ["json", "xml", "csv", "tsv"])
def test_rows_past_the_limit_are_cut_and_the_answer_knows(store: PooledStore, format: str) -> None:
    request = Request(read("SELECT ?s ?o { ?s ?p ?o }"), Limits(rows=50), solutions=format)
    answer = store.answer(request)
    assert answer.outcome is not None
    assert answer.outcome.is_cut
    assert answer.outcome.rows == 50
    whole = store.answer(
        Request(read("SELECT ?s ?o { ?s ?p ?o } LIMIT 50"), Limits(rows=50), solutions=format)
    )
    assert whole.outcome is not None
    assert not whole.outcome.is_cut


@pytest.mark.parametrize(("rows", "is_cut"), [(1999, True), (2000, False), (2001, False)])
def test_a_result_of_as_many_rows_as_there_may_be_is_whole(
    store: PooledStore, rows: int, is_cut: bool
) -> None:
    answer = ask(store, "SELECT ?s ?p ?o { ?s ?p ?o }", rows=rows)
    pieces = read_whole(answer)
    assert len(json.loads(pieces)["results"]["bindings"]) == min(rows, 2000)
    assert answer.outcome is not None
    assert (answer.outcome.rows, answer.outcome.is_cut) == (min(rows, 2000), is_cut)


@pytest.mark.parametrize("format", ["json", "csv"])
def test_a_stream_whose_literals_look_like_rows_is_not_cut(store: PooledStore, format: str) -> None:
    like = r"},{\r\n" * 250
    query = f'SELECT ?s (CONCAT("{like}", ?o) AS ?x) {{ ?s ?p ?o }}'
    answer = store.answer(Request(read(query), Limits(rows=2000), solutions=format))
    assert answer.body is None
    assert sum(map(len, answer)) > 2 << 20
    assert answer.outcome is not None
    assert (answer.outcome.rows, answer.outcome.is_cut) == (2000, False)


def test_a_large_answer_streams_and_can_be_given_up(store: PooledStore) -> None:
    answer = ask(store, "SELECT * { ?a ?b ?c . ?d ?e ?f }")
    assert answer.body is None
    pieces = iter(answer)
    assert next(pieces).startswith(b'{"head"')
    answer.close()
    assert store.pool.running == 0


@pytest.mark.slow
def test_an_answer_larger_than_what_is_shared_arrives_whole(store: PooledStore) -> None:
    query = "SELECT ?s ?a ?o ?c { ?s ?p ?o . ?a ?b ?c } LIMIT 200000"
    answer = store.answer(Request(read(query), Limits(), solutions="tsv"))
    assert answer.body is None
    pieces = []
    for piece in answer:
        if not pieces:
            time.sleep(0.5)  # meanwhile the worker fills the region, and waits
        pieces.append(piece)
    whole = b"".join(pieces)
    lines = set(whole.decode().splitlines())
    assert len(whole) > 2 * SIZE
    assert len(lines) == 200_001
    row = re.compile(r'(<http://e/s\d+>\t){2}"value \d+"\t"value \d+"')
    assert {line for line in lines if not row.fullmatch(line)} == {"?s\t?a\t?o\t?c"}
    assert answer.outcome is not None
    assert answer.outcome.bytes == len(whole)


@pytest.mark.slow
def test_a_stream_that_meets_the_time_limit_breaks_off_with_an_error(store: PooledStore) -> None:
    answer = ask(
        store, "SELECT * { ?a ?b ?c . ?d ?e ?f . FILTER(STRLEN(STR(?c)) > 0) }", seconds=0.4, rows=10**9
    )
    with pytest.raises(QueryTimeout):
        for _ in answer:
            pass


def test_a_client_beyond_its_share_waits_and_is_then_refused(store: PooledStore) -> None:
    held = [ask(store, "SELECT * { ?a ?b ?c . ?d ?e ?f }", "greedy") for _ in range(2)]
    with pytest.raises(StoreBusy) as caught:
        ask(store, "ASK {}", "greedy")
    assert caught.value.by_client
    assert caught.value.retry_after >= 1
    assert read_whole(ask(store, "ASK {}", "modest"))
    held[0].close()
    assert read_whole(ask(store, "ASK {}", "greedy"))
    held[1].close()


def test_when_all_places_are_taken_everybody_waits(store: PooledStore) -> None:
    held = [ask(store, "SELECT * { ?a ?b ?c . ?d ?e ?f }", name) for name in "abc"]
    with pytest.raises(StoreBusy) as caught:
        ask(store, "ASK {}", "d")
    assert not caught.value.by_client
    for answer in held:
        answer.close()


def test_who_waits_gets_the_place_that_comes_free(store: PooledStore) -> None:
    held = [ask(store, "SELECT * { ?a ?b ?c . ?d ?e ?f }", name) for name in "abc"]
    threading.Timer(0.05, held[0].close).start()
    assert read_whole(ask(store, "ASK {}", "d"))
    for answer in held[1:]:
        answer.close()


def test_an_error_of_the_query_leaves_the_worker_in_service(store: PooledStore) -> None:
    replaced = store.pool.counts["workers_replaced"]
    with pytest.raises(QueryError) as caught:
        ask(store, "SELECT * {\n ?s ?p }")
    assert caught.value.line == 2
    with pytest.raises(QueryFailed, match="http://e/nothing"):
        ask(store, "SELECT (<http://e/nothing>(1) AS ?x) {}")
    assert store.pool.counts["workers_replaced"] == replaced


def test_a_store_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    store = PooledStore({"kind": "disk", "path": str(tmp_path / "none"), "union": True}, SETTINGS)
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        ask(store, "ASK {}")
    store.close()


LONG = "SELECT (COUNT(*) AS ?n) { " + " ".join(
    f"VALUES ?{name} {{ {' '.join(map(str, range(250)))} }}" for name in "abc"
)


@pytest.mark.slow
def test_a_worker_whose_query_gave_way_answers_the_next_as_before(nquads: Path) -> None:
    settings = replace(SETTINGS, ready=1)
    store = PooledStore({"kind": "memory", "path": str(nquads), "union": True}, settings)
    assert store.ask("ASK { ?s ?p ?o }")
    before = niceness(store)
    assert b"15625000" in read_whole(store.answer(Request(read(f"{LONG} }}"), Limits(seconds=100))))
    assert store.ask("ASK { ?s ?p ?o }")
    after = niceness(store)
    assert after.keys() == before.keys()  # the process is the same
    until = time.monotonic() + 10
    while any(len(after[pid]) > len(before[pid]) for pid in before) and time.monotonic() < until:
        time.sleep(0.01)  # the thread that gave way takes long to end, too
        after = niceness(store)
    for pid in before:
        assert after[pid].keys() != before[pid].keys()  # its thread is another
        assert set(after[pid].values()) == set(before[pid].values())
    store.close()


def niceness(store: PooledStore) -> dict[int, dict[int, int]]:
    """By pid of a worker and id of its thread."""
    return {pid: {t: os.getpriority(os.PRIO_PROCESS, t) for t in threads(pid)} for pid in children(store)}


def children(store: PooledStore) -> set[int]:
    """The pids of the workers."""
    keeper = store.pool.keeper.process.pid
    return {int(pid) for pid in Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()}


def open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def threads(pid: int) -> list[int]:
    return [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]


def test_a_keeper_that_died_is_replaced(nquads: Path) -> None:
    store = PooledStore({"kind": "memory", "path": str(nquads), "union": True}, SETTINGS)
    assert store.ask("ASK { ?s ?p ?o }")
    died = store.pool.keeper.process
    died.kill()
    died.wait()
    version = store.pool.version
    assert store.ask("ASK { ?s ?p ?o }")
    assert store.pool.version > version  # what workers have may be older than what the new one has
    store.close()


def test_a_keeper_that_cannot_be_started_now_is_started_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError("as many processes as there may be")

    store = PooledStore({"kind": "memory", "path": "", "union": True}, SETTINGS)
    with monkeypatch.context() as full:
        full.setattr("subprocess.Popen", refuse)
        handles = open_files(os.getpid())
        with pytest.raises(StoreUnavailable, match="as many processes"):
            store.ask("ASK {}")
        assert open_files(os.getpid()) <= handles  # what others left may be closed meanwhile
        assert store.pool.running == 0
    assert store.ask("ASK {}")
    store.close()


def test_a_keeper_that_can_start_no_process_is_asked_again(nquads: Path) -> None:
    store = PooledStore({"kind": "memory", "path": str(nquads), "union": True}, SETTINGS)
    keeper = store.pool.keeper.process.pid
    soft, hard = resource.prlimit(keeper, resource.RLIMIT_NOFILE)
    resource.prlimit(keeper, resource.RLIMIT_NOFILE, (3, hard))
    for _ in range(3):
        with pytest.raises(StoreUnavailable, match="no process can be started"):
            store.ask("ASK { ?s ?p ?o }")
    resource.prlimit(keeper, resource.RLIMIT_NOFILE, (soft, hard))
    assert store.ask("ASK { ?s ?p ?o }")
    assert store.pool.keeper.process.pid == keeper
    assert store.pool.running == 0
    store.close()


def test_a_worker_that_this_process_has_no_room_for_leaves_no_file_open() -> None:
    ours, theirs = socket.socketpair()
    keeper = object.__new__(KeeperProcess)
    keeper.channel, keeper._lock = Channel(ours), threading.Lock()
    with ours, theirs:
        socket.send_fds(theirs, [pack(DONE, {"pid": 1})], [theirs.fileno()])
        before = open_files(os.getpid())
        with pytest.raises(StoreUnavailable):
            keeper.spawn(0)
        assert open_files(os.getpid()) <= before


def test_workers_that_were_killed_while_they_waited_fail_no_query(nquads: Path) -> None:
    store = PooledStore({"kind": "memory", "path": str(nquads), "union": True}, SETTINGS)
    store.pool.warm()
    waiting = children(store)
    for pid in waiting:
        os.kill(pid, signal.SIGKILL)
    while waiting & children(store):  # the keeper buries them
        time.sleep(0.01)
    assert store.ask("ASK { ?s ?p ?o }")
    store.close()


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_store_in_memory_is_that_on_disk_whatever_its_files_hold(
    nquads: Path, tmp_path: Path, is_whole: bool
) -> None:
    engine = ox.Store(str(tmp_path / "store"))
    engine.bulk_load(path=str(nquads), format=ox.RdfFormat.N_QUADS)
    engine.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    engine.flush()
    count = len(engine)
    del engine
    file = nquads
    if not is_whole:
        file = tmp_path / "half.nq"
        file.write_text("".join(nquads.read_text().splitlines(keepends=True)[:1000]))
    source = {"kind": "memory", "path": str(tmp_path / "store"), "files": [str(file)], "quads": count}
    store = PooledStore({**source, "union": True}, SETTINGS)
    try:
        rows = store.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
        assert int(str(rows[0]["n"])) == 2000
    finally:
        store.close()


def test_a_stream_that_no_limit_can_cut_is_not_counted(store: PooledStore) -> None:
    query = "SELECT * { ?s ?p ?o . ?a <http://e/p1> ?b }"
    long, cut = ask(store, f"{query} LIMIT 30000"), ask(store, query, rows=3000)
    assert sum(map(len, long)) > 2 << 20
    assert long.outcome is not None
    assert long.outcome.rows is None
    assert not long.outcome.is_cut
    assert read_whole(cut)
    assert cut.outcome is not None
    assert cut.outcome.rows == 3000
    assert cut.outcome.is_cut


@pytest.mark.slow
def test_workers_that_wait_copy_what_they_share_before_a_query_has_to(tmp_path: Path) -> None:
    nquads = tmp_path / "data.nq"
    lines = (f'<http://e/s{n}> <http://e/p> "value {n}" <http://e/g> .\n' for n in range(60_000))
    nquads.write_text("".join(lines), encoding="utf-8")

    def copied(settled: int) -> int:
        store = PooledStore(
            {"kind": "memory", "path": str(nquads), "union": True}, replace(SETTINGS, settled=settled)
        )
        try:
            store.pool.warm()
            worker = store.pool._idle[-1].pid
            before, deadline = -1, time.monotonic() + 30
            while settled and time.monotonic() < deadline and (before < 2000 or before < _faults(worker)):
                before = _faults(worker)
                time.sleep(0.5)
            before = _faults(worker)
            assert b'"60000"' in read_whole(ask(store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"))
            return _faults(worker) - before
        finally:
            store.close()

    assert copied(settled=2) < copied(settled=0) / 4


def _faults(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[7])

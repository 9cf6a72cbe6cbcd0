"""Of many equal questions one is answered; nobody gets less for having asked beside somebody else.

What is kept is whole, whether it came at once or as a stream.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from sergekg.errors import (
    ClientGone,
    NotWritable,
    QueryError,
    QueryFailed,
    QueryTimeout,
    StoreBusy,
    StoreError,
)
from sergekg.store.answers import Answer, Outcome
from sergekg.web.answer_cache import AnswerCache, Kept


class Whole:
    """A quick answer."""

    kind = "boolean"
    body = b"true"
    outcome = None


def _whole(_is_wanted: Callable[[], bool]) -> Answer:
    return Whole()  # type: ignore[return-value]


def _fail(error: Exception) -> Answer:
    raise error


def _beside(cache: AnswerCache, first: Exception, seconds: float) -> object:
    """What the second of two who ask at once gets, where the first gets an error."""
    asked, may_fail = threading.Event(), threading.Event()
    got: list[object] = []

    def lead(_is_wanted: Callable[[], bool]) -> Answer:
        asked.set()
        assert may_fail.wait(10)
        return _fail(first)

    def ask_too() -> None:
        try:
            got.append(cache.fetch("key", _whole, seconds))
        except Exception as error:
            got.append(error)

    def ask() -> None:
        with pytest.raises(type(first)):
            cache.fetch("key", lead, 1.0)

    leader = threading.Thread(target=ask)
    leader.start()
    assert asked.wait(10)
    follower = threading.Thread(target=ask_too)
    follower.start()
    while len(cache._flights["key"].askers) < 2:
        time.sleep(0.01)
    may_fail.set()
    leader.join()
    follower.join()
    return got[0]


def test_an_error_of_the_question_is_shared() -> None:
    error = QueryFailed("no such function")
    assert _beside(AnswerCache(1 << 20), error, 30.0) is error


def test_a_mistake_is_told_of_each_ones_own_text() -> None:
    found = _beside(AnswerCache(1 << 20), QueryError("wrong", line=1, column=9), 30.0)
    assert isinstance(found, Kept)


def test_who_has_more_time_does_not_share_the_end_of_anothers() -> None:
    found = _beside(AnswerCache(1 << 20), QueryTimeout("too long", seconds=0.01), 30.0)
    assert isinstance(found, Kept)
    assert found.body == b"true"


def test_who_has_as_little_time_shares_its_end() -> None:
    error = QueryTimeout("too long", seconds=30.0)
    assert _beside(AnswerCache(1 << 20), error, 30.0) is error


class Stream:
    """An answer that comes in pieces."""

    kind = "solutions"
    body = None

    def __init__(self, *pieces: bytes, is_cut: bool = False) -> None:
        self._pieces, self._is_cut = pieces, is_cut
        self.outcome: Outcome | None = None
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces
        self.outcome = Outcome(None, sum(map(len, self._pieces)), 1.0, self._is_cut)

    def close(self) -> None:
        self.is_closed = True


def _ask(cache: AnswerCache, answer: Stream, pieces: int = 9) -> Kept | Answer:
    """What a second one gets after a first has taken so many pieces of a stream."""
    passing = cache.fetch("key", lambda _: answer, 1.0)
    assert passing.body is None
    assert not isinstance(passing, Kept)
    taken = [piece for piece, _ in zip(passing, range(pieces), strict=False)]
    passing.close()
    assert answer.is_closed
    assert passing.outcome == answer.outcome
    assert len(taken) == min(pieces, 3)
    return cache.fetch("key", _whole, 1.0)


def test_a_stream_is_kept_once_it_has_passed_whole() -> None:
    found = _ask(AnswerCache(64 << 20), Stream(b"{", b"...", b"}"))
    assert found == Kept("solutions", b"{...}", None, is_cut=False)


@pytest.mark.parametrize(
    ("answer", "pieces"),
    [
        (Stream(b"{", b"...", b"}"), 2),
        (Stream(b"{", b"...", b"}", is_cut=True), 9),
        (Stream(b"{", b" " * (4 << 20), b"}"), 9),
    ],
    ids=["left by its client", "cut by a limit", "too long"],
)
def test_a_stream_is_not_kept(answer: Stream, pieces: int) -> None:
    found = _ask(AnswerCache(64 << 20), answer, pieces)
    assert found.body == b"true"


def test_where_nothing_is_kept_a_stream_is_not_held_either() -> None:
    answer = Stream(b"{", b"...", b"}")
    assert AnswerCache(0).fetch("key", lambda _: answer, 1.0) is answer


def test_a_stream_is_held_no_longer_than_it_could_be_kept() -> None:
    found = _ask(AnswerCache(1 << 20), Stream(b"{", b" " * (1 << 18), b"}"))
    assert found.body == b"true"


def _in_vain(is_wanted: Callable[[], bool]) -> Answer:
    """Evaluate for as long as anybody waits."""
    deadline = time.monotonic() + 10
    while is_wanted():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    raise ClientGone


def _together(cache: AnswerCache, clients: list[Client], evaluate: Evaluate) -> list[threading.Thread]:
    """Ask the same for several clients, one after the other."""

    def ask(client: Client) -> None:
        try:
            client.got = cache.fetch("key", evaluate, 30.0, client.waits, client.name)
        except StoreError as error:
            client.got = error

    threads = []
    for client in clients:
        threads.append(threading.Thread(target=ask, args=(client,)))
        threads[-1].start()
        while client.got is None and client.waits not in cache._flights["key"].askers:
            time.sleep(0.01)
    return threads


@dataclass
class Client:
    """Who asks, and what came of it."""

    is_there: bool = True
    got: object = None
    name: str = ""

    def waits(self) -> bool:
        return self.is_there


Evaluate = Callable[[Callable[[], bool]], Answer]


def test_what_several_ask_is_wanted_while_any_of_them_is_there() -> None:
    first, second = Client(), Client()
    seen: list[bool] = []
    may_end = threading.Event()

    def evaluate(is_wanted: Callable[[], bool]) -> Answer:
        assert may_end.wait(10)
        seen.append(is_wanted())
        return Whole()  # type: ignore[return-value]

    threads = _together(AnswerCache(1 << 20), [first, second], evaluate)
    first.is_there = False
    may_end.set()
    for thread in threads:
        thread.join()
    assert seen == [True]
    assert isinstance(second.got, Kept)


def test_what_nobody_waits_for_is_given_up_once_for_all() -> None:
    clients = [Client(), Client(), Client()]
    cache = AnswerCache(1 << 20)
    threads = _together(cache, clients, _in_vain)
    for client in clients:
        client.is_there = False
    for thread in threads:
        thread.join()
    assert {type(client.got) for client in clients} == {ClientGone}
    assert (cache.hits, cache.misses) == (0, 1)


@pytest.mark.slow
def test_who_leaves_while_another_is_answered_waits_no_longer() -> None:
    first, second = Client(), Client()
    may_end = threading.Event()

    def evaluate(_is_wanted: Callable[[], bool]) -> Answer:
        assert may_end.wait(10)
        return Whole()  # type: ignore[return-value]

    leader, follower = _together(AnswerCache(1 << 20), [first, second], evaluate)
    second.is_there = False
    follower.join()
    assert isinstance(second.got, ClientGone)
    may_end.set()
    leader.join()
    assert isinstance(first.got, Kept)


def test_a_crowd_that_asks_the_same_leaves_threads_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sergekg.web.answer_cache._MOST_WAITING", 2)
    clients = [Client() for _ in range(5)]
    may_end = threading.Event()

    def evaluate(_is_wanted: Callable[[], bool]) -> Answer:
        assert may_end.wait(10)
        return Whole()  # type: ignore[return-value]

    threads = _together(AnswerCache(1 << 20), clients, evaluate)
    for thread in threads[3:]:
        thread.join()
    assert [type(client.got) for client in clients[3:]] == [StoreBusy, StoreBusy]
    may_end.set()
    for thread in threads[:3]:
        thread.join()
    assert {type(client.got) for client in clients[:3]} == {Kept}


def test_a_crowd_of_one_client_leaves_places_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sergekg.web.answer_cache._MOST_OF_CLIENT", 1)
    clients = [Client(name="a"), Client(name="a"), Client(name="a"), Client(name="b")]
    may_end = threading.Event()

    def evaluate(_is_wanted: Callable[[], bool]) -> Answer:
        assert may_end.wait(10)
        return Whole()  # type: ignore[return-value]

    threads = _together(AnswerCache(1 << 20), clients, evaluate)
    threads[2].join()
    assert isinstance(clients[2].got, StoreBusy)
    assert clients[2].got.by_client
    may_end.set()
    for thread in threads:
        thread.join()
    assert {type(clients[number].got) for number in (0, 1, 3)} == {Kept}


def test_what_a_format_cannot_hold_is_said_to_all_who_asked() -> None:
    error = NotWritable("a literal has a control character")
    assert _beside(AnswerCache(1 << 20), error, 30.0) is error


def test_who_asks_when_it_is_just_given_up_is_answered() -> None:
    first, second = Client(), Client()
    cache = AnswerCache(1 << 20)
    may_end = threading.Event()

    def evaluate(_is_wanted: Callable[[], bool]) -> Answer:
        if not may_end.is_set():
            assert may_end.wait(10)
            raise ClientGone
        return Whole()  # type: ignore[return-value]

    threads = _together(cache, [first, second], evaluate)
    may_end.set()
    for thread in threads:
        thread.join()
    assert isinstance(first.got, ClientGone)
    assert isinstance(second.got, Kept)


def test_an_answer_counts_as_evaluated_once_however_many_wait_for_it() -> None:
    cache = AnswerCache(1 << 20)
    may_end = threading.Event()

    def evaluate(_is_wanted: Callable[[], bool]) -> Answer:
        assert may_end.wait(10)
        return Whole()  # type: ignore[return-value]

    threads = _together(cache, [Client(), Client(), Client()], evaluate)
    may_end.set()
    for thread in threads:
        thread.join()
    assert (cache.hits, cache.misses) == (2, 1)


def test_who_has_waited_leaves_its_place_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sergekg.web.answer_cache._MOST_WAITING", 1)
    monkeypatch.setattr("sergekg.web.answer_cache._BRIEFLY", 0)
    cache = AnswerCache(0)
    for _ in range(2):
        clients = [Client(), Client()]
        may_end = threading.Event()

        def evaluate(_is_wanted: Callable[[], bool], may_end: threading.Event = may_end) -> Answer:
            assert may_end.wait(10)
            return Whole()  # type: ignore[return-value]

        threads = _together(cache, clients, evaluate)
        may_end.set()
        for thread in threads:
            thread.join()
        assert {type(client.got) for client in clients} == {Kept}


def test_who_was_refused_is_waited_for_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sergekg.web.answer_cache._MOST_WAITING", 0)
    leader, refused = Client(), Client()
    first, second = _together(AnswerCache(1 << 20), [leader, refused], _in_vain)
    second.join()
    assert isinstance(refused.got, StoreBusy)
    leader.is_there = False
    first.join()
    assert isinstance(leader.got, ClientGone)

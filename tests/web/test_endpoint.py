"""The endpoint counts each answer as what it was, whatever others ask meanwhile."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from werkzeug.exceptions import TooManyRequests

from sergekg.config import Config
from sergekg.store.answers import Answer, Limits, Outcome, Request, Whole
from sergekg.store.pooled import read
from sergekg.web.endpoint import _LONG, Endpoint

QUICK, SLOW = "ASK { ?s ?p 1 }", "ASK { ?s ?p 2 }"


class Store:
    """Answers at once, but what is slow only when it may."""

    running = 0

    def __init__(self) -> None:
        self.has_begun, self.may_end = threading.Event(), threading.Event()

    def answer(self, request: Request) -> Answer:
        if request.query.source == SLOW:
            self.has_begun.set()
            assert self.may_end.wait(10)
        return Whole("boolean", b"true", Outcome(0, 4, 0.0))


def ask(endpoint: Endpoint, text: str) -> None:
    request = Request(read(text), Limits())
    endpoint.answer(request, "json", endpoint.tag(request, "json"))


def test_an_evaluated_answer_is_not_called_kept_because_another_was() -> None:
    store = Store()
    endpoint = Endpoint(store, Config(), lambda: "")
    ask(endpoint, QUICK)
    slow = threading.Thread(target=ask, args=(endpoint, SLOW))
    slow.start()
    assert store.has_begun.wait(10)
    ask(endpoint, QUICK)
    store.may_end.set()
    slow.join()
    done, kept = (endpoint.counts.queries.labels("ASK", how)._value.get() for how in ("done", "kept"))
    assert (done, kept) == (2, 1)


def test_the_same_query_with_fewer_rows_has_another_tag() -> None:
    endpoint = Endpoint(Store(), Config(), lambda: "")
    request = Request(read(QUICK), Limits())
    fewer = replace(request, limits=Limits(rows=1))
    assert endpoint.tag(request, "json") != endpoint.tag(fewer, "json")


def test_long_queries_of_one_client_are_read_a_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """To read one takes the web process itself."""
    reading, may_end = threading.Semaphore(0), threading.Event()

    def read_slowly(*_: object) -> None:
        reading.release()
        assert may_end.wait(10)

    monkeypatch.setattr("sergekg.web.endpoint.read", read_slowly)
    endpoint = Endpoint(Store(), Config(), lambda: "")
    long = "#" * (_LONG + 1)
    threads = [threading.Thread(target=endpoint.read, args=(long, "a")) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert reading.acquire(timeout=10)
    with pytest.raises(TooManyRequests, match="Too many long queries of yours"):
        endpoint.read(long, "a")
    may_end.set()
    for thread in threads:
        thread.join()
    endpoint.read(long, "a")

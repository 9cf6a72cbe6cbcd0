"""Of many equal questions one is answered; nobody gets less for having asked beside somebody else."""

from __future__ import annotations

import threading

import pytest

from sergekg.errors import QueryFailed, QueryTimeout
from sergekg.store.answers import Answer
from sergekg.web.answer_cache import AnswerCache, Kept


class Whole:
    """A quick answer."""

    kind = "boolean"
    body = b"true"
    outcome = None


def _fail(error: Exception) -> Answer:
    raise error


def _beside(cache: AnswerCache, first: Exception, seconds: float) -> object:
    """What the second of two who ask at once gets, where the first gets an error."""
    asked, may_fail = threading.Event(), threading.Event()
    got: list[object] = []

    def lead() -> Answer:
        asked.set()
        assert may_fail.wait(10)
        return _fail(first)

    def ask_too() -> None:
        try:
            got.append(cache.fetch("key", Whole, seconds))  # type: ignore[arg-type]
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
    while cache.misses < 2:
        threading.Event().wait(0.01)
    may_fail.set()
    leader.join()
    follower.join()
    return got[0]


def test_an_error_of_the_question_is_shared() -> None:
    error = QueryFailed("no such function")
    assert _beside(AnswerCache(1 << 20), error, 30.0) is error


def test_who_has_more_time_does_not_share_the_end_of_anothers() -> None:
    found = _beside(AnswerCache(1 << 20), QueryTimeout("too long", seconds=0.01), 30.0)
    assert isinstance(found, Kept)
    assert found.body == b"true"


def test_who_has_as_little_time_shares_its_end() -> None:
    error = QueryTimeout("too long", seconds=30.0)
    assert _beside(AnswerCache(1 << 20), error, 30.0) is error

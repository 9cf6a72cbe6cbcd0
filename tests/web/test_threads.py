"""All that may wait at once leaves threads to others, and each process has its part of what may run."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from sergekg.config import Config
from sergekg.errors import ConfigError
from sergekg.store.places import Places, PoolSettings
from sergekg.web import app, server
from sergekg.web.answer_cache import AnswerCache
from sergekg.web.crowd import Crowd
from sergekg.web.opening import MOST_AT_ONCE, check_store, pool_settings

_FOR_OTHERS = 16
"""Threads for what waits for nothing."""


def most(one: Crowd | PoolSettings) -> int:
    return one._most if isinstance(one, Crowd) else one.most + one.queue


def test_all_that_may_run_and_wait_at_once_leaves_threads_to_others() -> None:
    assert app
    modules = [module for name, module in sys.modules.items() if name.startswith("sergekg.web.")]
    things = {id(thing): thing for module in modules for thing in vars(module).values()}.values()
    crowds = [thing for thing in things if isinstance(thing, Crowd)]
    places = [thing._settings for thing in things if isinstance(thing, Places)]
    assert (len(crowds), len(places)) >= (5, 1)
    queries = pool_settings(Config(max_queries=MOST_AT_ONCE))
    together = [*crowds, *places, AnswerCache(0)._waiting, queries]
    assert sum(map(most, together)) + _FOR_OTHERS <= server._THREADS


def test_each_process_has_its_part_of_what_may_run() -> None:
    both = pool_settings(Config(max_queries=8, max_queries_per_client=4, workers=2))
    assert (both.most, both.most_for_client) == (4, 2)
    many = pool_settings(Config(max_queries=1, max_queries_per_client=1, workers=2))
    assert (many.most, many.most_for_client) == (1, 1)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"max_queries": MOST_AT_ONCE + 1}, "runs 64 at once"),
        ({"max_queries": 2 * MOST_AT_ONCE + 1, "workers": 2}, "runs 64 at once"),
        ({"writable": True, "workers": 2}, "one web process"),
        ({"empty": True, "workers": 2}, "one web process"),
    ],
    ids=["too many queries", "too many for each process", "two that write", "two empty ones"],
)
def test_what_cannot_be_served_like_this_is_told(more: dict[str, int | bool], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        check_store(replace(Config(), **more))  # type: ignore[arg-type]


def test_as_many_queries_as_each_process_may_run_are_no_mistake() -> None:
    check_store(Config(max_queries=2 * MOST_AT_ONCE, workers=2))

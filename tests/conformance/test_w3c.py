"""The W3C tests over HTTP against running servers."""

from __future__ import annotations

import pytest
from benchmarks.conformance import LEAST, REASONS, Outcome, page, run_all, shared
from benchmarks.servers import ROOT

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def outcomes() -> tuple[Outcome, Outcome]:
    place = shared()
    if place is None:
        pytest.skip("the W3C tests are not beside this checkout")
    return run_all(place)


@pytest.mark.parametrize("area", LEAST)
def test_as_many_tests_pass_as_the_engine_allows(outcomes: tuple[Outcome, Outcome], area: str) -> None:
    passed, judged = outcomes[0].counts()[area]
    assert passed >= LEAST[area], outcomes[0].misses()
    assert judged >= passed


def test_every_miss_has_its_reason(outcomes: tuple[Outcome, Outcome]) -> None:
    assert {*outcomes[0].misses(), *outcomes[1].misses()} <= REASONS.keys()


def test_what_only_reads_passes_on_the_public_configuration_too(outcomes: tuple[Outcome, Outcome]) -> None:
    assert outcomes[1].misses() == []
    assert len(outcomes[1].tests) > 100


def test_the_page_is_that_of_the_last_run(outcomes: tuple[Outcome, Outcome]) -> None:
    assert (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8") == page(*outcomes)

"""Plausible errors, planted one at a time in the real graph, are found; the few that are not say why."""

import pytest
from tests.shapes.mutations import MUTATIONS, Mutation, outcomes, plant

from sergekg.build.run import assemble
from sergekg.config import Config

ENOUGH, SHARE = 60, 0.95
QUICK = ("a slug misspelled", "the source edited")


@pytest.mark.parametrize("name", QUICK)
def test_an_error_of_each_kind_is_found(config: Config, name: str) -> None:
    mutation = next(one for one in MUTATIONS if one.name == name)
    assert plant(mutation, config, assemble(config))


def test_errors_are_many_and_different() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= ENOUGH


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_nearly_all_planted_errors_are_found_and_the_others_say_why(config: Config) -> None:
    found = list(outcomes(config, MUTATIONS))
    missed: list[Mutation] = [mutation for mutation, said in found if not said]
    assert [mutation.name for mutation in missed if mutation.unseen is None] == []
    assert 1 - len(missed) / len(found) >= SHARE

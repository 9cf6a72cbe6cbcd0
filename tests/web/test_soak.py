"""A short form of the soak: many clients at once, one in ten hostile (`benchmarks/soak.py` is the long one)."""

from __future__ import annotations

import pytest
from benchmarks.soak import soak

from sergekg.config import Config
from sergekg.release import Release


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nobody_is_failed_by_hostile_neighbours(
    release: Release, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERGEKG_VAR", str(config.var))
    found = soak(15, 20)
    statuses = set(found["statuses"])
    assert not {one for one in statuses if one.endswith((" 0", " 500"))}, found["statuses"]
    assert {one for one in statuses if one.startswith("calm")} <= {"calm 200", "calm 503", "calm 429"}
    assert found["memory, MiB"]["second half"] < 2 * found["memory, MiB"]["first half"]
    assert found["statuses"]["calm 200"] > found["statuses"].get("calm 503", 0)

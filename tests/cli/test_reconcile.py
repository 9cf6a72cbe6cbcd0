"""What `sergekg reconcile` is asked for by a name that does not exist."""

from __future__ import annotations

import pytest

from sergekg.cli import main
from sergekg.config import Config
from sergekg.release import Release


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["propose", "--type", "persn", "--offline"], "unknown type 'persn'; perhaps 'person'"),
        (["review", "--only", "person/soukhanof", "--list"], "no entity person/soukhanof; perhaps person/soukhanov"),
        (["propose", "nobody", "--offline"], "no entity nobody; they are listed in"),
        (["compare", "person/nobody"], "no entity person/nobody; they are listed in"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_not_taken_for_nothing_that_waits(
    release: Release,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.setenv("SERGEKG_VAR", str(config.var))
    with pytest.raises(SystemExit) as left:
        main(["reconcile", *arguments])
    assert left.value.code == 2
    assert said in capsys.readouterr().err

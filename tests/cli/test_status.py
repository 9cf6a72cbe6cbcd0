"""`sergekg status` in a narrow terminal."""

from __future__ import annotations

import re

import pytest

from sergekg.cli import main
from sergekg.config import Config
from sergekg.release import Release


@pytest.mark.parametrize("columns", [60, 120])
def test_figures_of_coverage_stay_whole(
    release: Release,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    columns: int,
) -> None:
    monkeypatch.setenv("SERGEKG_VAR", str(config.var))
    monkeypatch.setenv("COLUMNS", str(columns))
    with pytest.raises(SystemExit):
        main(["status", "--coverage"])
    table = [line for line in capsys.readouterr().out.splitlines() if line.startswith("│")]
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in table]
    figures = [row[1:] for row in rows if any(row[1:])]
    assert len(figures) == len(release.texts)
    for share, *counts in figures:
        assert re.fullmatch(r"\d+\.\d%", share)
        assert all(count.isdigit() for count in counts)

"""Outside a workspace commands are about the corpus of the package, and say so."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import ROOT

from sergekg.cli import main
from sergekg.cli.carried import tell_carried
from sergekg.config import load_config
from sergekg.corpus.workspace import make_workspace

SAID = "no sergekg.toml here or above: this is the corpus of the package, kept in "


def test_outside_a_workspace_one_line_says_which_corpus_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SERGEKG_VAR", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with pytest.raises(SystemExit):
        main(["status", "--releases"])
    out, err = capsys.readouterr()
    assert [line for line in err.splitlines() if SAID in line] == err.splitlines()
    assert f"{SAID}{tmp_path / 'data' / 'sergekg'}; for one of your own: sergekg init DIR" in err
    assert "sergekg.toml" not in out


def test_inside_a_workspace_nothing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_workspace(tmp_path / "essai")
    for directory in (tmp_path / "essai" / "data", ROOT / "tests"):
        monkeypatch.chdir(directory)
        tell_carried(load_config(environ={}))
    assert capsys.readouterr() == ("", "")


def test_who_names_a_corpus_knows_which_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    tell_carried(load_config(environ={"SERGEKG_CORPUS": str(tmp_path)}))
    assert capsys.readouterr().err == ""

"""docs/own-corpus.md holds to its last word: its commands are run, its files written, as a reader would."""

from __future__ import annotations

import datetime
import re
import shlex
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import ROOT

from sergekg.cli import main

PAGE = (ROOT / "docs/own-corpus.md").read_text(encoding="utf-8").partition("## The files")[0]
Sergekg = Callable[..., tuple[int, str, str]]


@pytest.fixture
def sergekg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Sergekg:
    """Run a command in an empty home directory; gives its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SERGEKG_VAR", raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        out, err = capsys.readouterr()
        return int(left.value.code or 0), out, err

    return call


def blocks() -> list[tuple[str, str, str]]:
    """Language, the sentence before it and content of each block of the walk-through."""
    parts = re.split(r"```(\w+)\n(.*?)```", PAGE, flags=re.DOTALL)
    return [(parts[i + 1], parts[i], parts[i + 2]) for i in range(0, len(parts) - 1, 3)]


def commands(block: str) -> list[list[str]]:
    lines = [shlex.split(part) for line in block.splitlines() for part in line.partition("#")[0].split("&&")]
    return [[str(Path(word).expanduser()) for word in words] for words in lines]


@pytest.mark.slow
def test_the_walk_through_ends_with_a_second_letter_in_service(
    sergekg: Sergekg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ""
    for language, before, content in blocks():
        if language != "sh":
            name = re.findall(r"`([^`]+\.(?:yaml|txt))`", before)[-1]
            path = tmp_path / name if language == "text" else Path(name)
            kept = path.read_text(encoding="utf-8") if "at the end of" in before else ""
            path.write_text(kept + content, encoding="utf-8")
            continue
        for words in commands(content):
            if words[0] == "cd":
                monkeypatch.chdir(words[1])
            elif words != ["sergekg", "serve"]:
                code, out, err = sergekg(*words[1:])
                assert code == 0, (words, out, err)
                assert "violation" not in out
                assert "warning" not in out
                said += out
                if words[1] == "add":
                    assert sergekg("build", "--quiet")[0] == 1, "the page says that it is refused"
    assert "annotate it in data/my-corpus/annotations/letter.yaml" in said
    assert "release" in said
    expected = re.search(r"2 texts, \d+ statements", PAGE)
    assert expected is not None
    assert expected[0] in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"), [([], "in service: 1 text, 10 statements, "), (["--dry-run"], "10 statements, ")]
)
def test_one_text_is_not_told_as_several(
    sergekg: Sergekg, workspace: Path, arguments: list[str], said: str
) -> None:
    assert workspace.is_dir()
    assert said in sergekg("build", *arguments)[1]


def test_a_new_corpus_says_that_it_was_changed_today(sergekg: Sergekg, tmp_path: Path) -> None:
    before = datetime.datetime.now(datetime.UTC).date().isoformat()
    assert sergekg("init", "essai")[0] == 0
    manifest = tomllib.loads((tmp_path / "essai/data/essai/manifest.toml").read_text(encoding="utf-8"))
    assert before <= manifest["corpus"]["modified"] <= datetime.datetime.now(datetime.UTC).date().isoformat()


@pytest.fixture
def workspace(sergekg: Sergekg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new corpus, entered, with a file to add beside it."""
    (tmp_path / "mot.txt").write_text("Chère Jeanne, je viens.", encoding="utf-8")
    sergekg("init", "essai")
    monkeypatch.chdir(tmp_path / "essai")
    return tmp_path / "essai" / "data" / "essai"


@pytest.mark.parametrize(
    ("voice", "said"),
    [
        ([], "give --voice: person/jeanne, person/paul, person/pierre-martin, person/louise"),
        (["--voice", "person/author"], "nobody who could speak is called 'person/author'"),
        (["--voice", "person/pual"], "perhaps person/paul"),
        (["--voice", "place/lyon"], "nobody who could speak is called 'place/lyon'"),
    ],
)
def test_a_text_is_not_taken_in_before_it_is_known_who_speaks(
    sergekg: Sergekg, workspace: Path, voice: list[str], said: str
) -> None:
    files = {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()}
    code, _, err = sergekg("add", "../mot.txt", *voice)
    assert code == 2
    assert said in err
    assert {path: path.read_bytes() for path in workspace.rglob("*") if path.is_file()} == files


def test_the_only_one_who_could_speak_is_taken(sergekg: Sergekg, workspace: Path) -> None:
    (workspace / "entities/all.yaml").write_text(
        "entities:\n- {slug: paul, type: person, names: {fr: Paul}}\n", encoding="utf-8"
    )
    assert sergekg("add", "../mot.txt")[0] == 0
    assert "voice: person/paul\n" in (workspace / "annotations/mot.yaml").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "missing"), [("letter", 4), ("article", 1)])
def test_what_a_new_text_has_to_state_stands_in_its_annotations(
    sergekg: Sergekg, workspace: Path, kind: str, missing: int
) -> None:
    assert sergekg("add", "../mot.txt", "--voice", "person/paul", "--type", kind)[0] == 0
    path = workspace / "annotations/mot.yaml"
    shown = path.read_text(encoding="utf-8")
    assert len(re.findall(r"(?m)^# - quote:", shown)) == missing
    filled = re.sub(r"(?m)^# (?=-|  )", "", shown)
    meant = {
        "person/…": "person/jeanne",
        "place/…": "place/paris",
        "YYYY-MM-DD": "1921-05-09",
        "…": "je viens",
    }
    for dots, words in meant.items():
        filled = filled.replace(dots, words)
    path.write_text(filled, encoding="utf-8")
    code, out, err = sergekg("build", "--quiet")
    assert code == 0, (out, err)

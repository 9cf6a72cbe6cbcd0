"""What the README promises holds."""

import csv
import io
import re

import pyoxigraph as ox
from tests.conftest import ROOT

from sergekg.release import Release
from sergekg.vocab import PREFIXES

README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    """The one block of that language."""
    found = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def test_the_first_query_has_the_answer_that_is_shown(release: Release) -> None:
    result = ox.Store.read_only(str(release.store)).query(block("sparql"), prefixes=PREFIXES)
    answered = result.serialize(format=ox.QueryResultsFormat.CSV).decode()
    assert list(csv.reader(io.StringIO(answered))) == list(csv.reader(io.StringIO(block("csv"))))


def test_a_rumour_is_no_plain_triple(release: Release) -> None:
    ask = re.search(r"`(ASK \{.*?\})`", README, re.DOTALL)
    assert ask is not None
    assert not ox.Store.read_only(str(release.store)).query(ask[1], prefixes=PREFIXES)


def test_both_commands_are_given_and_made() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for verb in ("run", "test"):
        assert f"make {verb}" in block("sh")
        assert re.search(rf"(?m)^{verb}:", makefile)


def test_it_says_how_the_shell_finds_the_first_command() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    venv = re.search(r"(?m)^VENV \?= (\S+)$", makefile)
    assert venv is not None
    told = README.index(f"`. {venv[1]}/bin/activate`")
    assert told < README.index("`sergekg query")

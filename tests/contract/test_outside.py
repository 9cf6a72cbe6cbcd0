"""What the outside relies on: commands, settings, doctests, the files of a project, nothing that leaks."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from tests.contract.pages import DOCS, PAGES, commands

import sergekg

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(sergekg.__path__, "sergekg.")
    if not found.name.endswith("__main__")
)


@pytest.mark.parametrize("file", PAGES)
def test_pages_made_from_the_code_are_up_to_date(file: str) -> None:
    page: Callable[[], str] = PAGES[file]
    assert (DOCS / file).read_text(encoding="utf-8") == page(), "run `make reference`"


@pytest.mark.parametrize(("name", "command"), commands(), ids=[name for name, _ in commands()])
def test_every_command_and_option_says_what_it_does(name: str, command: click.Command) -> None:
    assert command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"{name} {option.name}"


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_why_it_exists_and_its_examples_hold(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__, name
    assert doctest.testmod(module).failed == 0


def test_links_of_the_documentation_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]
    missing = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:\s/][^)#:\s]*)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert missing == []


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout of git")
    home = re.compile(r'/home/\w+/|/Users/\w+/|"resolved": *"http')
    leaks = []
    for name in listed.stdout.split("\0"):
        path = ROOT / name
        if name and path.is_file() and name != "tests/contract/test_outside.py":
            text = path.read_bytes().decode("utf-8", "ignore")
            leaks += [f"{name}: {found[0]}" for found in home.finditer(text)]
    assert leaks == []


def test_the_versions_agree() -> None:
    for file in ("CHANGELOG.md", "CITATION.cff"):
        assert sergekg.__version__ in (ROOT / file).read_text(encoding="utf-8")

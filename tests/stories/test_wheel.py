"""The wheel, where there is no checkout: it serves the corpus that it carries."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
import venv
from collections.abc import Iterator

import pytest
from tests.conftest import ROOT, run_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server of an environment that holds nothing but the wheel and what it depends on."""
    place = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(place), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=600)
    venv.create(place / "env", with_pip=True)
    python, wheel = str(place / "env" / "bin" / "python"), next(place.glob("sergekg-*.whl"))
    pip = [python, "-m", "pip", "install", "--quiet", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True, timeout=600)
    nowhere = tmp_path_factory.mktemp("nowhere")
    with run_server("--port", "0", var=nowhere / "var", python=python, cwd=nowhere) as served:
        yield served


def fetch(address: str, **headers: str) -> str:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as answer:
        return str(answer.read().decode())


def test_serve_builds_and_serves_the_corpus_that_the_wheel_carries(address: str) -> None:
    health = json.loads(fetch(f"{address}/healthz"))
    assert re.fullmatch(r"[0-9a-f]{64}", health["release"])
    assert "Anita Roussakova" in fetch(f"{address}/page/person/anita-roussakova", Accept="text/html")


def test_the_carried_graph_answers_a_query(address: str) -> None:
    query = "SELECT%20?who%20WHERE%20{?who%20skg:wasDeportedTo%20?p.?p%20skos:prefLabel%20%22Viatka%22@fr}"
    answer = fetch(f"{address}/sparql?query={query}", Accept="text/csv")
    assert answer.splitlines()[1:] == ["https://w3id.org/sergekg/id/person/anita-roussakova"]


def test_the_pages_have_their_style_and_their_stored_queries(address: str) -> None:
    assert "--" in fetch(f"{address}/static/site.css")
    assert "/queries/timeline" in fetch(f"{address}/queries", Accept="text/html")

"""`sergekg query` asks under the rules of the server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from sergekg.build.publish import publish
from sergekg.build.run import assemble
from sergekg.cli import main
from sergekg.config import Config
from sergekg.release import Release


@pytest.fixture
def run(
    release: Release, config: Config, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> object:
    """Run the verb over the release of the tests; gives its exit code and what it wrote."""
    monkeypatch.setenv("SERGEKG_VAR", str(config.var))

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as left:
            main(["query", *arguments])
        said = capfd.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return call


PLACE = "<https://w3id.org/sergekg/id/place/viatka>"


def test_solutions_are_a_table(run: object) -> None:
    code, out, err = run(f"SELECT ?s {{ ?s skg:wasDeportedTo {PLACE} }}")  # type: ignore[operator]
    assert code == 0
    assert "person/anita-roussakova" in out
    assert "1 row" in err


@pytest.mark.parametrize(("count", "word"), [(1, "yes"), (0, "no")])
def test_a_question_is_answered_with_a_word(run: object, count: int, word: str) -> None:
    what = "wasDeportedTo" if count else "wasExecuted"
    assert run(f"ASK {{ ?s skg:{what} {PLACE} }}")[1].strip() == word  # type: ignore[operator]


def test_solutions_come_as_json(run: object) -> None:
    out = run("--format", "json", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[1]  # type: ignore[operator]
    assert int(json.loads(out)["results"]["bindings"][0]["n"]["value"]) > 1000


def test_a_graph_is_turtle_with_prefixes(run: object) -> None:
    out = run(f"DESCRIBE {PLACE}")[1]  # type: ignore[operator]
    assert "@prefix skg:" in out
    assert list(ox.parse(out.encode(), ox.RdfFormat.TURTLE))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * { SERVICE SILENT <https://query.wikidata.org/sparql> { ?s ?p ?o } }", "SERVICE"),
        ("LOAD <file:///etc/passwd> #{", "a query cannot begin with LOAD"),
        ("DELETE WHERE { ?s ?p ?o }", "a query cannot begin with DELETE"),
        ("SELECT * {\n ?s ?p }", "line 2"),
    ],
)
def test_what_the_server_refuses_is_refused_here(run: object, query: str, said: str) -> None:
    code, out, err = run(query)  # type: ignore[operator]
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_from_reads_no_file(run: object, tmp_path: Path) -> None:
    file = tmp_path / "secret.ttl"
    file.write_text("<http://e/s> <http://e/p> 'secret' .", encoding="utf-8")
    code, out, _ = run("--format", "csv", f"SELECT * FROM <{file.as_uri()}> {{ ?s ?p ?o }}")  # type: ignore[operator]
    assert code == 0
    assert "secret" not in out


@pytest.mark.slow
def test_a_query_that_runs_too_long_is_stopped(run: object) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    code, _, err = run("--timeout", "0.5", query)  # type: ignore[operator]
    assert code == 2
    assert "0.5 s" in err


def test_a_stored_query_is_asked_by_its_name(run: object) -> None:
    code, out, _ = run("--format", "csv", "deported-to")  # type: ignore[operator]
    assert code == 0
    assert "Anita Roussakova,P5Y" in out


def test_a_value_changes_what_a_stored_query_asks(run: object) -> None:
    out = run("--format", "csv", "deported-to", "-p", "place=place/orenbourg")[1]  # type: ignore[operator]
    assert "Victor Serge" in out
    assert "Anita" not in out


def test_a_file_of_a_stored_query_takes_its_values_too(run: object, config: Config) -> None:
    file = str(config.queries / "competency" / "deported-to.rq")
    assert "Anita" in run("--format", "csv", file)[1]  # type: ignore[operator]
    assert "Victor Serge" in run("--format", "csv", file, "--param", "place=place/orenbourg")[1]  # type: ignore[operator]


def test_a_file_may_begin_with_a_byte_order_mark(run: object, config: Config, tmp_path: Path) -> None:
    text = (config.queries / "competency" / "deported-to.rq").read_text(encoding="utf-8")
    for name, source in (("deported-to.rq", text), ("one.txt", f"ASK {{ ?s ?p {PLACE} }}")):
        (tmp_path / name).write_text(source, encoding="utf-8-sig")
        assert run(str(tmp_path / name))[0] == 0  # type: ignore[operator]


def test_the_stored_queries_are_listed_with_their_questions(run: object) -> None:
    code, out, _ = run("--list")  # type: ignore[operator]
    assert code == 0
    assert "deported-to  place=place/viatka\n" in out
    assert "Who was deported to Vyatka" in out
    assert "Qui a été déporté à Viatka" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["deported-too"], "perhaps deported-to"),
        (["deported-to", "-p", "plaace=place/viatka"], "has no parameter 'plaace'; it takes: place"),
        (["deported-to", "-p", "place"], "is not NAME=VALUE"),
        (["deported-to", "-p", "place=not an IRI"], "place is 'not an IRI'"),
        (["ASK { ?s ?p ?o }", "-p", "place=x"], "only a stored query takes --param"),
        ([], "give a query"),
    ],
)
def test_a_mistake_with_a_stored_query_is_said(run: object, arguments: list[str], said: str) -> None:
    code, out, err = run(*arguments)  # type: ignore[operator]
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


@pytest.fixture
def ask_elsewhere(
    tiny: Config, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[str, str]]:
    """Run the verb in the workspace of the example; gives what it wrote."""
    monkeypatch.chdir(tiny.corpus.parent.parent)
    monkeypatch.delenv("SERGEKG_VAR", raising=False)

    def call(*arguments: str) -> tuple[str, str]:
        with pytest.raises(SystemExit) as left:
            main(["query", *arguments])
        assert not left.value.code
        said = capfd.readouterr()
        return said.out, said.err

    return call


def test_questions_about_what_a_corpus_has_not_are_left_out_of_its_list(
    ask_elsewhere: Callable[..., tuple[str, str]], tiny: Config
) -> None:
    everything, err = ask_elsewhere("--list")
    assert err == "", "without a release nobody knows what it has"
    publish(tiny, assemble(tiny))
    out, err = ask_elsewhere("--list")
    names = [re.findall(r"(?m)^[a-z][\w-]+", listed) for listed in (everything, out)]
    left = len(names[0]) - len(names[1])
    assert left > 12
    assert err == f"sergekg: left out: {left} questions about things that the release does not have\n"
    assert "person/" not in out
    assert "Serge" not in out
    assert {"papers", "timeline"} <= set(names[1])


def test_a_list_of_a_release_that_is_not_there_is_refused(run: object) -> None:
    code, out, err = run("--list", "--release", "zzzz")  # type: ignore[operator]
    assert (code, out) == (2, "")
    assert "no release begins with 'zzzz'" in err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "knows nothing called place/viatka, the default of place; give -p place=…\n"),
        (["-p", "place=place/nowhere"], "knows nothing called place/nowhere\n"),
        (["-p", "place=https://example.org/essai/id/place/nulle-part"], "nothing called place/nulle-part\n"),
        (["-p", "place=place/lyon"], ""),
        (["-p", "place=skg:Place"], ""),
    ],
)
def test_a_value_that_names_nothing_is_told(
    ask_elsewhere: Callable[..., tuple[str, str]], tiny: Config, arguments: list[str], said: str
) -> None:
    publish(tiny, assemble(tiny))
    out, err = ask_elsewhere("deported-to", "--format", "csv", *arguments)
    assert out.startswith("person,")
    assert err.endswith(said)
    assert bool(err) == bool(said)


def test_this_corpus_has_all_that_its_questions_are_about(run: object) -> None:
    assert run("--list")[2] == ""  # type: ignore[operator]

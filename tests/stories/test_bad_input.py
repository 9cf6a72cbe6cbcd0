"""A mistake in any file that a person edits is one line with place and remedy; nothing half-written stays."""

import errno
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from sergekg.build.publish import publish
from sergekg.build.run import assemble, check
from sergekg.cli import main
from sergekg.config import Config, load_config
from sergekg.corpus.workspace import make_workspace
from sergekg.release import current_release

SSSOM = """#curie_map:
#  skgid: https://example.org/essai/id/
#  wikidata: http://www.wikidata.org/entity/
#mapping_set_id: https://example.org/essai/mappings
#license: https://creativecommons.org/publicdomain/zero/1.0/
subject_id	predicate_id	object_id	mapping_justification	author_label
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's workspace with its release: each test harms a copy."""
    root = tmp_path_factory.mktemp("built") / "essai"
    make_workspace(root)
    config = load_config(root, environ={})
    assembly = assemble(config)
    assert check(config, assembly).conforms
    publish(config, assembly)
    return root


@pytest.fixture
def tiny(built: Path, tmp_path: Path) -> Config:
    shutil.copytree(built, tmp_path / "essai")
    return load_config(tmp_path / "essai", environ={})


@pytest.fixture
def workspace(tiny: Config, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example's workspace, entered."""
    monkeypatch.chdir(tiny.corpus.parent.parent)
    monkeypatch.delenv("SERGEKG_VAR", raising=False)
    return tiny.corpus


def sergekg(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


def _append(name: str, text: str) -> Callable[[Path], None]:
    def harm(corpus: Path) -> None:
        path = corpus / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((path.read_text(encoding="utf-8") if path.exists() else "") + text, encoding="utf-8")

    return harm


def _replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def harm(corpus: Path) -> None:
        path = corpus / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return harm


def _bytes(name: str, data: bytes) -> Callable[[Path], None]:
    return lambda corpus: (corpus / name).write_bytes(data) and None


def _remove(name: str) -> Callable[[Path], None]:
    return lambda corpus: (corpus / name).unlink()


def _sssom(row: str) -> Callable[[Path], None]:
    return _append("../mappings/x.sssom.tsv", SSSOM + row + "\n")


TEXT, NOTES, ENTITIES = "texts/lettre-a-jeanne.txt", "annotations/lettre-a-jeanne.yaml", "entities/all.yaml"
POSITION = """agent: group/on
positions:
- place: place/lyon
  latitude: 45.76
  longitude: 4.83
  source: un atlas
  reason: {fr: la ville}
"""
HARMS = [
    ("a source that changed", _append(TEXT, "!"), f"{TEXT}: the file changed: its SHA-256 is"),
    ("a source that is not UTF-8", _bytes(TEXT, b"caf\xe9\n"), f"{TEXT}:1: not UTF-8: byte 0xe9 at byte offset 3; convert"),
    ("a missing source", _remove(TEXT), f"{TEXT}: the file is missing; restore it"),
    ("missing annotations", _remove(NOTES), f"{NOTES}: the file is missing"),
    ("malformed annotations", _append(NOTES, "\n  - bad: [1,\n"), f"{NOTES}:"),
    ("annotations not UTF-8", _bytes(NOTES, b"text: \xff"), f"{NOTES}:1: not UTF-8"),
    ("annotations of another text", _replace(NOTES, "text: lettre-a-jeanne", "text: autre"), f"{NOTES}:2: the file is about 'autre'; write lettre-a-jeanne"),
    ("annotations of no text", _append("annotations/autre.yaml", "text: autre\nrien: [1\n"), "annotations/autre.yaml: the manifest has no text 'autre'; call the file as its text is called, or"),
    ("annotations that are not read", _append("annotations/autre.yml", "text: autre\n"), "annotations/autre.yml: only files called .yaml are read; call it autre.yaml"),
    ("a key given twice", _replace(NOTES, "voice: person/paul", "voice: person/paul\nvoice: person/paul"), f"{NOTES}:4: the key 'voice' is given twice"),
    ("a slug given twice", _append(ENTITIES, '- slug: paul\n  type: person\n  names: {fr: "Paul"}\n'), f"{ENTITIES}:37: person/paul is given twice; the first is at {ENTITIES}:9"),
    ("a slug that is none", _append(ENTITIES, '- slug: Été 1936\n  type: person\n  names: {fr: "x"}\n'), f"{ENTITIES}:37: 'Été 1936' is not a slug"),
    ("an unknown type", _append(ENTITIES, '- slug: x\n  type: persn\n  names: {fr: "x"}\n'), f"{ENTITIES}:38: unknown type 'persn'; perhaps 'person'"),
    ("an unknown class", _append(ENTITIES, '- slug: x\n  type: event\n  class: Arest\n  names: {fr: "x"}\n'), f"{ENTITIES}:39: the class 'Arest' is unknown; perhaps 'Arrest'"),
    ("a class of another kind", _append(ENTITIES, '- slug: x\n  type: event\n  class: Person\n  names: {fr: "x"}\n'), f"{ENTITIES}:39: the class 'Person' is not a kind of Event"),
    ("a plural without a name", _append(ENTITIES, '- slug: x\n  type: group\n  names: {fr: "des x"}\n  plural: [fr, en]\n'), f"{ENTITIES}:40: the plural 'en' has no name"),
    ("a locative without a preposition", _append(ENTITIES, '- slug: x\n  type: place\n  names: {fr: "la Russie"}\n  locative: {fr: Russie}\n'), f"{ENTITIES}:40: the locative 'Russie' has no preposition before a name"),
    ("an English locative without a preposition", _append(ENTITIES, '- slug: x\n  type: place\n  names: {fr: "la Russie"}\n  locative: {en: Russia}\n'), f"{ENTITIES}:40: the locative 'Russia' has no preposition before a name"),
    ("no French name", _append(ENTITIES, '- slug: x\n  type: person\n  names: {en: "x"}\n'), f"{ENTITIES}:37: person/x has no French name"),
    ("a bad date of birth", _append(ENTITIES, '- slug: x\n  type: person\n  names: {fr: "x"}\n  dates: {birth: {edtf: "1900-13", source: s}}\n'), f"{ENTITIES}:40: '1900-13' is not an EDTF date"),
    ("a list of entities that is not read", lambda corpus: (corpus / ENTITIES).rename(corpus / "entities/all.yml") and None, "entities/all.yml: only files called .yaml are read; call it all.yaml"),
    ("a name of spaces", _append(ENTITIES, '- slug: x\n  type: person\n  names: {fr: " "}\n'), f"{ENTITIES}:39: fr is missing"),
    ("a value of spaces", _replace(NOTES, 'object: "LETTRE À JEANNE"', 'object: " "'), f"{NOTES}:52: object is missing"),
    ("a value of nothing", _replace(NOTES, 'object: "LETTRE À JEANNE"', "object:"), f"{NOTES}:52: object is missing"),
    ("an anchor that is no date", _replace(NOTES, "anchor: 1921-05-03", "anchor: mai 1921"), f"{NOTES}:4: 'mai 1921' is not an EDTF date"),
    ("a text of another type", _replace("manifest.toml", 'type = "letter"', 'type = "lettre"'), "the authority list has no lettre/lettre-a-jeanne; perhaps the text is letter/lettre-a-jeanne"),
    ("an unknown key of the manifest", _replace("manifest.toml", 'type = "letter"', 'type = "letter"\nbegin = "LETTRE"'), "manifest.toml: unknown key 'begin' of the text lettre-a-jeanne; perhaps 'begins'"),
    ("a source without words", _bytes(TEXT, b" \n"), f"{TEXT}: there are no words in the file"),
    ("a manifest that is no TOML", _append("manifest.toml", "\n[[files]\n"), "manifest.toml:31: not TOML"),
    ("an empty corpus", _bytes("manifest.toml", b'[corpus]\nname="a"\nversion="1"\nmodified="2026-01-01"\nlicense="x"\npublisher="x"\ntitle={fr="a"}\ndescription={fr="a"}\n'), "manifest.toml: the corpus is empty; sergekg add FILE"),
    ("a missing manifest", _remove("manifest.toml"), "manifest.toml: the file is missing"),
    ("a file outside the corpus", _replace("manifest.toml", 'path = "texts/', 'path = "../../../texts/'), "manifest.toml: the file lies outside the corpus"),
    ("a broken row of mappings", _sssom("skgid:person/paul\tskos:exactMatch\twikidata:Q1"), "mappings/x.sssom.tsv:7:"),
    ("a mapping with an unknown predicate", _sssom("skgid:person/paul\towl:sameAs\twikidata:Q1\tsemapv:ManualMappingCuration\tx"), "mappings/x.sssom.tsv:7:"),
    ("a mapping of an unknown entity", _sssom("skgid:person/paule\tskos:exactMatch\twikidata:Q1\tsemapv:ManualMappingCuration\tx"), "x.sssom.tsv:7: the mapping is of the unknown entity 'person/paule'; perhaps 'person/paul'"),
    ("a conflict of nothing", _append("interpretations.yaml", 'agent: person/paul\nconflicts:\n- between: ["lettre-a-jeanne#a", "lettre-a-jeanne#b"]\n  reason: {fr: "x"}\n'), "interpretations.yaml:3: no statement is called 'lettre-a-jeanne#a'"),
    ("a position of a person", _append("interpretations.yaml", POSITION.replace("place/lyon", "person/paul")), "interpretations.yaml:3: person/paul is a Person; only a Place lies somewhere"),
    ("a position of nothing", _append("interpretations.yaml", POSITION.replace("place/lyon", "place/lion")), "interpretations.yaml:3: unknown entity 'place/lion'; perhaps 'place/lyon'"),
    ("a latitude beyond the pole", _append("interpretations.yaml", POSITION.replace("45.76", "95.76")), "interpretations.yaml:4: '95.76' is not a latitude; give degrees with a decimal point, from -90 to 90"),
    ("a latitude with a comma", _append("interpretations.yaml", POSITION.replace("45.76", '"45,76"')), "interpretations.yaml:4: '45,76' is not a latitude"),
    ("a position without a source", _append("interpretations.yaml", POSITION.replace("  source: un atlas\n", "")), "interpretations.yaml:3: source is missing"),
    ("a hyphen that restores none", _append("hyphens.tsv", "Pierre\tPi-rre\n"), "hyphens.tsv:1: 'Pierre\\tPi-rre' restores no hyphen"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("harm", "said"), [case[1:] for case in HARMS], ids=[case[0] for case in HARMS])
def test_a_mistake_stops_the_build_with_one_line_and_the_last_release_stays(
    workspace: Path, tiny: Config, capsys: pytest.CaptureFixture[str], harm: Callable[[Path], None], said: str
) -> None:
    before = current_release(tiny.releases).digest
    kept = sorted(path.name for path in tiny.releases.iterdir())
    harm(workspace)
    code, out, err = sergekg(capsys, "build", "--quiet")
    assert code == 1
    assert out == ""
    lines = [line for line in err.splitlines() if line.startswith("sergekg: ")]
    assert [line for line in lines if said in line], err
    assert "Traceback" not in err
    assert current_release(tiny.releases).digest == before
    assert sorted(path.name for path in tiny.releases.iterdir()) == kept


def test_mistakes_of_several_files_are_told_in_one_run(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _replace(NOTES, "addressedTo", "adressedTo")(workspace)
    _append(ENTITIES, "- slug: x\n  type: persn\n  names: {fr: x}\n")(workspace)
    _sssom("skgid:person/paul\towl:sameAs\twikidata:Q1\tsemapv:ManualMappingCuration\tx")(workspace)
    err = sergekg(capsys, "build", "--quiet")[2]
    places = {line.split(":")[1].strip() for line in err.splitlines()}
    assert {NOTES, ENTITIES} < places
    assert any(place.endswith("x.sssom.tsv") for place in places)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('names: {fr: "Louise", en: "Louise"}', 'names: {fr: "Louise"', f"{ENTITIES}:18: not YAML"),
        ("slug: paris", "slug: la ville", f"{ENTITIES}:21: 'la ville' is not a slug"),
        (
            "slug: jeanne\n  type: person",
            "slug: jeanne\n  type: persn",
            f"{ENTITIES}:7: unknown type 'persn'",
        ),
        ("class: Arrest", "class: Arest", f"{ENTITIES}:35: the class 'Arest' is unknown"),
        ("class: Arrest", "class: Zzzzzz", f"{ENTITIES}:35: the class 'Zzzzzz' is unknown; take one"),
        ("class: Arrest", "class: [Arrest]", f"{ENTITIES}:35: class holds a list or a mapping"),
        (
            "slug: paul\n  type: person",
            "slug: paul\n  type: person\n  class: Pers",
            f"{ENTITIES}:11: the class 'Pers'",
        ),
        (
            "slug: louise",
            "slug: paul",
            f"{ENTITIES}:15: person/paul is given twice; the first is at {ENTITIES}:9",
        ),
        (
            "entities:\n",
            "entities:\n- slug: arrestation-de-pierre-martin\n  type: event\n  names: {fr: x}\n",
            f"{ENTITIES}:36: event/arrestation-de-pierre-martin is given twice",
        ),
        (
            "entities:\n",
            "entities:\n- slug: prison\n  type: zzzzzzz\n  names: {fr: x}\n"
            "- slug: un-an\n  type: penalty\n  names: {fr: un an}\n  kind: penalty-kind/prison\n",
            f"{ENTITIES}:4: unknown type 'zzzzzzz'",
        ),
        ('fr: "Lettre à Jeanne", ', "", f"{ENTITIES}:3: letter/lettre-a-jeanne has no French name"),
    ],
    ids=[
        "file",
        "slug",
        "type",
        "class",
        "class far off",
        "class no text",
        "voice",
        "twin",
        "twin class",
        "kind",
        "name",
    ],
)
def test_a_mistake_in_the_authority_list_is_not_told_again_by_what_names_the_entity(
    workspace: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, said: str
) -> None:
    _replace(ENTITIES, old, new)(workspace)
    (line,) = sergekg(capsys, "build", "--quiet")[2].splitlines()
    assert said in line


def test_an_event_that_is_a_mistake_leaves_no_object_missing(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _replace(NOTES, "event: event/arrestation", "event: event/arestation")(workspace)
    (line,) = sergekg(capsys, "build", "--quiet")[2].splitlines()
    assert f"{NOTES}:30: unknown entity 'event/arestation-de-pierre-martin'; perhaps" in line


def test_all_mistakes_of_one_record_are_told_in_one_run(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dates = "{birth: {edtf: mai, source: x}, deth: {edtf: 1951}}"
    _append(ENTITIES, f"- slug: x\n  type: persn\n  nams: {{}}\n  lengthless: oh\n  dates: {dates}\n")(
        workspace
    )
    _replace(NOTES, "voice: person/paul\nanchor", "voix: person/paul\nancre")(workspace)
    _append("interpretations.yaml", "agnt: person/paul\nclaim: []\n")(workspace)
    err = sergekg(capsys, "build", "--quiet")[2]
    for said in (
        *("unknown type 'persn'", "unknown key 'nams'", "has no French name", "lengthless is 'oh'"),
        *("'mai' is not an EDTF date", "unknown date 'deth'", "voice is missing"),
        *("unknown key 'voix'", "unknown key 'ancre'", "unknown key 'agnt'", "unknown key 'claim'"),
    ):
        assert said in err


@pytest.mark.parametrize("name", [ENTITIES, "hyphens.tsv", "manifest.toml", "../../sergekg.toml"])
def test_a_byte_order_mark_is_passed_over(
    workspace: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    _append("hyphens.tsv", "# mots\n")(workspace)
    (workspace / name).write_bytes(b"\xef\xbb\xbf" + (workspace / name).read_bytes())
    assert sergekg(capsys, "build", "--quiet")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["query", "SELECT * { ?s ?p }"], "line 1, column"),
        (["query", "nofile.rq"], "'nofile.rq' is neither a file nor SPARQL"),
        (
            ["export", "--format", "turtle", "--resource", "person/nobody"],
            "the release knows nothing called 'person/nobody'",
        ),
        *(
            (["export", "--format", form, "--resource", asked], "the release knows nothing called")
            for form in ("turtle", "tei")
            for asked in ("letter/lettre a", "a\nb", "https://example.org/<x>")
        ),
        (["export", "--format", "nquads", "-o", "/proc/nowhere/x.nq"], "/proc/nowhere"),
        (["export", "--format", "nquads", "--release", "ffff"], "no release begins with 'ffff'"),
        (["init", "."], ". is not empty"),
        (["init", "sergekg.toml"], "sergekg.toml is a file; name a new directory"),
        (["add", "missing.txt", "--voice", "person/paul"], "missing.txt: the file is missing"),
        (["add", "missing.txt"], "missing.txt: the file is missing"),
        (["serve", "--port", "99999"], "port is 99999"),
        (["serve", "--timeout", "-1"], "timeout is -1.0"),
    ],
)
def test_a_command_that_cannot_be_done_says_why_in_one_line(
    workspace: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    arguments: list[str],
    said: str,
) -> None:
    sergekg(capsys, "build", "--quiet")
    code, _, err = sergekg(capsys, *arguments)
    assert code == 2
    assert said in err
    assert len(err.strip().splitlines()) == 1
    assert caplog.messages == []  # what a library warns of would be lines of stderr too


@pytest.mark.parametrize("arguments", [["nonsense"], ["export"], ["query"], ["build", "--jobs", "many"]])
def test_a_wrong_command_line_is_told_with_its_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    code, _, err = sergekg(capsys, *arguments)
    assert code == 2
    assert "Usage: sergekg" in err
    assert len(err.splitlines()) == 4, err


def test_a_port_in_use_is_one_line(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sergekg(capsys, "build", "--quiet")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = sergekg(capsys, "serve", "--port", str(port))
    assert code == 2
    assert f"127.0.0.1:{port} cannot be listened on (Address already in use); give another --port" in err


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("prot = 8000", "sergekg.toml: no setting is called 'prot'; perhaps 'port'"),
        ('port = "many"', "sergekg.toml: port is 'many'; give a value of type int"),
        ('base = "w3id.org"', "base is 'w3id.org'; give an http(s) IRI that ends with a slash"),
        *((f'base = "{base}"', f"base is {base!r}") for base in ("https://e.org/a b/", "http:///", "http://e.org/#/", "http://e.org:x/", "http://e.org/%zz/")),
        ("port = = 1", "sergekg.toml: not TOML"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_one_line(
    workspace: Path, capsys: pytest.CaptureFixture[str], settings: str, said: str
) -> None:
    (workspace.parent.parent / "sergekg.toml").write_text(settings, encoding="utf-8")
    code, _, err = sergekg(capsys, "status")
    assert code == 2
    assert said in err


@pytest.mark.parametrize(
    ("step", "error", "said"),
    [
        ("write_extras", OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "No space left on device"),
        ("build_store", OSError("IO error: No space left on device"), "IO error: No space left on device"),
    ],
    ids=["a write", "the engine"],
)
def test_a_full_disk_is_told_with_the_directory(
    workspace: Path,
    tiny: Config,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    error: OSError,
    said: str,
) -> None:
    before = current_release(tiny.releases).digest
    _replace(ENTITIES, 'fr: "Lyon"', 'fr: "Vaise"')(workspace)

    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(f"sergekg.build.publish.{step}", full)
    code, _, err = sergekg(capsys, "build", "--quiet")
    assert code == 2
    assert err == f"sergekg: {tiny.releases}: {said}; check the disk and its rights\n"
    assert current_release(tiny.releases).digest == before


def test_a_corpus_that_is_not_there_is_named(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace.parent.parent / "sergekg.toml").write_text('corpus = "data/esai"', encoding="utf-8")
    (line,) = sergekg(capsys, "build", "--quiet")[2].splitlines()
    assert "there is no directory " in line
    assert "esai; mend the setting `corpus`, or make one: sergekg init DIR" in line


@pytest.mark.slow
def test_a_corpus_that_does_not_conform_exits_1_with_its_findings(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _replace(
        ENTITIES,
        "- slug: pierre-martin\n  type: person\n",
        '- slug: pierre-martin\n  type: person\n  dates: {death: {edtf: "1920", source: r}}\n',
    )(workspace)
    _append("interpretations.yaml", "agent: group/on\n")(workspace)
    code, out, err = sergekg(capsys, "build", "--quiet")
    assert code == 1
    assert "annotations/lettre-a-jeanne.yaml:27: violation:" in out
    assert "the last good release stays in service" in err
    assert sergekg(capsys, "validate", "--format", "json")[0] == 1


def test_debug_shows_the_trace(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sergekg(capsys, "build", "--quiet")
    assert "Traceback" in sergekg(capsys, "--debug", "query", "SELECT * { ?s ?p }")[2]

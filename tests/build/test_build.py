"""Same input, same bytes; only what changed is built again; a release that was good stays in service."""

import errno
import gc
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pyoxigraph as ox
import pytest

from sergekg.build import artefacts
from sergekg.build.artefacts import Cache
from sergekg.build.publish import publish
from sergekg.build.run import assemble, check, read_material
from sergekg.cli import main
from sergekg.config import Config
from sergekg.corpus.workspace import add_text
from sergekg.errors import ReleaseError
from sergekg.release import (
    Release,
    current_release,
    find_release,
    hold_release,
    list_releases,
    open_release,
    prune_releases,
)
from sergekg.web import create_app

KILL = """
import os, signal, sys
from pathlib import Path
import sergekg.build.publish as target
from sergekg.cli import main
def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)
holder, name = target, sys.argv[1]
while "." in name:
    first, _, name = name.partition(".")
    holder = getattr(holder, first)
setattr(holder, name, die)
main(["build", "--quiet"])
"""

FULL = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from sergekg.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
main(["build", "--quiet"])
"""


def build(config: Config) -> Release:
    assembly = assemble(config)
    assert check(config, assembly).conforms
    return publish(config, assembly)


def run(config: Config, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    workspace = config.corpus.parent.parent
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(
        command,
        cwd=workspace,
        capture_output=True,
        text=True,
        env={**os.environ, "SERGEKG_VAR": str(config.var)},
        check=False,
    )


def change(config: Config) -> None:
    """A second statement in the example: another release."""
    path = config.corpus / "annotations" / "lettre-a-jeanne.yaml"
    text = path.read_text(encoding="utf-8")
    block = '- quote: "Pierre Martin, le typographe"\n  subject: person/pierre-martin\n  predicate: isDescribedAs\n  object: "le typographe"\n'
    path.write_text(text.replace("statements:\n", "statements:\n" + block), encoding="utf-8")


def second_text(config: Config, tmp_path: Path) -> None:
    source = tmp_path / "mot.txt"
    source.write_text("Chère Jeanne, je viens.", encoding="utf-8")
    add_text(config.corpus, source, kind="letter", title="Mot", slug=None, voice="person/paul", rights="CC0")


def test_two_builds_give_the_same_bytes(tiny: Config, tmp_path: Path) -> None:
    one, two = build(tiny), build(replace(tiny, var=tmp_path / "other"))
    assert one.digest == two.digest
    assert one.directory != two.directory
    assert {n: (one.directory / n).read_bytes() for n in one.files} == {
        n: (two.directory / n).read_bytes() for n in two.files
    }


def test_the_order_of_the_documents_changes_nothing(tiny: Config, tmp_path: Path) -> None:
    second_text(tiny, tmp_path)
    before = assemble(tiny).lines()
    manifest = tiny.corpus / "manifest.toml"
    head, *files = manifest.read_text(encoding="utf-8").split("\n[[files]]\n")
    manifest.write_text("\n[[files]]\n".join([head, *reversed(files)]), encoding="utf-8")
    assert assemble(replace(tiny, var=tmp_path / "other")).lines() == before


def test_changing_one_text_rebuilds_only_that_text_and_gives_the_bytes_of_a_clean_build(
    tiny: Config, tmp_path: Path
) -> None:
    second_text(tiny, tmp_path)
    assert set(assemble(tiny).rebuilt) == {"lettre-a-jeanne", "mot"}
    change(tiny)
    incremental = assemble(tiny)
    assert incremental.rebuilt == ["lettre-a-jeanne"]
    assert incremental.lines() == assemble(replace(tiny, var=tmp_path / "clean")).lines()


def test_the_names_of_statements_and_interpretations_are_the_same_under_any_base(
    tiny: Config, tmp_path: Path
) -> None:
    claims = "agent: group/on\nclaims:\n- subject: person/louise\n  predicate: hasOccupation\n  object: occupation/typographe\n  reason: {fr: x}\n"
    (tiny.corpus / "interpretations.yaml").write_text(claims, encoding="utf-8")
    kinds = re.compile(r"id/((?:statement|evidence|interpretation)/[0-9a-f]+)")
    names = {
        base: set(kinds.findall("\n".join(assemble(replace(tiny, base=base, var=tmp_path / "b")).lines())))
        for base in ("https://w3id.org/sergekg/", "https://example.org/essai/", "https://w3id.org/")
    }
    assert len(set(map(frozenset, names.values()))) == 1
    assert {name.partition("/")[0] for name in names[tiny.base]} == {
        "statement",
        "evidence",
        "interpretation",
    }


@pytest.mark.parametrize("library", ["edtf", "pyoxigraph", "pyshacl", "pyyaml", "rdflib"])
def test_another_version_of_a_library_makes_everything_stale(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    before = artefacts.code_digest.__wrapped__()
    monkeypatch.setattr(artefacts, "version", lambda name: "99" if name == library else version(name))
    assert artefacts.code_digest.__wrapped__() != before


def test_the_code_of_every_module_that_artefacts_are_made_by_is_part_of_their_key() -> None:
    counted = {str(path) for path in artefacts._code()}
    used = {sys.modules[name].__file__ for name in ("sergekg.iris", "sergekg.xml", "sergekg.build.artefacts")}
    assert used < counted
    assert all(Path(path).is_file() for path in counted)


def test_a_reader_that_reads_otherwise_makes_its_text_stale(tiny: Config) -> None:
    material = read_material(tiny)
    (document,) = material.documents
    path = tiny.corpus / "annotations" / "lettre-a-jeanne.yaml"
    other = replace(document, file=replace(document.file, text=document.file.text + " "))
    keys = {artefacts.document_key(one, path, material.context) for one in (document, other)}
    assert len(keys) == 2


def test_nothing_is_rebuilt_when_nothing_changed(tiny: Config) -> None:
    assemble(tiny)
    assert assemble(tiny).rebuilt == []


def test_a_damaged_cache_is_rebuilt(tiny: Config) -> None:
    before = assemble(tiny).lines()
    for path in tiny.cache.glob("text-*.json"):
        path.write_text("{broken", encoding="utf-8")
    again = assemble(tiny)
    assert again.rebuilt == ["lettre-a-jeanne"]
    assert again.lines() == before


def test_a_process_pool_gives_the_same_bytes(tiny: Config, tmp_path: Path) -> None:
    second_text(tiny, tmp_path)
    with ProcessPoolExecutor(2) as pool:
        pooled = assemble(replace(tiny, var=tmp_path / "pool"), executor=pool).lines()
    assert pooled == assemble(tiny).lines()


def test_a_cached_report_is_the_report(tiny: Config) -> None:
    assembly = assemble(tiny)
    assert check(tiny, assembly) == check(tiny, assembly)
    assert list(Cache(tiny.cache).directory.glob("report-*.json"))


def test_the_store_holds_every_quad_and_each_distinct_triple_once_as_the_default_graph(tiny: Config) -> None:
    release = build(tiny)
    store = ox.Store.read_only(str(release.store))
    lines = release.quads.read_text(encoding="utf-8").splitlines()
    own = [ox.DefaultGraph(), ox.NamedNode(f"{release.base}graph/catalogue")]
    named = {str(quad) for quad in store if quad.graph_name not in own}
    assert {line.removesuffix(" .") for line in lines} == named
    union = [quad.triple for quad in store.quads_for_pattern(None, None, None, ox.DefaultGraph())]
    assert len(union) == len({quad.triple for quad in store}) == release.stored[""]


@pytest.mark.parametrize(
    "point",
    ["build_store", "_check_store", "_sync", "releases.sync_directory", "releases.switch_to", "open_release"],
)
def test_a_build_killed_at_any_point_leaves_a_good_release_in_service(tiny: Config, point: str) -> None:
    first = build(tiny)
    change(tiny)
    killed = run(tiny, KILL, point)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    served = current_release(tiny.releases)
    assert served.digest == first.digest or point == "open_release"
    assert len(ox.Store.read_only(str(served.store))) == sum(served.stored.values())
    after = build(tiny)
    assert after.counts["statements"] == first.counts["statements"] + 1
    assert not list(tiny.releases.glob(".work-*"))


def test_a_full_disk_is_one_line_and_the_last_release_stays(tiny: Config) -> None:
    first = build(tiny)
    change(tiny)
    failed = run(tiny, FULL)
    assert failed.returncode == 2
    assert os.strerror(errno.EFBIG) in failed.stderr
    assert len(failed.stderr.splitlines()) == 1
    assert current_release(tiny.releases).digest == first.digest
    assert not list(tiny.releases.glob(".work-*"))


def test_a_place_that_cannot_be_written_is_one_line(tiny: Config) -> None:
    failed = run(
        replace(tiny, var=Path("/proc/nowhere")), "from sergekg.cli import main; main(['build', '--quiet'])"
    )
    assert failed.returncode == 2
    assert failed.stderr.splitlines()[0].startswith("sergekg: /proc/nowhere")
    assert len(failed.stderr.splitlines()) == 1


def test_old_releases_are_listed_found_and_pruned(tiny: Config) -> None:
    first = build(tiny)
    change(tiny)
    second = build(tiny)
    assert [release.digest for release in list_releases(tiny.releases)] == [second.digest, first.digest]
    assert find_release(tiny.releases, first.digest[:8]).digest == first.digest
    assert prune_releases(tiny.releases, 1) == ([first.digest], [])
    with pytest.raises(ReleaseError, match="no release begins with"):
        find_release(tiny.releases, first.digest[:8])


def test_a_release_that_a_server_serves_is_not_pruned(
    tiny: Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first = build(tiny)
    serving = create_app(first, tiny)
    change(tiny)
    build(tiny)
    monkeypatch.chdir(tiny.var.parent)
    with pytest.raises(SystemExit):
        main(["build", "--quiet", "--prune", "1"])
    assert f"kept release {first.short}: a server still serves it" in capsys.readouterr().err
    assert serving.test_client().get("/").status_code == 200
    serving.extensions["sergekg"].endpoint.store.close()
    del serving
    gc.collect()
    assert prune_releases(tiny.releases, 1).deleted == [first.digest]


def test_a_release_that_was_deleted_meanwhile_is_not_served(tiny: Config) -> None:
    release = build(tiny)
    shutil.rmtree(release.directory)
    with pytest.raises(ReleaseError, match="deleted meanwhile"):
        hold_release(release.directory)


def test_going_back_to_an_old_state_puts_its_release_in_service_again(tiny: Config) -> None:
    first = build(tiny)
    path = tiny.corpus / "annotations" / "lettre-a-jeanne.yaml"
    before = path.read_text(encoding="utf-8")
    change(tiny)
    assert build(tiny).digest != first.digest
    path.write_text(before, encoding="utf-8")
    assert build(tiny).digest == first.digest == current_release(tiny.releases).digest


def _truncate(release: Release) -> None:
    (release.directory / "release.json").write_text("{", encoding="utf-8")


def _newer(release: Release) -> None:
    path = release.directory / "release.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"format": 1', '"format": 99'), encoding="utf-8")


@pytest.mark.parametrize(("harm", "said"), [(_truncate, "damaged"), (_newer, "has format 99")])
def test_a_release_that_cannot_be_read_says_so(
    tiny: Config, harm: Callable[[Release], None], said: str
) -> None:
    release = build(tiny)
    harm(release)
    with pytest.raises(ReleaseError, match=said):
        open_release(release.directory)


def test_a_damaged_release_is_built_again(tiny: Config) -> None:
    release = build(tiny)
    _truncate(release)
    assert build(tiny).digest == release.digest
    assert open_release(release.directory).counts == release.counts

"""What is said of a release beside the corpus, however often it was read since."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sergekg.build.changes import changed_texts, is_released
from sergekg.build.publish import publish
from sergekg.build.run import assemble
from sergekg.config import Config, load_config
from sergekg.corpus.manifest import file_digest
from sergekg.corpus.workspace import make_workspace
from sergekg.release import current_release

ENTITIES, NOTES = "entities/all.yaml", "annotations/lettre-a-jeanne.yaml"
MOT = """
[[files.texts]]
slug = "mot"
type = "letter"
language = "fr"
begins = "MOT"
title = { fr = "Mot", en = "Note" }
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("built") / "essai"
    make_workspace(root)
    config = load_config(root, environ={})
    publish(config, assemble(config))
    return root


@pytest.fixture
def tiny(built: Path, tmp_path: Path) -> Config:
    shutil.copytree(built, tmp_path / "essai")
    return load_config(tmp_path / "essai", environ={})


def _replaced(name: str, old: str, new: str) -> Callable[[Config], Config]:
    def change(config: Config) -> Config:
        path = config.corpus / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return config

    return change


def _put(name: str, text: str) -> Callable[[Config], Config]:
    def change(config: Config) -> Config:
        (config.corpus / name).write_text(text, encoding="utf-8")
        return config

    return change


def _hyphenated(config: Config) -> Config:
    """A word that stands in a silence alone is read otherwise."""
    _put("hyphens.tsv", "t’embrasse\tt’em-brasse\n")(config)
    return _replaced(NOTES, "Je t’embrasse", "Je t’em-brasse")(config)


def _received(config: Config, more: str) -> None:
    """The file of the example with more at its end, taken in as if it had been received so."""
    path, manifest = config.corpus / "texts" / "lettre-a-jeanne.txt", config.corpus / "manifest.toml"
    before = file_digest(path.read_bytes())
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    declared = manifest.read_text(encoding="utf-8")
    manifest.write_text(declared.replace(before, file_digest(path.read_bytes())), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "texts"),
    [
        (_replaced(ENTITIES, 'fr: "Lyon"', 'fr: "Vaise"'), set()),
        (_replaced(NOTES, "formule finale", "salut"), set()),
        (_replaced("manifest.toml", 'version = "0.1.0"', 'version = "0.2.0"'), set()),
        (_replaced(NOTES, 'quote: "Chère Jeanne"', 'quote: "Jeanne,"'), {"lettre-a-jeanne"}),
        (lambda config: replace(config, base="https://example.org/autre/"), {"lettre-a-jeanne"}),
        (_hyphenated, {"lettre-a-jeanne"}),
    ],
    ids=["a name", "a silence", "the version", "a quote", "the base", "a word that no statement quotes"],
)
def test_a_change_is_seen_each_time_until_it_is_released(
    tiny: Config, change: Callable[[Config], Config], texts: set[str]
) -> None:
    release = current_release(tiny.releases)
    assert is_released(assemble(tiny), tiny, release)
    assert changed_texts(assemble(tiny), release) == set()
    changed = change(tiny)
    for _ in range(2):  # what was read once is kept, and not released by that
        assembly = assemble(changed)
        assert not is_released(assembly, changed, release)
        assert changed_texts(assembly, release) == texts
    now = publish(changed, assemble(changed))
    assert is_released(assemble(changed), changed, now)
    assert changed_texts(assemble(changed), now) == set()


def test_a_text_is_as_it_was_when_another_of_its_file_changes(tiny: Config) -> None:
    _received(tiny, "\nMOT\n\nJe viens.\n")
    with (tiny.corpus / "manifest.toml").open("a", encoding="utf-8") as manifest:
        manifest.write(MOT)
    with (tiny.corpus / ENTITIES).open("a", encoding="utf-8") as entities:
        entities.write("- slug: mot\n  type: letter\n  names: {fr: Mot}\n")
    _put("annotations/mot.yaml", "text: mot\nvoice: person/paul\n")(tiny)
    release = publish(tiny, assemble(tiny))
    _received(tiny, "Bientôt.\n")
    assert changed_texts(assemble(tiny), release) == {"mot"}


def test_every_text_is_new_where_nothing_was_released(tiny: Config, tmp_path: Path) -> None:
    fresh = replace(tiny, var=tmp_path / "fresh")
    assert changed_texts(assemble(fresh), None) == {"lettre-a-jeanne"}

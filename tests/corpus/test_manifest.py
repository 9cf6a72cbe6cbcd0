"""A manifest is read whole, and each value that could not be published is told with the entry it stands in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sergekg.build.run import assemble
from sergekg.config import Config
from sergekg.corpus.manifest import file_digest, read_documents, read_hyphens, read_manifest
from sergekg.errors import BuildError, SergekgError

HEAD = """[corpus]
name = "essai"
version = "1"
modified = "2026-05-12"
license = "https://example.org/licence"
publisher = "on"
title = { fr = "Essai", en = "Trial" }
description = { fr = "Essai" }
"""
FILE = """
[[files]]
path = "texts/lettre.txt"
sha256 = "0"
rights = "libre"
"""
TEXT = """
[[files.texts]]
slug = "lettre"
type = "letter"
language = "fr"
title = { fr = "Lettre", en = "Letter" }
"""
SOUND = HEAD + FILE + TEXT

Edit = Callable[[str, str], None]


def mistakes(corpus: Path, manifest: str) -> list[str]:
    """What is wrong with a manifest, a line each."""
    (corpus / "manifest.toml").write_text(manifest, encoding="utf-8")
    try:
        read_manifest(corpus)
    except BuildError as error:
        return str(error).splitlines()
    return []


@pytest.mark.parametrize(
    "sound",
    [
        SOUND,
        SOUND.replace('publisher = "on"', 'publisher = "on"\ncontact = ""'),
        SOUND.replace('publisher = "on"', 'publisher = "on"\ncontact = "jean@example.org"'),
        SOUND.replace('publisher = "on"', 'publisher = "on"\ncontact = "https://example.org/nous"'),
        SOUND.replace('language = "fr"', 'language = "fr-Latn-CA"'),
    ],
)
def test_a_sound_manifest_is_read(tmp_path: Path, sound: str) -> None:
    assert mistakes(tmp_path, sound) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        *(
            ('"2026-05-12"', f'"{day}"', f"modified of the corpus is '{day}', not a day; write it as YYYY-MM-DD")
            for day in ("12 mai 2026", "2026-05", "2026-05-12Z", "20260512", "2026-02-30", "2026-05-12T10:00")
        ),
        ('"2026-05-12"', "2026-05-12", 'modified of the corpus is no text; write modified = "…", in quotation marks'),
        ('"https://example.org/licence"', '"CC BY 4.0"', "license of the corpus is 'CC BY 4.0', not an IRI; give one"),
        ('"https://example.org/licence"', '"CC0"', "license of the corpus is 'CC0', not an IRI; give one"),
        ('publisher = "on"', 'publisher = "on"\ncontact = "Jean Dupont"', "contact of the corpus is 'Jean Dupont', not an address"),
        ('publisher = "on"', 'publisher = "on"\ncontact = "Jean"', "contact of the corpus is 'Jean', not an address"),
        ('publisher = "on"', 'publisher = "on"\ncontact = 3', "contact of the corpus is no text"),
        ('publisher = "on"', 'publisher = " "', 'publisher of the corpus is missing; add publisher = "…"'),
        ('name = "essai"', 'name = "Mon Corpus"', "name of the corpus is 'Mon Corpus', not a slug"),
        ('{ fr = "Essai", en', "{ en", "fr of title of the corpus is missing"),
        ('{ fr = "Essai", en', '{ fr = "Essai", ru = "Опыт", en', "title of the corpus is in ru too; give it in fr and en only"),
        ('{ fr = "Essai" }', '{ fr_FR = "Essai" }', "'fr_FR' in description of the corpus is not a language tag; tag languages as in fr"),
        ('{ fr = "Essai" }', '{ fr = "" }', "fr of description of the corpus is missing"),
        ('{ fr = "Essai" }', "{ fr = 1936 }", "fr of description of the corpus is no text"),
        ('{ fr = "Essai" }', '"Essai"', "description of the corpus is missing"),
        ('language = "fr"', 'language = "fr_FR"', "language of the text lettre is 'fr_FR', not a language tag"),
        ('{ fr = "Lettre", en = "Letter" }', '{ fr_FR = "Lettre", fr = "Lettre", en = "Letter" }', "'fr_FR' in title of the text lettre is not a language tag"),
        ('slug = "lettre"', 'slug = "Ma Lettre"', "slug of the text Ma Lettre is 'Ma Lettre', not a slug"),
        ('slug = "lettre"\n', "", "slug of the text 1 is missing"),
        ('type = "letter"', 'type = "letter"\nbegins = 3', "begins of the text lettre is no text"),
        ('type = "letter"', 'type = "letter"\nbegins = ""', "begins of the text lettre is missing"),
        ('rights = "libre"', 'rights = "libre"\nreader = 3', "reader of the file texts/lettre.txt is no text"),
        ('path = "texts/lettre.txt"', "path = 3", "path of the file 1 is no text"),
        ('path = "texts/lettre.txt"', r'path = "a\u0000b"', r"path of the file 1 is 'a\x00b', not a path"),
        (TEXT, "", "the file texts/lettre.txt has no texts; add a table [[files.texts]] under it"),
        (TEXT, "texts = []\n", "the file texts/lettre.txt has no texts; add a table [[files.texts]] under it"),
        (TEXT, "texts = 3\n", "texts of the file texts/lettre.txt is not a list of tables"),
        (FILE + TEXT, "", "the corpus is empty; sergekg add FILE"),
        (HEAD, "", "[corpus] is missing; add a table [corpus]"),
        (HEAD, f"a = {'9' * 5000}\n", "not TOML"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_published_is_one_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in SOUND
    (line,) = mistakes(tmp_path, SOUND.replace(old, new, 1))
    assert line.startswith("manifest.toml: ")
    assert said in line


def test_all_mistakes_of_a_manifest_are_told_together(tmp_path: Path) -> None:
    harmed = SOUND.replace("2026-05-12", "hier").replace('language = "fr"', 'language = "fr_FR"')
    assert len(mistakes(tmp_path, harmed.replace("https://example.org/licence", "CC0"))) == 3


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ("texts/1936/lettre.txt", "two files are called 'lettre.txt': texts/lettre.txt and texts/1936/lettre.txt; rename one"),
        ("texts/lettre.txt", "the file texts/lettre.txt is given twice; put its texts under one [[files]]"),
    ],
)  # fmt: skip
def test_files_that_a_release_could_not_tell_apart_are_refused(
    tmp_path: Path, second: str, said: str
) -> None:
    again = (FILE + TEXT).replace("texts/lettre.txt", second).replace('slug = "lettre"', 'slug = "autre"')
    (line,) = mistakes(tmp_path, SOUND + again)
    assert said in line


@pytest.fixture
def edit(tiny: Config) -> Edit:
    """Replace the first occurrence of some words in the manifest of the example."""

    def replace(old: str, new: str) -> None:
        path = tiny.corpus / "manifest.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


@pytest.mark.parametrize("begins", ["PARIS, 3 MAI", r"PARIS,\u00a03  MAI"])
def test_a_heading_is_found_across_white_space_of_any_kind(tiny: Config, edit: Edit, begins: str) -> None:
    path = tiny.corpus / "texts" / "lettre-a-jeanne.txt"
    before = file_digest(path.read_bytes())
    path.write_text(
        "Avant-propos\n\nPARIS,\u00a03\u2009\nMAI\n\n" + path.read_text(encoding="utf-8"), encoding="utf-8"
    )
    edit(before, file_digest(path.read_bytes()))
    edit('language = "fr"', f'language = "fr"\nbegins = "{begins}"')
    (artefact,) = assemble(tiny).artefacts
    assert artefact.slug == "lettre-a-jeanne"


def test_mistakes_of_the_manifest_and_of_other_files_are_told_in_one_run(tiny: Config, edit: Edit) -> None:
    edit('language = "fr"', 'language = "fr_FR"')
    (tiny.corpus / "hyphens.tsv").write_bytes(b"caf\xe9\tcaf\xe9\n")
    entities = tiny.corpus / "entities" / "all.yaml"
    entities.write_text(
        entities.read_text(encoding="utf-8") + "- slug: x\n  type: persn\n  names: {fr: x}\n",
        encoding="utf-8",
    )
    with pytest.raises(BuildError) as caught:
        assemble(tiny)
    places = [str(problem.where) for problem in caught.value.problems]
    assert places == ["entities/all.yaml:38", "hyphens.tsv:1", "manifest.toml"]


def test_an_unknown_reader_is_told_with_its_file(tiny: Config, edit: Edit) -> None:
    edit('reader = "plain"', 'reader = "pdf"')
    with pytest.raises(BuildError, match=r"texts/lettre-a-jeanne\.txt: no readers plugin is called 'pdf'"):
        assemble(tiny)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_row_of_hyphens_ends_where_a_line_ends_and_nowhere_else(tmp_path: Path, end: str) -> None:
    rows = ["# deux\u2028lignes,\x85trois", "sembletil\tsemble-t-il", "", "fûtce\tfût-ce", ""]
    (tmp_path / "hyphens.tsv").write_bytes(end.join(rows).encode())
    assert read_hyphens(tmp_path) == {"sembletil": "semble-t-il", "fûtce": "fût-ce"}


def test_a_byte_order_mark_is_no_word_of_a_text(tmp_path: Path) -> None:
    data = "\ufeff# LETTRE\n\nOui.\n".encode()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "lettre.txt").write_bytes(data)
    (tmp_path / "manifest.toml").write_text(SOUND.replace('"0"', f'"{file_digest(data)}"'), encoding="utf-8")
    problems: list[SergekgError] = []
    (document,) = read_documents(tmp_path, read_manifest(tmp_path), {}, problems)
    assert problems == []
    assert document.reading.text == "LETTRE\nOui."
    assert [division.kind for division in document.divisions] == ["heading", "paragraph"]
    assert document.source == "# LETTRE\n\nOui."

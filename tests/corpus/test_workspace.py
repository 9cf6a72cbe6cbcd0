"""A text is taken into the corpus whole or not at all, however its files were written by hand."""

from pathlib import Path

import pytest

from sergekg.build.run import assemble, read_material
from sergekg.config import Config
from sergekg.corpus.manifest import read_manifest
from sergekg.corpus.workspace import add_text
from sergekg.errors import CorpusError

OTHER = "{slug: autre, type: letter, names: {fr: Autre}}"


def add(corpus: Path, source: Path, *, title: str = "Mot", slug: str | None = None) -> Path:
    return add_text(corpus, source, kind="letter", title=title, slug=slug, voice="person/paul", rights="CC0")


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """A file to take in."""
    path = tmp_path / "mot.txt"
    path.write_text("Chère Jeanne, je viens.", encoding="utf-8")
    return path


def files(corpus: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in corpus.rglob("*") if path.is_file()}


@pytest.mark.parametrize("body", ["<TEI><text><p>mal", "<TEI><teiHeader/></TEI>"])
def test_a_file_that_its_reader_refuses_is_not_taken_in(tiny: Config, tmp_path: Path, body: str) -> None:
    source = tmp_path / "mot.xml"
    source.write_text(body)
    before = files(tiny.corpus)
    with pytest.raises(CorpusError, match=r"mot\.xml"):
        add(tiny.corpus, source)
    assert files(tiny.corpus) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "documents",
    [
        None,
        "",
        "# rien encore",
        "entities:\n",
        f"entities:\n- {OTHER}",
        f"entities:\n  - {OTHER}\n",
        f"# À la main\nentities:\n\n    # les lettres\n    -   {OTHER}\n\n",
        "entities:\n  - slug: autre\n    type: letter\n    names:\n      fr: Autre\n",
        f"entities:\r\n  - {OTHER}\r\n",
    ],
)
def test_a_text_is_added_to_a_list_of_documents_of_any_indentation(
    tiny: Config, note: Path, documents: str | None
) -> None:
    if documents is not None:
        (tiny.corpus / "entities" / "documents.yaml").write_bytes(documents.encode())
    add(tiny.corpus, note, title="Mot : « x »")
    material = read_material(tiny)
    assert material.context.entities["letter/mot-x"].names["fr"] == "Mot : « x »"
    assert ("letter/autre" in material.context.entities) == bool(documents and "autre" in documents)
    assert "mot-x" in assemble(tiny).rebuilt


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("entities/documents.yaml", "entities: []\n", "entities/documents.yaml: no entity can be put at the end"),
        ("entities/documents.yaml", f"entities:\n- {OTHER}\nnotes:\n- x\n", "entities/documents.yaml: no entity can be put at the end"),
        ("entities/documents.yaml", "entities: [\n", "entities/documents.yaml:2: not YAML"),
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_listed_leaves_the_corpus_as_it_was(
    tiny: Config, note: Path, name: str, source: str, said: str
) -> None:
    (tiny.corpus / name).write_text(source, encoding="utf-8")
    before = files(tiny.corpus)
    with pytest.raises(CorpusError) as caught:
        add(tiny.corpus, note)
    assert str(caught.value).startswith(said)
    assert files(tiny.corpus) == before


def test_a_manifest_that_takes_no_more_files_is_left_as_it_was(tiny: Config, note: Path) -> None:
    path = tiny.corpus / "manifest.toml"
    head, _, rest = path.read_text(encoding="utf-8").partition("\n[[files]]")
    digest = rest.partition('sha256 = "')[2][:64]
    text = 'slug = "a", type = "letter", language = "fr", title = { fr = "a", en = "a" }'
    row = f'path = "texts/lettre-a-jeanne.txt", sha256 = "{digest}", rights = "x", texts = [{{ {text} }}]'
    path.write_text(f"files = [{{ {row} }}]\n{head}", encoding="utf-8")
    read_manifest(tiny.corpus)
    before = files(tiny.corpus)
    with pytest.raises(
        CorpusError, match=r"manifest\.toml: no file can be put at the end; write its `files` as"
    ):
        add(tiny.corpus, note)
    assert files(tiny.corpus) == before


def test_a_file_of_the_name_of_one_in_another_directory_is_refused(tiny: Config, note: Path) -> None:
    (tiny.corpus / "texts" / "1936").mkdir()
    (tiny.corpus / "texts" / "lettre-a-jeanne.txt").rename(tiny.corpus / "texts" / "1936" / "mot.txt")
    path = tiny.corpus / "manifest.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("texts/lettre-a-jeanne", "texts/1936/mot"), encoding="utf-8"
    )
    with pytest.raises(CorpusError, match=r"texts/mot\.txt: a file of that name is there; rename it"):
        add(tiny.corpus, note)


def test_annotations_that_wait_for_their_text_are_not_written_over(tiny: Config, note: Path) -> None:
    (tiny.corpus / "annotations" / "mot.yaml").write_text("text: mot\n", encoding="utf-8")
    before = files(tiny.corpus)
    with pytest.raises(
        CorpusError, match=r"annotations/mot\.yaml: there are annotations of that name already"
    ):
        add(tiny.corpus, note)
    assert files(tiny.corpus) == before


def test_what_an_editor_leaves_beside_annotations_is_no_mistake(tiny: Config) -> None:
    for name in (".mot.yaml", "._mot.yaml", "mot.yaml~", "notes.txt"):
        (tiny.corpus / "annotations" / name).write_text("x", encoding="utf-8")
    assert read_material(tiny).documents


@pytest.mark.parametrize(("title", "slug"), [("Mot", "Été"), ("?!", None)])
def test_a_text_without_a_slug_is_refused(tiny: Config, note: Path, title: str, slug: str | None) -> None:
    before = files(tiny.corpus)
    with pytest.raises(CorpusError, match="is not a slug; give a --slug of a-z, 0-9 and single hyphens"):
        add(tiny.corpus, note, title=title, slug=slug)
    assert files(tiny.corpus) == before


def test_a_title_with_control_characters_leaves_a_manifest_that_reads(tiny: Config, note: Path) -> None:
    add(tiny.corpus, note, title='Mot\x01 "de\x7f \\ Paul"')
    assert read_manifest(tiny.corpus).files[-1].texts[0].title["fr"] == 'Mot  "de  \\ Paul"'


def test_an_empty_corpus_takes_its_first_text(tiny: Config, note: Path) -> None:
    path = tiny.corpus / "manifest.toml"
    path.write_text(path.read_text(encoding="utf-8").partition("\n[[files]]")[0], encoding="utf-8")
    add(tiny.corpus, note)
    assert [file.path for file in read_manifest(tiny.corpus).files] == ["texts/mot.txt"]


def test_the_example_is_called_alike_by_the_manifest_and_by_the_list(tiny: Config) -> None:
    (text,) = read_manifest(tiny.corpus).files[0].texts
    assert text.title == read_material(tiny).context.entities["letter/lettre-a-jeanne"].names
    assert text.title["en"] == "Letter to Jeanne"

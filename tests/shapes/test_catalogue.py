"""What a release says of itself conforms, and each shape of the catalogue finds what is missing."""

from pathlib import Path

import pytest

from sergekg.assets import asset_dir
from sergekg.build import publish as publishing
from sergekg.build.publish import publish
from sergekg.build.run import Assembly
from sergekg.config import Config
from sergekg.errors import BuildError
from sergekg.release import Release, ReleaseError, current_release
from sergekg.validate.shacl import run_shapes


@pytest.fixture(scope="module")
def catalogue(release: Release) -> list[str]:
    """The lines of the catalogue of the real release."""
    files = (release.catalogue / name for name in ("void.nq", "dcat.nq"))
    return [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_catalogue_of_the_release_conforms(catalogue: list[str]) -> None:
    assert run_shapes(catalogue, asset_dir("shapes"), "catalogue").conforms


MISSING = [
    ("no dataset", "dcat#dataset>", "The catalogue shows no dataset."),
    ("no publisher", "catalogue> <http://purl.org/dc/terms/publisher>", "The catalogue has no publisher."),
    ("no English title", "@en", "A dataset has a title in French and one in English."),
    ("no licence", "dc/terms/license>", "A dataset has a licence."),
    ("no downloads", "dcat#distribution>", "A dataset can be downloaded."),
    ("no media type", "dcat#mediaType>", "A download has a media type."),
    ("no size", "dcat#byteSize>", "A download has a size."),
    ("no checksum", "terms#checksumValue>", "A download has a SHA-256 checksum."),
    ("no count", "void#triples>", "A VoID dataset says how many triples it has."),
    ("no predicate of links", "void#linkPredicate>", "A linkset names its predicate."),
    ("no subjects of links", "void#subjectsTarget>", "A linkset says where it starts."),
    ("no objects of links", "void#objectsTarget>", "A linkset says where it leads."),
]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(*case[1:], id=case[0], marks=pytest.mark.slow if number % 3 else ())
        for number, case in enumerate(MISSING)
    ],
)
def test_what_a_catalogue_leaves_out_is_said(catalogue: list[str], words: str, said: str) -> None:
    kept = [line for line in catalogue if words not in line]
    assert len(kept) < len(catalogue)
    report = run_shapes(kept, asset_dir("shapes"), "catalogue")
    assert said in {finding.message("en") for finding in report.findings}


def test_a_catalogue_that_does_not_conform_stops_the_release(
    tiny: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(_work: Path, _about: object, _assembly: Assembly) -> list[str]:
        return [
            "<urn:c> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://www.w3.org/ns/dcat#Catalog> ."
        ]

    monkeypatch.setattr(publishing, "write_extras", write)
    with pytest.raises(BuildError, match="The catalogue"):
        publish(tiny, publishing.assemble(tiny))
    with pytest.raises(ReleaseError):
        current_release(tiny.releases)

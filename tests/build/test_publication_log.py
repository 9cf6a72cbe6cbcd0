"""The log of publications takes nothing that it could not read again."""

from pathlib import Path

import pytest

from sergekg.build.history import record_publication
from sergekg.errors import ReleaseError
from sergekg.history import read_history
from sergekg.iris import Iris

IRIS = Iris("https://example.org/")


@pytest.mark.parametrize("modified", ["12 mai 2026", "2026-05", "2026-05-12Z"])
def test_a_publication_without_a_day_is_refused_and_the_log_stays_as_it_was(
    tmp_path: Path, modified: str
) -> None:
    about = {"digest": "a", "version": "1", "modified": "2026-05-11"}
    record_publication(tmp_path, about, [], [], IRIS)
    files = sorted(tmp_path.rglob("*"))
    with pytest.raises(
        ReleaseError, match=f"the release is of '{modified}', which is no day; give `modified` as YYYY"
    ):
        record_publication(tmp_path, {**about, "digest": "b", "modified": modified}, [], [], IRIS)
    assert sorted(tmp_path.rglob("*")) == files
    assert [publication.digest for publication in read_history(tmp_path).publications] == ["a"]

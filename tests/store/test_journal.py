"""A journal has each record whole or not at all, whatever killed its writer."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.store.delta import Delta, canonical, lines_of, note_originals, parse
from sergekg.store.journal import Journal

DELTAS = [
    Delta(add=b"<http://e/s> <http://e/p> \"1.50\"^^<http://www.w3.org/2001/XMLSchema#decimal> <http://e/g> .\n"),
    Delta(add=b"_:a <http://e/p> <http://e/o> <http://e/g> .\n", create=("http://e/empty",)),
    Delta(remove=b"<http://e/s> <http://e/p> \"1.5\"^^<http://www.w3.org/2001/XMLSchema#decimal> <http://e/g> .\n"),
]  # fmt: skip


def _written(path: Path) -> bytes:
    journal = Journal(path, "digest")
    for delta in DELTAS:
        journal.append(delta)
    journal.close()
    return path.read_bytes()


def _read(path: Path) -> list[Delta]:
    journal = Journal(path, "digest")
    found = list(journal.replay())
    assert journal.sequence == len(found)
    journal.close()
    return found


def test_what_is_appended_is_replayed_in_order(tmp_path: Path) -> None:
    _written(tmp_path / "journal")
    assert _read(tmp_path / "journal") == DELTAS


def test_a_journal_cut_at_any_byte_keeps_every_record_before_the_cut(tmp_path: Path) -> None:
    data = _written(tmp_path / "journal")
    lengths = set()
    for cut in range(0, len(data), 5):
        path = tmp_path / "cut"
        path.write_bytes(data[:cut])
        found = _read(path)
        assert found == DELTAS[: len(found)]
        lengths.add(len(found))
        journal = Journal(path, "digest")
        journal.append(DELTAS[0])
        journal.close()
        assert _read(path) == [*found, DELTAS[0]]
    assert lengths == {0, 1, 2}


def test_damage_before_the_end_stops_the_server(tmp_path: Path) -> None:
    data = _written(tmp_path / "journal")
    place = data.index(b"1.50")
    (tmp_path / "journal").write_bytes(data[:place] + b"9" + data[place + 1 :])
    with pytest.raises(ValueError, match="damaged at byte 0"):
        Journal(tmp_path / "journal", "digest")


def test_one_process_has_the_journal_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sergekg.store.journal._PATIENCE", 0.1)
    first = Journal(tmp_path / "journal", "digest")
    with pytest.raises(OSError, match="another server"):
        Journal(tmp_path / "journal", "digest")
    first.close()
    Journal(tmp_path / "journal", "digest").close()


def test_to_replay_twice_changes_nothing_more() -> None:
    once, twice = ox.Store(), ox.Store()
    for store, times in ((once, 1), (twice, 2)):
        for _ in range(times):
            for delta in DELTAS:
                delta.apply(store, union=True)
    assert lines_of(once) == lines_of(twice)


_LITERALS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(lambda d: f'"{d}"^^<http://www.w3.org/2001/XMLSchema#decimal>'),
    st.integers(-(2**40), 2**40).map(lambda n: f'"{n:+05d}"^^<http://www.w3.org/2001/XMLSchema#int>'),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters='"\\\n\r', exclude_categories=["C"])).map('"{}"@fr'.format),
)  # fmt: skip


@given(st.lists(_LITERALS, max_size=8))
def test_what_a_store_gives_back_leads_to_what_was_written(literals: list[str]) -> None:
    lines = [
        f"<http://e/s{n}> <http://e/p> {literal} <http://e/g> .\n".encode()
        for n, literal in enumerate(literals)
    ]
    delta, store, originals = Delta(add=b"".join(lines)), ox.Store(), dict[bytes, bytes]()
    delta.apply(store, union=False)
    note_originals(originals, delta)
    assert {originals.get(line, line) for line in lines_of(store)} == set(lines)
    assert lines_of(store) == {canonical(quad) for quad in parse(delta.add)}

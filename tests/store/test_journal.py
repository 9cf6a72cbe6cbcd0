"""A journal has each record whole or not at all, whatever killed its writer."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.store.delta import Delta, canonical, lines_of, note_originals, parse
from sergekg.store.journal import Journal, JournalDamaged, count_writes

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


def test_writes_are_counted_while_another_has_the_journal(tmp_path: Path) -> None:
    assert count_writes(tmp_path / "journal") == 0
    data = _written(tmp_path / "journal")
    writer = Journal(tmp_path / "journal", "digest")
    assert count_writes(tmp_path / "journal") == len(DELTAS)
    writer.close()
    (tmp_path / "journal").write_bytes(data[:-1])
    assert count_writes(tmp_path / "journal") == len(DELTAS) - 1


def test_damage_before_the_end_stops_the_server(tmp_path: Path) -> None:
    data = _written(tmp_path / "journal")
    place = data.index(b"1.50")
    (tmp_path / "journal").write_bytes(data[:place] + b"9" + data[place + 1 :])
    with pytest.raises(ValueError, match="damaged at byte 0"):
        Journal(tmp_path / "journal", "digest")


@pytest.mark.slow
def test_no_damaged_byte_takes_a_record_away(tmp_path: Path) -> None:
    data = _written(tmp_path / "journal")
    for place in range(len(data)):
        for byte in (data[place] ^ 1, data[place] ^ 32, ord("9")):  # a space becomes NUL
            (tmp_path / "journal").write_bytes(data[:place] + bytes([byte]) + data[place + 1 :])
            try:
                found = _read(tmp_path / "journal")
            except ValueError:
                continue
            assert found == DELTAS  # the time of a record, or the digest of a release


def test_damage_to_the_last_record_is_told_where_it_is_there_in_full(tmp_path: Path) -> None:
    data = _written(tmp_path / "journal")
    place = data.rindex(b"1.5")
    (tmp_path / "journal").write_bytes(data[:place] + b"9" + data[place + 1 :])
    with pytest.raises(ValueError, match="is damaged at byte"):
        Journal(tmp_path / "journal", "digest")
    (tmp_path / "journal").write_bytes(data[:place] + bytes(len(data) - place))  # as after a power cut
    assert _read(tmp_path / "journal") == DELTAS[:2]


def test_who_has_a_hole_in_the_last_record_is_told_how_to_give_it_up(tmp_path: Path) -> None:
    data = _written(tmp_path / "journal")
    last, place = data.index(b'{"sequence": 3'), data.rindex(b"1.5")
    (tmp_path / "journal").write_bytes(data[:place] + bytes(3) + data[place + 3 :])
    with pytest.raises(ValueError, match=f"at byte {last}; .*: truncate -s {last} {tmp_path}/journal$"):
        Journal(tmp_path / "journal", "digest")
    os.truncate(tmp_path / "journal", last)
    assert _read(tmp_path / "journal") == DELTAS[:2]
    place = data.index(b"1.50")
    (tmp_path / "journal").write_bytes(data[:place] + bytes(3) + data[place + 3 :])
    with pytest.raises(ValueError, match=r"restore it from a copy$"):
        Journal(tmp_path / "journal", "digest")


def test_a_record_that_is_missing_stops_the_server(tmp_path: Path) -> None:
    data = _written(tmp_path / "journal")
    second = data.index(b'{"sequence": 2')
    (tmp_path / "journal").write_bytes(data[second:])
    with pytest.raises(ValueError, match="damaged at byte 0"):
        Journal(tmp_path / "journal", "digest")


def test_one_process_has_the_journal_at_a_time(tmp_path: Path) -> None:
    first = Journal(tmp_path / "journal", "digest")
    with pytest.raises(OSError, match="another server"):
        Journal(tmp_path / "journal", "digest", patience=0.1)
    first.close()
    Journal(tmp_path / "journal", "digest").close()


def _numbered(number: int, size: int = 0) -> Delta:
    return Delta(add=f'<http://e/s> <http://e/p> "{number}{"x" * size}" <http://e/g> .\n'.encode())


_FULL = """
import resource, sys
from pathlib import Path
from sergekg.store.delta import Delta
from sergekg.store.journal import Journal

line = b'<http://e/s> <http://e/p> "%s" <http://e/g> .\\n'
journal = Journal(Path(sys.argv[1]), "digest")
journal.append(Delta(add=line % b"0"))
size = Path(sys.argv[1]).stat().st_size
for length in (500, 5000, 500_000):
    for share in (0, 0.1, 0.5, 0.999):
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + int(length * share), resource.RLIM_INFINITY))
        try:
            journal.append(Delta(add=line % (b"x" * length)))
        except OSError:
            print("refused", Path(sys.argv[1]).stat().st_size - size)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(journal.append(Delta(add=line % b"1")), journal.append(Delta(add=line % b"2")))
journal.close()
"""


def test_what_a_full_disk_refused_never_comes_into_force(tmp_path: Path) -> None:
    """The system ends the file in the middle of a record; then there is room again."""
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path / "journal")], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["refused 0"] * 12 + ["2 3"]
    assert _read(tmp_path / "journal") == [_numbered(number) for number in range(3)]


def test_what_could_not_be_cut_off_is_cut_off_before_the_next_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    journal = Journal(tmp_path / "journal", "digest")
    journal.append(_numbered(0))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        patch.setattr(os, "ftruncate", fail)
        for _ in range(2):
            with pytest.raises(OSError, match="Input/output"):
                journal.append(_numbered(7))
    assert journal.append(_numbered(1)) == 2
    journal.close()
    assert _read(tmp_path / "journal") == [_numbered(0), _numbered(1)]


_WRITER = """
import sys
from pathlib import Path
from sergekg.store.delta import Delta
from sergekg.store.journal import Journal

journal = Journal(Path(sys.argv[1]), "digest")
number = journal.sequence
while True:
    text = str(number) + "x" * (number % 3 * 200_000)
    journal.append(Delta(add=f'<http://e/s> <http://e/p> "{text}" <http://e/g> .\\n'.encode()))
    print(number, flush=True)
    number += 1
"""


def test_a_writer_killed_while_it_writes_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    for acknowledged in (1, 5, 12, 20):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path / "journal")], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            while int(last := next(writer.stdout)) < acknowledged:
                pass
            writer.kill()
            last = ([last, *writer.stdout])[-1]
        found = _read(tmp_path / "journal")
        assert found == [_numbered(n, n % 3 * 200_000) for n in range(len(found))]
        assert int(last) < len(found) <= int(last) + 2


@pytest.mark.parametrize("is_replaced", [False, True], ids=["moved", "replaced"])
def test_nothing_is_written_to_a_journal_that_is_no_longer_under_its_name(
    tmp_path: Path, is_replaced: bool
) -> None:
    path = tmp_path / "journal"
    journal = Journal(path, "digest")
    journal.append(DELTAS[0])
    path.rename(tmp_path / "moved")
    if is_replaced:
        path.write_bytes((tmp_path / "moved").read_bytes())
    with pytest.raises(OSError, match="journal was moved or removed"):
        journal.append(DELTAS[1])
    (tmp_path / "moved").replace(path)
    assert journal.append(DELTAS[2]) == 2
    journal.close()
    assert _read(path) == [DELTAS[0], DELTAS[2]]


def test_what_is_taken_back_was_never_there(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", "digest")
    journal.append(DELTAS[0])
    journal.append(DELTAS[1])
    for _ in range(2):  # there is one record to take back, not another behind it
        journal.take_back()
    assert journal.append(DELTAS[2]) == 2
    journal.close()
    assert _read(tmp_path / "journal") == [DELTAS[0], DELTAS[2]]


def test_what_is_taken_back_leaves_the_mark_of_what_came_before(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", "digest")
    journal.append(Delta(create=("http://e/g",)))
    mark = journal.mark
    journal.append(Delta(create=("http://e/h",)))
    assert journal.mark != mark
    journal.take_back()
    assert journal.mark == mark
    journal.close()


def test_a_new_journal_is_known_to_its_directory_before_it_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut a file may be there without its name."""
    synced: list[Path] = []
    monkeypatch.setattr("sergekg.store.journal._sync_directory", synced.append)
    for _ in range(2):
        Journal(tmp_path / "journal", "digest").close()
    assert synced == [tmp_path]


@pytest.mark.parametrize(
    "later",
    [
        Delta(
            remove=b'<http://e/s> <http://e/p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> <http://e/g> .\n'
        ),
        Delta(
            add=b'<http://e/s> <http://e/p> "1"^^<http://www.w3.org/2001/XMLSchema#integer> <http://e/g> .\n'
        ),
    ],
    ids=["removed", "written anew"],
)
def test_the_form_of_a_literal_that_is_gone_does_not_come_back(later: Delta) -> None:
    originals: dict[bytes, bytes] = {}
    first = b'<http://e/s> <http://e/p> "01"^^<http://www.w3.org/2001/XMLSchema#integer> <http://e/g> .\n'
    note_originals(originals, Delta(add=first))
    assert list(originals.values()) == [first]
    note_originals(originals, later)
    assert not originals


def test_a_graph_that_was_dropped_is_gone_from_the_union_of_a_release_that_has_more_in_it() -> None:
    store = ox.Store()
    lines = b"".join(
        b"<http://e/%s> <http://e/p> <http://e/o> <http://e/%s> .\n" % pair
        for pair in ((b"old", b"g"), (b"new", b"g"), (b"both", b"g"), (b"both", b"h"))
    )
    Delta(add=lines).apply(store, union=True)
    Delta(remove=lines.partition(b"\n")[0] + b"\n", drop=("http://e/g",)).apply(store, union=True)
    assert {line.partition(b" ")[0] for line in lines_of(store)} == {b"<http://e/both>"}
    assert len(store) == 2


def test_a_journal_goes_on_over_another_release(tmp_path: Path) -> None:
    _written(tmp_path / "journal")
    journal = Journal(tmp_path / "journal", "another digest")
    assert list(journal.replay()) == DELTAS
    assert journal.append(DELTAS[0]) == len(DELTAS) + 1
    journal.close()
    assert _read(tmp_path / "journal") == [*DELTAS, DELTAS[0]]


def test_a_union_takes_no_triple_without_a_graph() -> None:
    """It would be in the default graph and in no other, where no write could take it away."""
    store = ox.Store()
    Delta(add=b"<http://e/s> <http://e/p> <http://e/o> .\n").apply(store, union=False)
    with pytest.raises(ValueError, match="without a graph"):
        Delta(add=b"<http://e/s> <http://e/p> <http://e/o> .\n").apply(ox.Store(), union=True)
    assert len(store) == 1


def test_a_journal_with_triples_of_no_graph_is_refused(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal", "digest")
    journal.append(DELTAS[0])
    journal.append(Delta(add=b"<http://e/s> <http://e/p> <http://e/o> .\n"))
    journal.close()
    with pytest.raises(JournalDamaged, match="write 2 of journal has a triple without a graph"):
        Journal(tmp_path / "journal", "digest")


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

"""Files that appear whole, and for whom."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sergekg.build.artefacts import Cache
from sergekg.files import named_output, written_whole
from sergekg.model.report import Report
from sergekg.release import switch_to
from sergekg.web.saved import save_query


@pytest.fixture(params=[0o022, 0o027], ids=["for everybody", "for the group"])
def mode(request: pytest.FixtureRequest) -> Iterator[int]:
    """The rights of a new file, under a umask."""
    before = os.umask(request.param)
    yield 0o666 & ~request.param
    os.umask(before)


def test_a_file_has_the_rights_of_any_new_file(tmp_path: Path, mode: int) -> None:
    with written_whole(tmp_path / "x") as file:
        file.write(b"whole")
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == mode
    assert (tmp_path / "x").read_bytes() == b"whole"


def test_whoever_may_read_new_files_may_read_which_release_is_in_service(tmp_path: Path, mode: int) -> None:
    switch_to(tmp_path, "a" * 64)
    assert stat.S_IMODE((tmp_path / "current").stat().st_mode) == mode


def test_whoever_may_read_new_files_may_read_kept_queries(tmp_path: Path, mode: int) -> None:
    save_query(tmp_path, "ASK {}", "a" * 64, "1")
    assert [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()] == [mode]


def test_whoever_may_read_new_files_may_read_what_is_kept_of_a_build(tmp_path: Path, mode: int) -> None:
    Cache(tmp_path).keep_report("x", Report([], ""))
    assert [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()] == [mode]


def test_a_file_that_breaks_off_leaves_the_earlier_one(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"earlier")

    def write() -> None:
        with written_whole(tmp_path / "x") as file:
            file.write(b"brok")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write()
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x", b"earlier")]


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with named_output(pipe) as file:
            file.write(b"text")
        assert os.read(reader, 10) == b"text"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_link_leads_to_the_file_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    with named_output(tmp_path / "link") as file:
        file.write(b"text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"text"


@pytest.mark.parametrize("place", ["nowhere/x", "file/x"])
def test_a_place_that_cannot_be_written_is_called_by_its_name(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="directory") as caught, named_output(tmp_path / place):
        pass
    assert caught.value.filename == str(tmp_path / place)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_standard_output_keeps_what_the_file_behind_it_holds(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"kept\n")
    program = (
        "from pathlib import Path; from sergekg.files import named_output\n"
        "with named_output(Path('/dev/stdout')) as file: file.write(b'new')"
    )
    with log.open("ab") as out:
        subprocess.run([sys.executable, "-c", program], stdout=out, check=True)
    assert log.read_bytes() == b"kept\nnew"


def test_links_that_lead_in_a_circle_are_an_error_of_the_system(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OSError, match="symbolic links"), named_output(tmp_path / "a"):
        pass

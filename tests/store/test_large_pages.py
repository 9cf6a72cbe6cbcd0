"""What a process has for itself goes into large pages, with its contents, and what it shares stays shared."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sergekg.store.large_pages import gather_own

_SETTING = Path("/sys/kernel/mm/transparent_hugepage/enabled")
_PROGRAM = """
import os
from sergekg.store.large_pages import gather_own

def megabytes(name):
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name + ":")) >> 10

data = bytearray(os.urandom(4096) * 8192)  # 32 MiB
begin = bytes(data[:4096])
if os.fork() == 0:
    for at in range(0, len(data) // 2, 4096):
        data[at] ^= 1
    shared, large = megabytes("Shared_Dirty"), megabytes("AnonHugePages")
    steps = sum(1 for _ in gather_own())
    kept = bytes(data[-4096:]) == begin and all(data[at] == begin[0] ^ 1 for at in range(0, 8 << 20, 4096))
    print(steps, megabytes("AnonHugePages") - large, shared - megabytes("Shared_Dirty"), kept, flush=True)
    os._exit(0)
os.wait()
"""


def _has_large_pages() -> bool:
    release = tuple(int(part) for part in os.uname().release.split(".")[:2] if part.isdecimal())
    return sys.platform == "linux" and release >= (6, 1) and "[never]" not in _SETTING.read_text()


@pytest.mark.skipif(not _SETTING.is_file() or not _has_large_pages(), reason="no large pages here")
def test_what_a_process_has_written_goes_into_large_pages_and_the_rest_stays_shared() -> None:
    ran = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    steps, large, less_shared, is_kept = ran.stdout.split()
    assert int(steps) >= 6
    assert int(large) >= 12
    assert int(less_shared) <= 4
    assert is_kept == "True"


def test_where_nothing_is_known_of_pages_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_path: Path, *_args: object, **_named: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", gone)
    assert list(gather_own()) == []

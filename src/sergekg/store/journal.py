"""The journal of what was written to a served release; it stands beside the releases and outlives them.

    {"sequence": 1, "time": "2026-11-21T06:40:00Z", "release": "3404…", "bytes": 412, "sha256": "9f2c…"}
    {"add": 211, ...}                     the delta, see `delta`
    ...

Each record is a line of JSON, then so many bytes of a delta. A record is in force once it is whole on disk.
What a killed process left half-written at the end is cut off: a record that is short, or ends in zeros.
Other damage stops the server.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sergekg.store.delta import Delta

NAME = "journal"
"""What it is called among the releases."""
_BEGINNING = b'{"sequence": '
"""How a record begins, and no line of a delta."""
_PATIENCE = 10.0
"""Seconds to wait for another process to let go of the journal."""


class JournalTaken(OSError):
    """Another process has the journal."""


class JournalDamaged(ValueError):
    """What was written cannot be read whole."""


class Journal:
    """An open journal; one process has it at a time.

    Args:
        release: the digest that new records name.

        patience: seconds to wait for another process to let go of it.

    Raises:
        JournalTaken: another process has it.
        JournalDamaged: a record is not whole, other than by an end that was not written, one is missing, or
            has a triple without a graph.
        OSError: it cannot be written.
    """

    def __init__(self, path: Path, release: str, patience: float = _PATIENCE) -> None:
        self.path = path
        self.release = release
        self.sequence = 0
        self.mark = self._mark_before = ""
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        # unbuffered: what a full disk refuses must not wait in memory until there is room again
        self._file = path.open("ab", buffering=0)
        self._before = self._end = 0
        try:
            self._lock(patience)
            if is_new:
                _sync_directory(path.parent)
            self._mend()
        except BaseException:
            self._file.close()
            raise

    def replay(self) -> Iterator[Delta]:
        """Every delta, in the order they were written."""
        for _, _, delta in self._records():
            yield delta

    def append(self, delta: Delta) -> int:
        """Write a delta down; returns its number once it would survive a power cut.

        Raises:
            OSError: the disk is full or gone, or the file is no longer under its name, where the next server
                will look for it; nothing of the record stays in force.
        """
        self._check_place()
        data = delta.to_bytes()
        head = {
            "sequence": self.sequence + 1,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "release": self.release,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        self._cut()  # what an append before could not take back
        record = memoryview(json.dumps(head).encode() + b"\n" + data)
        try:
            rest = record
            while rest:
                rest = rest[os.write(self._file.fileno(), rest) :]
            os.fsync(self._file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                self._cut()
            raise
        self._before, self._end = self._end, self._end + len(record)
        self.sequence += 1
        self._mark_before, self.mark = self.mark, _mark(self.mark, str(head["sha256"]))
        return self.sequence

    def take_back(self) -> None:
        """Take the record that was appended last off again: it turned out that it cannot come into force.

        Raises:
            OSError: the disk is gone.
        """
        if self._before < self._end:
            self._end, self.mark = self._before, self._mark_before
            self.sequence -= 1
            self._cut()

    def close(self) -> None:
        """Let another process have it."""
        self._file.close()

    def _records(self) -> Iterator[tuple[int, str, Delta]]:
        """Each record behind the offset of its end and its mark.

        Stops where the end of the last one was not written.

        Raises:
            JournalDamaged: one is not whole for another reason, or is missing.
        """
        with self.path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            position, number, mark = 0, 0, ""
            while position < size:
                line = file.readline()
                start = position + len(line)
                try:
                    head = json.loads(line)
                    data = file.read(min(head["bytes"], size))
                    is_whole = hashlib.sha256(data).hexdigest() == head["sha256"]
                    follows = head["sequence"] == number + 1
                except (ValueError, KeyError, TypeError):
                    head, data, is_whole, follows = None, b"", False, True
                if not (is_whole and follows):
                    if head is None:
                        is_short = not line.endswith(b"\n")
                    else:  # what a power cut left unwritten is missing, or zeros up to the end
                        claimed = start + head["bytes"]
                        is_short = claimed > size or (claimed == size and data.endswith(b"\0"))
                    file.seek(start)  # a length that is itself damaged may claim all that comes after
                    is_last = follows and not any(later.startswith(_BEGINNING) for later in file)
                    if is_last and is_short:
                        return
                    remedy = "restore it from a copy"
                    if is_last and head is not None:  # a disk may lose a part of what was not synced yet
                        remedy += f", or give its last write up: truncate -s {position} {self.path}"
                    raise JournalDamaged(f"{self.path.name} is damaged at byte {position}; {remedy}")
                number += 1
                position = start + len(data)
                mark = _mark(mark, head["sha256"])
                delta = Delta.from_bytes(data)
                if not delta.is_placed:  # it would be in a union, and in no graph of it
                    raise JournalDamaged(
                        f"write {number} of {self.path.name} has a triple without a graph, as only an earlier"
                        " version took them; move the journal away"
                    )
                yield position, mark, delta

    def _mend(self) -> None:
        """Cut off what a killed process left half-written."""
        for number, (end, mark, _) in enumerate(self._records(), 1):
            self.sequence, self.mark, self._end = number, mark, end
        self._before = self._end
        self._cut()

    def _check_place(self) -> None:
        """See that the file which is open is the one under the name: it may be moved, removed or put back."""
        try:
            is_there = os.path.samestat(os.fstat(self._file.fileno()), self.path.stat())
        except FileNotFoundError:
            is_there = False
        if not is_there:
            raise OSError(f"{self.path.name} was moved or removed; restart the server")

    def _cut(self) -> None:
        """Cut off what stands behind the last record in force."""
        if os.fstat(self._file.fileno()).st_size > self._end:
            os.ftruncate(self._file.fileno(), self._end)
            os.fsync(self._file.fileno())

    def _lock(self, patience: float) -> None:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise JournalTaken(f"another server writes to {self.path.name}") from None
                time.sleep(0.1)


def _mark(before: str, digest: str) -> str:
    """Names all that was written up to a record: a journal may be cut, or put back, and go on otherwise."""
    return hashlib.sha256(f"{before} {digest}".encode()).hexdigest()[:12]


def count_writes(path: Path) -> int:
    """How many writes a journal holds: its whole records, or those before the first that is damaged.

    Nothing is locked or mended: another process may be writing.
    """
    count = 0
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError, TypeError), path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        while line := file.readline():
            if file.seek(json.loads(line)["bytes"], os.SEEK_CUR) > size:
                break
            count += 1
    return count


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

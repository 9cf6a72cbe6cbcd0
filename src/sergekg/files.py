"""Puts a file under its name only once it is whole, with the rights of any new file."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def written_whole(path: Path, *, is_cache: bool = False) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `path` when the block ends well, and else is gone.

    Every user may read it whom the umask lets read a new file: a temporary file of the standard library is
    its owner's alone, and who serves is often not who built.

    Args:
        is_cache: it can be made again, and need not survive a power cut.

    Raises:
        OSError: the disk is full, or the directory cannot be written.
    """
    work = path.with_name(f".new-{secrets.token_hex(8)}")
    try:
        opened = work.open("xb")
    except OSError as error:
        error.filename = str(path)  # the name that a user knows
        raise
    try:
        with opened as file:
            yield file
            file.flush()
            if not is_cache:
                os.fsync(file.fileno())
        work.replace(path)
    except BaseException:
        work.unlink(missing_ok=True)
        raise


@contextmanager
def named_output(path: Path) -> Iterator[BinaryIO]:
    """What a user named to be written: a file whole, through links; a device or a pipe as it comes.

    Raises:
        OSError: it cannot be written.
    """
    is_special = path.absolute().is_relative_to("/dev") or path.absolute().is_relative_to("/proc")
    if is_special or (path.exists() and not path.is_file()):  # /dev/stdout may be a file that holds something
        with path.open("ab") as file:
            yield file
        return
    try:
        target = path.resolve()
    except RuntimeError as cause:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from cause
    with written_whole(target) as file:
        yield file

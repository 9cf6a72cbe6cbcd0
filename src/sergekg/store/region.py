"""Memory that a query worker and the web process share: results are read where they were written.

What goes through a socket is copied into the system's memory and out again, piece by piece, and each piece
wakes who reads, often on the processor that the worker computes on.
"""

from __future__ import annotations

import mmap
import os
import tempfile

SIZE = 4 << 20
"""Bytes of a region; a result that is larger begins again where it began."""


def new_region() -> int:
    """The descriptor of a new region, which the system gives up with its last descriptor and mapping.

    Raises:
        OSError: the system has none to give.
    """
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("sergekg result")
    else:
        with tempfile.TemporaryFile() as file:
            handle = os.dup(file.fileno())
    os.ftruncate(handle, SIZE)
    return handle


def open_region(handle: int) -> mmap.mmap:
    """The region of a descriptor, which is closed.

    Raises:
        OSError: this process has no room for it.
    """
    try:
        return mmap.mmap(handle, SIZE)
    finally:
        os.close(handle)

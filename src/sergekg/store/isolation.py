"""Takes the network from a process, for good.

What a query may reach is judged from its text, before an engine reads it. This is for a text of which the
judge and the engine think differently: the embedded engine asks any endpoint that it finds in a query, and
nothing tells it not to.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys

_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _SPEC_ALLOW = 1, 1 << 2
"""Of seccomp(2); the second leaves the processor as fast as it was."""
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
"""Of the machine that filters run on (bpf(4), linux/filter.h)."""
_NUMBER, _ARCHITECTURE = 0, 4
"""Where these stand in `struct seccomp_data` (linux/seccomp.h)."""
_ERRNO, _ALLOW = 0x00050000, 0x7FFF0000
_MACHINES = {"x86_64": (0xC000003E, 41, 317), "aarch64": (0xC00000B7, 198, 277)}
"""What names the architecture (linux/audit.h), and the numbers of socket(2) and seccomp(2) there."""


class _Instruction(ctypes.Structure):
    _fields_ = (
        ("code", ctypes.c_ushort),
        ("if_true", ctypes.c_ubyte),
        ("if_false", ctypes.c_ubyte),
        ("value", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def leave_network() -> bool:
    """Have Linux refuse this thread, and those that it starts, every new socket; those that it has stay.

    Returns:
        False where the system knows no such thing, and nothing has changed.
    """
    machine = _MACHINES.get(os.uname().machine) if sys.platform == "linux" else None
    if machine is None or sys.maxsize < 2**32:
        return False
    architecture, make_socket, seccomp = machine
    steps = (
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_JUMP_IF_EQUAL, 0, 3, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_JUMP_IF_EQUAL, 0, 1, make_socket),
        (_RETURN, 0, 0, _ERRNO | errno.EACCES),
        (_RETURN, 0, 0, _ALLOW),
    )
    program = _Program(len(steps), (_Instruction * len(steps))(*(_Instruction(*step) for step in steps)))
    system = ctypes.CDLL(None)
    if system.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return any(
        system.syscall(seccomp, _SET_MODE_FILTER, flags, ctypes.byref(program)) == 0
        for flags in (_SPEC_ALLOW, 0)  # older systems do not know the first
    )

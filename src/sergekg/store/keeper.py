"""The keeper: a process with one thread that has the store and forks query workers.

A process with threads must not fork, and the web has threads; this one has none. A store in memory is loaded
here once and shared by the workers that are forked from it; a store on disk each worker opens by itself,
read-only, and they share the system's cache of its files.

    python -m sergekg.store.keeper FD '{"kind": "disk", "path": "..."}'
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import json
import logging
import mmap
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from sergekg.store.delta import Delta, note_originals, note_stated, read_originals
from sergekg.store.evaluate import Engine, Oxigraph
from sergekg.store.filling import load_quads
from sergekg.store.isolation import leave_network
from sergekg.store.journal import Journal, JournalDamaged, JournalTaken
from sergekg.store.large_pages import gather_own
from sergekg.store.region import new_region, open_region
from sergekg.store.wire import COMMIT, DONE, ERROR, READY, SPAWN, WRITE, Channel, Frame, pack
from sergekg.store.worker import run_worker
from sergekg.store.writer import run_writer

_LOG = logging.getLogger("sergekg.store")
_PIECE = 64 << 20
"""Bytes of N-Quads that are taken at a time from another process."""


class Keeper:
    """Holds the source of the workers' stores and forks workers on demand.

    Args:
        source: `kind` (`disk`, `memory`), `path` of the store or of the N-Quads, for memory also `files`,
            the N-Quads that the store was made from, and `quads`, how many it holds, `union`, `memory`, the
            bytes that a worker may take, `warm`, whether the store on disk is read ahead, `asks_others`,
            whether a query may ask other endpoints, and for one that is written to `journal`, the path of its
            journal, `originals`, N-Quads with literals as they were written, and `release`, the digest of
            what it begins with.
    """

    def __init__(self, control: socket.socket, source: dict[str, Any]) -> None:
        self.control = control
        self.channel = Channel(control)
        self.source = source
        self.union = bool(source.get("union", True))
        self.journal: Journal | None = None
        self.stated: set[bytes] = set()
        self.settle: Callable[[], Iterator[None]] | None = None
        self.engine: Callable[[], Engine] = self._open()

    def run(self) -> None:
        """Serve requests until the other side closes."""
        if self.source.get("warm"):
            self._warm_up(Path(self.source["path"]))
        self.channel.send(pack(READY, {"pid": os.getpid(), "written": self._written_so_far()}))
        while (frame := self.channel.receive()) is not None:
            self.handle(frame)

    def handle(self, frame: Frame) -> None:
        """One request."""
        if frame.kind == SPAWN:
            memory = int(self.source["memory"])
            self._spawn(lambda sock, region: self._work(sock, region, memory))
        elif frame.kind == WRITE:
            self._spawn(lambda sock, _: self._write(sock, int(self.source["memory"])))
        elif frame.kind == COMMIT:
            self._commit(frame.body)

    def _work(self, sock: socket.socket, region: mmap.mmap, memory: int) -> None:
        if not self.source.get("asks_others"):
            _leave_network()
        run_worker(sock, region, self.engine, memory, self.settle)

    def _write(self, sock: socket.socket, memory: int) -> None:
        _leave_network()  # no other endpoint decides what is written
        run_writer(sock, self._written(), memory, self.stated if self.journal is not None else None)

    def _commit(self, data: bytes) -> None:
        """Write a delta down, then apply it: after a power cut the journal has it whole or not at all.

        What cannot be applied after all is taken off the journal, and this process ends, as its store may
        have a part of it; the next begins without it.
        """
        try:
            delta = Delta.from_bytes(data)
            delta.check()
            if self.journal is not None:
                self.journal.append(delta)
        except (OSError, ValueError) as error:
            self.channel.send(pack(ERROR, {"message": f"the journal cannot be written: {error}"}))
            return
        try:
            written = self._written()
            delta.apply(written.store, union=self.union)
            self._note(written.originals, delta)
        except BaseException as error:
            if self.journal is not None:
                self.journal.take_back()
            with contextlib.suppress(OSError):
                self.channel.send(pack(ERROR, {"message": f"the write cannot be applied: {error}"}))
            raise
        self.channel.send(pack(DONE, {"written": self._written_so_far()}))

    def _note(self, originals: dict[bytes, bytes], delta: Delta) -> None:
        note_originals(originals, delta)
        if self.journal is not None:
            note_stated(self.stated, delta)

    def _written_so_far(self) -> str:
        """Names what the journal holds; nothing where there is none."""
        return f"{self.journal.sequence}-{self.journal.mark}" if self.journal else ""

    def _written(self) -> Oxigraph:
        engine = self.engine()
        assert isinstance(engine, Oxigraph)
        return engine

    def _open(self) -> Callable[[], Engine]:
        union, path = self.union, str(self.source.get("path", ""))
        if self.source["kind"] == "disk":
            return lambda: Oxigraph(ox.Store.read_only(path), union=union)
        if self.source["kind"] == "rdflib":
            from sergekg.store.rdflib_engine import Rdflib

            scratch = ox.Store()
            copy_store(Path(path), scratch)
            slow = Rdflib.load(scratch)
            return lambda: slow
        store = ox.Store()
        if path.endswith(".nq"):
            load_quads(store, Path(path), union=union)
        elif path and not self._load_files(store):
            store = ox.Store()
            copy_store(Path(path), store)
        originals = read_originals(Path(self.source["originals"])) if self.source.get("originals") else {}
        if self.source.get("journal"):
            self.journal = Journal(Path(self.source["journal"]), str(self.source.get("release", "")))
            for delta in self.journal.replay():
                delta.apply(store, union=union)
                self._note(originals, delta)
        engine = Oxigraph(store, union=union, originals=originals)
        self.settle = engine.read_through
        gc.collect()
        gc.freeze()  # keeps the pages that workers share from being written to
        for _ in gather_own():
            pass  # forks then copy few entries of tables, not one for each small page
        return lambda: engine

    def _load_files(self, store: ox.Store) -> bool:
        """Load the files that the store on disk was made from: half the work of reading that store."""
        files = self.source.get("files") or []
        for file in files:
            load_quads(store, Path(file), union=self.union)
        return bool(files) and len(store) == self.source.get("quads")

    def _warm_up(self, directory: Path) -> None:
        """Fork a process that reads the store, which may take as long as the disk needs for it."""
        with contextlib.suppress(OSError):
            if os.fork() == 0:
                with contextlib.suppress(BaseException):
                    self.control.close()
                    warm_up(directory, _memory() // 2)
                os._exit(0)

    def _spawn(self, work: Callable[[socket.socket, mmap.mmap], None]) -> None:
        with contextlib.ExitStack() as held:
            try:
                ours, theirs = (held.enter_context(end) for end in socket.socketpair())
                region = new_region()
                held.callback(os.close, region)
                pid = os.fork()
            except OSError as error:  # no more processes, files or memory: those that there are go on
                self.channel.send(pack(ERROR, {"message": str(error)}))
                return
            if pid == 0:
                with contextlib.suppress(BaseException):
                    held.pop_all()
                    self.control.close()
                    ours.close()
                    if self.journal is not None:
                        self.journal.close()  # or its lock would last as long as this process
                    work(theirs, open_region(region))
                os._exit(0)
            socket.send_fds(self.control, [pack(DONE, {"pid": pid})], [ours.fileno(), region])


def _memory() -> int:
    """Bytes of memory that there are for this process: of the machine, or of its container."""
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with contextlib.suppress(OSError, ValueError):
        found = min(found, int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return found


def _leave_network() -> None:
    if not leave_network():
        _LOG.warning("this system does not take the network from a process; only what queries say is judged")


def copy_store(directory: Path, target: ox.Store) -> None:
    """Load everything that a store on disk has, graph by graph as it is.

    A process of its own reads the disk: the threads that come with that would forbid this one to fork.

    Raises:
        OSError: the store cannot be opened.
    """
    reader, writer = os.pipe()
    with contextlib.suppress(OSError, AttributeError):
        # each time the pipe is full two processes change places, which takes long where others work too
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 1 << 20)
    if (pid := os.fork()) == 0:
        status = 1
        with contextlib.suppress(BaseException):
            os.close(reader)
            with os.fdopen(writer, "wb", buffering=1 << 20) as out:
                ox.Store.read_only(str(directory)).dump(out, ox.RdfFormat.N_QUADS)
            status = 0
        os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb", buffering=1 << 20) as file:
        while lines := file.readlines(_PIECE):
            target.bulk_load(b"".join(lines), format=ox.RdfFormat.N_QUADS)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        raise OSError(f"{directory.name} cannot be read")


def warm_up(directory: Path, most: int) -> None:
    """Read the files of a store, so that queries find them in the system's cache.

    They are read and not only announced: of a file that is announced as a whole Linux reads no more than what
    it reads ahead at a time.

    Args:
        most: bytes to read; those beyond the memory that is there would only drive out the first.
    """
    buffer = bytearray(1 << 20)
    for path in sorted(directory.glob("*.sst")):
        with contextlib.suppress(OSError), path.open("rb", buffering=0) as file:
            while most > 0 and (size := file.readinto(buffer)):
                most -= size


def main() -> None:
    """Serve over the socket whose number is the first argument, from the source that is the second."""
    control = socket.socket(fileno=int(sys.argv[1]))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the web process decides when to stop, by closing
    try:
        keeper = Keeper(control, json.loads(sys.argv[2]))
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries workers
    except (OSError, ValueError, SyntaxError) as error:
        with contextlib.suppress(OSError):
            is_told = isinstance(error, (JournalTaken, JournalDamaged))
            remedy = None if is_told else "build the release again"
            control.sendall(pack(ERROR, {"message": str(error), "remedy": remedy}))
        return
    with contextlib.suppress(ConnectionError):
        keeper.run()
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # a worker that evaluates does not see that nobody waits for it any more


if __name__ == "__main__":
    main()

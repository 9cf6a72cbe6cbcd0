"""Starts Virtuoso 7 (Debian's virtuoso-opensource-7) with settings and a data directory of its own."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers import free_port, wait_for

USER = PASSWORD = "dba"
_SETTINGS = """
[Database]
DatabaseFile = {place}/virtuoso.db
ErrorLogFile = {place}/virtuoso.log
LockFile = {place}/virtuoso.lck
TransactionFile = {place}/virtuoso.trx
xa_persistent_file = {place}/virtuoso.pxa
MaxCheckpointRemap = 2000
[TempDatabase]
DatabaseFile = {place}/temp.db
TransactionFile = {place}/temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
MaxClientConnections = 40
CheckpointInterval = 60
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
MaxQueryMem = 2G
ThreadsPerQuery = 2
AsyncQueueMaxThreads = 10
DirsAllowed = {data}
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = {place}
ServerThreads = 40
MaxKeepAlives = 40
MaxClientConnections = 40
[SPARQL]
ResultSetMaxRows = {rows}
MaxQueryExecutionTime = 120
MaxQueryCostEstimationTime = 100000
DefaultHost = 127.0.0.1:{http}
"""


@dataclass(frozen=True)
class Virtuoso:
    """A running server: its query endpoint, its graph store for who has the password, its SQL port."""

    query: str
    graph_store: str
    sql: int

    def run(self, *statements: str) -> str:
        """Run SQL statements; returns what they print."""
        done = subprocess.run(
            ["isql-vt", f"127.0.0.1:{self.sql}", USER, PASSWORD],
            input=";\n".join((*statements, "")),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def load(self, nquads: Path) -> None:
        """Load a file of N-Quads with the bulk loader of the server, by two loaders at once."""
        self.run(f"ld_dir('{nquads.parent}', '{nquads.name}', 'urn:none')")
        with contextlib.ExitStack() as stack:
            loaders = [
                stack.enter_context(
                    subprocess.Popen(
                        ["isql-vt", f"127.0.0.1:{self.sql}", USER, PASSWORD, "exec=rdf_loader_run()"],
                        stdout=subprocess.DEVNULL,
                    )
                )
                for _ in range(2)
            ]
        assert all(loader.returncode == 0 for loader in loaders)
        self.run("checkpoint")


def is_installed() -> bool:
    """Whether the Debian package is there."""
    return shutil.which("virtuoso-t") is not None and shutil.which("isql-vt") is not None


@contextlib.contextmanager
def virtuoso(
    place: Path, *, rows: int = 0, buffers: int = 10_000, data: Path | None = None
) -> Iterator[Virtuoso]:
    """A server on free ports of the loopback, ended with the block.

    Args:
        place: an empty directory for its database.
        rows: its ResultSetMaxRows; 0 for none of its own.
        buffers: pages of 8 KiB that it keeps in memory.
        data: a directory that it may load from.
    """
    place.mkdir(parents=True, exist_ok=True)
    sql, http = free_port(), free_port()
    settings = _SETTINGS.format(
        place=place,
        sql=sql,
        http=http,
        rows=rows or 2_000_000,
        buffers=buffers,
        dirty=buffers * 3 // 4,
        data=data or place,
    )
    (place / "virtuoso.ini").write_text(settings, encoding="utf-8")
    process = subprocess.Popen(
        ["virtuoso-t", "-f", "-c", str(place / "virtuoso.ini")],
        cwd=place,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{http}"
        wait_for(f"{address}/sparql?query=ASK%7B%7D")
        yield Virtuoso(f"{address}/sparql", f"{address}/sparql-graph-crud-auth", sql)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()
        process.wait()

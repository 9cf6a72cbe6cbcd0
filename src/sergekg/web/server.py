"""The web server as `sergekg serve` runs it: it stops within seconds, whatever its queries do."""

from __future__ import annotations

import multiprocessing
import resource
import signal
import sys
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from sergekg.config import Config

GRACE = 5
"""Seconds that a web process has to end what it began once it is told to stop."""
_THREADS = 288
"""Requests that one web process answers at once; those that stream or wait cost little.

More than may run or wait at once: queries (`opening.MOST_AT_ONCE`, `places.PoolSettings`), who waits for the
same answer as somebody else (`answer_cache`), for a body (`bodies`), a fragment (`fragments`), candidates
(`reconciliation`), a token to be checked (`authority`), a write (`writing`) or the reading of a long query
(`endpoint`).
"""


_CONNECTIONS = 4096
"""Connections of all web processes together; where there are more, the system keeps them waiting."""
_FILES = 1024
"""Files that a web process may have open beside its connections."""
_HTTP = HTTP1Settings(
    header_read_timeout=10_000,
    max_buffer_size=1 << 17,
)
"""Milliseconds in which a header has to arrive, also the first after an answer: who sends nothing holds a
connection no longer. Bytes of a request line and its header, more than an address (65,534) and
`header_size.MOST`: the server answers 431 or 414 of itself."""


class StoppingServer(MPServer):
    """A server whose processes are killed when the grace is over, or at the second signal.

    Their query workers end with them (`store.keeper`), and a client sees its answer break off. Where the
    server itself is killed, they end themselves (`web.serving`).
    """

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        if self.interrupt_signal:
            self._kill()
        else:
            # a timer of the system, not a thread: children are forked from this process
            signal.signal(signal.SIGALRM, self._kill)
            signal.setitimer(signal.ITIMER_REAL, GRACE)
        super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]

    def _serve_loop(self, *args: Any) -> None:
        super()._serve_loop(*args)  # type: ignore[no-untyped-call]
        if not self.interrupt_signal:
            print(
                "sergekg: a web process ended twice within seconds, and so does the server; what it said "
                "last is above, a process that was killed says nothing",
                file=sys.stderr,
                flush=True,
            )

    def _kill(self, *_: Any) -> None:
        for process in self.wrks:
            process.interrupt_by_parent = True  # its end is no failure
        for child in multiprocessing.active_children():  # also one that a reload is replacing
            child.kill()


def make_server(config: Config, port: int) -> StoppingServer:
    """The server of the settings in the environment, not started yet.

    Reloading (SIGHUP) starts new web processes and lets the old ones end what they began; but where writes
    are taken one process has the journal, and the new one waits for it.
    """
    return StoppingServer(
        "sergekg.web.serving:create_served_app",
        address=config.host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # over HTTP/2 a body without a length looks like none
        factory=True,
        workers=config.workers,
        blocking_threads=_THREADS,
        backlog=_CONNECTIONS,
        backpressure=_connections(config.workers),
        http1_settings=_HTTP,
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE if config.writable else None,
        log_access=False,
        log_enabled=False,
    )


def _connections(workers: int) -> int:
    """How many connections each web process takes; the system is asked to let it open as many files."""
    wanted = _CONNECTIONS // workers
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted + _FILES:
        return wanted
    most = wanted + _FILES if hard == resource.RLIM_INFINITY else min(hard, wanted + _FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))
    return max(most // 2, most - _FILES)

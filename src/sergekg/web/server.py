"""The web server as `sergekg serve` runs it: it stops within seconds, whatever its queries do."""

from __future__ import annotations

import multiprocessing
import signal
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.server.mp import MPServer

from sergekg.config import Config

GRACE = 5
"""Seconds that a web process has to end what it began once it is told to stop."""
_THREADS = 160
"""Requests that one web process answers at once; those that stream or wait cost little.

More than may wait for something at once: a place (`places.PoolSettings`), an answer that somebody else asks
for (`answer_cache`), a body (`bodies`), a fragment (`fragments`), candidates (`reconciliation`), a token
that is checked (`authority`).
"""


class StoppingServer(MPServer):
    """A server whose processes are killed when the grace is over, or at the second signal.

    Their query workers end with them (`store.keeper`), and a client sees its answer break off.
    """

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        if self.interrupt_signal:
            self._kill()
        else:
            # a timer of the system, not a thread: children are forked from this process
            signal.signal(signal.SIGALRM, self._kill)
            signal.setitimer(signal.ITIMER_REAL, GRACE)
        super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]

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
        respawn_failed_workers=True,
        workers_kill_timeout=GRACE if config.writable else None,
        log_access=False,
        log_enabled=False,
    )

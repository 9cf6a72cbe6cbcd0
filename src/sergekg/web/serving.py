"""The application as `sergekg serve` runs it: warmed up, with its log of queries."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import sys
import threading
import time
from logging.handlers import WatchedFileHandler
from pathlib import Path

from flask import Flask

from sergekg.errors import SergekgError
from sergekg.web.app import create_app
from sergekg.web.connections import CloseStalled
from sergekg.web.presence import NoteClients
from sergekg.web.server import GRACE
from sergekg.web.service import Service

_PR_SET_PDEATHSIG = 1
"""Of prctl(2)."""
_LOOK = 1.0
"""Seconds after which a web process looks again whether its server is there."""


def create_served_app() -> Flask:
    """The application over the settings of the environment, with its workers begun."""
    _end_with_server()
    try:
        app = create_app()
    except SergekgError as error:
        print(f"sergekg: {error}", file=sys.stderr, flush=True)
        raise SystemExit(2) from error
    serving: Service = app.extensions["sergekg"]
    if serving.config.query_log is not None:
        log_queries(serving.config.query_log)
    pool = getattr(serving.endpoint.store, "pool", None)
    if pool is not None:
        threading.Thread(target=pool.warm, daemon=True).start()
    app.wsgi_app = NoteClients(CloseStalled(app.wsgi_app))  # type: ignore[method-assign]
    gc.collect()
    gc.freeze()  # to go through all that stays would hold up everybody for a twentieth of a second
    return app


def _end_with_server() -> None:
    """Have this web process end with the server's, which tells nobody when it is killed."""
    threading.Thread(target=_outlive_for_grace, args=(os.getppid(),), daemon=True).start()
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _outlive_for_grace(server: int) -> None:
    """End what is still answered once the server is gone: it holds the journal, and no timer ends it."""
    while os.getppid() == server:
        time.sleep(_LOOK)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)


def log_queries(path: Path) -> None:
    """Take down queries in a file, a line of JSON each, with the time to the minute (UTC) and no client.

    Who moves the file away finds the next query in a new one.
    """
    handler = WatchedFileHandler(path, encoding="utf-8")
    formatter = logging.Formatter('{"time": "%(asctime)s", "query": %(message)s}', "%Y-%m-%dT%H:%MZ")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    log = logging.getLogger("sergekg.queries")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False

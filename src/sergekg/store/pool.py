"""The web's pool of query workers: they are forked ahead, lent to one query at a time, and replaced."""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sergekg.errors import StoreError
from sergekg.store.answers import Request
from sergekg.store.places import Places, PoolSettings
from sergekg.store.processes import KeeperProcess, Worker
from sergekg.store.rendering import Rendering
from sergekg.store.stalled import Watch
from sergekg.store.wire import SETTLE, pack
from sergekg.store.worker_answer import WorkerAnswer


class WorkerPool:
    """Query workers over one source; safe to use from many threads of one process."""

    def __init__(self, source: Mapping[str, Any], settings: PoolSettings | None = None) -> None:
        self.settings = settings or PoolSettings()
        self._source = {**source, "memory": self.settings.memory}
        self._keeper: KeeperProcess | None = None
        self._process = os.getpid()
        self._starting = threading.Lock()
        self._places = Places(self.settings)
        self._idle: list[Worker] = []
        self._lock = threading.RLock()
        self.watch = Watch()
        self._settled = 0
        self.version = 0
        self.counts: Counter[str] = Counter()
        self._finalizer = weakref.finalize(self, _let_go, [], self._idle)

    @property
    def running(self) -> int:
        """Queries that run now."""
        return self._places.taken

    @property
    def keeper(self) -> KeeperProcess:
        """The keeper, started when it is first needed and again if it has died."""
        with self._starting:
            if self._process != os.getpid():  # this process was forked from the one that made the pool
                self._process, self._keeper = os.getpid(), None
                self._idle.clear()
                self._settled = 0
            if self._keeper is None or not self._keeper.is_alive:
                if self._keeper is not None:
                    self._keeper.close()
                    self.renew()  # a write may have come into force as it died
                self._keeper = KeeperProcess(self._source)
                self._finalizer.detach()
                self._finalizer = weakref.finalize(self, _let_go, [self._keeper], self._idle)
            return self._keeper

    def warm(self) -> None:
        """Have as many workers as are kept waiting."""
        keeper = self.keeper
        while len(self._idle) < self.settings.ready:
            self._keep(keeper.spawn(self.version))

    def answer(self, request: Request, rendering: Rendering) -> WorkerAnswer:
        """Run a query on a worker; see `answers.Answering`."""
        self._places.take(request.client, request.is_wanted)
        try:
            worker = self._worker()
        except BaseException:
            self._places.give_back(request.client)
            raise
        answer = WorkerAnswer(self, worker, request, rendering)
        answer.begin()
        return answer

    def renew(self) -> None:
        """Every worker has an old store: none of them answers another query."""
        with self._lock:
            self.version += 1
        self._drop_idle()

    def close(self) -> None:
        """End all workers and the keeper."""
        self._drop_idle()
        self._finalizer()

    def release(self, worker: Worker, client: str, *, is_sound: bool) -> None:
        """Take a worker back, or bury it and have another ready."""
        try:
            if is_sound and worker.version == self.version:
                worker.gives_way = False
                self._keep(worker)
            else:
                self._uncount(worker)
                worker.kill()
                self.counts["workers_replaced"] += 1
                with contextlib.suppress(StoreError, OSError):
                    if len(self._idle) < self.settings.ready:
                        self._keep(self.keeper.spawn(self.version))
        finally:
            self._places.give_back(client)

    def _worker(self) -> Worker:
        keeper = self.keeper
        with self._lock:
            while self._idle:
                latest = max(range(len(self._idle)), key=lambda at: (self._idle[at].is_told_to_settle, at))
                worker = self._idle.pop(latest)
                if worker.version == self.version and not worker.has_ended:  # the system may have killed it
                    return worker
                self._uncount(worker)
                worker.kill()
        return keeper.spawn(self.version)

    def _keep(self, worker: Worker) -> None:
        with self._lock:
            if worker.version == self.version and len(self._idle) < self.settings.ready:
                self._settle(worker)
                self._idle.append(worker)
                return
        self._uncount(worker)
        worker.channel.close()  # it ends when it finds nobody to read from

    def _settle(self, worker: Worker) -> None:
        if not worker.is_told_to_settle and self._settled < self.settings.settled:
            with contextlib.suppress(OSError):
                worker.channel.send(pack(SETTLE))
                worker.is_told_to_settle = True
                self._settled += 1

    def _uncount(self, worker: Worker) -> None:
        with self._lock:
            if worker.is_told_to_settle:
                worker.is_told_to_settle = False
                self._settled -= 1

    def _drop_idle(self) -> None:
        with self._lock:
            idle = list(self._idle)
            self._idle.clear()
            for worker in idle:
                self._uncount(worker)
        for worker in idle:
            worker.channel.close()


def _let_go(keepers: list[KeeperProcess], idle: list[Worker]) -> None:
    for worker in idle:
        worker.channel.close()
    idle.clear()
    for keeper in keepers:
        keeper.close()

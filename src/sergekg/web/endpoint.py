"""What answers free queries in one application: the store, its limits, the cache, the counts."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sergekg.config import Config
from sergekg.errors import SergekgError
from sergekg.store.answers import Answer, Answering, Limits, Outcome, Request
from sergekg.store.policy import check_services
from sergekg.web.answer_cache import AnswerCache, Kept
from sergekg.web.metrics import Metrics

_LOG = logging.getLogger("sergekg.queries")


@dataclass
class Endpoint:
    """Answers queries within the settings of a service.

    Attributes:
        version: names the data, and changes with it.
    """

    store: Answering
    config: Config
    version: Callable[[], str]
    cache: AnswerCache = field(init=False)
    metrics: Metrics = field(default_factory=Metrics)

    def __post_init__(self) -> None:
        self.cache = AnswerCache(self.config.answer_cache << 20)

    def limits(self, seconds: float | None = None) -> Limits:
        """The limits of the settings; a client may ask for less time, not for more."""
        most = self.config.timeout
        return Limits(
            seconds=most if seconds is None else min(seconds, most),
            rows=self.config.max_rows,
            bytes=self.config.max_bytes,
        )

    def tag(self, asked: Request, format: str) -> str:
        """An entity tag (RFC 9110, 8.8.3): equal for the same question to the same data in one format."""
        parts = [
            self.version(),
            format,
            asked.query.rendering.text,
            repr(asked.graphs),
            str(asked.limits.rows),
        ]
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()

    def answer(self, asked: Request, format: str, tag: str) -> Kept | Answer:
        """Answer from what is kept, or evaluate.

        Raises:
            StoreError: as `answers.Answering.answer`.
        """
        query = asked.query
        check_services(query, self.config.services)
        began = time.monotonic()
        hits = self.cache.hits
        try:
            if query.is_repeatable:
                found = self.cache.fetch(tag, lambda: self.store.answer(asked), asked.limits.seconds + 1)
            else:
                found = self.store.answer(asked)
        except SergekgError as error:
            self.note(asked, format, began, type(error).__name__, None)
            raise
        if isinstance(found, Kept):
            self.note(
                asked,
                format,
                began,
                "kept" if self.cache.hits > hits else "done",
                Outcome(found.rows, len(found.body), 0.0),
            )
        elif found.body is not None:
            self.note(asked, format, began, "done", found.outcome)
        return found

    def note(self, asked: Request, format: str, began: float, how: str, outcome: Outcome | None) -> None:
        """Count a query and, where a log is wanted, write it down: never who asked."""
        seconds = time.monotonic() - began
        self.metrics.queries.labels(form=asked.query.form, how=how).inc()
        self.metrics.seconds.labels(form=asked.query.form).observe(seconds)
        if outcome is not None:
            self.metrics.bytes.inc(outcome.bytes)
        if _LOG.isEnabledFor(logging.INFO):
            entry = {
                "form": asked.query.form,
                "format": format,
                "how": how,
                "ms": round(seconds * 1000, 1),
                "rows": outcome.rows if outcome else None,
                "bytes": outcome.bytes if outcome else None,
                "query": asked.query.source[:4000],
            }
            _LOG.info(json.dumps(entry, ensure_ascii=False))


def bounded(asked: Request, seconds: float) -> Request:
    """The same question with another time limit."""
    return replace(asked, limits=replace(asked.limits, seconds=seconds))

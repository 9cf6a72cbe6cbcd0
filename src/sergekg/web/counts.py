"""What one web process counts for Prometheus; nothing of it is about a person."""

from __future__ import annotations

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Counts:
    """The counts of one application in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.queries = Counter(
            "sergekg_queries",
            "Queries, by form and by how they ended.",
            ["form", "how"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "sergekg_query_seconds",
            "Seconds until an answer was whole or began to stream.",
            ["form"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.bytes = Counter("sergekg_result_bytes", "Bytes of results.", registry=self.registry)
        self.replayed = Counter(
            "sergekg_replayed",
            "Answers given again to the same request without asking the application.",
            registry=self.registry,
        )
        self._of = cache(lambda form, how: (self.queries.labels(form, how), self.seconds.labels(form)))
        self.updates = Counter(
            "sergekg_updates",
            "Updates and graph store writes, by how they ended.",
            ["how"],
            registry=self.registry,
        )

    def note(self, form: str, how: str, seconds: float, size: int) -> None:
        """Count a query that ended, with the bytes of its result."""
        number, times = self._of(form, how)
        number.inc()
        times.observe(seconds)
        self.bytes.inc(size)

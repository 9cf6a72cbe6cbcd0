"""`/metrics`: counts for Prometheus (text exposition format 0.0.4); nothing of it is about a person."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sergekg.web.app import service

blueprint = Blueprint("metrics", __name__)
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
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
        self.updates = Counter(
            "sergekg_updates",
            "Updates and graph store writes, by how they ended.",
            ["how"],
            registry=self.registry,
        )


class _Live(Collector):
    """What is read when somebody looks: workers and the cache."""

    def collect(self) -> Iterable[Metric]:
        endpoint = service().endpoint
        cache = endpoint.cache
        yield GaugeMetricFamily("sergekg_kept_bytes", "Bytes of answers kept.", value=cache.size)
        yield CounterMetricFamily("sergekg_kept_hits", "Answers given from what is kept.", value=cache.hits)
        yield CounterMetricFamily(
            "sergekg_kept_misses", "Answers that had to be evaluated.", value=cache.misses
        )
        pool = getattr(endpoint.store, "pool", None)
        if pool is not None:
            yield GaugeMetricFamily("sergekg_queries_running", "Queries that run now.", value=pool.running)
            events = CounterMetricFamily(
                "sergekg_worker_events", "Time-outs, deaths and replacements of workers.", labels=["event"]
            )
            for event, count in sorted(pool.counts.items()):
                events.add_metric([event], count)
            yield events


@blueprint.get("/metrics")
def metrics() -> Response:
    """All counts of this web process."""
    live = CollectorRegistry()
    live.register(_Live())
    text = generate_latest(service().endpoint.metrics.registry) + generate_latest(live)
    return Response(text, content_type=CONTENT_TYPE_LATEST)

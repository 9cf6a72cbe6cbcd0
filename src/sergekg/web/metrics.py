"""`/metrics`: counts for Prometheus (text exposition format 0.0.4); nothing of it is about a person."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from sergekg.web.service import service

blueprint = Blueprint("metrics", __name__)


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
        running = endpoint.store.running
        yield GaugeMetricFamily("sergekg_queries_running", "Queries that run now.", value=running)
        pool = getattr(endpoint.store, "pool", None)
        if pool is not None:
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
    text = generate_latest(service().endpoint.counts.registry) + generate_latest(live)
    return Response(text, content_type=CONTENT_TYPE_LATEST)

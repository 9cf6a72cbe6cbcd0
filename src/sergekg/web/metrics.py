"""`/metrics`: counts for Prometheus (text exposition format 0.0.4); nothing of it is about a person."""

from __future__ import annotations

import os
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


class _OfThisProcess(Collector):
    """Everything that this process counts; where it is one of several, under its number.

    Any of them may answer, and without a label the counts of one would be taken for a reset of another's.
    """

    def collect(self) -> Iterable[Metric]:
        label = {"process": str(os.getpid())} if service().config.workers > 1 else {}
        for metric in (*service().endpoint.counts.registry.collect(), *_Live().collect()):
            metric.samples = [sample._replace(labels={**sample.labels, **label}) for sample in metric.samples]
            yield metric


@blueprint.get("/metrics")
def metrics() -> Response:
    """All counts of this web process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_OfThisProcess())
    headers = {"Cache-Control": "no-store"}  # of now
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST, headers=headers)

"""Figures of the service for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from claimstake.service.workers import Workers

LATENCIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 30)  # seconds
NO_ROUTE = "none"  # refused before, or no such address: addresses themselves would be a label without end
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


class Metrics:
    """Counts requests and asks the workers how they are.

    Args:
        workers: of the service.
    """

    def __init__(self, workers: Workers) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("claimstake_requests", "Answered requests.", labels, registry=self.registry)
        self._seconds = Histogram(
            "claimstake_request_seconds",
            "From the head of a request to the end of its answer.",
            ("route",),
            buckets=LATENCIES,
            registry=self.registry,
        )
        self._refused = Counter(
            "claimstake_refused", "Requests refused, by status.", ("status",), registry=self.registry
        )
        self.registry.register(_OfWorkers(workers))

    def text(self) -> bytes:
        """In the format that Prometheus reads."""
        return generate_latest(self.registry)

    def around(self, app: ASGIApp) -> ASGIApp:
        """An application of which every request is counted."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            began, status = time.perf_counter(), 0

            async def sending(message: Message) -> None:
                nonlocal status
                status = message.get("status", status)
                await send(message)

            try:
                await app(scope, receive, sending)
            finally:
                self._count(scope, status, time.perf_counter() - began)

        return counted

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", NO_ROUTE)
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)
        if status in (401, 403, 408, 413, 421, 429):
            self._refused.labels(str(status)).inc()


class _OfWorkers(Collector):
    """What workers keep count of themselves."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers

    def collect(self) -> Iterator[Metric]:
        workers, tally = self._workers, self._workers.tally
        for name, says, value in (
            ("workers_ready", "Worker processes that can work.", workers.ready),
            ("waiting", "Requests for annotation that wait for a worker.", workers.waiting),
        ):
            yield GaugeMetricFamily(f"claimstake_{name}", says, value)
        for name, says, value in (
            ("documents", "Documents annotated.", tally.documents),
            ("tokens", "Tokens of annotated documents.", tally.tokens),
            ("claims", "Claims of annotated documents.", tally.claims),
            ("annotation_seconds", "Seconds that workers spent on documents.", tally.spent),
        ):
            yield CounterMetricFamily(f"claimstake_{name}", says, value)
        replaced = CounterMetricFamily(
            "claimstake_workers_replaced", "Worker processes replaced, by why.", labels=["why"]
        )
        for why, number in tally.replaced.items():
            replaced.add_metric([why], number)
        yield replaced

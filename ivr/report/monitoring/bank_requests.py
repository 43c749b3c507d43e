"""Requests to the bank's systems, counted as they end; `ivr.bank.client.Figures` is what this serves."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

#: Seconds; who calls is waited for 1 s, queries 8 s, transactions 12 s.
_LATENCIES = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0)


class BankRequests:
    """By operation, and by outcome: done, refused, unavailable, in_doubt, cancelled. Labels of nobody's."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "ivr_bank_seconds",
            "from a request to the bank's systems to its outcome, repeats included",
            ["operation"],
            buckets=_LATENCIES,
            registry=registry,
        )
        self._requests = Counter(
            "ivr_bank_requests", "requests to the bank's systems", ["operation", "outcome"], registry=registry
        )

    def asked(self, operation: str, outcome: str, seconds: float) -> None:
        """One request ended."""
        self._seconds.labels(str(operation)).observe(seconds)
        self._requests.labels(str(operation), outcome).inc()

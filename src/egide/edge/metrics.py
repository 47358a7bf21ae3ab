"""What a process counts of its work, for Prometheus: never of whom, nor by whom.

Processes of one server share a folder (``PROMETHEUS_MULTIPROC_DIR``, made by ``egide serve --metrics``); without it
each counts for itself.
"""

from typing import Final

from prometheus_client import Counter, Histogram

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BATCH: Final = (1, 2, 4, 8, 16, 32, 64)

_requests: Final = Counter("egide_requests", "Calls answered.", ("route", "method", "status"))
_latency: Final = Histogram(
    "egide_request_seconds", "From a call read to its answer.", ("route",), buckets=_SECONDS
)
_refusals: Final = Counter("egide_refusals", "Calls refused, by code.", ("code",))
_gate: Final = Counter(
    "egide_gate_answers", "Questions on a person's rights.", ("purpose", "basis", "outcome")
)
_insurers: Final = Counter(
    "egide_insurer_answers",
    "Questions to insurers that answer by themselves.",
    ("asked", "outcome"),
)
_batch: Final = Histogram(
    "egide_gate_batch", "Questions that one statement answered.", buckets=_BATCH
)


def count_call(route: str, method: str, status: int, seconds: float) -> None:
    """Count a call by the path that its route declares, never the one it came by."""
    _requests.labels(route, method, str(status)).inc()
    _latency.labels(route).observe(seconds)


def count_refusal(code: str) -> None:
    """Count a refusal, whoever it was said to."""
    _refusals.labels(code).inc()


def count_gate(purpose: str, basis: str, outcome: str) -> None:
    """Count what the gate made of a question."""
    _gate.labels(purpose, basis, outcome).inc()


def count_insurer(asked: str, outcome: str) -> None:
    """Count what a question to an insurer's own service came to."""
    _insurers.labels(asked, outcome).inc()


def count_batch(size: int) -> None:
    """Count a statement of the gate by how many it answered."""
    _batch.observe(size)

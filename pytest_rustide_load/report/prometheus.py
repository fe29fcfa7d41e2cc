"""Where a run stands, for Prometheus to scrape: text of the exposition format 0.0.4.

Values in, text out. https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_rustide_load.report.live import LiveState
from pytest_rustide_load.units import MB

__all__ = ["CONTENT_TYPE", "render_prometheus"]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PREFIX = "rustide_load"
_MS = 1e-3

_Sample = tuple[dict[str, str], float | None]


def render_prometheus(state: LiveState) -> str:
    """Seconds, bytes and ratios, as Prometheus wants them; what is not known is left out."""
    performance, resources, errors = state.performance, state.resources, state.errors
    scenario = {"scenario": performance.scenario}
    operations = performance.operations.items()
    parts = [
        _metric(
            "running", "gauge", "1 while a load test runs", [(scenario, float(state.health.status != "idle"))]
        ),
        _metric(
            "latency_seconds",
            "gauge",
            "latency of right answers in the last seconds, from when the user wanted it",
            [
                (
                    {**scenario, "operation": name, "quantile": quantile},
                    None if value is None else value * _MS,
                )
                for name, one in operations
                for quantile, value in (("0.5", one.p50_ms), ("0.95", one.p95_ms), ("0.99", one.p99_ms))
            ],
        ),
        _metric(
            "right_answers_per_second",
            "gauge",
            "right answers in the last seconds",
            [({**scenario, "operation": name}, one.right_per_s) for name, one in operations],
        ),
        _metric(
            "operations_total",
            "counter",
            "operations of the measured time that ended",
            [
                ({**scenario, "operation": name, "outcome": outcome}, float(count))
                for name, outcomes in errors.outcomes.items()
                for outcome, count in outcomes.items()
            ],
        ),
        _metric(
            "in_flight", "gauge", "requests without an answer yet", [(scenario, float(performance.in_flight))]
        ),
        _metric(
            "backend_resident_bytes",
            "gauge",
            "memory of the backend's process tree",
            [(scenario, None if resources.rss_mb is None else resources.rss_mb * MB)],
        ),
        _metric(
            "backend_cpu_cores",
            "gauge",
            "cores the backend's process tree uses",
            [(scenario, None if resources.cpu_percent is None else resources.cpu_percent / 100)],
        ),
        _metric(
            "generator_cpu_cores",
            "gauge",
            "cores the load generator uses, all agents together",
            [
                (
                    scenario,
                    None
                    if resources.generator_cpu_percent is None
                    else resources.generator_cpu_percent / 100,
                )
            ],
        ),
        _metric(
            "agent_up",
            "gauge",
            "1 for each agent that runs users, 0 for one that was lost",
            [({**scenario, "agent": str(one.agent)}, float(not one.lost)) for one in resources.agents],
        ),
        _metric(
            "alert",
            "gauge",
            "1 for each alert that lasts",
            [({**scenario, "name": name}, 1.0) for name in state.health.active_alerts],
        ),
    ]
    return "".join(parts)


def _metric(name: str, kind: str, means: str, samples: Sequence[_Sample]) -> str:
    known = [(labels, value) for labels, value in samples if value is not None]
    if not known:
        return ""
    lines = [f"# HELP {_PREFIX}_{name} {means}", f"# TYPE {_PREFIX}_{name} {kind}"]
    for labels, value in known:
        told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        lines.append(f"{_PREFIX}_{name}{{{told}}} {value!r}")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

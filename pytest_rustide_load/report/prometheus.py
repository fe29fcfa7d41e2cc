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
# Name, type, what it means, and its samples.
_Metric = tuple[str, str, str, Sequence[_Sample]]


def render_prometheus(state: LiveState) -> str:
    """Seconds, bytes and ratios, as Prometheus wants them; what is not known is left out."""
    return "".join(
        _metric(name, kind, means, samples)
        for name, kind, means, samples in (*_of_run(state), *_of_operations(state), *_of_processes(state))
    )


def _of_run(state: LiveState) -> list[_Metric]:
    scenario = {"scenario": state.performance.scenario}
    running = float(state.health.status != "idle")
    return [
        ("running", "gauge", "1 while a load test runs", [(scenario, running)]),
        (
            "alert",
            "gauge",
            "1 for each alert that lasts",
            [({**scenario, "name": name}, 1.0) for name in state.health.active_alerts],
        ),
    ]


def _of_operations(state: LiveState) -> list[_Metric]:
    performance = state.performance
    scenario = {"scenario": performance.scenario}
    operations = performance.operations.items()
    return [
        (
            "latency_seconds",
            "gauge",
            "latency of right answers in the last seconds, from when the user wanted it",
            [
                ({**scenario, "operation": name, "quantile": quantile}, _scaled(value, factor=_MS))
                for name, one in operations
                for quantile, value in (("0.5", one.p50_ms), ("0.95", one.p95_ms), ("0.99", one.p99_ms))
            ],
        ),
        (
            "right_answers_per_second",
            "gauge",
            "right answers in the last seconds",
            [({**scenario, "operation": name}, one.right_per_s) for name, one in operations],
        ),
        (
            "operations_total",
            "counter",
            "operations of the measured time that ended",
            [
                ({**scenario, "operation": name, "outcome": outcome}, float(count))
                for name, outcomes in state.errors.outcomes.items()
                for outcome, count in outcomes.items()
            ],
        ),
        ("in_flight", "gauge", "requests without an answer yet", [(scenario, float(performance.in_flight))]),
    ]


def _of_processes(state: LiveState) -> list[_Metric]:
    resources = state.resources
    scenario = {"scenario": state.performance.scenario}
    return [
        (
            "backend_resident_bytes",
            "gauge",
            "memory of the backend's process tree",
            [(scenario, _scaled(resources.rss_mb, factor=MB))],
        ),
        (
            "backend_cpu_cores",
            "gauge",
            "cores the backend's process tree uses",
            [(scenario, _scaled(resources.cpu_percent, per=100))],
        ),
        (
            "generator_cpu_cores",
            "gauge",
            "cores the load generator uses, all agents together",
            [(scenario, _scaled(resources.generator_cpu_percent, per=100))],
        ),
        (
            "agent_up",
            "gauge",
            "1 for each agent that runs users, 0 for one that was lost",
            [({**scenario, "agent": str(one.agent)}, float(not one.lost)) for one in resources.agents],
        ),
    ]


def _scaled(value: float | None, *, factor: float = 1.0, per: float = 1.0) -> float | None:
    return None if value is None else value * factor / per


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

"""Memory as text: before load, touched, shared; and how it went from one part of a run to the next.

Values in, lines out; knows nothing of terminals.
"""

from __future__ import annotations

from pytest_rustide_load.report.results import LoadTestResults, MemoryStep
from pytest_rustide_load.report.table import wrap
from pytest_rustide_load.units import MB, format_bytes, three_digits

__all__ = ["render_memory"]

# Of shorter parts nobody knows whether memory grows, and of a run of so short ones alone nothing is told.
_LONG_ENOUGH_S = 10.0
_MOST = 6


def render_memory(results: LoadTestResults, width: int = 80) -> list[str]:
    """What lies behind the line of averages and peaks; nothing where nothing is known."""
    usage = results.resource_usage
    if usage is None or usage.baseline_mb is None:
        return []
    parts = [f"{_mb(usage.baseline_mb)} before load"]
    if usage.working_set_mb is not None:
        parts.append(f"working set {_mb(usage.working_set_mb)}")
    if usage.pss_peak_mb is not None:
        parts.append(f"PSS {_mb(usage.pss_peak_mb)} at most")
    lines = wrap(", ".join(parts), width, "    ", first="  ")
    steps = results.memory
    if any(step.duration_s >= _LONG_ENOUGH_S for step in steps) and len(steps) <= _MOST:
        told = "; ".join(map(_step, steps))
        lines += wrap(f"memory over time: {told}", width, "    ", first="  ")
    return lines


def _step(step: MemoryStep) -> str:
    name = f"{step.name} " if step.name else ""
    change = f"{name}{_mb(step.start_mb)} to {_mb(step.end_mb)}"
    if step.slope_mb_per_min is None or step.duration_s < _LONG_ENOUGH_S:
        return change
    if not step.grows:
        return f"{change} (no growth)"
    return f"{change} (grows by {three_digits(step.slope_mb_per_min)} MB a minute)"


def _mb(value: float) -> str:
    return format_bytes(value * MB)

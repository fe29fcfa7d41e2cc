"""The knee of a ramp: up to which step a backend keeps what was asked of it.

Values in, values and lines out; knows nothing of terminals.
"""

from __future__ import annotations

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.results import KneeReport, LoadTestResults
from pytest_rustide_load.report.table import wrap

__all__ = ["find_knee", "render_knee"]


def find_knee(results: LoadTestResults, *, p95_ms: float, goodput_ratio: float) -> KneeReport:
    """Judge the steps of `results` one after the other, up to the first that does not keep both. A step in
    which an operation was asked and never answered keeps nothing."""
    waited = {name for name, operation in results.operations.items() if operation.user_waits}
    level: float | None = None
    offered: float | None = None
    why = ""
    for step in results.steps:
        for name, found in step.operations.items():
            if not found.planned or (name not in waited and name != "edit"):
                continue
            if name in waited and (found.p95_ms is None or found.p95_ms > p95_ms):
                got = "no answer" if found.p95_ms is None else f"p95 {format_value(Unit.MS, found.p95_ms)}"
                why = f"{name}: {got} at {step.level:g}x"
            elif found.goodput_ratio is not None and found.goodput_ratio < goodput_ratio:
                why = f"{name}: goodput {found.goodput_ratio * 100:.3g}% at {step.level:g}x"
            if why:
                return _report(p95_ms, goodput_ratio, level, offered, why)
        planned = sum(found.planned for found in step.operations.values())
        level, offered = step.level, planned / step.duration_s if step.duration_s else None
    return _report(p95_ms, goodput_ratio, level, offered, why)


def render_knee(results: LoadTestResults, width: int = 80) -> list[str]:
    """A sentence; nothing where no knee was searched for."""
    knee = results.knee
    if knee is None:
        return []
    kept = f"p95 {format_value(Unit.MS, knee.p95_ms)} and {knee.goodput_ratio * 100:g}% right answers"
    if knee.level is None:
        text = f"knee: not even the first step keeps {kept}"
    else:
        rate = "" if knee.offered_per_s is None else f", {knee.offered_per_s:.3g} operations a second"
        text = f"knee: keeps {kept} up to {knee.level:g}x{rate}"
    return wrap(f"{text}; {knee.why}" if knee.why else f"{text}, the last step", width, "  ")


def _report(
    p95_ms: float, goodput_ratio: float, level: float | None, offered: float | None, why: str
) -> KneeReport:
    return KneeReport(p95_ms=p95_ms, goodput_ratio=goodput_ratio, level=level, offered_per_s=offered, why=why)

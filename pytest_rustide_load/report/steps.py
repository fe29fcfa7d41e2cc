"""A run in steps of rising load as text: how the p95 of each operation grew.

Values in, lines out; knows nothing of terminals.
"""

from __future__ import annotations

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.results import LoadTestResults, StepFigures
from pytest_rustide_load.report.table import Cell, render_table
from pytest_rustide_load.stats.quantiles import min_samples_for

__all__ = ["render_steps"]

_ENOUGH = min_samples_for(0.95)


def render_steps(results: LoadTestResults, width: int = 80) -> list[str]:
    """The lines of a ramped run: an operation each, p95 at each level, and how many times the first the worst
    is; none where there was no ramp."""
    if not results.ramped or not results.steps:
        return []
    levels = [f"{step.level:g}x" for step in results.steps]
    rows = []
    for name, operation in results.operations.items():
        figures = [step.operations.get(name) for step in results.steps]
        if operation.user_waits and operation.error_stats.planned:
            rows.append(
                (Cell(name, left=True), *(Cell(_p95(found)) for found in figures), Cell(_worst(figures)))
            )
    goodputs = [_goodput([*step.operations.values()]) for step in results.steps]
    rows.append((Cell("least goodput", left=True), *(Cell(text) for text in goodputs), Cell("")))
    return render_table(("p95 at load", *levels, "worst"), rows, width)


def _p95(found: StepFigures | None) -> str:
    if found is None or found.p95_ms is None:
        return "-"
    mark = "~" if found.count < _ENOUGH else ""
    return mark + format_value(Unit.MS, found.p95_ms).replace(" ", "")


def _worst(figures: list[StepFigures | None]) -> str:
    values = [found.p95_ms for found in figures if found is not None and found.p95_ms is not None]
    if len(values) < len(figures) or not values[0]:
        return "-"
    return f"{max(values[1:]) / values[0]:.2g}x"


def _goodput(figures: list[StepFigures]) -> str:
    ratios = [found.goodput_ratio for found in figures if found.goodput_ratio is not None]
    return f"{min(ratios) * 100:.3g}%" if ratios else "-"

"""The parts of a run as text: how the p95 of each operation went through steps of load, or stages.

Values in, lines out; knows nothing of terminals.
"""

from __future__ import annotations

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.results import LoadTestResults, StepFigures
from pytest_rustide_load.report.table import Cell, render_table, shortened
from pytest_rustide_load.stats.quantiles import min_samples_for
from pytest_rustide_load.units import three_digits

__all__ = ["render_steps"]

_ENOUGH = min_samples_for(0.95)
_LONGEST = 12


def render_steps(results: LoadTestResults, width: int = 80) -> list[str]:
    """A row for each operation: p95 in each part, and how many times the baseline the worst later one is;
    nothing where the parts are but halves."""
    steps = results.steps
    if not any(step.name for step in steps):
        return []
    first = next((index for index, step in enumerate(steps) if step.is_baseline), 0)
    rows = []
    for name, operation in results.operations.items():
        if not (operation.user_waits and operation.error_stats.planned):
            continue
        figures = [step.operations.get(name) for step in steps]
        cells = (Cell(_p95(found)) for found in figures)
        rows.append((Cell(name, left=True), *cells, Cell(_worst(figures[first:]))))
    goodputs = (Cell(_goodput([*step.operations.values()])) for step in steps)
    rows.append((Cell("least goodput", left=True), *goodputs, Cell("")))
    return render_table(("p95", *shortened([step.name for step in steps], _LONGEST), "worst"), rows, width)


def _p95(found: StepFigures | None) -> str:
    if found is None or found.p95_ms is None:
        return "-"
    mark = "~" if found.count < _ENOUGH else ""
    return mark + format_value(Unit.MS, found.p95_ms).replace(" ", "")


def _worst(figures: list[StepFigures | None]) -> str:
    values = [None if found is None else found.p95_ms for found in figures]
    later = [value for value in values[1:] if value is not None]
    return f"{three_digits(max(later) / values[0])}x" if values[0] and later else "-"


def _goodput(figures: list[StepFigures]) -> str:
    ratios = [found.goodput_ratio for found in figures if found.goodput_ratio is not None]
    return f"{three_digits(min(ratios) * 100)}%" if ratios else "-"

"""A scaling experiment as text: a table for each variable, the law, the slopes, and where scaling ends.

Values in, lines out; knows nothing of terminals.
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.report.scaling import (
    RegressionMetrics,
    ScalingLevel,
    ScalingReport,
    ScalingVariable,
)
from pytest_rustide_load.report.table import Cell, render_table, wrap
from pytest_rustide_load.stats.scaling import ScalabilityFit
from pytest_rustide_load.units import three_digits

__all__ = [
    "SCALING_HEAD",
    "factor_sentences",
    "level_cells",
    "render_scaling",
    "render_scaling_report",
    "slope_sentence",
    "variable_sentences",
]

SCALING_HEAD = (
    "runs",
    "/s",
    "95% interval",
    "p95",
    "95% interval",
    "memory",
    "cpu",
    "ready",
    "bottleneck",
)
_SHORT = {
    "lock or serialisation": "lock/serial",
    "allocation churn": "allocation",
    "generator-bound": "generator",
}
_FACTORS = {
    "linear_threshold": "linear threshold",
    "memory_saturation": "memory saturation",
    "io_bottleneck": "I/O bottleneck",
}
_MEASURES = {"p95_ms": ("p95", Unit.MS), "rss_peak_mb": ("memory", Unit.MB)}
# A slope is told for so much more of a variable.
_STEPS = {"loc": (1_000, "1,000 lines"), "users": (1, "user"), "load": (1, "1x of load")}


def render_scaling(results: LoadTestResults, width: int = 80) -> list[str]:
    """Nothing where no experiment was made."""
    return [] if results.scaling is None else list(render_scaling_report(results.scaling, width))


def render_scaling_report(report: ScalingReport, width: int = 80) -> Iterator[str]:
    """Lines of at most `width` columns."""
    for variable in report.variables:
        placed = f" ({variable.placed})" if variable.placed else ""
        yield from wrap(f"scaling with {variable.variable}{placed}:", width, "  ")
        yield from render_table(
            (variable.variable, *SCALING_HEAD), [_row(level) for level in variable.levels], width
        )
        for text in variable_sentences(variable):
            yield from wrap(text, width, "    ", first="  ")
    for text in factor_sentences(report):
        yield from wrap(text, width, "  ")


def variable_sentences(variable: ScalingVariable) -> Iterator[str]:
    """What is to be said of a variable beside its table."""
    for level in variable.levels:
        if level.note:
            yield f"{level.name}: {level.note}"
    for one in variable.not_run:
        yield f"not run: {variable.variable} {one.name}: {one.why}"
    if variable.law is not None:
        yield _law(variable.law, variable.variable)
    elif variable.why_no_law:
        yield f"no law: {variable.why_no_law}"
    for slope in variable.slopes:
        yield slope_sentence(slope)


def factor_sentences(report: ScalingReport) -> Iterator[str]:
    """Where scaling ends."""
    for name, factor in report.factors.items():
        reached = "not reached" if factor.reached is None else factor.reached
        yield f"{_FACTORS[name]}: {reached} ({factor.evidence})"


def level_cells(level: ScalingLevel) -> tuple[str, ...]:
    """The fields of a level, one for each of SCALING_HEAD after its name."""
    return tuple(cell.text for cell in _row(level))


def _row(level: ScalingLevel) -> tuple[Cell, ...]:
    return (
        Cell(level.name, left=True),
        Cell(str(level.runs)),
        Cell(_number(level.throughput_per_s)),
        Cell(_span(level.throughput_interval, _number)),
        Cell(_ms(level.p95_ms)),
        Cell(_span(level.p95_interval, _ms)),
        Cell("-" if level.rss_peak_mb is None else _compact(Unit.MB, level.rss_peak_mb)),
        Cell("-" if level.cpu_percent is None else f"{level.cpu_percent:.0f}%"),
        Cell("-" if level.startup_s is None else f"{three_digits(level.startup_s)}s"),
        Cell(_SHORT.get(level.bottleneck, level.bottleneck), left=True),
    )


def _number(value: float | None) -> str:
    return "-" if value is None else three_digits(value)


def _ms(value: float | None) -> str:
    return "-" if value is None else _compact(Unit.MS, value)


def _compact(unit: Unit, value: float) -> str:
    return format_value(unit, value).replace(" ", "")


def _span(interval: tuple[float, float] | None, text: object) -> str:
    if interval is None:
        return "-"
    assert callable(text)  # noqa: S101  one of the two above
    return f"{text(interval[0])}..{text(interval[1])}"


def _law(law: ScalabilityFit, variable: str) -> str:
    def told(value: float, interval: tuple[float, float] | None) -> str:
        if interval is None:
            return three_digits(value)
        return f"{three_digits(value)} ({three_digits(interval[0])}..{three_digits(interval[1])})"

    noise = "" if law.noise_ratio is None else f", residuals {law.noise_ratio:.1%}"
    text = (
        f"law: σ {told(law.sigma, law.sigma_interval)}, κ {told(law.kappa, law.kappa_interval)}, "
        f"{three_digits(law.rate_per_s)}/s at 1{noise}"
    )
    if law.peak is None:
        return f"{text}; no peak: {law.why_no_peak}"
    around = law.peak_interval
    sure = "" if around is None else f" ({three_digits(around[0])}..{three_digits(around[1])})"
    return f"{text}; most throughput at {three_digits(law.peak)}{sure} {variable}"


def slope_sentence(found: RegressionMetrics) -> str:
    """How a measure grows, in a line."""
    label, unit = _MEASURES.get(found.measure, (found.measure, Unit.MS))
    step, of = _STEPS.get(found.variable, (1, found.variable))

    def amount(value: float) -> str:
        return f"{value * step:+.3g}{'ms' if unit is Unit.MS else 'MB'}"

    line = f"{label}: {amount(found.slope)} each {of}"
    if found.slope_interval is not None:
        line += f" ({amount(found.slope_interval[0])}..{amount(found.slope_interval[1])})"
    line += f", R² {found.r_squared:.2f}"
    if found.order is not None:
        return f"{line}; grows: {found.order}"
    if found.why_no_order:
        return f"{line}; growth undetermined: {found.why_no_order}"
    return f"{line}; growth undetermined between {', '.join(found.candidates)}"

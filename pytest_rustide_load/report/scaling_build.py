"""From the runs of a scaling experiment to its report. Values in, values out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pytest_rustide_load.report.scaling import (
    NotRun,
    RegressionMetrics,
    ScalingFactor,
    ScalingLevel,
    ScalingReport,
    ScalingVariable,
)
from pytest_rustide_load.stats.factors import (
    Factor,
    Point,
    io_bottleneck,
    linear_threshold,
    memory_saturation,
)
from pytest_rustide_load.stats.growth import fit_line, growth_of
from pytest_rustide_load.stats.levels import LevelRun, level_figures
from pytest_rustide_load.stats.scaling import ScalabilityFit, fit_scalability

__all__ = ["MeasuredLevel", "build_scaling", "build_variable", "regression"]

# What the Universal Scalability Law speaks of, and what costs may grow with.
_WITH_LAW = ("cores", "users")
_WITH_GROWTH = ("users", "loc")


@dataclass(frozen=True, slots=True)
class MeasuredLevel:
    """The runs of one level; `bottleneck` is what most of them were held back by."""

    name: str
    value: float
    runs: tuple[LevelRun, ...]
    bottleneck: str = ""
    note: str = ""


def build_variable(
    variable: str, levels: Sequence[MeasuredLevel], *, not_run: Mapping[str, str], placed: str
) -> ScalingVariable:
    """One variable's table, law and slopes."""
    law, why = _law(variable, levels) if variable in _WITH_LAW else (None, "")
    slopes: list[RegressionMetrics] = []
    if variable in _WITH_GROWTH:
        measures: dict[str, Callable[[LevelRun], float | None]] = {
            "p95_ms": lambda run: None if run.void else run.p95_ms,
            "rss_peak_mb": lambda run: run.rss_peak_mb,
        }
        for measure, of in measures.items():
            points = [(level.value, of(run)) for level in levels for run in level.runs]
            found = regression(variable, measure, [(x, y) for x, y in points if y is not None])
            if found is not None:
                slopes.append(found)
    return ScalingVariable(
        variable=variable,
        levels=tuple(_level(level) for level in levels),
        not_run=tuple(NotRun(name=name, why=why) for name, why in not_run.items()),
        placed=placed,
        law=law,
        why_no_law=why,
        slopes=tuple(slopes),
    )


def build_scaling(variables: Sequence[ScalingVariable], repetitions: int) -> ScalingReport:
    """The whole report, with the scaling factors."""
    by_name = {one.variable: _points(one) for one in variables}
    # Cores come first: they are what the linear threshold was meant for.
    linear = next((name for name in _WITH_LAW if len(by_name.get(name, ())) > 1), None)
    everywhere = [point for points in by_name.values() for point in points]
    found = {
        "linear_threshold": None if linear is None else linear_threshold(by_name[linear], linear),
        "memory_saturation": memory_saturation(by_name.get("memory", ())),
        "io_bottleneck": io_bottleneck(everywhere),
    }
    missing = {
        "linear_threshold": "it takes two levels of cores or users",
        "memory_saturation": "it takes two levels of memory",
        "io_bottleneck": "traffic with storage was not seen",
    }
    factors = {name: _factor(factor, missing[name]) for name, factor in found.items()}
    return ScalingReport(variables=tuple(variables), factors=factors, repetitions=repetitions)


def regression(
    variable: str, measure: str, points: Sequence[tuple[float, float]]
) -> RegressionMetrics | None:
    """Line and order of growth through `points`; None where all are of one level."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    line = fit_line(xs, ys)
    if line is None:
        return None
    growth = growth_of(xs, ys) if all(y > 0 for y in ys) and all(x >= 1 for x in xs) else None
    why = "it takes three levels" if growth is None else growth.why
    return RegressionMetrics(
        variable=variable,
        measure=measure,
        slope=line.slope,
        intercept=line.intercept,
        r_squared=line.r_squared,
        count=line.count,
        slope_interval=line.interval,
        order=None if growth is None else growth.order,
        candidates=() if growth is None else growth.candidates,
        growth_factor=None if growth is None else growth.factor,
        why_no_order=why if growth is None or growth.order is None else "",
    )


def _law(variable: str, levels: Sequence[MeasuredLevel]) -> tuple[ScalabilityFit | None, str]:
    points = [
        (level.value, run.throughput_per_s)
        for level in levels
        for run in level.runs
        if not run.void and run.throughput_per_s > 0
    ]
    fit = fit_scalability([n for n, _ in points], [x for _, x in points])
    if fit is None:
        return None, f"the Universal Scalability Law takes three levels of {variable}"
    return fit, ""


def _level(level: MeasuredLevel) -> ScalingLevel:
    found = level_figures(level.runs)
    voids = [run.void for run in level.runs if run.void]
    # Each has a reason of its own; the first stands for them.
    void = f"{len(voids)} of {len(level.runs)} runs do not count: {voids[0]}" if voids else ""
    note = "; ".join(filter(None, [level.note, void]))
    return ScalingLevel(
        name=level.name,
        value=level.value,
        runs=found.runs,
        throughput_per_s=found.throughput_per_s,
        throughput_interval=found.throughput_interval,
        p95_ms=found.p95_ms,
        p95_interval=found.p95_interval,
        rss_peak_mb=found.rss_peak_mb,
        cpu_percent=found.cpu_percent,
        goodput_ratio=found.goodput_ratio,
        startup_s=found.startup_s,
        storage_mb_per_s=found.storage_mb_per_s,
        bottleneck=level.bottleneck,
        note=note,
    )


def _points(variable: ScalingVariable) -> list[Point]:
    return [
        Point(
            level.name,
            level.value,
            level.throughput_per_s,
            level.throughput_interval,
            level.bottleneck,
            level.storage_mb_per_s,
        )
        for level in variable.levels
        if level.throughput_per_s
    ]


def _factor(found: Factor | None, missing: str) -> ScalingFactor:
    if found is None:
        return ScalingFactor(reached=None, evidence=missing)
    return ScalingFactor(reached=found.reached, evidence=found.evidence)

"""A scaling experiment in the report: throughput and latency over the levels of each variable, with the law
that was fitted, the table of the levels, and what was worked out from it.

Values in, elements out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import htpy as h

from pytest_rustide_load.report.html.lines import data_table, number_text, unit_text
from pytest_rustide_load.report.html.parts import table
from pytest_rustide_load.report.html.scale import Axis, linear_axis
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.report.scaling import ScalingLevel, ScalingVariable
from pytest_rustide_load.report.scaling_text import (
    SCALING_HEAD,
    factor_sentences,
    level_cells,
    variable_sentences,
)
from pytest_rustide_load.stats.scaling import Interval, ScalabilityFit
from pytest_rustide_load.units import three_digits

__all__ = ["scaling_section"]

_WIDTH, _HEIGHT = 460, 220
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 14, 18, 28
# Of the curve, between the first and the last level.
_CURVE_POINTS = 48
# Names of levels below one another would cover each other where they are closer (pixels).
_CLOSEST = 34.0


@dataclass(frozen=True, slots=True)
class _Point:
    """A level: where it lies, and its mean with the 95 % interval."""

    name: str
    place: float
    value: float
    interval: Interval | None
    fitted: float | None


def scaling_section(results: LoadTestResults) -> h.Node:
    """Nothing where no experiment was made."""
    report = results.scaling
    if report is None:
        return None
    parts: list[h.Node] = [h.h3["Scaling"]]
    for variable in report.variables:
        placed = f" ({variable.placed})" if variable.placed else ""
        rows = [list(level_cells(level)) for level in variable.levels]
        head = (variable.variable, *SCALING_HEAD)
        figures = [_throughput(variable), _latency(variable)]
        parts.append(h.div(".grid-of-figures")[figures] if any(figures) else None)
        parts.append(table(f"Scaling with {variable.variable}{placed}", head, rows, texts=("bottleneck",)))
        parts.append(_list(list(variable_sentences(variable))))
    return h.fragment[parts, _list(list(factor_sentences(report)))]


def _list(lines: list[str]) -> h.Node:
    return h.ul(".remarks")[(h.li[line] for line in lines)] if lines else None


def _throughput(variable: ScalingVariable) -> h.Element | None:
    law = variable.law
    points = _points(variable, lambda level: (level.throughput_per_s, level.throughput_interval), law)
    title = f"Throughput with {variable.variable}"
    return _chart(title, "right answers a second", "per_s", points, variable=variable, law=law)


def _latency(variable: ScalingVariable) -> h.Element | None:
    points = _points(variable, lambda level: (level.p95_ms, level.p95_interval), None)
    return _chart(f"Latency with {variable.variable}", "p95", "ms", points, variable=variable)


def _points(
    variable: ScalingVariable,
    of: Callable[[ScalingLevel], tuple[float | None, Interval | None]],
    law: ScalabilityFit | None,
) -> list[_Point]:
    axis = _level_axis(variable)
    found = []
    for number, level in enumerate(variable.levels):
        value, interval = of(level)
        if value is not None:
            place = axis.place(level.value if axis.is_log else number)
            fitted = None if law is None else law.throughput(level.value)
            found.append(_Point(level.name, place, value, interval, fitted))
    return found


def _level_axis(variable: ScalingVariable) -> Axis:
    """Levels double more often than they add up; what is no number, as a directory, stands side by side."""
    values = [level.value for level in variable.levels]
    start, end = _LEFT + 16.0, _WIDTH - _RIGHT - 16.0
    if values and min(values) > 0 and max(values) > min(values):
        return Axis(min(values), max(values), start, end, (), is_log=True)
    return Axis(-0.5, max(len(values) - 0.5, 0.5), start, end, ())


def _chart(
    title: str,
    note: str,
    unit: str,
    points: Sequence[_Point],
    *,
    variable: ScalingVariable,
    law: ScalabilityFit | None = None,
) -> h.Element | None:
    """Points with their intervals, joined where no law goes through them; nothing without a point."""
    if not points:
        return None
    bottom = _HEIGHT - _BOTTOM
    x_axis = _level_axis(variable)
    curve = _curve(x_axis, law)
    highest = [one.interval[1] if one.interval else one.value for one in points]
    y_axis = linear_axis([*highest, *(value for _, value in curve)], bottom, _TOP, count=4)
    said = ", ".join(f"{unit_text(unit, one.value)} at {one.name}" for one in points)
    if curve:
        line = _path([(x, y_axis.place(value)) for x, value in curve])
    else:
        line = _path([(one.place, y_axis.place(one.value)) for one in points]) if x_axis.is_log else ""
    return h.figure(".chart.scaling")[
        h.figcaption[h.strong[title], f" {note}"],
        h.div(".plot")[
            h.svg(viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=f"{title}: {said}")[
                _grid(y_axis, unit),
                _names(points, bottom),
                h.path(class_=f"line {'c1' if curve else 'c0'}", d=line) if line else None,
                _peak(x_axis, law, bottom),
                (_point(one, y_axis) for one in points),
                h.path(".axis", d=f"M{_LEFT},{bottom}H{_WIDTH - _RIGHT}"),
            ]
        ],
        h.ul(".legend")[
            h.li[h.span(".swatch.c0", aria_hidden="true"), "measured, with its 95 % interval"],
            h.li[h.span(".swatch.c1", aria_hidden="true"), "Universal Scalability Law"] if curve else None,
        ],
        _data(title, unit, points, variable.variable, law),
    ]


def _curve(x_axis: Axis, law: ScalabilityFit | None) -> list[tuple[float, float]]:
    """What the law says between the first level and the last: places and values."""
    if law is None or not x_axis.is_log:
        return []
    ratio = (x_axis.high / x_axis.low) ** (1 / _CURVE_POINTS)
    levels = [x_axis.low * ratio**step for step in range(_CURVE_POINTS + 1)]
    return [(x_axis.place(level), law.throughput(level)) for level in levels]


def _grid(y_axis: Axis, unit: str) -> list[h.Element]:
    places = [round(y_axis.place(tick)) for tick in y_axis.ticks]
    texts = ["0" if abs(tick) < 1e-12 else unit_text(unit, tick) for tick in y_axis.ticks]
    return [
        h.path(".grid", d="".join(f"M{_LEFT},{y}H{_WIDTH - _RIGHT}" for y in places)),
        h.g(".tick.y")[(h.text(x=_LEFT - 8, y=y + 4)[text] for y, text in zip(places, texts, strict=True))],
    ]


def _names(points: Sequence[_Point], bottom: int) -> h.Element:
    shown: list[_Point] = []
    for one in points:
        if not shown or one.place - shown[-1].place >= _CLOSEST:
            shown.append(one)
    return h.g(".tick.x")[(h.text(x=f"{one.place:.0f}", y=bottom + 18)[one.name] for one in shown)]


def _peak(x_axis: Axis, law: ScalabilityFit | None, bottom: int) -> h.Node:
    """Where the law has the most throughput, if that is among the levels."""
    if law is None or law.peak is None or not (x_axis.is_log and x_axis.low <= law.peak <= x_axis.high):
        return None
    x = x_axis.place(law.peak)
    # On the side where there is room for it.
    to_the_left = x > (_LEFT + _WIDTH) / 2
    return [
        h.path(".mark.change", d=f"M{x:.1f},{_TOP}V{bottom}"),
        h.text(
            ".mark-label",
            x=f"{x - 4 if to_the_left else x + 4:.0f}",
            y=bottom - 6,
            text_anchor="end" if to_the_left else None,
        )[f"most at {three_digits(law.peak)}"],
    ]


def _point(one: _Point, y_axis: Axis) -> h.Element:
    y = y_axis.place(one.value)
    spread = ""
    if one.interval is not None:
        low, high = (y_axis.place(value) for value in one.interval)
        left, right = one.place - 4, one.place + 4
        spread = (
            f"M{one.place:.1f},{low:.1f}V{high:.1f}M{left:.1f},{low:.1f}H{right:.1f}"
            f"M{left:.1f},{high:.1f}H{right:.1f}"
        )
    return h.g(".level.c0")[
        h.path(".spread", d=spread) if spread else None,
        h.circle(cx=f"{one.place:.1f}", cy=f"{y:.1f}", r=4),
    ]


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in places) if len(places) > 1 else ""


def _data(
    title: str,
    unit: str,
    points: Sequence[_Point],
    variable: str,
    law: ScalabilityFit | None,
) -> h.Element:
    unit_name = "/s" if unit == "per_s" else unit
    heads = [variable, f"measured ({unit_name})", "from", "to"]
    head = h.tr[(h.th(scope="col")[text] for text in heads), h.th(scope="col")["law"] if law else None]
    rows = [
        h.tr[
            h.th(scope="row")[one.name],
            h.td[number_text(one.value)],
            (h.td[number_text(bound)] for bound in one.interval or (None, None)),
            h.td[number_text(one.fitted)] if law else None,
        ]
        for one in points
    ]
    return data_table(title, head, rows, len(rows))

"""Lines over time, or over runs: an SVG, a legend and the table of its data.

The table is the only copy of the data: the page's script reads it to draw the same lines anew where a reader
zooms. Values in, elements out; knows nothing of what is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import zip_longest

import htpy as h
import msgspec
from markupsafe import Markup

from pytest_rustide_load.report.html.scale import Axis, exact_axis, linear_axis, log_axis
from pytest_rustide_load.units import MB, NS_PER_MS, format_bytes, format_duration_ns, three_digits

__all__ = [
    "Line",
    "LineChart",
    "Mark",
    "data_table",
    "line_chart",
    "number_text",
    "spark",
    "time_text",
    "unit_text",
]

_WIDTH, _HEIGHT = 960, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 74, 24, 20, 30
COLOURS = 8
_LABEL_ROWS, _LETTER = 4, 6.6
# Beyond ten minutes minutes read better.
_MINUTES_FROM_S = 600


@dataclass(frozen=True, slots=True)
class Line:
    """One line; None where there is nothing to draw."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Mark:
    """What happened from `start` to `end` of the x-axis, or at one place where `end` is None. `kind` is
    phase, stress, fault, alert or change; `short` stands in the chart and `text` beside it, both from
    outside."""

    kind: str
    short: str
    text: str
    start: float
    end: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChart:
    """Lines over `xs`, ascending. `unit` is ms, MB, percent, per_s or "" for counts; `x_unit` is s, or run:
    then `xs` count from 0, with `x_names` for each. `spans_gaps` connects what lies on both sides of nothing.
    Charts of one `group` zoom together. One that is not drawn here is by the page's script, from its table.
    """

    title: str
    note: str
    unit: str
    xs: Sequence[float]
    lines: Sequence[Line]
    x_end: float | None = None
    x_unit: str = "s"
    x_names: Sequence[str] = ()
    marks: Sequence[Mark] = ()
    is_log: bool = False
    spans_gaps: bool = False
    group: str = ""
    is_drawn: bool = True


def unit_text(unit: str, value: float) -> str:
    """A value with its unit, for people."""
    if unit == "ms":
        return format_duration_ns(value * NS_PER_MS)
    if unit == "MB":
        return format_bytes(value * MB)
    suffix = {"percent": "%", "per_s": "/s"}.get(unit, "")
    return three_digits(value) + suffix


def number_text(value: float | None) -> str:
    """A value of the table: digits only, three that count, which is enough to draw it again."""
    return "" if value is None else three_digits(value)


def time_text(value_s: float) -> str:
    """Seconds of the table to the millisecond: three digits would give many rows of a long run one time."""
    return f"{value_s:.3f}".rstrip("0").rstrip(".")


def line_chart(chart: LineChart) -> h.Element:
    """The figure. A chart without data says so."""
    values = [value for line in chart.lines for value in line.values if value is not None]
    caption = h.figcaption[h.strong[chart.title], f" {chart.note}" if chart.note else None]
    if not values:
        return h.figure(".chart")[caption, h.p(".nothing")["no data"]]
    told = [[mark.kind, mark.short, mark.start, mark.end] for mark in chart.marks]
    marks = msgspec.json.encode(told).decode()
    figure = h.figure(
        ".chart.lines",
        data_unit=chart.unit,
        data_x=chart.x_unit,
        data_log="1" if chart.is_log else None,
        data_spans="1" if chart.spans_gaps else None,
        data_group=chart.group or None,
        data_end=None if chart.x_end is None else time_text(chart.x_end),
        data_marks=marks,
    )
    return figure[
        caption,
        # The name is that of what stands in it: this picture, or the one the page's script draws.
        h.div(".plot", role="img", aria_label=_described(chart))[
            _svg(chart, values) if chart.is_drawn else None
        ],
        _legend(chart),
        _table(chart),
    ]


def spark(values: Sequence[float], steps: Sequence[int] = ()) -> h.Element | None:
    """A line without axes, for a cell of a table, with a stroke before each of the `steps`; the table says
    the figures. Nothing for fewer than two values."""
    if len(values) < 2:
        return None
    width, height = 140, 26
    x_axis = Axis(0, len(values) - 1, 3, width - 3, ())
    low, high = min(values), max(values)
    middle = (low + high) / 2
    # Two percent of nothing but noise would look like mountains.
    reach = max(high - middle, middle * 0.05, 1e-9)
    y_axis = Axis(middle - reach, middle + reach, height - 3, 3, ())
    places = [f"{x_axis.place(at):.1f},{y_axis.place(value):.1f}" for at, value in enumerate(values)]
    return h.svg(".spark", viewBox=f"0 0 {width} {height}", aria_hidden="true", focusable="false")[
        (h.path(".mark.change", d=f"M{x_axis.place(step - 0.5):.1f},0V{height}") for step in steps),
        h.path(".line.c0", d=f"M{'L'.join(places)}"),
    ]


def _svg(chart: LineChart, values: Sequence[float]) -> h.Element:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    y_axis = log_axis(values, bottom, _TOP) if chart.is_log else linear_axis(values, bottom, _TOP, count=4)
    first, last = chart.xs[0], chart.xs[-1]
    if chart.x_unit == "s":
        x_axis, x_text = _time_axis(chart.x_end or last, _LEFT, right)
    else:
        x_axis = exact_axis(first, last, _LEFT + 10, right - 10)
        x_text = _run_text(chart)
    return h.svg(viewBox=f"0 0 {_WIDTH} {_HEIGHT}", aria_hidden="true", focusable="false")[
        _marks(chart, x_axis, bottom),
        _y_ticks(chart.unit, y_axis, right),
        h.g(".tick.x")[
            (
                h.text(x=f"{x_axis.place(tick):.0f}", y=bottom + 18)[text]
                for tick in x_axis.ticks
                if (text := x_text(tick))
            )
        ],
        h.path(".axis", d=f"M{_LEFT},{bottom}H{right}"),
        (
            h.path(
                class_=f"line c{number % COLOURS}",
                d=_path(chart, line, x_axis, y_axis),
            )
            for number, line in enumerate(chart.lines)
        ),
    ]


def _run_text(chart: LineChart) -> Callable[[float], str]:
    names = dict(zip(chart.xs, chart.x_names, strict=False))
    # Of "12 (3f2a9c1)" the number is enough below a tick.
    return lambda tick: names.get(tick, "").partition(" ")[0]


def _time_axis(end_s: float, start: float, end: float) -> tuple[Axis, Callable[[float], str]]:
    if end_s < _MINUTES_FROM_S:
        return exact_axis(0, end_s, start, end), lambda tick: f"{tick:g} s"
    minutes = exact_axis(0, end_s / 60, start, end)
    axis = Axis(0, end_s, start, end, tuple(tick * 60 for tick in minutes.ticks))
    return axis, lambda tick: f"{tick / 60:g} min"


def _described(chart: LineChart) -> str:
    """What a reader who sees no picture is told: the range of each line; the table has the rest."""
    said = []
    for line in chart.lines:
        known = [value for value in line.values if value is not None]
        if known:
            low, high = unit_text(chart.unit, min(known)), unit_text(chart.unit, max(known))
            name = f"{line.name} " if line.name != chart.title else ""
            said.append(f"{name}{low} to {high}")
    return f"{chart.title}: {'; '.join(said)}"


def _y_ticks(unit: str, axis: Axis, right: float) -> list[h.Element]:
    places = [round(axis.place(tick)) for tick in axis.ticks]
    texts = ["0" if abs(tick) < 1e-12 else unit_text(unit, tick) for tick in axis.ticks]
    return [
        h.path(".grid", d="".join(f"M{_LEFT},{y}H{right:g}" for y in places)),
        h.g(".tick.y")[(h.text(x=_LEFT - 8, y=y + 4)[text] for y, text in zip(places, texts, strict=True))],
    ]


@dataclass(frozen=True, slots=True)
class _Label:
    """Where the name of a mark stands, from `left` to `right`: row 0 is above the chart, others inside."""

    text: str
    left: float
    right: float
    row: int
    ends_there: bool


def _labels(chart: LineChart, axis: Axis) -> list[_Label]:
    """The names of the marks, so that none covers another or leaves the picture; what has no room has none,
    and stands beside the chart only."""
    placed: list[_Label] = []
    for mark in chart.marks:
        x, width = axis.place(mark.start), len(mark.short) * _LETTER
        ends_there = x + 3 + width > _WIDTH
        left = x - 3 - width if ends_there else x + 3
        taken = {one.row for one in placed if one.left < left + width + 6 and left < one.right + 6}
        row = next((row for row in range(_LABEL_ROWS) if row not in taken), None)
        if row is not None and left >= 0:
            placed.append(_Label(mark.short, left, left + width, row, ends_there))
    return placed


def _marks(chart: LineChart, axis: Axis, bottom: float) -> list[h.Element]:
    found: list[h.Element] = []
    for mark in chart.marks:
        x = axis.place(mark.start)
        if mark.end is None:
            found.append(h.path(class_=f"mark {mark.kind}", d=f"M{x:.1f},{_TOP}V{bottom}"))
        else:
            width = max(axis.place(mark.end) - x, 1.5)
            found.append(
                h.rect(
                    class_=f"mark {mark.kind}",
                    x=f"{x:.1f}",
                    y=_TOP,
                    width=f"{width:.1f}",
                    height=f"{bottom - _TOP:g}",
                )
            )
    labels = [
        h.text(
            x=f"{one.right if one.ends_there else one.left:.0f}",
            y=_TOP - 6 + 18 * min(one.row, 1) + 13 * max(one.row - 1, 0),
            text_anchor="end" if one.ends_there else None,
        )[one.text]
        for one in _labels(chart, axis)
    ]
    return [*found, h.g(".mark-label")[labels]] if labels else found


def _path(chart: LineChart, line: Line, x_axis: Axis, y_axis: Axis) -> str:
    """A new start after each gap; a point between two gaps is a dot."""
    places = [
        None if value is None else f"{x_axis.place(x):.0f},{y_axis.place(value):.0f}"
        for x, value in zip(chart.xs, line.values, strict=True)
    ]
    if chart.spans_gaps:
        places = [place for place in places if place is not None]
    parts: list[str] = []
    before: str | None = None
    for place, after in zip_longest(places, places[1:]):
        if place is not None:
            alone = before is None and after is None
            parts.append(f"{'M' if before is None else 'L'}{place}" + ("h0.1" if alone else ""))
        before = place
    return "".join(parts)


def _legend(chart: LineChart) -> h.Element | None:
    entries = [
        h.li[h.span(class_=f"swatch c{number % COLOURS}", aria_hidden="true"), line.name]
        for number, line in enumerate(chart.lines)
        if len(chart.lines) > 1
    ]
    return h.ul(".legend")[entries] if entries else None


def _table(chart: LineChart) -> h.Element:
    unit = {"percent": "%", "per_s": "/s"}.get(chart.unit, chart.unit)
    head = h.tr[
        h.th(scope="col")["run" if chart.x_unit == "run" else "time (s)"],
        (h.th(scope="col")[f"{line.name} ({unit})" if unit else line.name] for line in chart.lines),
    ]
    rows = []
    for index, x in enumerate(chart.xs):
        first = chart.x_names[index] if index < len(chart.x_names) else time_text(x)
        cells = "".join(f"<td>{number_text(line.values[index])}" for line in chart.lines)
        # End tags may be left out, and a long run has thousands of rows.
        rows.append(f"<tr><th>{escape(first)}{cells}")
    markup = Markup("".join(rows))  # noqa: S704  digits, and names that are escaped above
    return data_table(chart.title, head, markup, len(rows))


def data_table(title: str, head: h.Element, rows: h.Node, count: int) -> h.Element:
    """The data of a figure, shown where a reader asks for it. It scrolls by itself, with the keyboard too."""
    return h.details(".data")[
        h.summary[f"Data ({count} row{'' if count == 1 else 's'})"],
        h.div(".scroll", tabindex="0", role="group", aria_label=f"Data: {title}")[
            h.table[h.thead[head], h.tbody[rows]]
        ],
    ]

"""Figures that are no lines: distributions, outcomes, headroom of budgets, intervals of changes.

Values in, elements out; each with the table of its data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import htpy as h
from markupsafe import Markup

from pytest_rustide_load.report.buckets import LatencyBucket
from pytest_rustide_load.report.compared import ComparedSeries
from pytest_rustide_load.report.html.lines import data_table, number_text, unit_text
from pytest_rustide_load.report.html.parts import unbroken
from pytest_rustide_load.report.html.scale import Axis, linear_axis, log_axis
from pytest_rustide_load.report.results import ErrorStats
from pytest_rustide_load.stats.samples import ENDINGS

__all__ = [
    "distribution_axis",
    "distribution_chart",
    "headroom_bar",
    "interval_bar",
    "outcomes_chart",
]

_WIDTH, _HEIGHT = 460, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 20, 12, 26
# As wide as the name of a percentile, and as a letter of a tick's where letters are large, on a phone.
_NAME, _LETTER = 28, 8.5


def distribution_axis(found: Sequence[Sequence[LatencyBucket]]) -> Axis:
    """One logarithmic axis for all of these distributions, so that they can be held against one another."""
    borders = [border for buckets in found for one in buckets for border in (one.low_ms, one.high_ms)]
    return log_axis(borders, _LEFT, _WIDTH - _RIGHT)


def distribution_chart(
    title: str,
    now: Sequence[LatencyBucket],
    before: Sequence[LatencyBucket],
    *,
    marks: Mapping[str, tuple[float, str]],
    axis: Axis,
    baseline: str,
) -> h.Element:
    """Which share of the right answers took how long: bars for this run, an outline for the baseline (none
    where `before` is empty), and a line at each of the `marks`: ms, and how that is written, by name."""
    shares, earlier = _shares(now), _shares(before)
    bottom = _HEIGHT - _BOTTOM
    y_axis = linear_axis([*shares.values(), *earlier.values()], bottom, _TOP, count=3)
    count = sum(one.count for one in now)
    answers = f"{count:,} right answer{'' if count == 1 else 's'}"
    said = ", ".join(unbroken(f"{name} {text}") for name, (_, text) in marks.items())
    # What never ended counts in a percentile, and may lie beyond all right answers.
    drawn = {name: value for name, (value, _) in marks.items() if axis.low <= value <= axis.high}
    return h.figure(".chart.distribution")[
        h.figcaption[h.strong[title], f" {', '.join(filter(None, (answers, said)))}"],
        h.div(".plot")[
            h.svg(
                viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
                role="img",
                aria_label=f"Distribution of the latency of {title}: {said}",
            )[
                (
                    h.g[
                        h.path(".grid", d=f"M{_LEFT},{y_axis.place(tick):.1f}H{_WIDTH - _RIGHT}"),
                        # Nothing is where the axis is; its name would stand in that of the first tick below.
                        h.text(".tick.y", x=_LEFT - 6, y=f"{y_axis.place(tick) + 4:.1f}")[f"{tick:g}%"]
                        if tick
                        else None,
                    ]
                    for tick in y_axis.ticks
                ),
                _tick_names(axis, bottom + 17),
                h.path(".bar", d="".join(_bar(one, shares[one.high_ms], axis, y_axis) for one in now)),
                h.path(".outline", d=_outline(before, earlier, axis, y_axis, bottom)) if before else None,
                (
                    h.g[
                        h.path(".quantile", d=f"M{axis.place(value):.1f},{_TOP}V{bottom}"),
                        # One below the other: they may lie close together.
                        _mark_name(name, axis.place(value), _TOP + 8 + 13 * row),
                    ]
                    for row, (name, value) in enumerate(drawn.items())
                ),
                h.path(".axis", d=f"M{_LEFT},{bottom}H{_WIDTH - _RIGHT}"),
            ]
        ],
        h.ul(".legend")[
            h.li[h.span(".swatch.bar", aria_hidden="true"), "this run"],
            h.li[h.span(".swatch.outline", aria_hidden="true"), baseline],
        ]
        if before
        else None,
        _distribution_table(title, now, before),
    ]


def _tick_names(axis: Axis, y: int) -> list[h.Element]:
    """Below their ticks, from the last on, which ends where the picture does; none covers another."""
    names: list[h.Element] = []
    free = float(_WIDTH)
    for tick in reversed(axis.ticks):
        x, text = axis.place(tick), unit_text("ms", tick)
        half = len(text) * _LETTER / 2
        if not names and x + half > _WIDTH:
            names.append(h.text(".tick.last", x=_WIDTH - 1, y=y)[text])
            free = _WIDTH - 2 * half - 4
        elif x + half <= free:
            names.append(h.text(".tick.x", x=f"{x:.1f}", y=y)[text])
            free = x - half - 4
    return names


def _mark_name(name: str, x: float, y: int) -> h.Element:
    """Beside its line, on the side where there is room."""
    if x + _NAME > _WIDTH - _RIGHT:
        return h.text(".mark-label", x=f"{x - 3:.1f}", y=y, text_anchor="end")[name]
    return h.text(".mark-label", x=f"{x + 3:.1f}", y=y)[name]


def _bar(one: LatencyBucket, share: float, x_axis: Axis, y_axis: Axis) -> str:
    left = x_axis.place(one.low_ms)
    width = max(x_axis.place(one.high_ms) - left - 0.5, 0.8)
    return f"M{left:.1f},{y_axis.place(0):g}V{y_axis.place(share):.0f}h{width:.1f}V{y_axis.place(0):g}z"


def _shares(buckets: Sequence[LatencyBucket]) -> dict[float, float]:
    """Percent of all, by the upper border."""
    total = sum(one.count for one in buckets)
    return {one.high_ms: 100 * one.count / total for one in buckets}


def _outline(
    buckets: Sequence[LatencyBucket], shares: Mapping[float, float], x_axis: Axis, y_axis: Axis, bottom: float
) -> str:
    parts: list[str] = []
    last: float | None = None
    for one in buckets:
        left, right = x_axis.place(one.low_ms), x_axis.place(one.high_ms)
        y = y_axis.place(shares[one.high_ms])
        if last != one.low_ms:
            parts.append((f"V{bottom}" if parts else "") + f"M{left:.1f},{bottom}")
        parts.append(f"V{y:.0f}H{right:.0f}")
        last = one.high_ms
    return "".join([*parts, f"V{bottom}"])


def _distribution_table(
    title: str, now: Sequence[LatencyBucket], before: Sequence[LatencyBucket]
) -> h.Element:
    counts, earlier = ({one.high_ms: one.count for one in each} for each in (now, before))
    lows = {one.high_ms: one.low_ms for one in [*now, *before]}
    head = h.tr[
        (h.th(scope="col")[text] for text in ("from (ms)", "to (ms)", "answers")),
        h.th(scope="col")["baseline"] if before else None,
    ]
    rows = [
        f"<tr><th>{number_text(lows[high])}<td>{number_text(high)}<td>{counts.get(high, 0)}"
        + (f"<td>{earlier.get(high, 0)}" if before else "")
        for high in sorted(lows)
    ]
    markup = Markup("".join(rows))  # noqa: S704  digits only
    return data_table(title, head, markup, len(rows))


def outcomes_chart(stats: Mapping[str, ErrorStats]) -> h.Element:
    """How the operations ended: a bar of all that was planned for each, and the counts."""
    rows = [(name, each) for name, each in stats.items() if each.planned]
    kinds = [kind for kind in ENDINGS if any(getattr(each, kind) for _, each in rows)]
    return h.figure(".chart.outcomes")[
        h.figcaption[h.strong["Outcomes"], " of everything planned in the measured time"],
        h.div(".plot", role="img", aria_label="Outcomes by operation; the table has the counts")[
            ([h.span[name], _outcome_bar(each, kinds)] for name, each in rows)
        ],
        h.ul(".legend")[
            (
                h.li[h.span(class_=f"swatch o-{kind}", aria_hidden="true"), kind.replace("_", " ")]
                for kind in kinds
            )
        ],
        data_table(
            "Outcomes",
            h.tr[
                h.th(scope="col")["operation"],
                h.th(scope="col")["planned"],
                (h.th(scope="col")[kind.replace("_", " ")] for kind in kinds),
            ],
            [
                h.tr[
                    h.th(scope="row")[name],
                    h.td[str(each.planned)],
                    # At once: a generator would be asked when all rows are made, and give the last's counts.
                    *(h.td[str(getattr(each, kind))] for kind in kinds),
                ]
                for name, each in rows
            ],
            len(rows),
        ),
    ]


def _outcome_bar(each: ErrorStats, kinds: Sequence[str]) -> h.Element:
    width, height = 1000, 18
    parts: list[h.Element] = []
    x = 0.0
    for kind in kinds:
        count = getattr(each, kind)
        if count:
            # A single failure among ten thousand is seen as well.
            part = max(width * count / each.planned, 3.0)
            left = min(x, width - 3.0)
            title = h.title[f"{count} {kind.replace('_', ' ')}"]
            end = min(left + part, width)
            parts.append(
                h.rect(class_=f"o-{kind}", x=f"{left:.1f}", y=0, width=f"{end - left:.1f}", height=height)[
                    title
                ]
            )
            x += part
    # As wide as there is room: only the lengths along it mean anything.
    return h.svg(viewBox=f"0 0 {width} {height}", preserveAspectRatio="none")[parts]


def headroom_bar(used_ratio: float, status: str, warning_ratio: float | None) -> h.Element:
    """How much of a limit is used up: a bar up to one and a half times the limit, a line at the limit, and
    one at the warning."""
    width, limit = 150, 100
    return h.svg(".headroom", viewBox=f"0 0 {width} 14", aria_hidden="true", focusable="false")[
        h.rect(".track", x=0, y=3, width=width, height=8),
        h.rect(
            class_=f"s-{status}", x=0, y=3, width=f"{min(max(used_ratio, 0) * limit, width):.1f}", height=8
        ),
        h.path(".quantile", d=f"M{warning_ratio * limit:.1f},2V12") if warning_ratio is not None else None,
        h.path(".limit", d=f"M{limit},0V14"),
    ]


def interval_bar(one: ComparedSeries, threshold_ratio: float, reach_ratio: float) -> h.Element | None:
    """The change of a series with its interval, between plus and minus `reach_ratio`; lines at nothing and
    at the threshold."""
    if one.change_ratio is None or one.low_ratio is None or one.high_ratio is None:
        return None
    axis = Axis(-reach_ratio, reach_ratio, 8, 192, ())
    low, high, middle = (axis.place(value) for value in (one.low_ratio, one.high_ratio, one.change_ratio))
    beyond = one.change_ratio > reach_ratio
    return h.svg(".interval", viewBox="0 0 200 16", aria_hidden="true", focusable="false")[
        h.path(".grid", d=f"M{axis.place(0):.1f},0V16"),
        h.path(".limit", d=f"M{axis.place(threshold_ratio):.1f},0V16"),
        h.path(class_=f"whisker s-{one.status}", d=f"M{low:.1f},8H{high:.1f}M{low:.1f},4V12M{high:.1f},4V12"),
        h.path(class_=f"s-{one.status}", d="M190,3L198,8L190,13Z")
        if beyond
        else h.circle(class_=f"s-{one.status}", cx=f"{middle:.1f}", cy=8, r=4),
    ]

"""What happened when: charts of one run, all on the same axis of time, with what was going on marked in each.

Values in, elements out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import htpy as h

from pytest_rustide_load.report.alerts import describe_alert
from pytest_rustide_load.report.html.lines import Line, LineChart, Mark, line_chart
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.report.timeline import Column, OperationTimeline, Timeline
from pytest_rustide_load.units import three_digits

__all__ = ["time_charts"]

# More points than these nobody sees on a screen, and every one is in the table as well.
_MOST_POINTS = 720
# Of what lies behind a click in the report of a whole suite.
_MOST_BRIEF_POINTS = 32
_SHORT_ALERTS = {
    "memory_usage_high": "memory",
    "cpu_usage_high": "CPU",
    "error_rate_high": "errors",
    "response_time_degraded": "slow",
}
# Of a list that stands above the charts it is about.
_MOST_MARKED = 12
_Values = Sequence[float | None]


def time_charts(results: LoadTestResults, group: str, *, is_brief: bool = False) -> h.Node:
    """The charts of a run; nothing where it has no timeline. Those of one `group` zoom together. Where it
    `is_brief`, those behind a click are drawn by the page's script only."""
    timeline = results.timeline
    if timeline is None:
        return None
    marks = _marks(results, timeline)
    draw = _Drawing(timeline, group, marks)
    more = _Drawing(timeline, group, marks, is_drawn=not is_brief)
    waited = {
        name: one
        for name, one in timeline.operations.items()
        if name in results.operations and results.operations[name].user_waits and any(one.planned)
    }
    return [
        h.h3["Over time"],
        _marked(marks),
        draw.latencies("Latency, p95 by operation", {name: one.p95_ms for name, one in waited.items()}),
        draw.counts(timeline.overall),
        draw.load(),
        *draw.resources(),
        h.details[
            h.summary["Percentiles of each operation over time"],
            (more.latencies(name, _percentiles(one)) for name, one in waited.items()),
        ],
        _details("More of the backend and the machine over time", more.rest()),
    ]


def _details(summary: str, figures: Sequence[h.Element]) -> h.Element | None:
    return h.details[h.summary[summary], figures] if figures else None


def _percentiles(one: OperationTimeline) -> dict[str, Column]:
    return {"p50": one.p50_ms, "p95": one.p95_ms, "p99": one.p99_ms, "largest": one.max_ms}


class _Drawing:
    """Charts over the rows of one timeline, from the beginning of the measured time."""

    def __init__(
        self, timeline: Timeline, group: str, marks: Sequence[Mark], *, is_drawn: bool = True
    ) -> None:
        self._timeline = timeline
        self._is_drawn = is_drawn
        self._group = group
        self._marks = marks
        # The warm-up is not what was measured, and its first answers would squeeze everything else.
        self._first = next(
            (row for row in range(timeline.rows) if timeline.start_s + row * timeline.step_s >= 0), 0
        )
        most = _MOST_POINTS if is_drawn else _MOST_BRIEF_POINTS
        self._merged = -(-(timeline.rows - self._first) // most)
        self._point_s = self._merged * timeline.step_s
        count = -(-(timeline.rows - self._first) // self._merged)
        start_s = timeline.start_s + self._first * timeline.step_s
        # A row is drawn in its middle.
        self._xs = [
            min(start_s + (point + 0.5) * self._point_s, max(timeline.ended_s, start_s))
            for point in range(count)
        ]

    def latencies(self, title: str, columns: dict[str, Column]) -> h.Element:
        each = "of each second" if self._timeline.step_s == 1 else f"of each {self._timeline.step_s:g} s"
        note = f"{each}, from the moment the user wanted the answer"
        if self._merged > 1:
            note += f"; a point is the largest of {self._point_s:g} s"
        lines = [Line(name, self._points(values, _largest)) for name, values in columns.items()]
        return self._chart(title, note, "ms", lines, is_log=True, spans_gaps=True)

    def counts(self, overall: OperationTimeline) -> h.Element:
        """What was asked and what came of it."""
        found = {
            "planned": overall.planned,
            "right": overall.ok,
            "wrong or empty": overall.wrong,
            "failed": overall.failed,
            "withdrawn": overall.withdrawn,
        }
        lines = [
            Line(name, self._points(self._per_s(values), _mean))
            for name, values in found.items()
            if name in ("planned", "right") or any(values)
        ]
        return self._chart("Throughput", "operations the user waits for, a second", "per_s", lines)

    def load(self) -> h.Element:
        lines = [
            Line("users", self._points(self._timeline.users, _largest)),
            Line("requests in flight", self._points(self._timeline.in_flight_avg, _mean)),
        ]
        return self._chart("Load", "users there, and requests not answered yet", "", lines)

    def resources(self) -> list[h.Element]:
        backend, host, generator = self._timeline.backend, self._timeline.host, self._timeline.generator
        memory = [] if backend is None else [Line("resident", self._points(backend.rss_peak_mb, _largest))]
        cpu = [] if backend is None else [Line("backend", self._points(backend.cpu_percent, _mean))]
        if generator is not None:
            cpu.append(Line("load generator", self._points(generator.cpu_percent, _mean)))
        if host is not None:
            cpu.append(Line("whole machine, of all cores", self._points(host.cpu_percent, _mean)))
        found = []
        if memory:
            found.append(self._chart("Memory", "of the backend's process tree", "MB", memory))
        if cpu:
            found.append(self._chart("CPU", "of one core", "percent", cpu))
        return found

    def rest(self) -> list[h.Element]:
        """What is looked at when something is wrong; only what was seen at all."""
        backend, host = self._timeline.backend, self._timeline.host
        groups: list[tuple[str, str, str, dict[str, Column]]] = []
        if host is not None:
            groups.append(
                (
                    "Stalls",
                    "share of the time in which a task of the machine waited (PSI)",
                    "percent",
                    {
                        "CPU": host.cpu_stall_percent,
                        "memory": host.memory_stall_percent,
                        "I/O": host.io_stall_percent,
                    },
                )
            )
        if backend is not None:
            groups += [
                (
                    "Waiting for a core",
                    "how long threads were ready to run and did not, of one core",
                    "percent",
                    {"run delay": backend.run_delay_percent},
                ),
                (
                    "Threads",
                    "of the backend, by state",
                    "",
                    {
                        "running": backend.threads_running,
                        "blocked": backend.threads_blocked,
                        "sleeping": backend.threads_sleeping,
                    },
                ),
                (
                    "Storage",
                    "MB a second",
                    "",
                    {"read": backend.read_mb_per_s, "written": backend.write_mb_per_s},
                ),
                (
                    "Page faults",
                    "of the backend",
                    "per_s",
                    {"minor": backend.minor_faults_per_s, "major": backend.major_faults_per_s},
                ),
                (
                    "Context switches",
                    "of the backend",
                    "per_s",
                    {
                        "voluntary": backend.voluntary_switches_per_s,
                        "involuntary": backend.involuntary_switches_per_s,
                    },
                ),
            ]
        found = []
        for title, note, unit, columns in groups:
            lines = [
                Line(name, points)
                for name, values in columns.items()
                if any(points := self._points(values, _mean))
            ]
            if lines:
                found.append(self._chart(title, note, unit, lines))
        return found

    def _per_s(self, values: Sequence[int]) -> list[float | None]:
        return [value / self._timeline.step_s for value in values]

    def _points(self, values: _Values, merge: Callable[[_Values], float | None]) -> list[float | None]:
        rows = values[self._first :]
        return [merge(rows[at : at + self._merged]) for at in range(0, len(rows), self._merged)]

    def _chart(
        self,
        title: str,
        note: str,
        unit: str,
        lines: Sequence[Line],
        *,
        is_log: bool = False,
        spans_gaps: bool = False,
    ) -> h.Element:
        return line_chart(
            LineChart(
                title=title,
                note=note,
                unit=unit,
                xs=self._xs,
                x_end=self._timeline.ended_s,
                lines=lines,
                marks=self._marks,
                is_log=is_log,
                spans_gaps=spans_gaps,
                group=self._group,
                is_drawn=self._is_drawn,
            )
        )


def _largest(values: _Values) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _mean(values: _Values) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _marks(results: LoadTestResults, timeline: Timeline) -> list[Mark]:
    """What was going on: stages, what happened from outside, and alerts; in order of time."""
    found = []
    for span in timeline.spans:
        if span.kind == "stage":
            if span.start_s > 0 or span.name:
                found.append(Mark("phase", span.name, f"stage {span.name}", span.start_s, None))
        elif span.kind == "gone":
            found.append(Mark("fault", "gone", span.name, span.start_s, span.end_s))
        elif span.kind != "warm-up":
            kind = "fault" if span.kind == "fault" else "stress"
            # What struck at one moment has no length.
            end_s = span.end_s if span.end_s > span.start_s else None
            found.append(Mark(kind, span.name, f"{span.kind}: {span.name}", span.start_s, end_s))
    for burst in results.bursts:
        beside = f"; meanwhile {', '.join(burst.meanwhile)}" if burst.meanwhile else ""
        text = (
            f"burst: {burst.outliers} of {burst.due} operations took {three_digits(burst.factor)} times "
            f"as long ({', '.join(burst.operations)}){beside}"
        )
        found.append(Mark("burst", "burst", text, burst.start_s, burst.end_s))
    for alert in results.alerts:
        short = _SHORT_ALERTS.get(alert.name, alert.name)
        end_s = timeline.ended_s if alert.end_s is None else alert.end_s
        found.append(Mark("alert", f"⚠ {short}", describe_alert(alert), alert.start_s, end_s))
    return sorted(found, key=lambda mark: mark.start)


def _when(mark: Mark) -> str:
    start = three_digits(mark.start)
    if mark.end is None:
        return f"from {start} s on" if mark.kind == "phase" else f"at {start} s"
    return f"from {start} s to {three_digits(mark.end)} s"


def _marked(marks: Sequence[Mark]) -> h.Node:
    """What the charts have marked, in words."""
    shown, others = _list(marks[:_MOST_MARKED]), _list(marks[_MOST_MARKED:])
    return [shown, h.details[h.summary[f"{len(marks) - _MOST_MARKED} more"], others] if others else None]


def _list(marks: Sequence[Mark]) -> h.Element | None:
    if not marks:
        return None
    return h.ul(".marked")[
        (
            h.li[
                h.span(class_=f"swatch m-{mark.kind}", aria_hidden="true"),
                mark.text if mark.kind == "alert" else f"{mark.text}, {_when(mark)}",
            ]
            for mark in marks
        )
    ]

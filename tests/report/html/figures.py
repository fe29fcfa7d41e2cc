"""Every figure of a page held against the results it was made of: tables of operations, of outcomes and of
distributions, and the data of the charts, which are what is drawn."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from statistics import fmean

from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.report.timeline import Column, Timeline

_MS = {"ns": 1e-6, "µs": 1e-3, "ms": 1.0, "s": 1e3, "min": 6e4, "h": 3.6e6}
# Three digits are written.
_NEAR = 0.0051
_OUTCOMES = {
    "planned": "planned",
    "right": "ok",
    "wrong or empty": "wrong",
    "failed": "failed",
    "withdrawn": "withdrawn",
}
_PERCENTILES = {"p50": "p50_ms", "p95": "p95_ms", "p99": "p99_ms", "largest": "max_ms"}
_Merge = Callable[[Sequence[float]], float]
_Pair = tuple[str, float | None, float | None]


def compare(page: str, runs: Sequence[LoadTestResults]) -> tuple[int, list[str]]:
    """How many figures of the page of these runs were held against them, and those that differ, in words."""
    sections = re.split(r'<h2 id="run-([0-9]+)">', page)[1:]
    found = []
    for number, section in zip(sections[::2], sections[1::2], strict=True):
        run = runs[int(number) - 1]
        for what, shown, true in _pairs(section, run):
            found.append((f"{run.scenario_name}: {what}", shown, true))
    return len(found), [
        f"{what}: {shown} for {true}" for what, shown, true in found if not _same(shown, true)
    ]


def _same(shown: float | None, true: float | None) -> bool:
    if shown is None or true is None:
        return shown is true
    return math.isclose(shown, true, rel_tol=_NEAR, abs_tol=0.000_51)


def _pairs(section: str, run: LoadTestResults) -> Iterator[_Pair]:
    yield from _operations(section, run)
    for figure in re.findall(r'<figure class="chart[^>]*>.*?</figure>', section, re.DOTALL):
        title = _text(re.search(r"<strong>(.*?)</strong>", figure)[1])
        data = figure.partition('<details class="data">')[2]
        if not data:
            continue
        head, *rows = _rows(data)
        if 'class="chart distribution' in figure:
            yield from _distribution(title, rows, run)
        elif title == "Outcomes":
            yield from _outcomes(head, rows, run)
        elif 'data-x="s"' in figure and run.timeline is not None:
            yield from _over_time(title, head, rows, run.timeline)


def _operations(section: str, run: LoadTestResults) -> Iterator[_Pair]:
    found = re.search(r'<table aria-label="Operations: latency.*?</table>', section, re.DOTALL)
    if found is None:
        return
    head, *rows = _rows(found[0])
    for name, *cells in rows:
        one = run.operations[name]
        stats, times = one.error_stats, one.response_time
        true = {
            "planned": stats.planned,
            **{key: getattr(times, key) for key in ("p50", "p90", "p95", "p99", "max")},
            "right": None if stats.goodput_ratio is None else stats.goodput_ratio * 100,
            "failed": stats.total,
            "wrong": stats.wrong,
            "right/s": one.throughput_per_s,
        }
        for key, cell in zip(head[1:], cells, strict=True):
            yield f"{name} {key}", _value(cell), true[key]


def _distribution(name: str, rows: list[list[str]], run: LoadTestResults) -> Iterator[_Pair]:
    buckets = [one for one in run.operations[name].latency_buckets if one.count]
    shown = [row for row in rows if int(row[2])]
    yield f"{name} buckets", len(shown), len(buckets)
    for (low, high, count, *_), one in zip(shown, buckets, strict=False):
        yield f"{name} from", float(low), one.low_ms
        yield f"{name} to", float(high), one.high_ms
        yield f"{name} answers", int(count), one.count
    yield f"{name} right", sum(int(row[2]) for row in rows), run.operations[name].error_stats.ok


def _outcomes(head: list[str], rows: list[list[str]], run: LoadTestResults) -> Iterator[_Pair]:
    for name, *cells in rows:
        stats = run.operations[name].error_stats
        for key, cell in zip(head[1:], cells, strict=True):
            yield f"{name} {key}", int(cell), getattr(stats, key.replace(" ", "_"))


def _over_time(title: str, head: list[str], rows: list[list[str]], timeline: Timeline) -> Iterator[_Pair]:
    times = [float(row[0]) for row in rows]
    yield f"{title}, times that do not rise", sum(b <= a for a, b in pairwise(times)), 0
    first = next(row for row in range(timeline.rows) if timeline.start_s + row * timeline.step_s >= 0)
    for column, name in enumerate(head[1:], 1):
        source = _source(title, re.sub(r" \([^)]*\)$", "", name), timeline)
        if source is None:
            continue
        values, merge = source
        kept = values[first:]
        # As few rows as give so many points are one point.
        merged = next(size for size in range(1, len(kept) + 1) if -(-len(kept) // size) <= len(rows))
        for at, row in enumerate(rows):
            known = [value for value in kept[at * merged : (at + 1) * merged] if value is not None]
            shown = None if row[column] == "" else float(row[column])
            yield f"{title}, {name} at {row[0]} s", shown, merge(known) if known else None


def _source(title: str, name: str, timeline: Timeline) -> tuple[Column, _Merge] | None:
    """The column behind a line, and what makes one point of several of its rows."""
    operations = timeline.operations
    if title == "Latency, p95 by operation":
        return operations[name].p95_ms, max
    if title in operations:
        return getattr(operations[title], _PERCENTILES[name]), max
    if title == "Throughput":
        counts = getattr(timeline.overall, _OUTCOMES[name])
        return tuple(count / timeline.step_s for count in counts), fmean
    if title == "Load":
        return (timeline.users, max) if name == "users" else (timeline.in_flight_avg, fmean)
    if title == "Memory":
        return timeline.backend.rss_peak_mb, max
    if title == "CPU":
        sides = {"backend": timeline.backend, "load generator": timeline.generator}
        return sides.get(name, timeline.host).cpu_percent, fmean
    return None


def _rows(table: str) -> list[list[str]]:
    table = table.partition("</table>")[0]
    return [
        [_text(cell) for cell in re.split(r"<t[hd][^>]*>", row)[1:]] for row in re.split("<tr>", table)[1:]
    ]


def _text(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", markup)).strip()


def _value(cell: str) -> float | None:
    """A cell's figure: of a time milliseconds, of a share percent."""
    if cell == "-":
        return None
    number, _, unit = cell.lstrip("~≥ ").replace(",", "").partition(" ")
    return float(number.rstrip("%")) * _MS.get(unit, 1.0)

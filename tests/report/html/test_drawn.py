"""Where things are drawn: lines, bars, marks and intervals lie where the ticks of their axes say they do."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from pytest_rustide_load.pages import load_assets
from pytest_rustide_load.report.html import render_report
from tests.report.html import samples

# Values, each with where it is drawn.
Places = Sequence[tuple[float, float]]
_UNITS = {"": 1.0, "%": 1.0, "/s": 1.0, "MB": 1.0, "µs": 1e-3, "ms": 1.0, "s": 1e3}
# Places are whole pixels, and those of ticks too.
_PIXELS = 1.3


@pytest.fixture(scope="module")
def page() -> str:
    return render_report(samples.session(), [samples.trends()], load_assets())


def figure(page: str, title: str, kind: str) -> str:
    """The first figure of that title and class."""
    return next(
        part.partition("</figure>")[0]
        for part in page.split("<figure")[1:]
        if f"<strong>{title}</strong>" in part and kind in part.partition(">")[0]
    )


def data(drawn: str) -> list[list[float | None]]:
    """The rows of its table, the first column too."""
    rows = drawn.partition("<tbody>")[2].partition("</tbody>")[0].split("<tr>")[1:]
    return [
        [float(cell) if cell else None for cell in re.split("<t[hd]>", row)[1:]]
        for row in (row.partition("</tr>")[0] for row in rows)
    ]


def ticks(drawn: str, axis: str, *, sides: str, unit: str = "") -> list[tuple[float, float]]:
    """Value and place of each tick of a `g` or of single texts."""
    found = re.findall(rf'<text class="tick {axis}[^"]*"[^>]*? {sides}="([0-9.]+)"[^>]*>([^<]+)', drawn)
    group = drawn.partition(f'<g class="tick {axis}">')[2].partition("</g>")[0]
    found += re.findall(rf'<text[^>]*? {sides}="([0-9.]+)"[^>]*>([^<]+)', group)
    below = 4 if axis == "y" else 0
    return [(_number(text, unit), float(place) - below) for place, text in found]


def _number(text: str, unit: str) -> float:
    """`unit` is that of the axis where it is not that of a latency."""
    number, own = re.fullmatch(r"([0-9.]+) ?(.*)", html.unescape(text)).groups()
    return float(number) * (1.0 if own == unit else _UNITS[own])


def lie_on(
    axis: Sequence[tuple[float, float]], drawn: Sequence[tuple[float, float]], *, is_log=False
) -> None:
    """Each of `drawn`, value and place, lies where the ticks of the axis say."""
    assert len(axis) > 1
    assert len(drawn) > 1
    scale = math.log if is_log else float
    slope, start = np.polyfit([scale(value) for value, _ in axis], [place for _, place in axis], 1)
    # The ticks themselves do; a linear axis is none for a logarithmic one.
    for value, place in [*axis, *drawn]:
        assert place == pytest.approx(slope * scale(value) + start, abs=_PIXELS), value


def points(drawn: str, number: int) -> list[tuple[float, float]]:
    [path] = re.findall(rf'<path class="line c{number}" d="([^"]*)"', drawn)
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([0-9.]+),([0-9.]+)", path)]


@pytest.mark.parametrize(
    ("title", "is_log"), [("Latency, p95 by operation", True), ("Throughput", False), ("Memory", False)]
)
def test_lines_and_what_is_marked_beside_them_lie_on_their_axes(page, title, is_log):
    drawn = figure(page, title, "lines")
    of_time = ticks(drawn, "x", sides="x", unit="s")
    of_values = [one for one in ticks(drawn, "y", sides="y") if one[0] or not is_log]
    rows = data(drawn)
    for column in range(1, len(rows[0])):
        known = [(row[0], row[column]) for row in rows if row[column] is not None]
        places = points(drawn, column - 1)
        assert len(places) == len(known)
        lie_on(of_time, [(at, x) for (at, _), (x, _) in zip(known, places, strict=True)])
        lie_on(of_values, [(one, y) for (_, one), (_, y) in zip(known, places, strict=True)], is_log=is_log)
    told = json.loads(html.unescape(re.search('data-marks="([^"]*)"', drawn)[1]))
    begins = re.findall(r'<(?:rect|path) class="mark ([a-z]+)" [xd]="M?([0-9.]+)', drawn)
    assert [kind for kind, _ in begins] == [kind for kind, *_ in told]
    assert {kind for kind, *_ in told} == {"phase", "stress", "alert", "burst", "fault"}
    assert [one[:2] for one in told if one[1] in ("cpu 90%", "kill")] == [
        ["stress", "cpu 90%"],
        ["fault", "kill"],
    ]
    lie_on(of_time, [(start, float(x)) for (_, _, start, _), (_, x) in zip(told, begins, strict=True)])
    ends = re.findall(r'<rect class="mark [a-z]+" x="([0-9.]+)"[^>]*? width="([0-9.]+)"', drawn)
    lasting = [end for *_, end in told if end is not None]
    lie_on(of_time, [(end, float(x) + float(w)) for end, (x, w) in zip(lasting, ends, strict=True)])


@pytest.mark.parametrize("title", samples.MEDIANS_MS)
def test_a_distribution_and_that_of_the_baseline_lie_on_a_logarithmic_axis(page, title):
    drawn = figure(page, title, "distribution")
    of_latency = ticks(drawn, "x", sides="x")
    of_shares = [(0.0, 144.0), *ticks(drawn, "y", sides="y")]
    rows = data(drawn)
    now = [(low, high, count) for low, high, count, _ in rows if count]
    before = [(low, high, count) for low, high, _, count in rows if count]
    assert before != now
    bars = re.findall(r"M([0-9.]+),144V([0-9.]+)h([0-9.]+)", re.search('class="bar" d="([^"]*)"', drawn)[1])
    [outline] = re.findall('class="outline" d="([^"]*)"', drawn)
    steps = [(float(y), float(x)) for y, x in re.findall(r"V([0-9.]+)H([0-9.]+)", outline)]
    total, earlier = (sum(count for *_, count in found) for found in (now, before))
    lie_on(of_latency, [(one[0], float(x)) for one, (x, *_) in zip(now, bars, strict=True)], is_log=True)
    lie_on(of_latency, [(one[1], x) for one, (_, x) in zip(before, steps, strict=True)], is_log=True)
    lie_on(of_shares, [(100 * one[2] / total, float(y)) for one, (_, y, _) in zip(now, bars, strict=True)])
    lie_on(of_shares, [(100 * one[2] / earlier, y) for one, (y, _) in zip(before, steps, strict=True)])
    # The lines of the percentiles.
    times = samples.results().operations[title].response_time
    places = [float(x) for x in re.findall('class="quantile" d="M([0-9.]+)', drawn)]
    lie_on(of_latency, list(zip((times.p50, times.p95), places, strict=True)), is_log=True)


def test_bars_of_outcomes_are_as_long_as_their_shares(page):
    drawn = figure(page, "Outcomes", "outcomes")
    rows = [
        [int(cell) for cell in re.findall(r"<td>([0-9]+)", row)]
        for row in drawn.partition("<tbody>")[2].split("<tr>")[1:]
    ]
    bars = drawn.split("<svg")[1:]
    for (planned, *counts), bar in zip(rows, bars, strict=True):
        parts = re.findall(r'<rect class="o-[a-z_]+" x="([0-9.]+)"[^>]*? width="([0-9.]+)"', bar)
        for count, (_, width) in zip(filter(None, counts), parts, strict=True):
            assert float(width) == pytest.approx(max(1000 * count / planned, 3), abs=0.1)
        for (x, width), (after, _) in pairwise(parts):
            # One that is drawn wider than it is covers the end of the one before it.
            assert float(after) <= float(x) + float(width) + 0.1


def test_what_is_used_up_of_a_budget_is_a_bar_up_to_a_line(page):
    found = re.findall(
        r'<rect class="s-[A-Z]+" [^>]*?width="([0-9.]+)".*?d="M100,0V14".*?class="share">([0-9]+)%', page
    )
    assert len(found) > 5
    for width, share in found:
        assert float(width) == pytest.approx(min(float(share), 150), abs=0.6)
    assert max(float(share) for _, share in found) > 150


def test_an_interval_lies_about_its_change_beside_the_threshold(page):
    [reach] = {float(text) for text in re.findall(r"−[0-9]+% … \+([0-9]+)%", page)}

    def place(ratio: float) -> float:
        """What reaches beyond the axis ends where it does."""
        return pytest.approx(100 + 92 * min(max(ratio * 100 / reach, -1), 1), abs=0.6)

    bars = re.findall(r'<svg class="interval".*?</svg>', page, re.DOTALL)
    for one, bar in zip(samples.comparison().series, bars, strict=True):
        zero, limit = (re.search(f'class="{name}" d="M([0-9.]+)', bar)[1] for name in ("grid", "limit"))
        low, high = re.search(r'class="whisker [^"]*" d="M([0-9.]+),8H([0-9.]+)', bar).groups()
        assert [*map(float, (zero, limit, low, high))] == [
            place(ratio) for ratio in (0.0, 0.05, one.low_ratio, one.high_ratio)
        ]
        middle = re.search(r'<circle class="[^"]*" cx="([0-9.]+)"', bar)
        # One beyond the axis is an arrow at its end.
        assert (middle is None) == (one.change_ratio * 100 > reach)
        assert middle is None or float(middle[1]) == place(one.change_ratio)

"""The scenarios of a session in one table, the worst first: where to look, before any of them is looked at.

Values in, elements out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import htpy as h

from pytest_rustide_load.budgets.metrics import METRICS
from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.findings import GRAVITY
from pytest_rustide_load.report.html.parts import badge, percent, table, time_text
from pytest_rustide_load.report.html.scenario import headroom, used_ratio, verdict_word
from pytest_rustide_load.report.results import LoadTestResults

__all__ = ["Listed", "overview_section"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A run under the `anchor` where it is told whole, and the comparison of its scenario with its anchor."""

    anchor: str
    name: str
    results: LoadTestResults
    comparison: tuple[str, ComparisonReport] | None

    @property
    def compared(self) -> str:
        """The gravest status of the series compared; "" where nothing was compared."""
        if self.comparison is None:
            return ""
        statuses = [series.status for series in self.comparison[1].series]
        return max(statuses, key=_gravity, default="FAIL")


def overview_section(runs: Sequence[Listed]) -> h.Element | None:
    """A row for each of the runs; nothing for a single one."""
    if len(runs) < 2:
        return None
    worst_first = sorted(
        runs, key=lambda run: -max(_gravity(verdict_word(run.results)), _gravity(run.compared))
    )
    are_compared = any(run.comparison for run in runs)
    columns = ("scenario", "verdict", "compared", "p95", "right", "closest budget", "used up")
    head = [title for title in columns if are_compared or title != "compared"]
    rows = [[cells[title] for title in head] for cells in map(_cells, worst_first)]
    caption = "The worst first; p95 and right answers are of all that users wait for"
    return h.section(aria_labelledby="scenarios")[
        h.h2("#scenarios")[f"{len(runs)} scenarios"],
        table(caption, head, rows, texts=("compared", "closest budget", "used up")),
    ]


def _gravity(status: str) -> int:
    """One that did not end as planned is as grave as any."""
    return max(GRAVITY.values()) if status in ("crashed", "interrupted") else GRAVITY.get(status, 0)


def _cells(run: Listed) -> Mapping[str, h.Node]:
    results = run.results
    known = [(used, one) for one in results.verdicts if (used := used_ratio(one)) is not None]
    _, closest = max(known, key=lambda pair: pair[0], default=(0.0, None))
    return {
        "scenario": h.a(href=f"#{run.anchor}")[run.name],
        "verdict": badge(verdict_word(results)),
        "compared": "-" if run.comparison is None else h.a(href=f"#{run.comparison[0]}")[badge(run.compared)],
        "p95": time_text(results.performance_stats.response_time, "p95"),
        "right": percent(results.error_stats.goodput_ratio),
        "closest budget": "-"
        if closest is None
        else f"{closest.operation or 'backend'} {METRICS[closest.key].label}",
        "used up": "-" if closest is None else headroom(closest),
    }

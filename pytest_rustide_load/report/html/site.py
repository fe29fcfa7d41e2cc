"""Pages over a history: what there is, a scenario's series and runs, and any two runs side by side.

Values in, text out; knows nothing of where runs are kept or who asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import htpy as h
import msgspec
from markupsafe import Markup

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.html.compared import trends_section
from pytest_rustide_load.report.html.lines import spark
from pytest_rustide_load.report.html.page import Assets, page
from pytest_rustide_load.report.html.parts import badge, mark_of, table, trend_badge, trend_key
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.report.trends import ScenarioTrends
from pytest_rustide_load.units import three_digits

__all__ = [
    "ListedRun",
    "Overview",
    "comparable_run",
    "render_index",
    "render_scenario",
    "render_side_by_side",
    "run_links",
]

_LATEST = 30


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run in a list. `status` is that of its budgets or how it ended; `page` is where it is shown whole, ""
    where it is not."""

    number: int
    when: str
    scenario: str
    backend: str
    commit: str
    status: str
    page: str


@dataclass(frozen=True, slots=True)
class Overview:
    """A scenario of the history: its `page`, all its runs (oldest first), and where the comparable ones go,
    None where none is complete."""

    scenario: str
    page: str
    runs: Sequence[ListedRun]
    trends: ScenarioTrends | None


def render_index(overviews: Sequence[Overview], source: str, assets: Assets) -> str:
    """All scenarios, and the latest runs. `source` says where the history lies."""
    runs = sorted((run for one in overviews for run in one.runs), key=lambda run: -run.number)
    body = [
        h.header[h.h1["Load test history"], h.p[f"{_count(runs)} in {source}"]],
        _links(),
        h.main("#content")[
            (_scenario_card(one) for one in overviews),
            h.section(aria_labelledby="latest")[
                h.h2("#latest")["Latest runs"],
                _runs_table("The latest runs of all scenarios", runs[:_LATEST]),
            ],
        ]
        if overviews
        else h.main("#content")[h.section[h.p["No runs yet: load tests keep theirs here."]]],
    ]
    return page("Load test history", body, assets)


def render_scenario(one: Overview, assets: Assets) -> str:
    """The series of a scenario with their change points, and all its runs, the latest first."""
    comparable = set() if one.trends is None else {run.number for run in one.trends.runs}
    others = [run for run in one.runs if run.number not in comparable]
    body = [
        h.header[h.h1[one.scenario]],
        _links(one.scenario),
        h.main("#content")[
            trends_section(one.trends, "trends")
            if one.trends is not None and len(one.trends.runs) > 1
            else None,
            h.section(aria_labelledby="runs")[
                h.h2("#runs")["Runs"],
                h.p[
                    f"{len(others)} of them did not end, are void, or differ from the last in machine, "
                    "codebase, length or backend, and are in no series."
                ]
                if others
                else None,
                _runs_table(f"All runs of {one.scenario}", sorted(one.runs, key=lambda run: -run.number)),
            ],
        ],
    ]
    return page(f"{one.scenario}: load test history", body, assets)


def comparable_run(number: int, commit: str, results: LoadTestResults) -> dict[str, object]:
    """What `render_side_by_side` needs of a run."""
    series: dict[str, tuple[str, float, str]] = {}
    for name, operation in results.operations.items():
        for statistic in ("p50", "p95", "p99"):
            value = getattr(operation.response_time, statistic)
            if value is not None and operation.user_waits:
                mark = mark_of(operation.response_time, statistic)
                series[f"{name} {statistic}"] = ("ms", value, mark)
        if operation.error_stats.goodput_ratio is not None:
            series[f"{name} right"] = ("percent", operation.error_stats.goodput_ratio * 100, "")
    usage = results.resource_usage
    if usage is not None:
        series["memory average"] = ("MB", usage.rss_avg_mb, "")
        series["memory peak"] = ("MB", usage.rss_peak_mb, "")
        series["cpu average"] = ("percent", usage.cpu_avg_percent, "")
    about = {
        "scenario": results.scenario_name,
        "backend": f"{results.backend.name} {results.backend.version}".rstrip(),
        "codebase": results.codebase.description or results.codebase.digest,
        "profile": results.profile,
        "measured": f"{three_digits(results.measured_s)} s",
        "seed": str(results.seed),
        "began": results.execution_timestamp,
        "commit": commit,
        **results.fingerprint,
    }
    return {"number": number, "about": about, "series": series}


def render_side_by_side(runs: Sequence[Mapping[str, object]], assets: Assets) -> str:
    """A page that holds any two of `runs` (as `comparable_run` has them, oldest first) against each other.
    Its script does it: every pair would be a page of its own."""
    text = msgspec.json.encode(runs).decode()
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    body = [
        h.header[h.h1["Two runs side by side"]],
        _links(),
        h.main("#content")[
            h.section[
                h.p[
                    "One run against one says what differs and not whether that is more than chance: for "
                    "that, repeat runs and compare them with --load-baseline."
                ],
                h.div(".choice")[
                    (h.label[f"{name} ", h.select(id=f"choice-{name}")] for name in ("before", "after"))
                ],
                h.noscript[h.p["Choosing takes a script; each run has a page of its own as well."]],
                h.div("#side-by-side", aria_live="polite"),
            ]
        ]
        if runs
        else h.main("#content")[h.section[h.p["No runs yet."]]],
        # Data, which no browser runs; no sign in it can end the element.
        h.script("#runs", type="application/json")[Markup(text)],  # noqa: S704
    ]
    return page("Two runs side by side", body, assets)


def run_links(scenario: str, page: str, number: int) -> h.Element:
    """From the page of run `number`, of that scenario with that page, to the others."""
    return _links(h.a(href=page)[scenario], f"run {number}")


def _links(*here: h.Node) -> h.Element:
    return h.nav(aria_label="Pages")[
        h.ul[
            h.li[h.a(href="index.html")["all scenarios"]],
            h.li[h.a(href="compare.html")["two runs side by side"]],
            (h.li[each] for each in here),
        ]
    ]


def _scenario_card(one: Overview) -> h.Element:
    last = one.runs[-1]
    head = h.h2[h.a(href=one.page)[one.scenario], " ", badge(last.status)]
    if one.trends is None:
        return h.section[head, h.p[f"{_count(one.runs)}, none complete."]]
    runs = one.trends.runs
    count = f"{len(runs)} comparable run{'' if len(runs) == 1 else 's'} on {one.trends.backend}"
    rows = [
        [
            series.name,
            trend_badge(series.verdict),
            format_value(Unit.MB if series.unit == "MB" else Unit.MS, series.values[-1]),
            "-" if series.drift.change_ratio is None else f"{series.drift.change_ratio:+.1%}",
            spark(series.values, [step.index for step in series.steps]),
        ]
        for series in one.trends.series
    ]
    head_row = ("series", "trend", "last", "drift", "over the runs")
    return h.section[
        head,
        h.p[count, ", the last ", _run_link(last), f" on {last.when}"],
        table(f"Series of {one.scenario}", head_row, rows, texts=("over the runs",)),
        trend_key(series.verdict for series in one.trends.series),
    ]


def _runs_table(caption: str, runs: Sequence[ListedRun]) -> h.Element | None:
    head: tuple[str, ...] = ("run", "verdict", "when (UTC)", "scenario", "backend")
    rows = [[_run_link(run), badge(run.status), run.when, run.scenario, run.backend] for run in runs]
    # Outside of a repository there is none.
    if any(run.commit for run in runs):
        head = (*head, "commit")
        rows = [[*row, run.commit[:12]] for row, run in zip(rows, runs, strict=True)]
    return table(caption, head, rows, texts=head)


def _run_link(run: ListedRun) -> h.Node:
    return h.a(href=run.page)[f"run {run.number}"] if run.page else f"run {run.number}"


def _count(runs: Sequence[ListedRun]) -> str:
    return f"{len(runs)} run{'' if len(runs) == 1 else 's'}"

"""The report of a session: verdict first, then comparisons, every run, and the history.

Values in, text out; knows nothing of files or pytest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import htpy as h

from pytest_rustide_load.report.buckets import LatencyBucket
from pytest_rustide_load.report.findings import Session, worst_of
from pytest_rustide_load.report.html.compared import comparison_section, trends_section
from pytest_rustide_load.report.html.overview import Listed, overview_section
from pytest_rustide_load.report.html.page import Assets, page
from pytest_rustide_load.report.html.parts import command, moment
from pytest_rustide_load.report.html.scenario import scenario_section
from pytest_rustide_load.report.html.verdict import verdict_section
from pytest_rustide_load.report.trends import ScenarioTrends

__all__ = ["render_report"]


# Of more runs what lies behind a click is drawn by the page's script, so that a suite stays below a megabyte.
_WHOLE_RUNS = 3


def render_report(
    session: Session, trends: Sequence[ScenarioTrends], assets: Assets, *, above: h.Node = None
) -> str:
    """The report as one HTML document. `above` leads to the other pages, where it is one of several."""
    names = _distinct(results.scenario_name for results in session.results)
    runs = list(zip(names, session.results, strict=True))
    comparisons = [(f"compare-{number}", one) for number, one in enumerate(session.comparisons, 1)]
    told = [one for one in trends if len(one.runs) > 1]
    histories = [(f"history-{number}", one) for number, one in enumerate(told, 1)]
    earlier = {one.scenario_name: (at, one) for at, one in comparisons}
    listed = [
        Listed(f"run-{number}", name, one, earlier.get(one.scenario_name))
        for number, (name, one) in enumerate(runs, 1)
    ]

    def baseline(scenario: str) -> tuple[Mapping[str, Sequence[LatencyBucket]], str]:
        _, found = earlier.get(scenario, ("", None))
        return ({}, "") if found is None else (found.baseline_latencies, found.baseline)

    body = [
        above,
        h.header[verdict_section(session)],
        h.nav(aria_label="Sections")[
            h.ul[
                (h.li[h.a(href=f"#{at}")[f"{one.scenario_name} compared"]] for at, one in comparisons),
                # Of several there is a table.
                (h.li[h.a(href=f"#{one.anchor}")[one.name]] for one in listed if len(listed) == 1),
                (h.li[h.a(href=f"#{at}")[f"{one.scenario} history"]] for at, one in histories),
            ]
        ]
        if comparisons or histories
        else None,
        h.main("#content")[
            overview_section(listed),
            (comparison_section(one, at) for at, one in comparisons),
            (
                scenario_section(
                    one.results,
                    one.anchor,
                    *baseline(one.results.scenario_name),
                    is_brief=len(runs) > _WHOLE_RUNS,
                )
                for one in listed
            ),
            (trends_section(one, at, is_brief=len(runs) > _WHOLE_RUNS) for at, one in histories),
        ],
        h.footer[
            command(session.command, "The whole session"),
            h.p[
                f"Made by pytest-rustide-load, {moment(session.created_at)}." if session.created_at else None
            ],
        ],
    ]
    worst = worst_of(session)
    return page(f"{worst + ': ' if worst else ''}load test report", body, assets)


def _distinct(names: Iterable[str]) -> list[str]:
    """The same scenario may have run several times."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return found

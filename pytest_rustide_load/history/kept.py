"""The runs of a scenario that can be held against one another, and where they are going.

Knows nothing of what is made of them.
"""

from __future__ import annotations

from pytest_rustide_load.history.store import HistoryStore
from pytest_rustide_load.report.baseline import count_void, describe_void, differences, figures_count
from pytest_rustide_load.report.trends import KeptRun, RunEnds, ScenarioTrends, find_trends

__all__ = ["describe_none", "kept_runs", "kept_trends"]

_LOOKED_BACK = 200


def kept_runs(history: HistoryStore, scenario: str) -> list[KeptRun]:
    """The runs whose figures count and that are like the last of them, on the same backend whatever its
    version; oldest first, of the last two hundred. Raises HistoryError."""
    complete = [
        one
        for one in history.runs(scenario=scenario, limit=_LOOKED_BACK)
        # What a candidate was held against is another backend, whatever it is called.
        if one.ended == "complete" and one.role != "baseline"
    ]
    found = (KeptRun(one.number, one.revision, history.results(one.number)) for one in complete)
    runs = [run for run in found if figures_count(run.results)]
    if not runs:
        return []
    last = runs[-1].results
    return [
        run
        for run in runs
        if run.results.backend.name == last.backend.name and not differences(last, run.results)
    ]


def describe_none(history: HistoryStore, scenario: str) -> str:
    """Why of the runs of a scenario none is kept. Raises HistoryError."""
    runs = [one for one in history.runs(scenario=scenario, limit=_LOOKED_BACK) if one.role != "baseline"]
    reasons = count_void(history.results(one.number) for one in runs)
    why = f": {describe_void(reasons)}" if reasons else ""
    return f"{scenario}: of {len(runs)} run{'' if len(runs) == 1 else 's'} none counts{why}"


def kept_trends(history: HistoryStore, scenario: str) -> ScenarioTrends | None:
    """Where the series of these runs are going, and how often the backend ended in one, of the last two
    hundred on it; None where there are none. Raises HistoryError."""
    runs = kept_runs(history, scenario)
    if not runs:
        return None
    backend = runs[-1].results.backend.name
    ended = [
        one.ended
        for one in history.runs(scenario=scenario, limit=_LOOKED_BACK)
        if one.backend == backend and one.role != "baseline" and one.ended != "interrupted"
    ]
    return find_trends(runs, RunEnds(len(ended), ended.count("crashed")))

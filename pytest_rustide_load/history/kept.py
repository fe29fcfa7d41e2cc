"""The runs of a scenario that can be held against one another.

Knows nothing of what is made of them.
"""

from __future__ import annotations

from pytest_rustide_load.history.store import HistoryStore
from pytest_rustide_load.report.baseline import differences, figures_count
from pytest_rustide_load.report.trends import KeptRun

__all__ = ["kept_runs"]

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

"""Trends of the scenarios of a session, from the runs kept before and in it.

Joins history and report.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from pytest_rustide_load.history import kept_trends
from pytest_rustide_load.plugin.runtime import get_runtime
from pytest_rustide_load.report.trends import ScenarioTrends

__all__ = ["describe_drifts", "session_trends"]


def session_trends(config: pytest.Config, payloads: Sequence[dict[str, Any]]) -> list[ScenarioTrends]:
    """Those of each scenario that ran, once, in the order they ran; none where runs are kept nowhere."""
    history = get_runtime(config).history
    if history is None:
        return []
    names = dict.fromkeys(str(payload["scenario_name"]) for payload in payloads)
    return [found for name in names if (found := kept_trends(history, name)) is not None]


def describe_drifts(trends: Sequence[ScenarioTrends]) -> list[str]:
    """A line for each series that creeps upwards."""
    worse = [(one, series) for one in trends for series in one.series if series.gets_worse]
    return [
        f"{one.scenario}: {series.name} gets worse: "
        f"{series.drift.change_ratio:+.1%} over {len(one.runs)} runs"
        for one, series in worse
    ]

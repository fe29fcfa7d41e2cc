"""What a session leaves behind for people who were not there: the HTML report.

Joins report, history and pages; knows nothing of how anything was measured.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pytest_rustide_load.errors import HistoryError
from pytest_rustide_load.pages import load_assets, write_page
from pytest_rustide_load.plugin.trends import session_trends
from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.findings import FailedTest, Session
from pytest_rustide_load.report.html import render_report
from pytest_rustide_load.report.trends import ScenarioTrends

__all__ = ["collect_session", "failed_test", "write_report"]

_LONGEST = 300


def failed_test(report: pytest.TestReport) -> FailedTest:
    """What a test that failed said, in a line."""
    crash = getattr(report.longrepr, "reprcrash", None)
    said = str(crash.message) if crash is not None else report.longreprtext
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    where = "" if report.when == "call" else f"in its {report.when}: "
    return FailedTest(report.nodeid, (where + (lines[0] if lines else "no reason given"))[:_LONGEST])


def collect_session(
    config: pytest.Config,
    payloads: Sequence[dict[str, Any]],
    comparisons: Sequence[dict[str, Any]],
    failed: Sequence[FailedTest],
    drifts: Sequence[str],
) -> Session:
    """All that a session measured, as values."""
    return Session(
        results=tuple(msgspec.convert(payloads, list[LoadTestResults])),
        comparisons=tuple(msgspec.convert(comparisons, list[ComparisonReport])),
        failed_tests=tuple(failed),
        drifts=tuple(drifts),
        command=shlex.join(["pytest", *map(str, config.invocation_params.args)]),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def write_report(
    config: pytest.Config, path: Path, session: Session, payloads: Sequence[dict[str, Any]]
) -> str:
    """Write the HTML report; returns a line that says where, or why not."""
    try:
        trends: list[ScenarioTrends] = session_trends(config, payloads)
    except HistoryError:
        # The runs of this session can be shown without those of before.
        trends = []
    try:
        write_page(path, render_report(session, trends, load_assets()))
    except OSError as error:
        return f"--load-report: {path} could not be written: {error.strerror}"
    return f"report written to {path}"

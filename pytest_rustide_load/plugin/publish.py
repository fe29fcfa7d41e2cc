"""What a session leaves behind for people who were not there: the HTML report, and on GitHub the summary of
the step and annotations.

Joins report, history and pages; knows nothing of how anything was measured.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pytest_rustide_load.errors import HistoryError
from pytest_rustide_load.pages import load_assets, write_page
from pytest_rustide_load.plugin.options import is_requested
from pytest_rustide_load.plugin.trends import session_trends
from pytest_rustide_load.plugin.written import Written
from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.report.annotations import render_annotations
from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.findings import FailedTest, Session, find_findings
from pytest_rustide_load.report.html import render_report
from pytest_rustide_load.report.markdown import render_markdown
from pytest_rustide_load.report.trends import ScenarioTrends

__all__ = ["annotate", "collect_session", "failed_test", "publish"]

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
    *,
    failed: Sequence[FailedTest],
    drifts: Sequence[str],
    not_run: Sequence[str],
) -> Session:
    """All that a session measured, as values."""
    return Session(
        results=tuple(msgspec.convert(payloads, list[LoadTestResults])),
        comparisons=tuple(msgspec.convert(comparisons, list[ComparisonReport])),
        failed_tests=tuple(failed),
        drifts=tuple(drifts),
        not_run=tuple(not_run),
        command=shlex.join(["pytest", *map(str, config.invocation_params.args)]),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def publish(config: pytest.Config, session: Session, payloads: Sequence[dict[str, Any]]) -> list[Written]:
    """Write what was asked for, by an option or by the environment."""
    target = config.getoption("load_report")
    wanted = payloads or is_requested(config)
    summary = os.environ.get("GITHUB_STEP_SUMMARY", "") if wanted else ""
    if not target and not summary:
        return []
    try:
        trends = session_trends(config, payloads)
    except HistoryError:
        # The runs of this session can be shown without those of before.
        trends = []
    lines = []
    if target:
        lines.append(_write_report(Path(target), session, trends))
    if summary:
        lines += _append_summary(Path(summary), session, trends)
    return lines


def annotate(config: pytest.Config, session: Session) -> list[str]:
    """What GitHub shows beside the lines of the repository; none elsewhere."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return []
    root = config.rootpath
    repository = Path(os.environ.get("GITHUB_WORKSPACE") or root)

    def locate(where: str) -> tuple[str, int] | None:
        name, _, line = where.rpartition(":")
        path = root / name
        if not (line.isdecimal() and name and path.is_file()):
            return None
        return (os.path.relpath(path, repository), int(line))

    return render_annotations(find_findings(session), locate)


def _write_report(path: Path, session: Session, trends: Sequence[ScenarioTrends]) -> Written:
    try:
        write_page(path, render_report(session, trends, load_assets()))
    except OSError as error:
        return Written(f"--load-report: {path} could not be written: {error.strerror}", is_missing=True)
    return Written(f"report written to {path}")


def _append_summary(path: Path, session: Session, trends: Sequence[ScenarioTrends]) -> list[Written]:
    """Other steps of the job write to the same file. Says something only where it fails, and fails nothing:
    nobody asked for it but the environment."""
    try:
        with path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(render_markdown(session, trends))
    except OSError as error:
        return [Written(f"GITHUB_STEP_SUMMARY: {path} could not be written: {error.strerror}")]
    return []

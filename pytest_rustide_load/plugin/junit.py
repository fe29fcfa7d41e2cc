"""Comparisons and drifts as test cases of `--junitxml`.

They fail the session and no test, so who reads nothing but that file would see green tests only. Knows
nothing of how they were found.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from _pytest.junitxml import xml_key

from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.comparison import ratio_text
from pytest_rustide_load.report.findings import Finding, Session, find_findings
from pytest_rustide_load.report.trends import ScenarioTrends

__all__ = ["tell_junit"]


def tell_junit(
    config: pytest.Config, comparisons: Sequence[dict[str, Any]], trends: Sequence[ScenarioTrends]
) -> None:
    """Add a case for each comparison, `rustide-load.regression` with the name of its scenario, and for each
    trend that may fail the session, `rustide-load.drift`; nothing without `--junitxml`."""
    for one in msgspec.convert(comparisons, list[ComparisonReport]):
        failed = _why(one)
        # What binds nobody is told as well.
        told = [
            (each.name, f"{each.status} {ratio_text(each.change_ratio)}: {each.reason}")
            for each in one.series
        ]
        _add(
            config,
            "regression",
            one.scenario_name,
            failed=failed,
            skipped="" if failed else _untold(one),
            properties=told,
        )
    for trend in trends:
        worse = [
            f"{series.name} gets worse: {series.drift.change_ratio:+.1%} over {len(trend.runs)} runs"
            for series in trend.series
            if series.gets_worse
        ]
        _add(config, "drift", trend.scenario, failed="\n".join(worse))


def _why(report: ComparisonReport) -> str:
    """Why it fails, as the message of a failed assertion: viewers show its first lines."""
    if not report.failure:
        return ""
    found = [one for one in find_findings(Session(results=(), comparisons=(report,))) if one.status == "FAIL"]
    lines = [report.failure, *(line for one in found if report.series for line in _lines(one))]
    if not report.series:
        lines += [f"  {note}" for note in report.notes]
    return "\n".join([*lines, "repeat with:", f"  {report.repeat_command}"])


def _lines(finding: Finding) -> list[str]:
    return [f"  FAIL {finding.what}", *([f"    {finding.certainty}"] if finding.certainty else [])]


def _untold(report: ComparisonReport) -> str:
    """Why it says nothing either way; "" where it does: what cannot be told is no pass."""
    if any(one.status == "PASS" for one in report.series):
        return ""
    why = report.series[0].reason if report.series else "; ".join(report.notes)
    return f"{report.scenario_name} against {report.baseline}: {why or 'nothing could be compared'}"


def _add(
    config: pytest.Config,
    kind: str,
    scenario: str,
    *,
    failed: str,
    skipped: str = "",
    properties: Sequence[tuple[str, object]] = (),
) -> None:
    xml = config.stash.get(xml_key, None)
    if xml is None:
        return
    node = f"rustide-load::{kind}::{scenario}"
    outcome = "failed" if failed else "skipped" if skipped else "passed"
    longrepr = failed or (("rustide-load", 0, skipped) if skipped else None)
    for when, how, why in (("call", outcome, longrepr), ("teardown", "passed", None)):
        report = pytest.TestReport(node, ("rustide-load", None, scenario), {}, how, why, when)  # type: ignore[arg-type]
        report.user_properties = list(properties)
        # To that file alone: no test more was run, and none fails.
        xml.pytest_runtest_logreport(report)

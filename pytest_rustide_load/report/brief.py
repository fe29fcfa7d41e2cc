"""A session in a few lines: what each run's budgets say, and what does not pass.

Values in, lines out; knows nothing of terminals.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.findings import Finding, Session, find_findings, worst_of
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.report.table import paint, wrap

__all__ = ["render_brief"]

_COLOURS = {"PASS": "green", "WARN": "yellow", "VOID": "yellow", "INCONCLUSIVE": "red", "FAIL": "red"}


def render_brief(
    results: Sequence[LoadTestResults],
    comparisons: Sequence[ComparisonReport],
    *,
    width: int = 80,
    colour: bool = False,
) -> str:
    """A line for each run and each comparison, and below it what does not pass, with the command that repeats
    it. Ends without a newline."""
    lines: list[str] = []
    for one in results:
        lines += _block(Session(results=(one,)), f"{one.scenario_name}: {_kept(one)}", width, colour)
    for report in comparisons:
        against = f"{report.scenario_name}: {report.candidate} against {report.baseline}"
        count = f"{len(report.series)} series"
        lines += _block(Session(results=(), comparisons=(report,)), f"{against}, {count}", width, colour)
    return "\n".join(lines)


def _kept(results: LoadTestResults) -> str:
    cut = "" if results.ended == "complete" else f", {results.ended}"
    if not results.verdicts:
        return f"{results.sample_count} operations, no budgets{cut}"
    kept = sum(verdict.status in ("PASS", "WARN") for verdict in results.verdicts)
    return f"{kept} of {len(results.verdicts)} budgets kept{cut}"


def _block(session: Session, text: str, width: int, colour: bool) -> list[str]:
    worst = worst_of(session)
    first, *more = wrap(f"{worst} {text}".strip(), width, "  ")
    if worst and colour:
        first = paint(worst, _COLOURS[worst], True) + first.removeprefix(worst)
    commands: dict[str, None] = {}
    for finding in find_findings(session):
        more += wrap(_sentence(finding), width, "    ", first="  ")
        if finding.command and finding.status != "WARN":
            commands[finding.command] = None
    # Never wrapped: they are there to be copied.
    return [first, *more, *(f"  repeat with: {command}" for command in commands)]


def _sentence(finding: Finding) -> str:
    certainty = f"; {finding.certainty}" if finding.certainty else ""
    where = f" (limit set by {finding.where})" if finding.where else ""
    return f"{finding.status} {finding.what}{where}{certainty}"

"""A missed budget fails its test: from the verdicts of an item's runs to pytest's report.

Computes nothing: the verdicts were reached when the run ended.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from pytest_rustide_load.budgets.metrics import RECOVERY_KEYS
from pytest_rustide_load.plugin.baselines import compare_item
from pytest_rustide_load.plugin.options import COMPARISONS_KEY, REPETITIONS_KEY, RUNS_KEY, SERIES_KEY
from pytest_rustide_load.report import LoadTestResults, render_missed_budgets
from pytest_rustide_load.report.agents import describe_losses
from pytest_rustide_load.report.compared import ComparisonReport

__all__ = ["judge", "shorten"]

_T = TypeVar("_T")
_NOTHING_MEASURED = (
    "the test has a budget but ran no scenario, so nothing was measured: call the run_scenario fixture in it"
)


def judge(item: pytest.Item, report: pytest.TestReport) -> None:
    """Attach the item's results to `report`, and fail it where a budget was missed or could not be judged.

    A test that already failed stays failed for its own reason; the budgets follow in a section.
    """
    compare_item(item)
    results = _taken(item, RUNS_KEY)
    # Plain dicts, lists, strings and numbers are what crosses from a worker.
    comparisons = _taken(item, COMPARISONS_KEY)
    vars(report)["rustide_load_comparisons"] = [msgspec.to_builtins(one) for one in comparisons]
    # JUnit XML takes those of the last report of a test, which is not made yet.
    item.user_properties += [each for one in comparisons for each in _properties(one)]
    earlier = _taken(item, REPETITIONS_KEY)
    vars(report)["rustide_load_repetitions"] = [msgspec.to_builtins(one) for one in earlier]
    vars(report)["rustide_load_series"] = _taken(item, SERIES_KEY)
    vars(report)["rustide_load"] = [msgspec.to_builtins(result) for result in results]
    # Budgets are held against the last of several runs; what fails a test whatever they say, against each.
    texts = [f"in a run that is not shown: {text}" for result in earlier for text in _grave(result)]
    texts += [text for result in results for text in (*_grave(result), render_missed_budgets(result)) if text]
    missed = "\n\n".join(texts) if results else _NOTHING_MEASURED
    if not missed or report.skipped:
        return
    if report.passed:
        report.outcome = "failed"
        report.longrepr = missed
        vars(report)["rustide_load_budget_missed"] = True
    else:
        report.sections.append(("missed budgets", missed))


def _taken(item: pytest.Item, key: pytest.StashKey[list[_T]]) -> list[_T]:
    """What lies there; nothing is left of it, as a test that failed may be run again."""
    found = item.stash.get(key, [])
    if key in item.stash:
        del item.stash[key]
    return found


def _properties(comparison: ComparisonReport) -> list[tuple[str, object]]:
    """What JUnit XML and other reports show of it."""
    found: list[tuple[str, object]] = []
    for one in comparison.series:
        prefix = f"rustide_load.{comparison.scenario_name}.{one.name.replace(' ', '.')}"
        found.append((f"{prefix}.regression", one.status))
        if one.change_ratio is not None:
            found.append((f"{prefix}.change_ratio", one.change_ratio))
    return found


def shorten(excinfo: pytest.ExceptionInfo[BaseException], report: pytest.TestReport) -> None:
    """An error that says itself what is wrong is shown with the line of the test, without our own frames."""
    package = str(Path(__file__).parent.parent)
    theirs = [entry for entry in excinfo.traceback if not str(entry.path).startswith(package)]
    # pytest's own frames come first, those of the test after them, asyncio's (called by us) at the end.
    test = [entry for entry in theirs if entry.path == Path(report.fspath).absolute()]
    where = f"{report.fspath}:{test[-1].lineno + 1}: " if test else ""
    report.longrepr = f"{where}{type(excinfo.value).__name__}: {excinfo.value}"


def _grave(result: LoadTestResults) -> list[str]:
    """What fails a test without any budget."""
    checks = (_crash, _lost_agents, _lost_edits, _not_recovered, _bad_refactoring, _pressure)
    return [text for text in (check(result) for check in checks) if text]


def _not_recovered(result: LoadTestResults) -> str:
    """A fault that was not done, and a restart after which nothing could be compared, show nothing."""
    safety, recovery = result.performance_stats.concurrency_safety, result.recovery
    if recovery is None or result.ended != "complete":
        return ""
    judged = any(verdict.key in RECOVERY_KEYS for verdict in result.verdicts)
    if recovery.fault and recovery.at_s is None and not judged:
        return f"{result.scenario_name}: the fault {recovery.fault} was not done: {recovery.unsteady}"
    if recovery.restarts and safety.documents_edited and not safety.documents_compared:
        edited = f"none of {safety.documents_edited} edited documents could be compared"
        return f"{result.scenario_name}: the backend was started again, and {edited}"
    return ""


def _lost_edits(result: LoadTestResults) -> str:
    """So does a server that holds another text than its user: whatever it answers is about something else."""
    safety = result.performance_stats.concurrency_safety
    if not safety.lost_edits:
        return ""
    documents = f"{safety.lost_edits} of {safety.documents_compared} edited documents"
    return f"{result.scenario_name}: edits were lost: at the end the server held another text of {documents}"


def _bad_refactoring(result: LoadTestResults) -> str:
    """And one whose renames and moves would break the code."""
    safety = result.performance_stats.concurrency_safety
    if safety.refactored is not None and safety.refactored.wrong:
        return f"{result.scenario_name}: {safety.refactored.wrong} renames or moves would have been wrong"
    if safety.refactored_compiles is False:
        return f"{result.scenario_name}: the codebase {result.details.get('refactored codebase', '')}"
    return ""


def _pressure(result: LoadTestResults) -> str:
    """So does one that pressure was too much for."""
    pressure = result.pressure
    if pressure is None or pressure.kind != "failed":
        return ""
    return "\n  ".join(
        [f"{result.scenario_name}: under pressure it failed: {pressure.why}", *pressure.evidence]
    )


def _lost_agents(result: LoadTestResults) -> str:
    """Users whose agent is gone were not measured to the end, whatever the budgets say of the others."""
    lost = describe_losses(result)
    if len(lost) <= result.tolerated_losses:
        return ""
    allowed = f"--load-tolerate-lost={result.tolerated_losses}" if result.tolerated_losses else "none may be"
    return "\n".join(
        [f"{result.scenario_name}: {len(lost)} agent{'' if len(lost) == 1 else 's'} lost, {allowed}", *lost]
    )


def _crash(result: LoadTestResults) -> str:
    """A backend that ended in mid-run fails the test even where no budget speaks of it."""
    if result.ended != "crashed":
        return ""
    return f"{result.scenario_name}: the backend ended in mid-run: {result.crash_message}"

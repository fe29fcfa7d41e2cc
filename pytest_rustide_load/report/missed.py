"""Why a run does not pass, as the message of a failed assertion; and how one verdict is put into words.

Pure: values in, lines out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pytest_rustide_load.budgets.metrics import METRICS, format_apart, format_value
from pytest_rustide_load.report.alerts import describe_alert
from pytest_rustide_load.report.longer import longer_command
from pytest_rustide_load.report.results import LoadTestResults, VerdictReport, unmet_verdicts
from pytest_rustide_load.report.table import wrap

__all__ = [
    "RUN_ELSEWHERE",
    "SEVERITY",
    "backend_text",
    "excess",
    "measured_and_limit",
    "render_missed_budgets",
    "subject_of",
]

SEVERITY = {"PASS": 0, "WARN": 1, "INCONCLUSIVE": 2, "FAIL": 3}
_VOID = "void: "
RUN_ELSEWHERE = "run it where nothing else runs, or with less load (--load-rate)"


def render_missed_budgets(results: LoadTestResults, *, width: int = 80) -> str:
    """Why the run does not pass, as the message of a failed assertion; "" where it does.

    What was measured against which limit, of how many, in which scenario and where the limit is set;
    then how to run the same again. What is void says so once for all that it concerns.
    """
    missed = unmet_verdicts(results)
    if not missed:
        return ""
    lines = wrap(_title(results, missed), width, "  ")
    shared = [reason for reason, count in Counter(one.reason for one in missed).items() if count > 1]
    void = [reason for reason in shared if reason.startswith(_VOID)]
    for verdict in sorted(missed, key=lambda verdict: -SEVERITY[verdict.status]):
        if verdict.reason not in void:
            lines += _of_verdict(results, verdict, width)
    for reason in void:
        lines += _of_void(reason, [one for one in missed if one.reason == reason], width)
    longer = longer_command(results)
    for what, command in (("repeat with:", results.repeat_command), ("long enough to tell:", longer)):
        if command:
            # Never wrapped: it is there to be copied.
            lines += [what, f"  {command}"]
    return "\n".join(lines)


def backend_text(results: LoadTestResults) -> str:
    """Its name and version."""
    return f"{results.backend.name} {results.backend.version}".rstrip()


def excess(verdict: VerdictReport) -> float:
    """By how many times the limit was missed; 0 where nothing was measured."""
    if verdict.measured is None or not verdict.violation:
        return 0.0
    if METRICS[verdict.key].is_floor:
        return verdict.violation / verdict.measured if verdict.measured else float("inf")
    return verdict.measured / verdict.violation


def subject_of(verdict: VerdictReport) -> str:
    """What it is about, such as "hover p95"."""
    label = METRICS[verdict.key].label
    return label if verdict.operation is None else f"{verdict.operation} {label}"


def measured_and_limit(verdict: VerdictReport) -> tuple[str, str]:
    """Both with their unit, and with as many digits as it takes to tell them apart."""
    unit = METRICS[verdict.key].unit
    if verdict.measured is None:
        return "nothing", format_value(unit, verdict.violation)
    return format_apart(unit, verdict.measured, verdict.violation)


def _title(results: LoadTestResults, missed: Sequence[VerdictReport]) -> str:
    """The gravest first: of the first line of several tests pytest shows what fits beside their names."""
    worst = max(missed, key=lambda one: (SEVERITY[one.status], excess(one)))
    failed = sum(one.status == "FAIL" for one in missed)
    open_ones = len(missed) - failed
    count = f"{failed or open_ones} of {len(results.verdicts)} budgets"
    said = f"{count} not kept" if failed else f"{count} could not be judged"
    said += f", {open_ones} could not be judged" if failed and open_ones else ""
    return f"{_gist(worst)}; {said} ({results.scenario_name}, seed {results.seed}, {backend_text(results)})"


def _gist(verdict: VerdictReport) -> str:
    """In as few words as it can be told."""
    if verdict.status != "FAIL" or verdict.measured is None:
        reason = verdict.reason.partition(" (")[0]
        return reason if reason.startswith(_VOID) else f"{subject_of(verdict)}: {reason}"
    measured, limit = measured_and_limit(verdict)
    return f"{subject_of(verdict)} {measured} {'<' if METRICS[verdict.key].is_floor else '>'} {limit}"


def _of_verdict(results: LoadTestResults, verdict: VerdictReport, width: int) -> list[str]:
    lines = wrap(f"{verdict.status} {_assertion(verdict)}", width, "    ", first="  ")
    if verdict.status == "INCONCLUSIVE":
        lines += wrap(verdict.reason, width, "      ", first="      ")
    if verdict.key == "max_alerts":
        for alert in results.alerts:
            lines += wrap(describe_alert(alert), width, "        ", first="      ")
    if verdict.source:
        lines += wrap(f"limit set by {verdict.source}", width, "      ", first="      ")
    return lines


def _of_void(reason: str, verdicts: Sequence[VerdictReport], width: int) -> list[str]:
    """All that cannot be judged for one reason, which lies in no limit."""
    told = ", ".join(subject_of(one) for one in verdicts)
    return [
        *wrap(f"INCONCLUSIVE {reason}", width, "    ", first="  "),
        *wrap(f"so nothing is known of {told}", width, "      ", first="      "),
        *wrap(RUN_ELSEWHERE, width, "      ", first="      "),
    ]


def _assertion(verdict: VerdictReport) -> str:
    measured, limit = measured_and_limit(verdict)
    bound = "at least" if METRICS[verdict.key].is_floor else "at most"
    mark = "at least " if verdict.is_lower_bound else ""
    return f"{subject_of(verdict)}: measured {mark}{measured}, limit {bound} {limit}, n={verdict.count}"

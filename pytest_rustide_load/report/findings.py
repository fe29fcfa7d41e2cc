"""What a session found, the gravest first: what got slower or missed its budget, by how much, how sure that
is, and what to type. One list serves the HTML report, the step summary and the annotations.

Values in, values out; knows nothing of HTML, terminals or pytest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pytest_rustide_load.budgets.metrics import METRICS, Unit, format_apart, format_value
from pytest_rustide_load.report.compared import ComparedSeries, ComparisonReport
from pytest_rustide_load.report.comparison import ratio_text
from pytest_rustide_load.report.longer import longer_command, too_short
from pytest_rustide_load.report.missed import RUN_ELSEWHERE, excess
from pytest_rustide_load.report.results import LoadTestResults, VerdictReport, unmet_verdicts
from pytest_rustide_load.stats.samples import ENDINGS
from pytest_rustide_load.units import two_digits

__all__ = [
    "GRAVITY",
    "FailedTest",
    "Finding",
    "Session",
    "describe_failure",
    "find_findings",
    "headline",
    "not_run_text",
    "short_name",
    "shortened",
    "sure_of",
    "what_to_type",
    "worst_of",
]

_MOST_TIMES = 99.0
_HEADLINE = 160
# What an operation came to that has no name of its own in a sentence.
_ENDED = {
    "error": "answered with an error",
    "content_modified": "withdrawn by the backend",
    "timeout": "timed out",
    "dropped": "never sent",
}
# In the reason of a verdict of such a run.
_ENDED_EARLY = "the run ended early"
_STRESS = "void: the stress was not the one asked for"
# So large a change is told as a multiple.
_TIMES_FROM = 9.0
# From good to bad; VOID is a run whose generator was the bottleneck, so that nothing can be told from it.
GRAVITY = {"PASS": 0, "WARN": 1, "VOID": 2, "INCONCLUSIVE": 3, "FAIL": 4}


@dataclass(frozen=True, slots=True)
class FailedTest:
    """A test that failed for another reason than a budget or a regression, and what it said first."""

    name: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """All that a session measured. `command` is how it was started, `created_at` in UTC, ISO 8601."""

    results: tuple[LoadTestResults, ...]
    comparisons: tuple[ComparisonReport, ...] = ()
    failed_tests: tuple[FailedTest, ...] = ()
    # A line for each series that drifts, where that fails the session.
    drifts: tuple[str, ...] = ()
    # Load tests that could not run here, each with the reason in a sentence.
    not_run: tuple[str, ...] = ()
    command: str = ""
    created_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that does not pass: `what` in a sentence, `certainty` how far it may be trusted, and the
    `command` that repeats it, "" for none. `where` it was set, a file and a line, or ""."""

    status: str
    scenario: str
    what: str
    certainty: str = ""
    command: str = ""
    where: str = ""


def find_findings(session: Session) -> list[Finding]:
    """Everything that does not pass, or passes with a warning; the gravest first, and among equals in the
    order of the session."""
    found = [_regression(report, one) for report in session.comparisons for one in _not_passed(report)]
    found += [_nothing_compared(report) for report in session.comparisons if _is_lacking(report)]
    compared = {report.scenario_name: report for report in session.comparisons}
    for results in session.results:
        found += _of_run(results, compared.get(results.scenario_name))
    found += [Finding(status="FAIL", scenario="", what=text) for text in session.drifts]
    found += [
        Finding(status="FAIL", scenario="", what=f"{test.name} failed: {test.message}")
        for test in session.failed_tests
    ]
    return sorted(found, key=lambda one: -GRAVITY[one.status])


def worst_of(session: Session) -> str:
    """FAIL, INCONCLUSIVE, VOID, WARN or PASS; "" where nothing was judged at all."""
    statuses = [one.status for one in find_findings(session)]
    if statuses:
        return max(statuses, key=GRAVITY.__getitem__)
    judged = any(one.verdicts for one in session.results) or "PASS" in _series_statuses(session)
    return "PASS" if judged else ""


def _series_statuses(session: Session) -> list[str]:
    return [series.status for report in session.comparisons for series in report.series]


def headline(session: Session) -> str:
    """The verdict on the session in one line."""
    found = find_findings(session)
    runs = f"{len(session.results)} scenario{'' if len(session.results) == 1 else 's'}"
    left_out = not_run_text(session)
    statuses = [verdict.status for one in session.results for verdict in one.verdicts]
    budgets = sum(status in ("PASS", "WARN") for status in statuses)
    # Of a smoke run: others do not pass with such.
    untested = statuses.count("INCONCLUSIVE")
    series = _series_statuses(session)
    passed, untold = series.count("PASS"), series.count("INCONCLUSIVE")
    parts = (
        f"{budgets} budget{'' if budgets == 1 else 's'} kept" if budgets else "",
        f"{untested} not judged for want of samples" if untested else "",
        f"{passed} series no slower" if passed else "",
        # What nobody can tell is no pass.
        f"of {untold} series it cannot be told" if untold else "",
        left_out,
    )
    scope = ", ".join(text for text in parts if text)
    worst = worst_of(session)
    if worst == "" and not session.results and left_out:
        return f"Nothing measured: {left_out}"
    if worst == "":
        return f"Measured: {runs}, {scope or 'nothing to judge by'}"
    if worst == "PASS":
        return f"PASS: {runs}, {scope}"
    grave = [one for one in found if one.status == worst]
    others = f" (and {len(grave) - 1} more)" if len(grave) > 1 else ""
    others += "; it passes all the same" if worst == "WARN" else ""
    short = _too_short(session, grave)
    return f"{worst}: {_of_scenario(grave[0])}{short or f'{shortened(grave[0].what)}{others}'}"


def _too_short(session: Session, grave: Sequence[Finding]) -> str:
    """Where nothing else is amiss than that one scenario ran too briefly."""
    if len({one.scenario for one in grave}) != 1 or grave[0].status != "INCONCLUSIVE":
        return ""
    return next((too_short(one) for one in session.results if one.scenario_name == grave[0].scenario), "")


def shortened(what: str) -> str:
    """As much of it as a headline takes: what a test failed with may be long."""
    if len(what) <= _HEADLINE:
        return what
    return f"{what[:_HEADLINE].rpartition(' ')[0] or what[:_HEADLINE]} …"


def not_run_text(session: Session) -> str:
    """How many load tests could not run here; "" where all could."""
    count = len(session.not_run)
    return f"{count} load test{' was' if count == 1 else 's were'} not run" if count else ""


def what_to_type(session: Session, found: Sequence[Finding]) -> list[str]:
    """The commands that repeat what was found, each once; of tests that failed by themselves nothing shorter
    is known than the session's own."""
    commands = [*dict.fromkeys(one.command for one in found if one.command)]
    return commands or ([session.command] if found and session.command else [])


def _of_scenario(finding: Finding) -> str:
    return f"{finding.scenario}: " if finding.scenario else ""


def _not_passed(report: ComparisonReport) -> list[ComparedSeries]:
    """What changed most for sure first: the others may have had to wait for it. Without what could not be
    told of one series while another tells enough: the table has these."""
    found = [one for one in report.series if one.status in ("FAIL", "WARN")]
    return sorted(found, key=lambda one: -float("inf") if one.low_ratio is None else -one.low_ratio)


def _regression(report: ComparisonReport, one: ComparedSeries) -> Finding:
    unit = Unit.MB if one.unit == "MB" else Unit.MS
    sure = ""
    if one.candidate is None or one.baseline is None or one.change_ratio is None:
        what = f"{one.name}: {one.reason}"
    else:
        before, now = format_apart(unit, one.baseline, one.candidate)
        if unit is Unit.MB:
            direction = "larger" if one.change_ratio >= 0 else "smaller"
        else:
            direction = "slower" if one.change_ratio >= 0 else "faster"
        what = f"{one.name} is {_change(one.change_ratio, direction)}: {now}, was {before}"
    if one.low_ratio is not None and one.high_ratio is not None:
        sure = f"{_interval(report, one)}, {_base(report)}"
        sure += (
            ""
            if one.p_value is None
            else f", p {'<0.001' if one.p_value < 0.001 else f'= {one.p_value:.3f}'}"
        )
        sure += ", confirmed by a second look" if report.confirmed and one.status == "FAIL" else ""
    if one.status == "WARN":
        sure = f"{sure}; not held against it: {one.reason}" if sure else one.reason
    return Finding(
        status=one.status,
        scenario=report.scenario_name,
        what=what,
        certainty=sure,
        command=report.repeat_command,
    )


def sure_of(report: ComparisonReport) -> str:
    """How sure each bound of its intervals is."""
    return "95 % sure of each" if report.earlier is None else "99 % sure of each"


def _interval(report: ComparisonReport, one: ComparedSeries) -> str:
    if one.low_ratio is not None and one.high_ratio is not None and (one.change_ratio or 0.0) >= _TIMES_FROM:
        low, high = _times(one.low_ratio), _times(one.high_ratio)
        return f"between {low} and {high} times ({sure_of(report)})"
    return f"between {ratio_text(one.low_ratio)} and {ratio_text(one.high_ratio)} ({sure_of(report)})"


def _times(ratio: float) -> str:
    """So few runs may be behind it that an interval has no end anybody would believe."""
    return "more than 100" if ratio > _MOST_TIMES else two_digits(1 + ratio)


def _base(report: ComparisonReport) -> str:
    if report.earlier is None:
        return f"from {report.pairs} interleaved pairs against {short_name(report.baseline)}"
    runs = f"{report.pairs} run{'' if report.pairs == 1 else 's'}"
    return f"from {runs} against {report.earlier} of {report.baseline}"


def describe_failure(report: ComparisonReport) -> str:
    """Why a session with this comparison fails: what got worse most surely, by how much and how sure that is,
    and what else did."""
    found = [_regression(report, one) for one in _not_passed(report) if one.status == "FAIL"]
    if not found:
        return report.failure.replace(report.baseline, short_name(report.baseline))
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    told = "; ".join(filter(None, (f"{found[0].what}{more}", found[0].certainty)))
    return f"{report.scenario_name}: {told}"


def short_name(backend: str) -> str:
    """Without the command line that follows a backend's name."""
    return backend.partition(" (")[0]


def _is_lacking(report: ComparisonReport) -> bool:
    """Nothing was compared, and not because the scenario is new where it may be."""
    return not report.series and bool(report.failure or report.void_earlier)


def _nothing_compared(report: ComparisonReport) -> Finding:
    failure = report.failure.removeprefix(f"{report.scenario_name}: ")
    return Finding(
        status="FAIL" if failure else "WARN",
        scenario=report.scenario_name,
        what=failure or f"nothing could be compared with {report.baseline}",
        certainty="; ".join(report.notes),
        command=report.repeat_command,
    )


def _of_run(results: LoadTestResults, compared: ComparisonReport | None) -> list[Finding]:
    def finding(status: str, what: str, certainty: str = "", where: str = "") -> Finding:
        return Finding(
            status=status,
            scenario=results.scenario_name,
            what=what,
            certainty=certainty,
            where=where,
            command=longer_command(results) or results.repeat_command,
        )

    found = []
    unmet = unmet_verdicts(results)
    shown = [one for one in results.verdicts if one in unmet or one.status == "WARN"]
    if results.ended != "complete":
        status = "FAIL" if results.ended == "crashed" else "INCONCLUSIVE"
        said = results.crash_message or "what was measured so far is shown"
        # Each of them says so: once is enough.
        open_ones = [one for one in shown if one.status == "INCONCLUSIVE" and _ENDED_EARLY in one.reason]
        shown = [one for one in shown if one not in open_ones]
        found.append(finding(status, f"the run ended early ({results.ended}): {said}{_unjudged(open_ones)}"))
    safety = results.performance_stats.concurrency_safety
    if safety.lost_edits:
        documents = f"{safety.lost_edits} of {safety.documents_compared} edited documents"
        found.append(finding("FAIL", f"edits were lost: the server held another text of {documents}"))
    if safety.refactored is not None and safety.refactored.wrong:
        found.append(finding("FAIL", f"{safety.refactored.wrong} renames or moves would have been wrong"))
    elif safety.refactored_compiles is False:
        found.append(finding("FAIL", f"the codebase {results.details.get('refactored codebase', 'fails')}"))
    if results.generator.bottleneck_reasons:
        reasons = "; ".join(results.generator.bottleneck_reasons)
        # Each of them says the same of the generator: once is enough.
        void = [one for one in shown if one.status == "INCONCLUSIVE" and one.reason.startswith("void")]
        found.append(
            finding(
                "INCONCLUSIVE" if void else "VOID",
                f"timings void, the load generator was the bottleneck: {reasons}{_unjudged(void)}",
                RUN_ELSEWHERE,
            )
        )
        shown = [one for one in shown if one not in void]
    # So it is with stress that was not the one asked for.
    for reason, count in Counter(one.reason for one in shown).items():
        if count > 1 and reason.startswith(_STRESS):
            void = [one for one in shown if one.reason == reason]
            what = f"timings void, {reason.removeprefix('void: ')}{_unjudged(void)}"
            found.append(finding("INCONCLUSIVE", what, "run it where nothing else runs"))
            shown = [one for one in shown if one not in void]
    # What a longer run would tell comes after what nobody can.
    for one in sorted(shown, key=lambda one: (-GRAVITY[one.status], one.enough_s is not None, -excess(one))):
        before, change = _before(one, compared)
        certainty = "; ".join(filter(None, [_certainty(results, one), change]))
        found.append(finding(one.status, _budget(one) + before, certainty, one.source))
    return found


def _unjudged(verdicts: Sequence[VerdictReport]) -> str:
    count = len(verdicts)
    return f"; {count} budget{'' if count == 1 else 's'} could not be judged" if count else ""


def _before(verdict: VerdictReport, compared: ComparisonReport | None) -> tuple[str, str]:
    """What it was before, and how sure the change is, where that was compared and did not fail by itself:
    who misses a budget asks next since when."""
    series = {
        "rss_peak_mb": "memory peak",
        **{f"p{each}_ms": f"{verdict.operation} p{each}" for each in (50, 90, 95, 99)},
    }.get(verdict.key)
    one = next((one for one in compared.series if one.name == series), None) if compared else None
    if compared is None or one is None or one.status == "FAIL" or one.baseline is None:
        return "", ""
    was = format_value(Unit.MB if one.unit == "MB" else Unit.MS, one.baseline)
    change = f"{ratio_text(one.change_ratio)} against {compared.baseline}"
    if one.low_ratio is not None and one.high_ratio is not None:
        change += f", {_interval(compared, one)}"
    return f", it was {was}", change


def _budget(verdict: VerdictReport) -> str:
    metric = METRICS[verdict.key]
    subject = metric.label if verdict.operation is None else f"{verdict.operation} {metric.label}"
    limit = verdict.violation if verdict.status != "WARN" or verdict.warning is None else verdict.warning
    word = "warning" if verdict.status == "WARN" else "limit"
    bound = "at least " if metric.is_floor else ""
    if verdict.measured is None:
        return f"{subject} was not measured, {word} {bound}{format_value(metric.unit, limit)}"
    measured, limited = format_apart(metric.unit, verdict.measured, limit)
    at_least = "at least " if verdict.is_lower_bound else ""
    return f"{subject} is {at_least}{measured}, {word} {bound}{limited}"


def _certainty(results: LoadTestResults, verdict: VerdictReport) -> str:
    """How many samples stand behind it, and where the percentile lies for sure."""
    if verdict.status == "INCONCLUSIVE":
        return verdict.reason
    said = f"from {verdict.count:,} samples" if verdict.count > 1 else ""
    if verdict.key in ("min_goodput_ratio", "error_ratio") and verdict.operation in results.operations:
        stats = results.operations[verdict.operation].error_stats
        kinds = [kind for kind in ENDINGS if kind != "ok" and getattr(stats, kind)]
        said += (
            f": {', '.join(f'{getattr(stats, kind):,} {_ENDED.get(kind, kind)}' for kind in kinds)}"
            if kinds
            else ""
        )
    if verdict.key == "p95_ms" and verdict.operation in results.operations:
        interval = results.operations[verdict.operation].response_time.p95_interval
        if interval is not None:
            low, high = (format_value(Unit.MS, bound) for bound in interval)
            said += f", 95 % sure between {low} and {high}"
    return said


def _change(ratio: float, direction: str) -> str:
    """From ten times on nobody reads percent."""
    if ratio < _TIMES_FROM:
        return f"{_share(abs(ratio))} {direction}"
    return f"{1 + ratio:.0f} times as {'large' if direction == 'larger' else 'slow'}"


def _share(ratio: float) -> str:
    return f"{ratio:.0%}" if ratio >= 0.1 else f"{ratio:.1%}"

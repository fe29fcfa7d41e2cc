"""What a session found, in the order of its gravity, and the line above all."""

from __future__ import annotations

from msgspec.structs import replace

from pytest_rustide_load.budgets import Budget
from pytest_rustide_load.report.findings import (
    FailedTest,
    Session,
    describe_failure,
    find_findings,
    headline,
    what_to_type,
    worst_of,
)
from tests.report.html.samples import comparison, results, session


def test_failures_come_before_warnings_and_regressions_before_budgets():
    found = find_findings(session())
    statuses = [one.status for one in found]
    assert statuses == sorted(statuses, key=["FAIL", "INCONCLUSIVE", "VOID", "WARN", "PASS"].index)
    assert found[0].what == "hover p95 is 252% slower: 5.7 ms, was 1.62 ms"
    assert found[0].certainty.startswith("between +189.7% and +327.8%")
    warned = next(one for one in found if one.what.startswith("memory peak"))
    assert warned.status == "WARN"
    assert "larger: 67.1 MB, was 63.3 MB" in warned.what
    assert "not held against it" in warned.certainty


def test_each_budget_that_is_missed_says_by_how_much_and_how_sure():
    found = [one for one in find_findings(session(comparisons=())) if one.scenario]
    [missed] = [one for one in found if one.status == "FAIL"]
    assert missed.what.startswith("completion p95 is ")
    assert missed.what.endswith("limit 20 ms")
    assert "95 % sure between" in missed.certainty
    assert missed.where == "budgets.yaml:9"
    assert missed.command.startswith("pytest ")
    [unsure] = [one for one in found if one.status == "INCONCLUSIVE"]
    assert "too few" in unsure.certainty


def test_what_changed_most_for_sure_comes_first_and_in_multiples_where_percent_say_little():
    found = comparison()
    more = replace(
        found.series[0],
        name="definition p50",
        baseline=1.81,
        candidate=29.7,
        change_ratio=15.4,
        low_ratio=9.2,
        high_ratio=25.2,
    )
    both = replace(found, series=(found.series[0], more))
    told = find_findings(session(comparisons=(both,)))
    assert told[0].what == "definition p50 is 16 times as slow: 29.7 ms, was 1.81 ms"
    assert told[0].certainty.startswith("between 10 and 26 times (99 % sure of each), from 3 runs against 20")
    assert told[1].what.startswith("hover p95 is 252% slower")
    endless = replace(more, low_ratio=-0.9, high_ratio=29_102_248.0)
    told = find_findings(session(comparisons=(replace(found, series=(endless,)),)))
    assert "between 0.1 and more than 100 times" in next(
        one.certainty for one in told if "16 times" in one.what
    )
    larger = replace(more, name="memory peak", unit="MB")
    told = find_findings(session(comparisons=(replace(found, series=(larger,)),)))
    assert told[0].what.startswith("memory peak is 16 times as large")


def test_a_missed_budget_says_what_it_was_before_unless_that_is_a_finding_of_its_own():
    """A comparison with a few runs binds nobody, and still tells by how much."""
    budget = [Budget(key="p95_ms", operation="hover", violation=2.0, source="budgets.yaml:7")]
    few = comparison("WARN")
    run = session(results=(results(budgets=budget),), comparisons=(few,), failed_tests=())
    first = find_findings(run)[0]
    assert first.what.startswith("hover p95 is ")
    assert first.what.endswith(" ms, limit 2 ms, it was 1.62 ms")
    assert first.certainty.endswith(
        "; +252.0% against main of 2026-01-01, between +189.7% and +327.8% (99 % sure of each)"
    )
    told = find_findings(session(results=run.results, comparisons=(comparison(),), failed_tests=()))
    assert [one.what.endswith("limit 2 ms") for one in told[:2]] == [False, True]


def test_a_session_that_passes_says_what_was_kept():
    found = results(budgets=[])
    clean = Session(results=(found,))
    assert (worst_of(clean), headline(clean)) == ("", "Measured: 1 scenario, nothing to judge by")
    passed = tuple(one for one in results().verdicts if one.status == "PASS")[:1]
    kept = Session(results=(replace(found, verdicts=passed),))
    assert worst_of(kept) == "PASS"
    assert headline(kept) == "PASS: 1 scenario, 1 budget kept"
    few = replace(passed[0], status="INCONCLUSIVE", too_few=True)
    short = replace(found, verdicts=(*passed, replace(few, enough_s=90.0), replace(few, enough_s=12.0)))
    assert headline(Session(results=(short,))) == (
        "INCONCLUSIVE: individual-developer: "
        "a run of 60 s is too short to judge 2 of its budgets by, 90 s would do"
    )
    # How long it takes to measure what was not measured at all nobody can tell, and that is the worse.
    unmeasured = replace(few, operation="references", measured=None, count=0)
    short = replace(found, verdicts=(*passed, replace(few, enough_s=12.0), unmeasured))
    told = headline(Session(results=(short,)))
    assert told.startswith("INCONCLUSIVE: individual-developer: references ")
    assert " was not measured, limit " in told
    assert told.endswith(" (and 1 more)")
    short = replace(found, profile="smoke", verdicts=(*passed, few))
    assert headline(Session(results=(short,))) == (
        "PASS: 1 scenario, 1 budget kept, 1 not judged for want of samples"
    )
    warned = replace(found, verdicts=(replace(passed[0], status="WARN", warning=1.0),))
    assert headline(Session(results=(warned,))).endswith("; it passes all the same")


def test_what_cannot_be_told_is_no_pass():
    untold = comparison("INCONCLUSIVE")
    untold = replace(untold, series=tuple(replace(one, status="INCONCLUSIVE") for one in untold.series))
    session_ = Session(results=(results(budgets=[]),), comparisons=(untold,))
    assert (worst_of(session_), headline(session_)) == (
        "",
        "Measured: 1 scenario, of 3 series it cannot be told",
    )
    half = replace(untold, series=(replace(untold.series[0], status="PASS"), *untold.series[1:]))
    told = headline(Session(results=session_.results, comparisons=(half,)))
    assert told == "PASS: 1 scenario, 1 series no slower, of 2 series it cannot be told"


def test_what_is_worse_than_a_missed_budget_is_told_too():
    run = results(budgets=[])
    crashed = replace(run, ended="crashed", crash_message="exit status 3")
    assert headline(Session(results=(crashed,))).startswith(
        "FAIL: individual-developer: the run ended early (crashed): exit status 3"
    )
    safety = replace_safety(run, documents_compared=5, lost_edits=2)
    assert "edits were lost: the server held another text of 2 of 5" in headline(Session(results=(safety,)))
    void = replace(run, generator=replace(run.generator, bottleneck_reasons=("its CPU was at 99 %",)))
    assert worst_of(Session(results=(void,))) == "VOID"
    inconclusive = [
        replace(one, status="INCONCLUSIVE", reason="void: the load generator was the bottleneck")
        for one in results().verdicts[:3]
    ]
    [told] = find_findings(Session(results=(replace(void, verdicts=tuple(inconclusive)),)))
    assert told.status == "INCONCLUSIVE"
    assert told.what.endswith("the bottleneck: its CPU was at 99 %; 3 budgets could not be judged")
    failed = Session(results=(run,), failed_tests=(FailedTest("test_x", "boom"),))
    assert headline(failed) == "FAIL: test_x failed: boom"
    assert headline(Session(results=(run,), drifts=("a: b gets worse",))) == "FAIL: a: b gets worse"


def replace_safety(run, **changes):
    from dataclasses import replace as replaced

    stats = run.performance_stats
    return replace(
        run,
        performance_stats=replace(stats, concurrency_safety=replaced(stats.concurrency_safety, **changes)),
    )


def test_the_line_of_a_comparison_that_fails_says_how_much_and_how_sure():
    told = describe_failure(comparison())
    worst = find_findings(session(comparisons=(comparison(),)))[0]
    assert told.startswith(f"{comparison().scenario_name}: hover p95 is 252% slower: 5.7 ms, was 1.62 ms; ")
    assert told.endswith(f"; {worst.certainty}")
    gone = replace(comparison(), baseline="old (true, /usr/bin/true)", series=(), void=5, earlier=None)
    assert describe_failure(gone).endswith(": nothing could be compared with old: 5 pairs were void")


def test_a_comparison_of_nothing_fails():
    nothing = replace(comparison(), series=(), void=5)
    [found] = find_findings(Session(results=(), comparisons=(nothing,)))
    assert (found.status, found.what) == (
        "FAIL",
        "nothing could be compared with main of 2026-01-01: 5 runs were void",
    )


def test_what_could_not_run_is_counted_in_the_line_above_all():
    kept = [Budget(key="p95_ms", operation="hover", violation=900.0, source="budgets.yaml:7")]
    whole = {"results": (results(budgets=kept),), "comparisons": (), "failed_tests": ()}
    assert headline(session(**whole)) == "PASS: 1 scenario, 2 budgets kept"
    some = session(**whole, not_run=("far cannot run here: 9 GB are missing",))
    assert headline(some) == "PASS: 1 scenario, 2 budgets kept, 1 load test was not run"
    nothing = Session(results=(), not_run=("a cannot run here: x", "b cannot run here: y"))
    assert headline(nothing) == "Nothing measured: 2 load tests were not run"
    assert worst_of(nothing) == ""


def test_what_a_run_that_ended_early_leaves_open_is_one_finding_and_not_one_for_each_budget():
    budgets = [Budget(key="min_goodput_ratio", violation=0.5, source="budgets.yaml:3")]
    run = results(budgets=budgets)
    cut = "99% keeps 50%, but the run ended early (crashed)"
    verdicts = tuple(replace(one, status="INCONCLUSIVE", reason=cut) for one in run.verdicts)
    run = replace(run, ended="crashed", crash_message="exit status 70", verdicts=verdicts)
    [only] = find_findings(session(results=(run,), comparisons=(), failed_tests=()))
    assert only.status == "FAIL"
    assert only.what == (
        f"the run ended early (crashed): exit status 70; {len(verdicts)} budgets could not be judged"
    )


def test_of_a_test_that_failed_by_itself_the_session_is_what_to_type():
    failed = session(results=(), comparisons=())
    assert what_to_type(failed, find_findings(failed)) == [failed.command]
    missed = session(comparisons=())
    assert what_to_type(missed, find_findings(missed)) == [missed.results[0].repeat_command]
    assert what_to_type(missed, []) == []


def test_a_headline_takes_no_novel():
    long = FailedTest("tests/test_a.py::test_b", "NotReady: " + "it was not right once; " * 12)
    found = session(results=(), comparisons=(), failed_tests=(long,))
    assert len(headline(found)) < 200
    assert headline(found).endswith(" …")
    [whole] = find_findings(found)
    assert whole.what.endswith(long.message)


def test_a_missed_share_of_right_answers_says_what_the_others_were():
    run = results(
        budgets=[Budget(key="min_goodput_ratio", operation="hover", violation=1.0, source="b.yaml:3")]
    )
    stats = run.operations["hover"].error_stats
    [missed] = find_findings(session(results=(run,), comparisons=(), failed_tests=()))
    assert stats.wrong > 0 < stats.timeout
    assert missed.certainty == (
        f"from {stats.planned} samples: {stats.wrong} wrong, {stats.timeout} timed out"
    )


def test_a_backend_is_called_by_its_name_and_not_by_its_command_line():
    found = replace(comparison(), earlier=None, baseline="old (python, /home/me/python -m server --port 1)")
    first = find_findings(session(comparisons=(found,)))[0]
    assert "from 3 interleaved pairs against old" in first.certainty
    assert "/home/me" not in first.certainty


def test_stress_that_was_not_reached_is_told_once():
    found = results(budgets=[])
    [passed, *_] = [one for one in results().verdicts if one.status == "PASS"]
    reason = "void: the stress was not the one asked for (memory held by others: 303 MB of 500 MB)"
    void = replace(passed, status="INCONCLUSIVE", reason=reason)
    [one] = find_findings(Session(results=(replace(found, verdicts=(void, void)),)))
    assert one.what == f"timings {reason.replace('void:', 'void,')}; 2 budgets could not be judged"
    assert one.certainty == "run it where nothing else runs"

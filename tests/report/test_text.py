from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from pytest_rustide_load.budgets import METRICS
from pytest_rustide_load.report.longer import longer_command, too_short
from pytest_rustide_load.report.missed import render_missed_budgets
from pytest_rustide_load.report.results import (
    AlertReport,
    BackendIdentity,
    CodebaseIdentity,
    ErrorStats,
    GeneratorReport,
    LoadStep,
    LoadTestResults,
    MemoryStep,
    OperationResults,
    PerformanceStats,
    ResourceUsage,
    StatisticalSummary,
    VerdictReport,
)
from pytest_rustide_load.report.text import render_results, render_warnings
from pytest_rustide_load.stats import SafetyMetrics

ANSI = re.compile(r"\x1b\[[0-9]+m")


def _times(scale: float = 1.0, lower_bounds: tuple[str, ...] = ()) -> StatisticalSummary:
    return StatisticalSummary(
        unit="ms",
        count=500,
        p50=8.76 * scale,
        p95=42.3 * scale,
        p99=99.8 * scale,
        max=120.0 * scale,
        lower_bounds=lower_bounds,
    )


def _operation(planned: int = 500, ok: int = 500, **changes: Any) -> OperationResults:
    errors = ErrorStats(
        planned=planned,
        ok=ok,
        empty=planned - ok,
        wrong=0,
        error=0,
        cancelled=0,
        content_modified=0,
        timeout=0,
        crashed=0,
        dropped=0,
        total=0,
        error_ratio=0.0 if planned else None,
        goodput_ratio=ok / planned if planned else None,
    )
    fields: dict[str, Any] = {
        "user_waits": True,
        "response_time": _times(),
        "service_time": _times(),
        "throughput_per_s": 24.96,
        "error_stats": errors,
    }
    return OperationResults(**{**fields, **changes})


def _verdict(
    status: str, key: str = "p95_ms", operation: str | None = "hover", **changes: Any
) -> VerdictReport:
    fields: dict[str, Any] = {
        "violation": 150.0,
        "warning": None,
        "target": None,
        "measured": 42.3,
        "is_lower_bound": False,
        "count": 500,
        "reason": f"because of {key}",
        "source": "tests/test_a.py:7",
    }
    return VerdictReport(status=status, key=key, operation=operation, **{**fields, **changes})


USAGE = ResourceUsage(
    sample_count=100,
    rss_avg_mb=412.3,
    rss_peak_mb=1500.0,
    cpu_avg_percent=31.4,
    cpu_peak_percent=155.0,
    process_peak=2,
    thread_peak=9,
    read_mb=None,
    write_mb=None,
    generator_cpu_percent=10.0,
    generator_rss_peak_mb=60.0,
)
GENERATOR = GeneratorReport(
    planned=500,
    sent=500,
    dropped=0,
    offered_per_s=25.0,
    achieved_per_s=25.0,
    send_lag_p50_ms=0.1,
    send_lag_p99_ms=0.3,
    send_lag_max_ms=1.0,
    cpu_percent=10.0,
    littles_law_error_ratio=0.0,
)


def _results(**changes: Any) -> LoadTestResults:
    fields: dict[str, Any] = {
        "schema_version": 1,
        "plugin_version": "0.1.0",
        "scenario_name": "individual-developer",
        "execution_timestamp": "2026-01-02T03:04:05Z",
        "seed": 42,
        "backend": BackendIdentity(name="rust-analyzer", version="1.96.0"),
        "codebase": CodebaseIdentity(digest="abc"),
        "ended": "complete",
        "measured_s": 20.0,
        "sample_count": 500,
        "performance_stats": PerformanceStats(
            response_time=_times(),
            throughput=StatisticalSummary(unit="per_s", count=0),
            concurrency_safety=SafetyMetrics(),
        ),
        "error_stats": _operation().error_stats,
        "resource_usage": USAGE,
        "operations": {"hover": _operation()},
        "generator": GENERATOR,
        "verdicts": (),
        "status": None,
        "repeat_command": "pytest --load-scenario=individual-developer --load-seed=42",
    }
    return LoadTestResults(**{**fields, **changes})


def test_the_table_reads_at_a_glance() -> None:
    operations = {
        "completion": _operation(),
        "references": _operation(ok=400, response_time=_times(100, lower_bounds=("p99", "max"))),
    }
    verdicts = (_verdict("PASS", operation="completion"), _verdict("FAIL", operation="references"))
    text = render_results(_results(operations=operations, verdicts=verdicts))
    assert text == (
        "individual-developer: rust-analyzer 1.96.0, seed 42, 20 s\n"
        "operation    n    p50    p95    p99 good err wrong   /s budget    verdict\n"
        "completion 500 8.76ms 42.3ms 99.8ms 100%   0     0 25.0 p95 150ms PASS\n"
        "references 500  876ms  4.23s ≥9.98s  80%   0     0 25.0 p95 150ms FAIL\n"
        "not answered: references 100 empty\n"
        "load: 25/s offered, 25/s sent, 300 µs late at p99\n"
        "memory: 412 MB average, 1.5 GB peak\n"
        "cpu: 31.4% of a core on average, 155% peak (2 processes, 9 threads)\n"
        "≥: operations never ended; the true value is at least this"
    )


@given(
    st.dictionaries(
        st.sampled_from(["completion", "document_highlight", "completion_resolve", "references"]),
        st.tuples(
            st.integers(0, 99_999),
            st.floats(0.0001, 1e5),
            st.sampled_from(["PASS", "WARN", "FAIL", "INCONCLUSIVE"]),
            st.sampled_from(sorted(key for key, metric in METRICS.items() if not metric.of_backend)),
        ),
        min_size=1,
    )
)
def test_the_table_fits_eighty_columns(rows: dict[str, tuple[int, float, str, str]]) -> None:
    operations = {
        name: _operation(
            planned=planned, ok=planned // 2, response_time=_times(scale, ("p99",)), throughput_per_s=123.4
        )
        for name, (planned, scale, _, _) in rows.items()
    }
    verdicts = tuple(
        _verdict(status, key, name, violation=0.95) for name, (_, _, status, key) in rows.items()
    )
    text = render_results(_results(operations=operations, verdicts=verdicts))
    assert max(len(line) for line in text.splitlines()) <= 80


def test_colour_changes_nothing_but_colour() -> None:
    results = _results(verdicts=(_verdict("WARN"), _verdict("FAIL", "rss_avg_mb", None)))
    plain, coloured = render_results(results), render_results(results, colour=True)
    assert "\x1b[" not in plain
    assert "\x1b[33mWARN\x1b[0m" in coloured
    assert "\x1b[31mFAIL\x1b[0m" in coloured
    assert ANSI.sub("", coloured) == plain


def test_the_gravest_verdict_stands_in_the_row_and_the_backend_s_below() -> None:
    verdicts = (
        _verdict("PASS"),
        _verdict("INCONCLUSIVE", "p99_ms"),
        _verdict("FAIL", "rss_avg_mb", None, measured=412.3, violation=400.0),
    )
    text = render_results(_results(verdicts=verdicts))
    assert re.search(r"^hover .* p99 150ms INCONCL$", text, re.MULTILINE)
    assert "\n  rss avg 412 MB ≤ 400 MB: FAIL" in text


@pytest.mark.parametrize(
    ("ratio", "expected"),
    [
        (None, "-"),
        (0.0, "0%"),
        (0.00001, "<.1%"),
        (0.05, "5%"),
        (0.861, "86.1%"),
        (0.99996, "99.9%"),
        (1.0, "100%"),
    ],
)
def test_goodput_is_never_rounded_to_all_or_nothing(ratio: float | None, expected: str) -> None:
    operation = _operation()
    operation = replace(operation, error_stats=replace(operation.error_stats, goodput_ratio=ratio))
    row = render_results(_results(operations={"hover": operation})).splitlines()[2]
    assert row.split()[5] == expected


def test_percentiles_of_too_few_values_are_marked() -> None:
    operation = _operation(response_time=replace(_times(), count=100))
    text = render_results(_results(operations={"hover": operation}))
    assert text.splitlines()[2].split()[2:5] == ["8.76ms", "42.3ms", "~99.8ms"]
    assert text.endswith("\n~: fewer samples than this percentile takes")
    assert "~" not in render_results(_results())


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(0.075, "0.07"), (9.996, "10.0"), (24.96, "25.0"), (99.96, "100"), (1234.4, "1234")],
)
def test_rates_keep_to_four_columns(rate: float, expected: str) -> None:
    operations = {"hover": _operation(throughput_per_s=rate)}
    assert render_results(_results(operations=operations)).splitlines()[2].split()[8] == expected


def test_what_the_percentiles_leave_out_is_counted_by_kind() -> None:
    operation = _operation()
    errors = replace(operation.error_stats, content_modified=44, timeout=3, cancelled=1)
    operations = {"hover": replace(operation, error_stats=errors), "edit": operation}
    text = render_results(_results(operations=operations))
    assert "\nnot answered: hover 1 cancelled, 44 content modified, 3 timeout\n" in text
    assert "not answered" not in render_results(_results())


def test_what_was_not_measured_is_a_dash() -> None:
    operation = _operation(response_time=StatisticalSummary(unit="ms", count=0), ok=0)
    row = render_results(_results(operations={"hover": operation})).splitlines()[2]
    assert row.split()[:6] == ["hover", "500", "-", "-", "-", "0%"]


def test_operations_without_measured_samples_have_no_row() -> None:
    assert "startup" not in render_results(_results(operations={"startup": _operation(planned=0, ok=0)}))


def test_reservations_are_said_below_the_table() -> None:
    text = render_results(
        _results(
            generator=replace(GENERATOR, dropped=7, bottleneck_reasons=("cpu at 93% of a core",)),
            ended="crashed",
            crash_message="killed by signal 9",
            first_wrong=("definition at src/a.rs:3:4: expected src/b.rs:9:1",),
            resource_usage=None,
        )
    )
    assert "20 s, crashed\n" in text
    assert "timings void, the load generator was the bottleneck: cpu at 93% of a core" in text
    assert "7 of 500 operations could not be sent" in text
    assert "the run ended early: killed by signal 9" in text
    assert "wrong: definition at src/a.rs:3:4: expected src/b.rs:9:1" in text
    assert "memory and cpu: no samples" in text


def test_a_missed_budget_reads_like_a_failed_assertion() -> None:
    verdicts = (
        _verdict("PASS"),
        _verdict("INCONCLUSIVE", "p99_ms", reason="58 samples are too few for p99: it takes 299", count=58),
        _verdict("FAIL", "p95_ms", "completion", measured=312.0, is_lower_bound=True),
        _verdict("FAIL", "rss_avg_mb", None, measured=412.3, violation=400.0, source=""),
    )
    assert render_missed_budgets(_results(verdicts=verdicts)) == (
        "completion p95 312 ms > 150 ms; 2 of 4 budgets not kept, 1 could not be judged\n"
        "  (individual-developer, seed 42, rust-analyzer 1.96.0)\n"
        "  FAIL completion p95: measured at least 312 ms, limit at most 150 ms, n=500\n"
        "      limit set by tests/test_a.py:7\n"
        "  FAIL rss avg: measured 412 MB, limit at most 400 MB, n=500\n"
        "  INCONCLUSIVE hover p99: measured 42.3 ms, limit at most 150 ms, n=58\n"
        "      58 samples are too few for p99: it takes 299\n"
        "      limit set by tests/test_a.py:7\n"
        "repeat with:\n"
        "  pytest --load-scenario=individual-developer --load-seed=42"
    )


def test_what_is_void_is_told_once_for_all_that_it_concerns() -> None:
    reason = "void: the load generator was the bottleneck (it sent p99 35.6 ms late, more than 10 ms)"
    void = [_verdict("INCONCLUSIVE", key, reason=reason) for key in ("p95_ms", "mean_ms")]
    told = render_missed_budgets(_results(verdicts=(*void, _verdict("PASS"))))
    assert told == (
        "void: the load generator was the bottleneck; 2 of 3 budgets could not be judged\n"
        "  (individual-developer, seed 42, rust-analyzer 1.96.0)\n"
        "  INCONCLUSIVE void: the load generator was the bottleneck (it sent p99 35.6 ms\n"
        "    late, more than 10 ms)\n"
        "      so nothing is known of hover p95, hover mean\n"
        "      run it where nothing else runs, or with less load (--load-rate)\n"
        "repeat with:\n"
        "  pytest --load-scenario=individual-developer --load-seed=42"
    )
    failed = render_missed_budgets(_results(verdicts=(*void, _verdict("FAIL", "rss_avg_mb", None))))
    assert failed.startswith("rss avg 42.3 MB > 150 MB; 1 of 3 budgets not kept, 2 could not be judged")
    assert failed.index("FAIL rss avg") < failed.index("INCONCLUSIVE void")


def test_a_run_that_lacks_nothing_but_samples_says_which_would_do() -> None:
    few = [
        _verdict("INCONCLUSIVE", "p95_ms", reason="few", too_few=True, enough_s=enough_s)
        for enough_s in (12.0, 57.0)
    ]
    command = "pytest --load-scenario=individual-developer --load-duration=3s --load-seed=42"
    told = render_missed_budgets(_results(verdicts=(*few, _verdict("PASS")), repeat_command=command))
    assert told.endswith(
        "long enough to tell:\n"
        "  pytest --load-scenario=individual-developer --load-seed=42 --load-duration=57s"
    )
    # Where anything else is amiss, length does not help, and nobody can tell how long it takes to measure
    # what was not measured at all.
    unmeasured = _verdict("INCONCLUSIVE", "p95_ms", "references", measured=None, count=0, too_few=True)
    for other in (_verdict("FAIL"), unmeasured):
        results = _results(verdicts=(*few, other), repeat_command=command)
        assert "long enough" not in render_missed_budgets(results)


def test_the_length_that_is_to_be_typed_is_that_of_a_step_of_a_ramp() -> None:
    steps = tuple(
        LoadStep(
            name=f"{level}x",
            level=level,
            start_s=level - 1,
            duration_s=1,
            is_baseline=level == 1,
            operations={},
        )
        for level in (1, 2, 3, 4)
    )
    few = _verdict("INCONCLUSIVE", "p95_ms", reason="few", too_few=True, enough_s=16.0)
    command = "pytest --load-scenario=individual-developer --load-ramp=1..4 --load-duration=1s"
    results = _results(verdicts=(few,), repeat_command=command, steps=steps, measured_s=4.0)
    assert longer_command(results) == command.replace("=1s", "=4s")
    assert too_short(results) == (
        "a run of 4 s is too short to judge a budget by, 16 s would do, 4 s for each of its 4 steps"
    )


def test_nothing_is_missed_where_all_pass_or_warn() -> None:
    assert render_missed_budgets(_results(verdicts=(_verdict("PASS"), _verdict("WARN")))) == ""


def test_the_command_to_repeat_is_never_broken() -> None:
    command = "pytest " + " ".join(f"--option-{number}=value" for number in range(20))
    assert f"\n  {command}" in render_missed_budgets(
        _results(verdicts=(_verdict("FAIL"),), repeat_command=command)
    )


def test_a_warning_says_what_and_how_many() -> None:
    results = _results(
        verdicts=(_verdict("WARN", reason="170 ms is above the warning at 150 ms"), _verdict("FAIL"))
    )
    assert render_warnings(results) == [
        "individual-developer: hover p95: 170 ms is above the warning at 150 ms (n=500)"
    ]


def test_alerts_are_told_in_words_with_when_and_how_high():
    alerts = (
        AlertReport(
            name="cpu_usage_high",
            of="2 cores",
            limit=0.7,
            peak=0.853,
            start_s=-3,
            end_s=31.4,
            phase="warm-up",
        ),
        AlertReport(
            name="response_time_degraded",
            of="the normal response time",
            limit=2,
            peak=4,
            start_s=3,
            end_s=None,
            phase="refactor",
        ),
    )
    joined = " ".join(render_results(_results(alerts=alerts)).split())
    assert (
        "alert: cpu usage high: up to 85.3% of 2 cores (limit 70%) from 3 s before it was measured (warm-up) "
        "to 31 s" in joined
    )
    assert (
        "alert: response time degraded: up to 4 times the normal response time (limit 2 times) "
        "from 3 s (refactor) to the end" in joined
    )


def _memory(name: str, duration_s: float, start: float, end: float, slope: float | None, grows: bool) -> Any:
    return MemoryStep(
        name=name,
        duration_s=duration_s,
        avg_mb=start,
        peak_mb=end,
        start_mb=start,
        end_mb=end,
        slope_mb_per_min=slope,
        grows=grows,
    )


def test_memory_is_told_before_load_as_touched_and_over_time() -> None:
    usage = replace(USAGE, baseline_mb=300, working_set_mb=210, pss_peak_mb=1_400)
    steps = (_memory("work", 45, 400, 490, 120.0, True), _memory("idle", 15, 490, 430, -240.0, False))
    lines = render_results(_results(resource_usage=usage, memory=steps)).split("\n")
    at = lines.index("memory: 412 MB average, 1.5 GB peak")
    assert lines[at + 1] == "  300 MB before load, working set 210 MB, PSS 1.4 GB at most"
    told = " ".join(line.strip() for line in lines[at + 2 : at + 4])
    assert told.startswith(
        "memory over time: work 400 MB to 490 MB (grows by 120 MB a minute); "
        "idle 490 MB to 430 MB (no growth)"
    )
    # Of a few seconds nobody knows whether memory grows.
    short = (_memory("", 4, 400, 490, 120.0, True),)
    assert "over time" not in render_results(_results(resource_usage=usage, memory=short))

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from pytest_rustide_load.budgets import Budget, evaluate
from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.report import (
    SCHEMA_VERSION,
    BackendIdentity,
    CodebaseIdentity,
    LoadTestResults,
    build_results,
    decode_results,
    encode_results,
    json_schema,
)
from pytest_rustide_load.report.results import LoadStep, StepFigures, VerdictReport, unmet_verdicts
from pytest_rustide_load.report.steps import render_steps
from pytest_rustide_load.report.timeline_build import build_timeline
from pytest_rustide_load.stats import (
    GeneratorStats,
    Outcome,
    PhaseKind,
    ResourceSummary,
    RunRecord,
    SafetyMetrics,
    SampleLog,
    summarise,
)

jsonschema = pytest.importorskip("jsonschema", reason="needs the test extra: pip install -e '.[test]'")

S = 1_000_000_000
MS = 1_000_000
RESOURCES = ResourceSummary(
    rss_avg_bytes=412e6,
    rss_peak_bytes=500_000_000,
    cpu_avg_ratio=0.25,
    cpu_peak_ratio=1.5,
    read_bytes=None,
    write_bytes=3_000_000,
    process_peak=2,
    thread_peak=9,
    generator_cpu_ratio=0.125,
    generator_rss_peak_bytes=60_000_000,
    sample_count=100,
)


def _results(resources: ResourceSummary | None = RESOURCES, **changes: Any) -> LoadTestResults:
    log = SampleLog(["completion", "edit"])
    ends = [(Outcome.OK, 10 * number) for number in range(1, 101)]
    ends += [(Outcome.TIMEOUT, 9000)] * 4 + [(Outcome.WRONG, 1)] * 3 + [(Outcome.ERROR, 1)] * 2
    for number, (outcome, latency_ms) in enumerate(ends):
        intended = S + number * 10 * MS
        row = log.add(0, 0, PhaseKind.MEASURE, intended, intended + MS)
        log.finish(row, intended + latency_ms * MS, outcome)
    record = RunRecord(
        scenario="demo",
        seed=42,
        started_at_utc="2026-01-02T03:04:05Z",
        start_ns=0,
        measure_start_ns=S,
        measure_end_ns=4 * S,
        end_ns=5 * S,
        samples=log,
        generator=GeneratorStats(109, 109, 0, 36.3, 36.3, 100_000, 2 * MS, 3 * MS, 0.5, 0.01),
        safety=SafetyMetrics(wrong_answers=3),
        first_wrong=("definition at src/a.rs:3:4",),
        details={"encoding": "utf-8"},
    )
    summary = summarise(record, {"completion"})
    budgets = [Budget("p95_ms", 200, source="tests/test_a.py:7"), Budget("rss_avg_mb", 900)]
    verdicts = evaluate(budgets, summary, resources, record.generator)
    arguments: dict[str, Any] = {
        "backend": BackendIdentity(name="rust-analyzer", version="1.96.0"),
        "codebase": CodebaseIdentity(digest="abc", description="20,006 lines"),
        "plugin_version": "0.1.0",
        "repeat_command": "pytest --load-scenario=demo --load-seed=42",
        "fingerprint": {"cpu": "some model"},
        "timeline": build_timeline(record, {"completion"}, timeout_ns=10 * S),
    }
    return build_results(record, summary, resources, verdicts, **{**arguments, **changes})


def test_results_hold_what_was_measured_in_the_units_of_their_names() -> None:
    results = _results()
    response = results.performance_stats.response_time
    assert (results.scenario_name, results.seed, results.sample_count, results.measured_s) == (
        "demo",
        42,
        109,
        3.0,
    )
    assert (response.unit, response.count, response.censored) == ("ms", 104, 4)
    assert (response.min, response.p50) == (10.0, 525.0)
    assert response.max == 9000.0
    # Four of 104 never ended: the 99th percentile falls on them, the 95th does not.
    assert response.lower_bounds == ("mean", "p99", "max")
    assert results.performance_stats.throughput.unit == "per_s"
    assert results.performance_stats.throughput.count == 3
    assert results.performance_stats.concurrency_safety.wrong_answers == 3
    errors = results.error_stats
    assert (errors.wrong, errors.timeout, errors.error, errors.total, errors.ok) == (3, 4, 2, 6, 100)
    assert errors.planned == 109
    assert errors.error_ratio == 6 / 109
    usage = results.resource_usage
    assert usage is not None
    assert (usage.rss_avg_mb, usage.cpu_avg_percent, usage.read_mb, usage.write_mb) == (412, 25, None, 3)
    assert results.generator.send_lag_p99_ms == 2
    assert results.generator.cpu_percent == 50
    assert results.operations["completion"].error_stats == errors
    assert [(verdict.status, verdict.key) for verdict in results.verdicts] == [
        ("PASS", "rss_avg_mb"),
        ("FAIL", "p95_ms"),
        ("PASS", "min_goodput_ratio"),
    ]
    assert results.status == "FAIL"


def test_throughput_counts_the_answers_of_each_whole_second() -> None:
    throughput = _results().performance_stats.throughput
    assert throughput.mean is not None
    # Answer k was asked for at 1 s + (k-1)·10 ms and took k·10 ms: half of them came in each second.
    assert throughput.mean * 3 == pytest.approx(100, abs=1)
    assert (throughput.min, throughput.max) == (0, 50)


def test_without_budgets_there_is_no_status_and_without_samples_no_usage() -> None:
    log = SampleLog(["completion"])
    generator = GeneratorStats(0, 0, 0, 0.0, 0.0, 0, 0, 0, 0.0, 0.0)
    record = RunRecord(
        "demo", 1, "", 0, 0, 0, 0, log, generator, SafetyMetrics(), ended="crashed", crash_message="x"
    )
    results = build_results(
        record,
        summarise(record, {"completion"}),
        None,
        [],
        backend=BackendIdentity(name="a", version=""),
        codebase=CodebaseIdentity(digest=""),
        plugin_version="0",
        repeat_command="",
    )
    assert (results.status, results.resource_usage, results.operations) == (None, None, {})
    assert (results.error_stats.error_ratio, results.error_stats.goodput_ratio) == (None, None)
    assert (results.ended, results.crash_message) == ("crashed", "x")
    assert decode_results(encode_results([results]), "f") == (results,)


def test_json_round_trips() -> None:
    results = (_results(), _results(resources=None))
    assert decode_results(encode_results(results), "file") == results


def test_a_list_of_numbers_is_one_line_of_the_file() -> None:
    encoded = encode_results([_results()])
    assert b'"ok": [ 0, 50, 50, 0 ],\n' in encoded
    assert decode_results(encoded, "f")[0].timeline is not None
    # Texts that look like one stay as they are.
    odd = "[\n  1,\n  2\n]"
    assert decode_results(encode_results([_results(repeat_command=odd)]), "f")[0].repeat_command == odd


def test_results_survive_as_plain_builtins() -> None:
    results = _results()
    plain = msgspec.to_builtins(results)
    assert msgspec.convert(json.loads(json.dumps(plain)), LoadTestResults) == results


def test_the_same_run_encodes_to_the_same_bytes() -> None:
    assert encode_results([_results()]) == encode_results([_results()])


def test_the_published_schema_describes_what_is_written() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(encode_results([_results(), _results(resources=None)]))
    jsonschema.validate(document, schema)
    assert document["schema_version"] == SCHEMA_VERSION
    del document["results"][0]["seed"]
    with pytest.raises(jsonschema.ValidationError, match="seed"):
        jsonschema.validate(document, schema)


def test_the_json_uses_the_names_of_the_user_s_document() -> None:
    (result,) = json.loads(encode_results([_results()]))["results"]
    for name in (
        "scenario_name",
        "execution_timestamp",
        "sample_count",
        "performance_stats",
        "error_stats",
        "resource_usage",
    ):
        assert name in result
    for name in ("response_time", "throughput", "concurrency_safety", "scalability_slope"):
        assert name in result["performance_stats"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{}", "not a results file"),
        (b"[1", "not a results file"),
        (b'{"schema_version": 999, "results": []}', "schema version 999"),
        (b'{"schema_version": 1, "results": [{}]}', "not a results file"),
    ],
)
def test_a_foreign_file_is_refused_by_name(data: bytes, why: str) -> None:
    with pytest.raises(ConfigError, match=why) as caught:
        decode_results(data, "old.json")
    assert str(caught.value).startswith("old.json: ")


def _verdict(status: str, *, too_few: bool = False) -> VerdictReport:
    return VerdictReport(
        status=status,
        key="p95_ms",
        operation="completion",
        violation=1,
        warning=None,
        target=None,
        measured=None,
        is_lower_bound=False,
        count=1,
        reason="",
        source="",
        too_few=too_few,
    )


@pytest.mark.parametrize(
    ("profile", "verdicts", "unmet"),
    [
        ("ci", [_verdict("PASS"), _verdict("INCONCLUSIVE", too_few=True)], 1),
        ("smoke", [_verdict("PASS"), _verdict("INCONCLUSIVE", too_few=True)], 0),
        ("smoke", [_verdict("FAIL"), _verdict("INCONCLUSIVE", too_few=True)], 1),
        ("smoke", [_verdict("INCONCLUSIVE"), _verdict("PASS")], 1),
        # Something must be told.
        ("smoke", [_verdict("INCONCLUSIVE", too_few=True)], 1),
    ],
)
def test_a_smoke_run_is_not_judged_by_what_it_is_too_short_to_tell(
    profile: str, verdicts: list[VerdictReport], unmet: int
) -> None:
    results = msgspec.structs.replace(_results(), profile=profile, verdicts=tuple(verdicts))
    assert len(unmet_verdicts(results)) == unmet


def test_steps_of_a_ramp_are_a_table_and_halves_are_not() -> None:
    figures = {
        "completion": StepFigures(count=100, p50_ms=5, p95_ms=10, goodput_ratio=1),
        "edit": StepFigures(count=0, p50_ms=None, p95_ms=None, goodput_ratio=None),
    }
    slow = {**figures, "completion": StepFigures(count=20, p50_ms=9, p95_ms=35, goodput_ratio=0.95)}
    steps = (
        LoadStep(name="1x", level=1, start_s=0, duration_s=10, is_baseline=True, operations=figures),
        LoadStep(name="4x", level=4, start_s=10, duration_s=10, is_baseline=False, operations=slow),
    )
    halves = tuple(msgspec.structs.replace(step, name="") for step in steps)
    assert render_steps(msgspec.structs.replace(_results(), steps=halves)) == []
    lines = render_steps(msgspec.structs.replace(_results(), steps=steps))
    assert [line.split() for line in lines] == [
        ["p95", "1x", "4x", "worst"],
        ["completion", "10ms", "~35ms", "3.5x"],
        ["least", "goodput", "100%", "95%"],
    ]

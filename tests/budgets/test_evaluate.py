from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.budgets import (
    IMPLIED_GOODPUT_RATIO,
    Budget,
    Level,
    Status,
    Verdict,
    evaluate,
)
from pytest_rustide_load.stats import (
    GeneratorStats,
    Outcome,
    PartOfRun,
    PhaseKind,
    ResourceSummary,
    RunRecord,
    RunSummary,
    SafetyMetrics,
    SampleLog,
    summarise,
    worst_status,
)
from pytest_rustide_load.stats.summary import Distribution

S = 1_000_000_000
MS = 1_000_000
GENERATOR = GeneratorStats(0, 0, 0, 0.0, 0.0, 0, 0, 0, 0.0, 0.0)
RESOURCES = ResourceSummary(
    sample_count=100,
    rss_avg_bytes=412e6,
    rss_peak_bytes=500_000_000,
    cpu_avg_ratio=0.31,
    cpu_peak_ratio=0.9,
    process_peak=2,
    thread_peak=9,
    read_bytes=None,
    write_bytes=None,
    generator_cpu_ratio=0.1,
    generator_rss_peak_bytes=60_000_000,
)
NAMES = ("completion", "hover", "edit")

Ends = list[tuple[Outcome, int]]


def _run(ends: dict[str, Ends], ended: str = "complete", parts: tuple[PartOfRun, ...] = ()) -> RunSummary:
    """A run of ten seconds with operations that ended so, after so many milliseconds."""
    log = SampleLog(NAMES)
    for name, outcomes in ends.items():
        for outcome, latency_ms in outcomes:
            row = log.add(NAMES.index(name), 0, PhaseKind.MEASURE, S, S)
            log.finish(row, S + latency_ms * MS, outcome)
    record = RunRecord(
        "demo", 1, "", 0, S, 11 * S, 11 * S, log, GENERATOR, SafetyMetrics(), ended=ended, parts=parts
    )
    return summarise(record, {"completion", "hover"})


def _judge(
    run: RunSummary,
    *budgets: Budget,
    generator: GeneratorStats = GENERATOR,
    resources: ResourceSummary | None = RESOURCES,
) -> list[Verdict]:
    """The verdicts on the budgets themselves, without implied ones."""
    verdicts = evaluate(budgets, run, resources, generator)
    return [verdict for verdict in verdicts if verdict.budget.level is not Level.IMPLIED]


def _answers(count: int, latency_ms: int = 100) -> Ends:
    return [(Outcome.OK, latency_ms)] * count


@pytest.mark.parametrize(
    ("latency_ms", "status"),
    [
        (99, Status.PASS),
        (100, Status.PASS),
        (150, Status.PASS),
        (151, Status.WARN),
        (200, Status.WARN),
        (201, Status.FAIL),
    ],
)
def test_a_graded_budget_warns_before_it_fails(latency_ms: int, status: Status) -> None:
    budget = Budget("p95_ms", 200, "completion", warning=150, target=100)
    (verdict,) = _judge(_run({"completion": _answers(100, latency_ms)}), budget)
    assert (verdict.status, verdict.measured, verdict.count) == (status, latency_ms, 100)
    assert ("target" in verdict.reason) == (latency_ms == 150)


@pytest.mark.parametrize(
    ("ok", "status"), [(96, Status.PASS), (95, Status.PASS), (92, Status.WARN), (89, Status.FAIL)]
)
def test_a_floor_fails_below(ok: int, status: Status) -> None:
    run = _run({"completion": _answers(ok) + [(Outcome.EMPTY, 1)] * (100 - ok)})
    budget = Budget("min_goodput_ratio", 0.9, "completion", warning=0.95)
    (verdict,) = _judge(run, budget)
    assert verdict.status is status
    assert verdict.measured == pytest.approx(ok / 100)


def test_too_few_samples_are_inconclusive_and_say_how_many_it_takes() -> None:
    run = _run({"completion": _answers(58)})
    p95, p99, p50 = _judge(run, *(Budget(key, 1000, "completion") for key in ("p95_ms", "p99_ms", "p50_ms")))
    assert (p95.status, p99.status, p50.status) == (Status.INCONCLUSIVE, Status.INCONCLUSIVE, Status.PASS)
    assert p95.reason == "58 samples are too few for p95: it takes 59, at these rates a run of 12 s"
    assert p99.reason == "58 samples are too few for p99: it takes 299, at these rates a run of 57 s"
    assert _judge(_run({"completion": _answers(59)}), p95.budget)[0].status is Status.PASS


def test_what_is_long_enough_of_a_ramp_is_whole_seconds_of_each_step() -> None:
    """So that it can be typed: the duration that is asked for is of a step."""
    ramp = tuple(PartOfRun(f"{level}x", level, 0.25, level == 1) for level in (1, 2, 3, 4))
    budget = Budget("p95_ms", 1000, "completion")
    (verdict,) = _judge(_run({"completion": _answers(58)}, parts=ramp), budget)
    assert verdict.reason.endswith(", at these rates a run of 12 s, 3 s for each of its 4 steps")
    (verdict,) = _judge(_run({"completion": _answers(50)}, parts=ramp), budget)
    assert verdict.enough_s == 16
    # Stages have no such length of their own.
    stages = tuple(PartOfRun(name, 1.0, 0.5, name == "calm") for name in ("calm", "busy"))
    (verdict,) = _judge(_run({"completion": _answers(50)}, parts=stages), budget)
    assert verdict.reason.endswith(", at these rates a run of 13 s")


@pytest.mark.parametrize("key", ["max_ms", "mean_ms", "error_ratio", "min_throughput_per_s"])
def test_what_is_no_percentile_takes_one_sample(key: str) -> None:
    (verdict,) = _judge(
        _run({"completion": _answers(1)}), Budget(key, 0 if "min_" in key else 1000, "completion")
    )
    assert verdict.status is Status.PASS


@given(
    st.sampled_from(
        ["p50_ms", "max_ms", "mean_ms", "error_ratio", "min_goodput_ratio", "min_throughput_per_s"]
    ),
    st.sampled_from([None, "completion"]),
    st.sampled_from([{}, {"edit": [(Outcome.OK, 1)]}]),
)
def test_missing_data_never_passes(key: str, operation: str | None, ends: dict[str, Ends]) -> None:
    """Invariant 3: no samples, no PASS."""
    limit = 0.0 if key.startswith("min_") else 1e9
    (verdict,) = _judge(_run(ends), Budget(key, limit, operation))
    assert (verdict.status, verdict.measured) == (Status.INCONCLUSIVE, None)


@pytest.mark.parametrize("key", ["rss_avg_mb", "rss_peak_mb", "cpu_avg_percent"])
def test_missing_resource_samples_never_pass(key: str) -> None:
    (verdict,) = _judge(_run({}), Budget(key, 1e9), resources=None)
    assert verdict.status is Status.INCONCLUSIVE


def test_resources_are_judged_in_the_unit_of_the_key() -> None:
    run = _run({"completion": _answers(1)})
    avg, peak, cpu = _judge(
        run, Budget("rss_avg_mb", 400), Budget("rss_peak_mb", 500), Budget("cpu_avg_percent", 25)
    )
    assert [verdict.status for verdict in (avg, peak, cpu)] == [Status.FAIL, Status.PASS, Status.FAIL]
    assert (avg.measured, peak.measured, cpu.measured) == (412, 500, 31)
    assert avg.reason == "412 MB is above the limit of 400 MB"


def test_all_refused_is_a_failed_goodput_and_an_unknown_latency() -> None:
    run = _run({"completion": [(Outcome.CONTENT_MODIFIED, 1)] * 100})
    latency, goodput = evaluate([Budget("p95_ms", 150, "completion")], run, None, GENERATOR)
    assert latency.status is Status.INCONCLUSIVE
    assert (goodput.status, goodput.measured) == (Status.FAIL, 0.0)


def test_an_answer_to_few_never_passes_a_latency_budget() -> None:
    """One of 240 answered, and quickly: the trap of a percentile without a floor."""
    ends = _answers(60, 1) + [(Outcome.CANCELLED, 1)] * (60 * 240)
    verdicts = evaluate(
        [Budget("p95_ms", 150, source="b.yaml:3")], _run({"completion": ends}), None, GENERATOR
    )
    assert [verdict.status for verdict in verdicts] == [Status.PASS, Status.FAIL]
    implied = verdicts[1].budget
    assert (implied.key, implied.violation, implied.level) == (
        "min_goodput_ratio",
        IMPLIED_GOODPUT_RATIO,
        Level.IMPLIED,
    )
    assert implied.source == "implied by p95_ms"


@pytest.mark.parametrize(("refused", "status"), [(60, Status.PASS), (61, Status.FAIL)])
def test_the_implied_floor_is_half(refused: int, status: Status) -> None:
    run = _run({"completion": _answers(60, 1) + [(Outcome.CANCELLED, 1)] * refused})
    _, goodput = evaluate([Budget("p95_ms", 150, "completion")], run, None, GENERATOR)
    assert goodput.status is status


def test_the_implied_floor_is_not_excused_by_chance() -> None:
    """A percentile of the answers to fewer than half of the questions says nothing, however few they were."""
    few = _run({"hover": _answers(9) + [(Outcome.CONTENT_MODIFIED, 1)] * 17})
    _, implied = evaluate([Budget("p50_ms", 150, "hover")], few, None, GENERATOR)
    assert (implied.budget.level, implied.status) == (Level.IMPLIED, Status.FAIL)
    [stated] = _judge(few, Budget("min_goodput_ratio", IMPLIED_GOODPUT_RATIO, "hover"))
    assert stated.status is Status.INCONCLUSIVE


def test_one_who_gave_up_among_few_says_nothing_of_the_backend_but_a_wrong_answer_does() -> None:
    floor = Budget("min_goodput_ratio", 0.9, "hover")
    few = [(Outcome.OK, 1), (Outcome.CANCELLED, 1)]
    [verdict] = _judge(_run({"hover": few}), floor)
    assert (verdict.status, verdict.too_few) == (Status.INCONCLUSIVE, True)
    assert "it takes 10" in verdict.reason
    [verdict] = _judge(_run({"hover": few * 10}), floor)
    assert verdict.status is Status.FAIL
    [verdict] = _judge(_run({"hover": [(Outcome.OK, 1), (Outcome.WRONG, 1)]}), floor)
    assert verdict.status is Status.FAIL


@pytest.mark.parametrize(
    ("right", "overtaken", "otherwise", "status"),
    [
        (12, 4, 0, Status.PASS),
        # Of 16 that keep 70 %, 11 and fewer come in 55 runs of 100, and 7 and fewer in 3.
        (11, 5, 0, Status.INCONCLUSIVE),
        (8, 8, 0, Status.INCONCLUSIVE),
        (7, 9, 0, Status.FAIL),
        # Of more, as large a share is sure to be below.
        (110, 50, 0, Status.INCONCLUSIVE),
        (100, 60, 0, Status.FAIL),
        # One in four is below, whatever chance may be.
        (1, 3, 0, Status.FAIL),
        (3, 2, 0, Status.FAIL),
        # What was answered wrongly, or not at all, is no chance.
        (11, 0, 5, Status.FAIL),
        (11, 2, 3, Status.INCONCLUSIVE),
    ],
)
def test_of_few_that_edits_overtook_one_more_than_usual_nothing_is_sure(
    right: int, overtaken: int, otherwise: int, status: Status
) -> None:
    ends = _answers(right) + [(Outcome.CONTENT_MODIFIED, 1)] * overtaken + [(Outcome.EMPTY, 1)] * otherwise
    [verdict] = _judge(_run({"hover": ends}), Budget("min_goodput_ratio", 0.7, "hover"))
    assert verdict.status is status
    if right == 11 and status is Status.INCONCLUSIVE:
        assert verdict.reason == (
            "68.75% is below the floor of 70%, which may be chance: of 16 as few are answered in 55% of the "
            "runs that keep it"
        )


def test_a_goodput_floor_of_its_own_replaces_the_implied_one() -> None:
    ends = _answers(60, 1) + [(Outcome.CANCELLED, 1)] * 140
    budgets = [Budget("p95_ms", 150), Budget("min_goodput_ratio", 0.1, "completion")]
    verdicts = evaluate(budgets, _run({"completion": ends, "hover": ends}), None, GENERATOR)
    floors = {verdict.operation: verdict for verdict in verdicts if verdict.budget.key == "min_goodput_ratio"}
    assert floors["completion"].status is Status.PASS
    assert (floors["hover"].status, floors["hover"].budget.level) == (Status.FAIL, Level.IMPLIED)


def test_a_percentile_on_operations_that_never_ended_fails_above_and_is_open_below() -> None:
    run = _run({"completion": _answers(320) + [(Outcome.TIMEOUT, 2000)] * 80})
    above, below, median = _judge(
        run,
        Budget("p95_ms", 1500, "completion"),
        Budget("p99_ms", 5000, "completion"),
        Budget("p50_ms", 150, "completion"),
    )
    assert (above.status, above.is_lower_bound) == (Status.FAIL, True)
    assert "at least 2 s" in above.reason
    assert below.status is Status.INCONCLUSIVE
    assert "never ended" in below.reason
    assert (median.status, median.is_lower_bound) == (Status.PASS, False)


def test_a_generator_that_was_the_bottleneck_voids_timings_only() -> None:
    generator = replace(GENERATOR, bottleneck_reasons=("cpu at 93% of a core",))
    run = _run({"completion": _answers(100) + [(Outcome.ERROR, 1)] * 10})
    keys = ["p95_ms", "min_throughput_per_s", "error_ratio", "rss_avg_mb"]
    limits = [1.0, 1.0, 0.5, 1.0]
    found = {
        verdict.budget.key: verdict
        for verdict in _judge(
            run,
            *(
                Budget(key, limit, None if key == "rss_avg_mb" else "completion")
                for key, limit in zip(keys, limits, strict=True)
            ),
            generator=generator,
        )
    }
    assert [found[key].status for key in keys] == [
        Status.INCONCLUSIVE,
        Status.INCONCLUSIVE,
        Status.PASS,
        Status.FAIL,
    ]
    assert "cpu at 93% of a core" in found["p95_ms"].reason


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        # Whoever is late gives up, and is overtaken: what was right else keeps nine tenths.
        ([(Outcome.TIMEOUT, 10_000)] * 50, Status.INCONCLUSIVE),
        ([(Outcome.DROPPED, 0)] * 50, Status.INCONCLUSIVE),
        ([(Outcome.CANCELLED, 10)] * 50, Status.INCONCLUSIVE),
        ([(Outcome.CONTENT_MODIFIED, 10)] * 50, Status.INCONCLUSIVE),
        # What came, and was no right answer, is the backend's, late or not.
        ([(Outcome.WRONG, 10)] * 50, Status.FAIL),
        ([(Outcome.ERROR, 10)] * 16 + [(Outcome.TIMEOUT, 10_000)] * 34, Status.FAIL),
        ([(Outcome.ERROR, 10)] * 15 + [(Outcome.TIMEOUT, 10_000)] * 35, Status.INCONCLUSIVE),
    ],
)
def test_what_a_late_generator_did_is_no_goodput_of_the_backend(ends: Ends, status: Status) -> None:
    generator = replace(GENERATOR, bottleneck_reasons=("cpu at 93% of a core",))
    run = _run({"completion": _answers(100) + ends})
    goodput = Budget("min_goodput_ratio", 0.9, "completion")
    [verdict] = _judge(run, goodput, generator=generator)
    assert verdict.status is status
    assert ("void: the load generator was the bottleneck" in verdict.reason) == (status is not Status.FAIL)
    assert _judge(run, goodput)[0].status is Status.FAIL
    [errors] = _judge(run, Budget("error_ratio", 0.1, "completion"), generator=generator)
    came = {Outcome.WRONG, Outcome.CANCELLED, Outcome.CONTENT_MODIFIED}
    assert errors.status is (Status.PASS if ends[0][0] in came else status)


@pytest.mark.parametrize(
    "key", ["min_goodput_ratio", "error_ratio", "p50_ms", "max_ms", "min_throughput_per_s"]
)
def test_a_backend_that_was_never_asked_has_missed_nothing(key: str) -> None:
    run = _run({"completion": [(Outcome.DROPPED, 0)] * 70, "hover": _answers(70)})
    [verdict] = _judge(run, Budget(key, 0.5, "completion"))
    assert verdict.status is Status.INCONCLUSIVE
    assert verdict.reason == "none of the 70 that were planned was sent, and missing data never passes"
    # One that was not there, as it had crashed, has.
    crashed = _run({"completion": [(Outcome.DROPPED, 0)] * 70}, "crashed")
    assert _judge(crashed, Budget(key, 0.5, "completion"))[0].status is Status.FAIL
    # So has one that was gone for a time, and came back.
    back = evaluate([Budget(key, 0.5, "completion")], run, None, GENERATOR, was_away=True)
    assert back[0].status is Status.FAIL


def test_stress_that_was_not_the_one_asked_for_voids_timings_only() -> None:
    run = _run({"completion": _answers(100)})
    found = {
        verdict.budget.key: verdict
        for verdict in evaluate(
            [Budget("p95_ms", 1e6, "completion"), Budget("error_ratio", 0.5, "completion")],
            run,
            None,
            GENERATOR,
            missed_stress=["cpu of 1 core: 53 % of 90 %"],
        )
    }
    assert found["p95_ms"].status == Status.INCONCLUSIVE
    assert found["p95_ms"].reason.endswith("not the one asked for (cpu of 1 core: 53 % of 90 %)")
    assert found["error_ratio"].status == Status.PASS
    # Whoever asks was in time, so that what the backend did not answer in time is its own doing.
    silent = _run({"completion": [(Outcome.TIMEOUT, 10_000)] * 100})
    for key in ("error_ratio", "min_goodput_ratio"):
        [verdict] = evaluate(
            [Budget(key, 0.5, "completion")], silent, None, GENERATOR, missed_stress=["cpu: 53 % of 90 %"]
        )
        assert verdict.status is Status.FAIL


@pytest.mark.parametrize("ended", ["interrupted", "crashed"])
def test_a_run_that_ended_early_cannot_pass_but_can_fail(ended: str) -> None:
    run = _run({"completion": _answers(100)}, ended)
    kept, missed = _judge(run, Budget("p95_ms", 150, "completion"), Budget("max_ms", 50, "completion"))
    assert kept.status is Status.INCONCLUSIVE
    assert ended in kept.reason
    assert missed.status is Status.FAIL


def test_a_budget_for_all_bounds_each_operation_the_user_waits_for() -> None:
    run = _run({"completion": _answers(99, 10), "hover": _answers(99, 300), "edit": _answers(99, 900)})
    verdicts = _judge(run, Budget("p95_ms", 150))
    assert [(verdict.operation, verdict.status) for verdict in verdicts] == [
        ("completion", Status.PASS),
        ("hover", Status.FAIL),
    ]


def test_an_operation_s_own_budget_replaces_the_one_for_all() -> None:
    run = _run({"completion": _answers(99, 10), "hover": _answers(99, 300)})
    verdicts = _judge(run, Budget("p95_ms", 150), Budget("p95_ms", 400, "hover"), Budget("max_ms", 250))
    assert [(verdict.operation, verdict.budget.key, verdict.status) for verdict in verdicts] == [
        ("completion", "p95_ms", Status.PASS),
        ("completion", "max_ms", Status.PASS),
        ("hover", "p95_ms", Status.PASS),
        ("hover", "max_ms", Status.FAIL),
    ]


def test_a_default_for_an_absent_operation_is_not_judged_but_a_promise_is() -> None:
    run = _run({"completion": _answers(99)})
    budget = Budget("p95_ms", 150, "hover")
    assert _judge(run, replace(budget, level=Level.DEFAULT)) == []
    for level in (Level.SCENARIO, Level.MARKER):
        (verdict,) = _judge(run, replace(budget, level=level))
        assert verdict.status is Status.INCONCLUSIVE


def test_a_default_for_all_is_not_judged_where_nobody_waits_but_is_where_nothing_ran() -> None:
    budget = Budget("mean_ms", 150, level=Level.DEFAULT)
    assert _judge(_run({"edit": _answers(99)}), budget) == []
    (verdict,) = _judge(_run({}), budget)
    assert verdict.status is Status.INCONCLUSIVE


@pytest.mark.parametrize(("least", "status"), [(99, Status.PASS), (100, Status.INCONCLUSIVE)])
def test_promised_samples_missing_are_inconclusive(least: int, status: Status) -> None:
    (verdict,) = _judge(_run({"completion": _answers(99)}), Budget("min_samples", least, "completion"))
    assert verdict.status is status
    assert ("it takes 100" in verdict.reason) == (status is Status.INCONCLUSIVE)


def test_the_backend_comes_first_then_operations_in_the_order_of_the_run() -> None:
    run = _run({"hover": _answers(60), "completion": _answers(60)})
    verdicts = evaluate([Budget("p95_ms", 150), Budget("rss_avg_mb", 900)], run, RESOURCES, GENERATOR)
    assert [verdict.operation for verdict in verdicts] == [None, "completion", "completion", "hover", "hover"]


def test_the_worst_status_is_the_gravest() -> None:
    run = _run({"completion": _answers(20)})
    verdicts = _judge(run, Budget("max_ms", 150, "completion"), Budget("p95_ms", 150, "completion"))
    failed = _judge(run, Budget("max_ms", 1, "completion"))
    assert worst_status(found.status for found in verdicts) is Status.INCONCLUSIVE
    assert worst_status(found.status for found in verdicts + failed) is Status.FAIL
    assert worst_status([]) is None


def _two_halves(first_ms: int, second_ms: int, count: int = 60) -> RunSummary:
    log = SampleLog(NAMES)
    for half, latency_ms in enumerate((first_ms, second_ms)):
        for _ in range(count):
            intended = S + half * 6 * S
            row = log.add(0, 0, PhaseKind.MEASURE, intended, intended)
            log.finish(row, intended + latency_ms * MS, Outcome.OK)
    halves = (PartOfRun("", 1, 0.5, is_baseline=True), PartOfRun("", 1, 0.5))
    record = RunRecord("demo", 1, "", 0, S, 11 * S, 11 * S, log, GENERATOR, SafetyMetrics(), parts=halves)
    return summarise(record, {"completion"})


@pytest.mark.parametrize(("second_ms", "status"), [(19, Status.PASS), (20, Status.PASS), (21, Status.FAIL)])
def test_a_run_may_get_slower_by_a_factor(second_ms: int, status: Status) -> None:
    (verdict,) = _judge(_two_halves(10, second_ms), Budget("degradation_factor", 2, "completion"))
    assert (verdict.status, verdict.measured, verdict.count) == (status, pytest.approx(second_ms / 10), 60)
    assert "2x" in verdict.reason


def test_a_part_with_few_values_does_not_tell_a_factor() -> None:
    (verdict,) = _judge(_two_halves(10, 90, 58), Budget("degradation_factor", 2, "completion"))
    assert (verdict.status, verdict.too_few) == (Status.INCONCLUSIVE, True)


def test_what_a_longer_run_would_tell_is_told_apart_from_what_nothing_came_of() -> None:
    run = _run({"completion": _answers(5), "hover": [(Outcome.ERROR, 1)] * 5})
    few, none = _judge(run, Budget("p95_ms", 100, "completion"), Budget("p95_ms", 100, "hover"))
    assert (few.status, few.too_few) == (Status.INCONCLUSIVE, True)
    assert (none.status, none.too_few) == (Status.INCONCLUSIVE, False)


def test_the_time_to_feedback_is_judged_by_its_own_samples() -> None:
    run = _run({"completion": _answers(60)})
    waited = _two_halves(40, 60).operations["completion"].latency

    def judged(limit_ms: float, feedback: Distribution | None) -> Verdict:
        (verdict,) = [
            one
            for one in evaluate([Budget("feedback_p95_ms", limit_ms)], run, None, GENERATOR, feedback)
            if one.budget.level is not Level.IMPLIED
        ]
        return verdict

    assert (judged(60, waited).status, judged(59, waited).status) == (Status.PASS, Status.FAIL)
    assert judged(60, waited).measured == pytest.approx(60)
    missing = judged(60, None)
    assert (missing.status, missing.too_few, missing.operation) == (Status.INCONCLUSIVE, True, None)


@pytest.mark.parametrize(
    ("alerts", "status"), [(0, Status.PASS), (1, Status.FAIL), (None, Status.INCONCLUSIVE)]
)
def test_alerts_can_be_bounded(alerts, status) -> None:
    run = _run({"hover": [(Outcome.OK, 5)] * 3})
    [verdict] = evaluate([Budget("max_alerts", 0)], run, RESOURCES, GENERATOR, alerts=alerts)
    assert (verdict.status, verdict.operation, verdict.measured) == (status, None, alerts)
    if alerts:
        assert verdict.reason == "1 is above the limit of 0"

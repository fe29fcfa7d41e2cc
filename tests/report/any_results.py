"""Hypothesis strategies for whole results, comparisons and trends: every field is drawn by its type, so that
what is added to results is drawn too."""

from __future__ import annotations

import string
from typing import Any

import msgspec
from hypothesis import strategies as st

from pytest_rustide_load.budgets import METRICS
from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.workload import OPERATIONS

# As people name things: with signs, in other scripts, a word longer than a column.
WORDS = st.text(
    st.sampled_from(string.ascii_lowercase + string.digits + "-_[]%./()äλ|"), min_size=1, max_size=28
)
TEXTS = st.lists(WORDS, min_size=0, max_size=9).map(" ".join)
NUMBERS = st.one_of(
    st.sampled_from([0.0, 1.0, 0.05, 999.95, 1e6]),
    st.floats(-9, 21).map(lambda power: float(2**power)),
)
COUNTS = st.one_of(st.integers(0, 300), st.integers(0, 40_000_000))
RATIOS = st.floats(0, 1)
SCENARIOS = st.one_of(
    st.sampled_from(
        ["individual-developer", "cpu-contention[80%-multi_thread-os_scheduling]", "memory-pressure[512MB]"]
    ),
    WORDS,
)
STATUSES = st.sampled_from(["PASS", "WARN", "INCONCLUSIVE", "FAIL"])
STATISTICS = ("p50", "p90", "p95", "p99", "max", "mean")
TIMES = ("first_response", "first_correct", "latency_band", "quiescent", "whole")
LEVELS = [f"{2**power}x" for power in range(9)]


def _some(names: tuple[str, ...] | list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(list(names)), unique=True).map(tuple)


# By structure and field: what a type does not say.
SAID: dict[tuple[str, str], st.SearchStrategy[Any]] = {
    ("StatisticalSummary", "unit"): st.just("ms"),
    ("StatisticalSummary", "lower_bounds"): _some(STATISTICS),
    ("VerdictReport", "key"): st.sampled_from(sorted(METRICS)),
    ("VerdictReport", "operation"): st.none() | st.sampled_from(sorted(OPERATIONS)),
    ("VerdictReport", "status"): STATUSES,
    ("ComparedSeries", "status"): STATUSES,
    ("ComparedSeries", "unit"): st.sampled_from(["ms", "MB"]),
    ("ComparedSeries", "name"): st.sampled_from([f"{name} p95" for name in OPERATIONS] + ["memory peak"]),
    ("ComparedSeries", "change_ratio"): st.none() | NUMBERS,
    ("ComparedSeries", "low_ratio"): st.none() | st.floats(-1, 50),
    ("ComparedSeries", "p_value"): st.none() | RATIOS,
    ("ComparisonReport", "labels"): st.tuples(WORDS, WORDS),
    ("ComparisonReport", "scenario_name"): SCENARIOS,
    ("ComparisonReport", "repeat_command"): st.just("pytest --load-scenario=individual-developer"),
    ("ComparisonReport", "baseline_latencies"): st.just({}),
    ("LoadTestResults", "scenario_name"): SCENARIOS,
    ("LoadTestResults", "ended"): st.sampled_from(["complete", "interrupted", "crashed"]),
    ("LoadTestResults", "repeat_command"): st.just("pytest --load-scenario=individual-developer"),
    ("LoadTestResults", "percentiles_from"): st.sampled_from(["samples", "histograms"]),
    ("LoadTestResults", "topology"): st.sampled_from(["shared", "per-user"]),
    ("LoadTestResults", "status"): st.none() | STATUSES,
    ("LoadTestResults", "timeline"): st.none(),
    ("LoadTestResults", "landmark_kinds"): st.just({}),
    ("LoadTestResults", "offered"): _some(sorted(OPERATIONS)),
    ("LoadTestResults", "not_offered"): _some(sorted(OPERATIONS)),
    ("LoadTestResults", "measured_s"): st.floats(0.1, 40_000),
    ("OperationResults", "latency_buckets"): st.just(()),
    ("RecoveryReport", "lower_bounds"): _some(TIMES),
    ("PressureReport", "kind"): st.sampled_from(["degraded", "restarted", "failed"]),
    ("SlowRequest", "repeat_command"): st.just("pytest --load-repeat-request=hover:src/lib.rs:1:2"),
    ("LoadStep", "name"): st.sampled_from([*LEVELS, "burst of a whole team", "calm", "a-network-of-its-own"]),
    ("KneePoint", "operation"): st.sampled_from(["", *OPERATIONS]),
    ("EndpointAgreement", "unit"): st.sampled_from(["MB", "percent", "s", "requests"]),
    ("EndpointReport", "at_s"): st.just(()),
    ("EndpointReport", "values"): st.just({}),
}
FACTORS = ("linear_threshold", "memory_saturation", "io_bottleneck")
RATIO_NAMES = ("ratio", "share")
NAMES = ("name", "kind", "variable", "spec", "host", "of", "path")


def of_type(kind: Any, owner: str = "", name: str = "") -> st.SearchStrategy[Any]:
    """Values of a type as msgspec knows it."""
    if (owner, name) in SAID:
        return SAID[owner, name]
    scalar = _of_scalar(kind, name)
    if scalar is not None:
        return scalar
    match kind:
        case msgspec.inspect.StructType() | msgspec.inspect.DataclassType():
            made = kind.cls
            fields = {one.name: of_type(one.type, made.__name__, one.name) for one in kind.fields}
            return st.fixed_dictionaries(fields).map(lambda values: made(**values))
        case msgspec.inspect.UnionType():
            return st.one_of([of_type(one, owner, name) for one in kind.types])
        case msgspec.inspect.VarTupleType() | msgspec.inspect.ListType():
            most = 9 if name in ("steps", "users", "agents", "curve", "levels", "series") else 2
            values = st.lists(of_type(kind.item_type, owner, name), max_size=most)
            return values.map(tuple) if isinstance(kind, msgspec.inspect.VarTupleType) else values
        case msgspec.inspect.TupleType():
            return st.tuples(*(of_type(one, owner, name) for one in kind.item_types)).map(
                lambda values: tuple(sorted(values))
            )
        case msgspec.inspect.DictType():
            keys = WORDS
            if name == "operations":
                keys = st.sampled_from(sorted(OPERATIONS))
            elif name == "factors":
                keys = st.sampled_from(FACTORS)
            return st.dictionaries(keys, of_type(kind.value_type, owner, name), max_size=4)
        case msgspec.inspect.Metadata():
            return of_type(kind.type, owner, name)
    raise TypeError(f"{owner}.{name}: {kind}")


def _of_scalar(kind: Any, name: str) -> st.SearchStrategy[Any] | None:
    match kind:
        case msgspec.inspect.StrType():
            return WORDS if name in NAMES else TEXTS
        case msgspec.inspect.FloatType():
            return RATIOS if name.endswith(RATIO_NAMES) else NUMBERS
        case msgspec.inspect.IntType():
            return COUNTS
        case msgspec.inspect.BoolType():
            return st.booleans()
        case msgspec.inspect.NoneType():
            return st.none()
    return None


def any_results() -> st.SearchStrategy[LoadTestResults]:
    """Results that may be wide, long and odd; what they say need not fit together."""
    return of_type(msgspec.inspect.type_info(LoadTestResults))


def any_comparison() -> st.SearchStrategy[ComparisonReport]:
    """The same of comparisons."""
    return of_type(msgspec.inspect.type_info(ComparisonReport))

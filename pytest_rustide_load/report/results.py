"""What a run is, for those who read it: `LoadTestResults`.

The fields carry their units in their names, except in StatisticalSummary, which serves quantities of
several units and names its own. Knows nothing of terminals, files or pytest.
"""

from __future__ import annotations

import msgspec

from pytest_rustide_load.report.bottleneck import BottleneckReport, SlowRequest
from pytest_rustide_load.report.buckets import LatencyBucket
from pytest_rustide_load.report.bursts import BurstReport
from pytest_rustide_load.report.crew import AgentFigures
from pytest_rustide_load.report.curve import KneeReport
from pytest_rustide_load.report.endpoints import EndpointReport
from pytest_rustide_load.report.pressure import PressureReport
from pytest_rustide_load.report.recovery import RecoveryReport
from pytest_rustide_load.report.scaling import RegressionMetrics, ScalingReport
from pytest_rustide_load.report.timeline import Timeline
from pytest_rustide_load.stats.record import SafetyMetrics

__all__ = [
    "SCHEMA_VERSION",
    "AgentFigures",
    "AlertReport",
    "BackendIdentity",
    "CodebaseIdentity",
    "ErrorStats",
    "FeedbackReport",
    "GeneratorReport",
    "KneeReport",
    "LoadStep",
    "LoadTestResults",
    "MemoryStep",
    "NoiseFloor",
    "OperationResults",
    "PerformanceStats",
    "RegressionMetrics",
    "ResourceUsage",
    "StatisticalSummary",
    "StepFigures",
    "StressFigure",
    "UserFigures",
    "VerdictReport",
    "unmet_verdicts",
]


# Raised by one with every change that an existing reader could stumble over.
SCHEMA_VERSION = 1


class StatisticalSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A distribution of `count` values in `unit` ("ms" or "per_s"); statistics are None for no values.

    `censored` of them are lower bounds (operations that never ended); `lower_bounds` names the
    statistics that may therefore be larger than stated. `p95_interval` is a 95 % interval.
    """

    unit: str
    count: int
    censored: int = 0
    min: float | None = None
    mean: float | None = None
    stddev: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None
    max: float | None = None
    p95_interval: tuple[float, float] | None = None
    lower_bounds: tuple[str, ...] = ()


class PerformanceStats(msgspec.Struct, frozen=True, kw_only=True):
    """Of all operations the user waits for; `throughput` is of right answers in each whole second."""

    response_time: StatisticalSummary
    throughput: StatisticalSummary
    concurrency_safety: SafetyMetrics
    scalability_slope: RegressionMetrics | None = None


class ErrorStats(msgspec.Struct, frozen=True, kw_only=True):
    """How the operations of the measured phase ended, each kind apart; `planned` is the sum of all.

    `total` counts those nothing came of (error, time-out, crash, dropped) and `error_ratio` is its share
    of `planned`, `goodput_ratio` that of right answers; the ratios are None where nothing was planned.
    """

    planned: int
    ok: int
    empty: int
    wrong: int
    error: int
    cancelled: int
    content_modified: int
    timeout: int
    crashed: int
    dropped: int
    total: int
    error_ratio: float | None
    goodput_ratio: float | None


class OperationResults(msgspec.Struct, frozen=True, kw_only=True):
    """One operation. `throughput_per_s` is of right answers; `latency_buckets`, ascending and without empty
    ones, are their distribution, to draw it."""

    user_waits: bool
    response_time: StatisticalSummary
    service_time: StatisticalSummary
    throughput_per_s: float
    error_stats: ErrorStats
    latency_buckets: tuple[LatencyBucket, ...] = ()


class ResourceUsage(msgspec.Struct, frozen=True, kw_only=True):
    """The backend's process tree in the measured phase; CPU in percent of one core, MB of 10⁶ bytes.

    `baseline_mb` is what was resident when the run began, `working_set_mb` what was touched during it, and
    PSS divides shared pages among those who share them; None where that cannot be read.
    """

    sample_count: int
    rss_avg_mb: float
    rss_peak_mb: float
    cpu_avg_percent: float
    cpu_peak_percent: float
    process_peak: int
    thread_peak: int
    read_mb: float | None
    write_mb: float | None
    generator_cpu_percent: float
    generator_rss_peak_mb: float
    baseline_mb: float | None = None
    working_set_mb: float | None = None
    pss_avg_mb: float | None = None
    pss_peak_mb: float | None = None


class MemoryStep(msgspec.Struct, frozen=True, kw_only=True):
    """Resident memory in one part of the measured time, without a name where it is the whole of it. From
    `start_mb` to `end_mb`, medians of its first and last tenth; `slope_mb_per_min` is None for too few looks,
    and `grows` says whether there is a trend upwards at all (see stats.memory)."""

    name: str
    duration_s: float
    avg_mb: float
    peak_mb: float
    start_mb: float
    end_mb: float
    slope_mb_per_min: float | None
    grows: bool


class GeneratorReport(msgspec.Struct, frozen=True, kw_only=True):
    """How well the load generator kept to the plan; `bottleneck_reasons` void the timings."""

    planned: int
    sent: int
    dropped: int
    offered_per_s: float
    achieved_per_s: float
    send_lag_p50_ms: float
    send_lag_p99_ms: float
    send_lag_max_ms: float
    cpu_percent: float
    littles_law_error_ratio: float
    bottleneck_reasons: tuple[str, ...] = ()


class FeedbackReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a user who edits waits for, in milliseconds from when the edit was due; see stats.derived.

    `keystroke_to_feedback` is to the first fresh answer of any kind, `fresh_diagnostics` to fresh
    diagnostics, pulled or pushed as `diagnostics_from` says; None where there was nothing to wait for.
    """

    edits: int
    keystroke_to_feedback: StatisticalSummary | None
    edits_without_question: int
    fresh_diagnostics: StatisticalSummary | None
    diagnostics_from: str
    edits_without_diagnostics: int
    overtaken_answers: int


class StepFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One operation in one part of a run; times in milliseconds, None for no values."""

    count: int
    p50_ms: float | None
    p95_ms: float | None
    goodput_ratio: float | None
    planned: int = 0


class LoadStep(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the measured time at `level` times the load, from `start_s` on for `duration_s`. Later ones
    are compared with the one that `is_baseline`."""

    name: str
    level: float
    start_s: float
    duration_s: float
    is_baseline: bool
    operations: dict[str, StepFigures]


class UserFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What one user waited for, counted from 1; `kind` is empty for a user of no kind, and `rss_peak_mb` is
    of the user's own backend."""

    user: int
    kind: str
    planned: int
    goodput_ratio: float | None
    p50_ms: float | None
    p95_ms: float | None
    rss_peak_mb: float | None = None


class StressFigure(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of stress while load ran: `asked` and `achieved` in `unit`; `reached` where they agree, None
    where nothing could be amiss. Nothing is `asked` of what takes all it gets; `note` says more in words."""

    kind: str
    unit: str
    asked: float | None
    achieved: float | None
    reached: bool | None = None
    note: str = ""


class AlertReport(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that was too high for too long: at least `limit` times `of`, from `start_s` of the measured
    time to `end_s`, None where it lasted to the end; `peak` is the highest, in the same measure, at `peak_s`.
    Negative times lie in the warm-up. `phase` is the stage it began in, "warm-up" or "measured time"."""

    name: str
    of: str
    limit: float
    peak: float
    start_s: float
    end_s: float | None
    peak_s: float | None = None
    phase: str = ""


class NoiseFloor(msgspec.Struct, frozen=True, kw_only=True):
    """What the generator was found to add on this machine, by `selftest --store`: figures of a run that are
    not well above these say more of the machine than of the backend.

    `added_*` is latency on top of the server's own at 200 requests a second, `send_lag_p99_ms` how late
    requests leave at 1,000 a second.
    """

    added_p50_ms: float
    added_p99_ms: float
    send_lag_p99_ms: float


class VerdictReport(msgspec.Struct, frozen=True, kw_only=True):
    """One budget judged; limits and `measured` are in the unit that the key names.

    `operation` is None for the backend as a whole. `source` is where the budget was set. `too_few` says that
    it is INCONCLUSIVE only for want of samples, and `enough_s` how long a run would have had enough, None
    where that cannot be told.
    """

    status: str
    key: str
    operation: str | None
    violation: float
    warning: float | None
    target: float | None
    measured: float | None
    is_lower_bound: bool
    count: int
    reason: str
    source: str
    too_few: bool = False
    enough_s: float | None = None


class BackendIdentity(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    version: str


class CodebaseIdentity(msgspec.Struct, frozen=True, kw_only=True):
    """`digest` tells one codebase from another; `description` is for people, such as "20,006 lines"."""

    digest: str
    description: str = ""


class LoadTestResults(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one run of one scenario.

    `execution_timestamp` is UTC in ISO 8601. `sample_count` is how many operations were planned in the
    measured phase. `ended` is "complete", "interrupted" or "crashed". `status` is the gravest of the
    verdicts, None without budgets. `repeat_command` runs the same again. `noise_floor` is None where none
    is stored for this machine. `editor` is the profile whose requests were sent; `feedback` is None without
    edits.
    `scaling` is an experiment that was made with the scenario before, `slopes` say how p95 and memory grow
    over the steps of a ramp; `bottlenecks` are what held its phases
    back, and `slowest` its slowest requests, where they were asked for.
    `profile` is how long a look it was. `steps` are those of a ramp, the stages of the scenario, or the two
    halves of the measured time, which have no name. `not_offered` are operations of the scenario that the
    backend does not announce, and was not asked; `offered` those it announces; `landmark_kinds` counts the
    places that were asked about. `stress` is what made its life hard meanwhile, `pressure`
    what became of it where that came and went. `recovery` is how the backend came back, where it was gone or
    a fault struck it.
    `alerts` bind nobody but where a budget counts them. `users` are those of a team, on one backend each or,
    by `topology`, on a shared one; `fairness_factor` is the largest p95 of a user over the median of all,
    `interference_factor` how many times their own p95 the first users had when others came. `timeline` is
    the run second by second. `calibration_ms` is what a fixed workload cost the machine around the run, None
    where that is not known. `bursts` are moments when nearly everything took much longer. `agents`
    shared the users; `percentiles_from` is "samples", or "histograms" where some stayed with an agent.
    `fingerprint` is of the machine, `workload` of what was asked for, by aspect: where they differ, timings
    do not compare.
    """

    schema_version: int
    plugin_version: str
    scenario_name: str
    execution_timestamp: str
    seed: int
    backend: BackendIdentity
    codebase: CodebaseIdentity
    ended: str
    measured_s: float
    sample_count: int
    performance_stats: PerformanceStats
    error_stats: ErrorStats
    resource_usage: ResourceUsage | None
    operations: dict[str, OperationResults]
    generator: GeneratorReport
    verdicts: tuple[VerdictReport, ...]
    status: str | None
    repeat_command: str
    crash_message: str = ""
    first_wrong: tuple[str, ...] = ()
    fingerprint: dict[str, str] = {}
    workload: dict[str, str] = {}
    details: dict[str, str] = {}
    noise_floor: NoiseFloor | None = None
    editor: str = "raw"
    feedback: FeedbackReport | None = None
    profile: str = "ci"
    steps: tuple[LoadStep, ...] = ()
    memory: tuple[MemoryStep, ...] = ()
    users: tuple[UserFigures, ...] = ()
    topology: str = "per-user"
    fairness_factor: float | None = None
    interference_factor: float | None = None
    knee: KneeReport | None = None
    scaling: ScalingReport | None = None
    slopes: tuple[RegressionMetrics, ...] = ()
    bottlenecks: tuple[BottleneckReport, ...] = ()
    slowest: tuple[SlowRequest, ...] = ()
    not_offered: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    landmark_kinds: dict[str, int] = {}
    stress: tuple[StressFigure, ...] = ()
    pressure: PressureReport | None = None
    alerts: tuple[AlertReport, ...] = ()
    agents: tuple[AgentFigures, ...] = ()
    tolerated_losses: int = 0
    controller_cpu_percent: float | None = None
    percentiles_from: str = "samples"
    recovery: RecoveryReport | None = None
    timeline: Timeline | None = None
    endpoints: EndpointReport | None = None
    calibration_ms: float | None = None
    bursts: tuple[BurstReport, ...] = ()


def unmet_verdicts(results: LoadTestResults) -> tuple[VerdictReport, ...]:
    """The verdicts for which the run does not pass: FAIL and INCONCLUSIVE.

    A smoke run asks whether everything works: what only a longer run could tell is not held against it, as
    long as something could be told.
    """
    judged = tuple(verdict for verdict in results.verdicts if not verdict.too_few)
    counted = judged if results.profile == "smoke" and judged else results.verdicts
    return tuple(verdict for verdict in counted if verdict.status in ("FAIL", "INCONCLUSIVE"))

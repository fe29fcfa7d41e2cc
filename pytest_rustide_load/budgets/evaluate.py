"""The verdict: what was measured against what was promised.

Missing data never passes. A verdict is one of four: PASS, WARN, FAIL, or INCONCLUSIVE where the run
cannot tell, which a test must treat as not passed.

A latency budget alone is a trap: a backend that answers one request in two hundred quickly, and refuses
the rest, has a beautiful p95. Every bounded latency therefore implies a floor of goodput,
`IMPLIED_GOODPUT_RATIO`, unless the same operation has a `min_goodput_ratio` of its own. The floor is
half: below it more users went without an answer than got one, and no percentile of the answers
describes what they saw; where more is wanted, it is the scenario that knows how much, since an editor
that withdraws superseded requests has a goodput well below one with nobody the worse for it.

Knows nothing of pytest, files or how budgets were written.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pytest_rustide_load.budgets.budget import Budget, Level
from pytest_rustide_load.budgets.metrics import Unit, format_apart
from pytest_rustide_load.stats.quantiles import Estimate, min_samples_for
from pytest_rustide_load.stats.record import GeneratorStats
from pytest_rustide_load.stats.recovery import RecoveryTimes
from pytest_rustide_load.stats.resources import ResourceSummary
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.stats.shares import CERTAIN, chance_of_as_few
from pytest_rustide_load.stats.status import Status
from pytest_rustide_load.stats.summary import Distribution, RunSummary, Summary, ramp_steps
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S, format_duration_ns, mb_from_bytes, ns_from_s

__all__ = ["IMPLIED_GOODPUT_RATIO", "Verdict", "evaluate"]

IMPLIED_GOODPUT_RATIO = 0.5
# What becomes of a question where whoever asks it is late, whatever the backend does.
_LATE = (Outcome.TIMEOUT, Outcome.DROPPED, Outcome.CANCELLED, Outcome.CONTENT_MODIFIED)
# Of a run so long minutes are told.
_MINUTES_FROM_S = 120


@dataclass(frozen=True, slots=True)
class Verdict:
    """One budget judged on one run.

    `operation` is the one it was judged on (None for the backend). `measured` is in the budget's unit,
    None where nothing was measured, and at least that large where `is_lower_bound`. `count` is how many
    values stand behind it, `too_few` that a longer run would tell, and `enough_s` how long one would be that
    has as many as it takes, at the rates of this one, None where that cannot be told. `reason` is a sentence.
    """

    status: Status
    budget: Budget
    operation: str | None
    measured: float | None
    is_lower_bound: bool
    count: int
    reason: str
    too_few: bool = False
    enough_s: float | None = None


@dataclass(frozen=True, slots=True)
class _Measured:
    """A value, how many stand behind it, how many it takes (with what for), and where it misses its limit in
    words why that may not be the backend's doing."""

    estimate: Estimate | None
    count: int
    needed: int = 1
    needed_for: str = ""
    doubt: str = ""


def evaluate(
    budgets: Sequence[Budget],
    summary: RunSummary,
    resources: ResourceSummary | None,
    generator: GeneratorStats,
    feedback: Distribution | None = None,
    *,
    missed_stress: Sequence[str] = (),
    alerts: int | None = None,
    recovery: RecoveryTimes | None = None,
    was_away: bool = False,
) -> list[Verdict]:
    """Judge every budget on the run, in the order: backend, then each operation in the run's order.

    A budget without an operation is judged on each operation the user waits for that has none of its own for
    that key. A default for operations the run did not have is not judged, unless it had none at all; one set
    by a scenario or a marker is, as INCONCLUSIVE. Where the generator was the bottleneck, or the stress was
    another than asked for (`missed_stress`, in words), no timing is judged; where it was the generator, no
    share fails for what was given up or never sent, either. Of a run that ended early nothing passes.
    `feedback` is how long users waited for a fresh answer after a change, `alerts` how many there were, None
    where nobody watched, and `recovery` how long the backend took to come back from a fault; a default about
    that is not judged where there was none. `was_away` says that the backend was gone for a time, whatever
    for: then what was not sent is its doing.
    """
    void, late = _void(generator, missed_stress), _void(generator, ())
    verdicts = [
        _judge(budget, None, _recovered(budget.key, recovery), summary, _unsteady(recovery))
        if budget.metric.unit is Unit.S
        else _judge(budget, None, _whole(budget, summary, resources, feedback, alerts), summary, void)
        for budget in budgets
        if budget.metric.of_backend
        and not budget.is_lifted
        and not (budget.metric.unit is Unit.S and recovery is None and budget.level <= Level.DEFAULT)
    ]
    bounded = _expand(budgets, summary)
    for budget in bounded + _implied(bounded, summary):
        operation = budget.operation
        if budget.is_lifted:
            continue
        measured = (
            _Measured(None, 0)
            if operation is None or operation not in summary.operations
            else _operation(budget, summary.operations[operation], summary, late)
        )
        if operation is not None and not was_away and recovery is None and _never_sent(summary, operation):
            measured = _Measured(None, 0)
        verdicts.append(_judge(budget, operation, measured, summary, void))
    order = {name: rank for rank, name in enumerate([None, *summary.operations])}
    return sorted(verdicts, key=lambda verdict: order.get(verdict.operation, len(order)))


def _expand(budgets: Sequence[Budget], summary: RunSummary) -> list[Budget]:
    """Budgets of operations, each with its operation named; None only where no user waited for any."""
    mine = [budget for budget in budgets if not budget.metric.of_backend]
    own = {(budget.key, budget.operation) for budget in mine}
    waited = [name for name, part in summary.operations.items() if part.user_waits]
    expanded: list[Budget] = []
    for budget in mine:
        if budget.operation is not None:
            if budget.level > Level.DEFAULT or budget.operation in summary.operations:
                expanded.append(budget)
        elif waited:
            expanded += [replace(budget, operation=name) for name in waited if (budget.key, name) not in own]
        elif budget.level > Level.DEFAULT or not summary.operations:
            expanded.append(budget)
    return expanded


def _implied(bounded: Sequence[Budget], summary: RunSummary) -> list[Budget]:
    own = {budget.operation for budget in bounded if budget.key == "min_goodput_ratio"}
    implied: dict[str, Budget] = {}
    for budget in bounded:
        name = budget.operation
        if name is None or name in own or not budget.metric.is_latency:
            continue
        if name in summary.operations and summary.operations[name].planned:
            implied.setdefault(
                name,
                Budget(
                    "min_goodput_ratio",
                    IMPLIED_GOODPUT_RATIO,
                    name,
                    scenario=budget.scenario,
                    level=Level.IMPLIED,
                    source=f"implied by {budget.key}",
                ),
            )
    return list(implied.values())


def _never_sent(summary: RunSummary, operation: str) -> bool:
    """Whether a backend that was there all the time was never asked what was planned."""
    part = summary.operations.get(operation)
    return part is not None and bool(part.planned) and not part.sent and summary.ended != "crashed"


def _operation(budget: Budget, part: Summary, whole: RunSummary, late: str) -> _Measured:
    """`late` says that the generator was the bottleneck, and how."""
    latency = part.latency
    if budget.key == "degradation_factor":
        factor, fewest = whole.degradation(part.operation)
        return _Measured(factor, fewest, min_samples_for(0.95), "in each part of the run for their p95")
    if budget.metric.is_latency:
        estimate: Estimate | None = getattr(latency, budget.key.removesuffix("_ms") + "_ns")
        if estimate is not None:
            estimate = Estimate(estimate.value / NS_PER_MS, estimate.is_lower_bound)
        needed = 1 if budget.metric.quantile is None else min_samples_for(budget.metric.quantile)
        return _Measured(estimate, latency.count, needed, f"for {budget.metric.label}")
    if budget.key == "min_samples":
        counted = Estimate(latency.count) if latency.count else None
        return _Measured(counted, latency.count, int(budget.violation), "as promised")
    value = {
        "error_ratio": part.error_ratio,
        "min_goodput_ratio": part.goodput_ratio,
        "min_throughput_per_s": part.throughput_per_s if part.planned else None,
    }[budget.key]
    needed, doubt = 1, ""
    if budget.key == "min_goodput_ratio":
        needed = _needed_to_judge_cancelled(budget, part)
        # A percentile of the answers to fewer than half of the questions says nothing, by chance or not.
        doubt = "" if budget.level is Level.IMPLIED else _chance(budget.violation, part)
    if late and not budget.metric.is_timing:
        doubt = _kept_otherwise(budget, part, late) or doubt
    return _Measured(
        None if value is None else Estimate(value), part.planned, needed, "to judge those cancelled", doubt
    )


def _kept_otherwise(budget: Budget, part: Summary, why_late: str) -> str:
    """Why a share that misses its limit where whoever asks was late is nobody's fault: it would be kept if
    all that may have been late had come in time. Empty where even then it would not."""
    if not part.planned:
        return ""
    late = sum(part.outcomes[outcome] for outcome in _LATE)
    missed = part.failed - part.outcomes[Outcome.TIMEOUT] - part.outcomes[Outcome.DROPPED]
    is_floor = budget.metric.is_floor
    best = (part.ok + late if is_floor else missed) / part.planned
    is_kept = best >= budget.violation if is_floor else best <= budget.violation
    return f"but {why_late}" if is_kept else ""


def _needed_to_judge_cancelled(budget: Budget, part: Summary) -> int:
    """How many it takes where nothing but users who gave up stands between the run and its floor: of so few
    that a single one of them breaks it, nothing follows for the backend."""
    allowed = 1 - budget.violation
    if not part.planned or not allowed:
        return 1
    kept = (part.ok + part.outcomes[Outcome.CANCELLED]) / part.planned >= budget.violation
    # Nine tenths leave one of ten, whatever 1 - 0.9 is in binary.
    return math.ceil(round(1 / allowed, 6)) if kept and part.ok / part.planned < budget.violation else 1


def _chance(floor: float, part: Summary) -> str:
    """Why a goodput below its floor may be chance; empty where it is not below, or surely.

    Whether the next edit overtakes a question is a matter of chance; a wrong answer or an error is none, nor
    is that a user gave up. A run that is not large enough to be sure of two thirds of the floor is below it.
    """
    not_otherwise = part.ok + part.outcomes[Outcome.CONTENT_MODIFIED]
    if not part.planned or part.ok / part.planned >= floor or not_otherwise / part.planned < floor:
        return ""
    if chance_of_as_few(math.floor(part.planned * floor * 2 / 3), part.planned, floor) >= CERTAIN:
        return ""
    chance = chance_of_as_few(part.ok, part.planned, floor)
    if chance < CERTAIN:
        return ""
    return (
        f"which may be chance: of {part.planned} as few are answered in {chance:.0%} of the runs that keep it"
    )


def _whole(
    budget: Budget,
    summary: RunSummary,
    resources: ResourceSummary | None,
    feedback: Distribution | None,
    alerts: int | None,
) -> _Measured:
    """What has no operation."""
    if budget.key == "max_alerts":
        looks = (0 if resources is None else resources.sample_count) + summary.overall.planned
        return _Measured(None if alerts is None else Estimate(alerts), looks)
    if budget.key == "fairness_factor":
        return _Measured(*summary.fairness(), min_samples_for(0.95), "of each user for their p95")
    if budget.key == "interference_factor":
        return _Measured(
            *summary.interference(), min_samples_for(0.95), "in each part of the run for their p95"
        )
    quantile = budget.metric.quantile
    if quantile is None:
        return _resource(budget.key, resources)
    if feedback is None:
        return _Measured(None, 0)
    estimate: Estimate | None = getattr(feedback, f"p{round(quantile * 100)}_ns")
    if estimate is not None:
        estimate = Estimate(estimate.value / NS_PER_MS, estimate.is_lower_bound)
    return _Measured(estimate, feedback.count, min_samples_for(quantile), f"for {budget.metric.label}")


def _resource(key: str, resources: ResourceSummary | None) -> _Measured:
    if resources is None:
        return _Measured(None, 0)
    value = {
        "rss_avg_mb": mb_from_bytes(resources.rss_avg_bytes),
        "rss_peak_mb": mb_from_bytes(resources.rss_peak_bytes),
        "cpu_avg_percent": resources.cpu_avg_ratio * 100,
    }[key]
    return _Measured(Estimate(value), resources.sample_count)


def _recovered(key: str, recovery: RecoveryTimes | None) -> _Measured:
    name = {"recovery_s": "whole"}.get(key, key.removesuffix("_s"))
    found: Estimate | None = None if recovery is None else getattr(recovery, name)
    if found is None:
        return _Measured(None, 0)
    return _Measured(Estimate(found.value / NS_PER_S, found.is_lower_bound), 1)


def _unsteady(recovery: RecoveryTimes | None) -> str:
    """Why nothing can be said of a recovery; empty where it can."""
    if recovery is None:
        return "there was no fault to recover from"
    return f"void: {recovery.unsteady}" if recovery.unsteady else ""


def _void(generator: GeneratorStats, missed_stress: Sequence[str]) -> str:
    """Why the timings of a run are those of something else; empty where they are the backend's."""
    if generator.was_bottleneck:
        return f"void: the load generator was the bottleneck ({'; '.join(generator.bottleneck_reasons)})"
    if missed_stress:
        return f"void: the stress was not the one asked for ({'; '.join(missed_stress)})"
    return ""


def _judge(
    budget: Budget, operation: str | None, measured: _Measured, summary: RunSummary, void: str
) -> Verdict:
    estimate = measured.estimate

    def verdict(
        status: Status, reason: str, *, too_few: bool = False, enough_s: float | None = None
    ) -> Verdict:
        return Verdict(
            status,
            budget,
            operation,
            None if estimate is None else estimate.value,
            estimate is not None and estimate.is_lower_bound,
            measured.count,
            reason,
            too_few,
            enough_s,
        )

    of_recovery = budget.metric.unit is Unit.S
    if of_recovery and void:
        return verdict(Status.INCONCLUSIVE, void)
    if estimate is None or not measured.count:
        of_tree = budget.metric.unit in (Unit.MB, Unit.PERCENT) or of_recovery
        what = "no samples of the backend" if of_tree else "nothing was measured"
        if of_recovery:
            what = "this backend does not tell when it is quiescent"
        part = None if operation is None else summary.operations.get(operation)
        planned = 0 if part is None else part.planned
        if operation is not None and _never_sent(summary, operation):
            what = f"none of the {planned} that were planned was sent"
        return verdict(
            Status.INCONCLUSIVE,
            f"{what}, and missing data never passes",
            too_few=not (of_tree or planned),
        )
    if budget.metric.is_timing and void:
        return verdict(Status.INCONCLUSIVE, void)
    if measured.count < measured.needed:
        enough_s = _enough_s(operation, measured, summary)
        longer = "" if enough_s is None else f", at these rates {_run_of(enough_s, summary)}"
        return verdict(
            Status.INCONCLUSIVE,
            f"{measured.count} samples are too few {measured.needed_for}: it takes {measured.needed}{longer}",
            too_few=True,
            enough_s=enough_s,
        )
    status, reason = _compare(budget, estimate)
    if status is Status.FAIL and measured.doubt:
        status, reason = Status.INCONCLUSIVE, f"{reason}, {measured.doubt}"
    if summary.ended != "complete" and status in (Status.PASS, Status.WARN):
        return verdict(Status.INCONCLUSIVE, f"{reason}, but the run ended early ({summary.ended})")
    return verdict(status, reason)


def _enough_s(operation: str | None, measured: _Measured, summary: RunSummary) -> float | None:
    """How long a run has as many samples as it takes, with a tenth more for chance, in whole seconds, of a
    long one in whole minutes, of a ramp so in each of its steps. A start is made as often as its scenario
    says, however long the run is."""
    if operation == "startup" or summary.ended != "complete":
        return None
    steps = ramp_steps(summary.parts)
    each_s = 1.1 * measured.needed / measured.count * summary.measured_ns / NS_PER_S / steps
    whole_s = 1 if each_s < _MINUTES_FROM_S else 60
    return math.ceil(each_s / whole_s) * float(whole_s) * steps


def _run_of(length_s: float, summary: RunSummary) -> str:
    steps = ramp_steps(summary.parts)
    whole, each = (format_duration_ns(ns_from_s(value)) for value in (length_s, length_s / steps))
    return f"a run of {whole}" + (f", {each} for each of its {steps} steps" if steps > 1 else "")


def _compare(budget: Budget, estimate: Estimate) -> tuple[Status, str]:
    """Status and reason for a value that may be compared."""
    floor = budget.metric.is_floor
    side = "below" if floor else "above"
    at_least = "at least " if estimate.is_lower_bound else ""

    def beyond(limit: float) -> bool:
        return estimate.value < limit if floor else estimate.value > limit

    got, limit = format_apart(budget.metric.unit, estimate.value, budget.violation)
    if beyond(budget.violation):
        return Status.FAIL, f"{at_least}{got} is {side} the {'floor' if floor else 'limit'} of {limit}"
    if estimate.is_lower_bound:
        return (
            Status.INCONCLUSIVE,
            f"at least {got}, as {_unended(budget)}, against a limit of {limit}",
        )
    if budget.warning is not None and beyond(budget.warning):
        got, warning = format_apart(budget.metric.unit, estimate.value, budget.warning)
        return Status.WARN, f"{got} is {side} the warning at {warning}, within the violation at {limit}"
    if budget.target is not None and beyond(budget.target):
        got, target = format_apart(budget.metric.unit, estimate.value, budget.target)
        return Status.PASS, f"{got} keeps {limit}, {side} the target of {target}"
    return Status.PASS, f"{got} keeps {limit}"


def _unended(budget: Budget) -> str:
    return "the run ended before" if budget.metric.unit is Unit.S else "some operations never ended"

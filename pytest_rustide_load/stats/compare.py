"""The regression gate: is the candidate slower than the baseline, and could we have seen it?

Everything is on a log scale, where a change of +5 % is the same everywhere: a series' value in one
repetition is the logarithm of a cost (a latency quantile, a peak memory, or one over a throughput). The
repetition is the unit: requests within a run resemble one another, and a test that counts them as
independent raises an alarm in a quarter of all comparisons of equal backends.

Knows nothing of runs, storage or what the series measure.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pytest_rustide_load.stats.calibration import Line, fit_line
from pytest_rustide_load.stats.distributions import quantile_constant, t_quantile, t_upper_tail
from pytest_rustide_load.stats.status import Status

__all__ = [
    "LARGEST_TOLD_RATIO",
    "Calibrations",
    "Comparison",
    "GateRule",
    "SeriesRules",
    "compare_pairs",
    "compare_with_history",
    "confirm",
    "detectable_change",
    "effective_count",
    "expected_stddev",
    "gate",
    "gate_with_history",
    "log_cost",
    "pairs_needed",
]

_MAX_PAIRS = 1_000
# Beyond it more digits say no more (a ratio minus one).
LARGEST_TOLD_RATIO = 99.99


@dataclass(frozen=True, slots=True)
class GateRule:
    """When a change is a regression.

    `threshold_ratio`: a change must be larger than this (0.05 is five percent). `alpha`: and be above
    nothing with this one-sided error. `look_alpha`: the same for each of two looks that both have to fail.
    `power`: for which a detectable change is stated. `min_pairs` and `min_history`: fewer give no
    verdict, or an advisory one.
    """

    threshold_ratio: float = 0.05
    alpha: float = 0.01
    look_alpha: float = 0.05
    power: float = 0.8
    min_pairs: int = 5
    min_history: int = 20


@dataclass(frozen=True, slots=True)
class SeriesRules:
    """What holds for single series, by name: `thresholds` of their own, and which are `critical`. Where some
    are, only they can fail, and only they are corrected for; the others bind nobody."""

    thresholds: Mapping[str, float] = field(default_factory=dict)
    critical: Collection[str] | None = None

    def binds(self, name: str) -> bool:
        return self.critical is None or name in self.critical

    def rule(self, name: str, rule: GateRule) -> GateRule:
        return replace(rule, threshold_ratio=self.thresholds.get(name, rule.threshold_ratio))


@dataclass(frozen=True, slots=True)
class Calibrations:
    """What a fixed workload cost beside each repetition (logarithms): of the candidate and of the history, in
    the order of their repetitions."""

    candidate: Sequence[float]
    history: Sequence[float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One series compared. Ratios are candidate over baseline minus one: 0.05 is five percent worse.

    `low_ratio` and `high_ratio` are one-sided bounds at the error of the rule each. `p_value` is of "not
    worse", corrected for the number of series where several were gated. `detectable_ratio` is the change
    that would have been found with the power of the rule; `underpowered` where it is beyond twice the
    threshold. Statistics are None for too few repetitions. `advisory`: says what it sees, binds nobody.
    `sensitivity` is how much of the machine's own change was taken out (β of stats.calibration), None where
    nothing was.
    """

    status: Status
    reason: str
    count: int
    change_ratio: float | None = None
    low_ratio: float | None = None
    high_ratio: float | None = None
    p_value: float | None = None
    stddev_log: float | None = None
    detectable_ratio: float | None = None
    underpowered: bool = False
    advisory: bool = False
    sensitivity: float | None = None


@dataclass(frozen=True, slots=True)
class _Shift:
    """A mean difference of logarithms, with its standard error and degrees of freedom."""

    mean: float
    error: float
    degrees: int
    count: int
    stddev: float
    sensitivity: float | None = None

    @property
    def p_value(self) -> float:
        """One-sided, of a mean that is not above nothing."""
        if self.error == 0:
            return 0.0 if self.mean > 0 else 1.0
        return t_upper_tail(self.mean / self.error, self.degrees)


def log_cost(value: float, *, higher_is_better: bool = False) -> float:
    """The logarithm of a cost: log(value), or -log(value) where more is better. ValueError for a value
    that is not positive."""
    if not value > 0 or math.isinf(value):
        raise ValueError(f"{value} has no place on a log scale")
    return -math.log(value) if higher_is_better else math.log(value)


def compare_pairs(
    candidate: Sequence[float], baseline: Sequence[float], rule: GateRule | None = None
) -> Comparison:
    """Compare log costs of repetitions run in interleaved pairs, element by element.

    d is the mean of the differences and L its lower t-bound at `alpha`. FAIL where d is above the
    threshold and L above 0; WARN where one of both is; else INCONCLUSIVE where the upper bound is still
    above the threshold; else PASS. Also INCONCLUSIVE below `min_pairs`.
    """
    rule = rule or GateRule()
    shift = _paired(candidate, baseline)
    if shift is None or shift.count < rule.min_pairs:
        return _too_few(len(candidate), rule.min_pairs, "pairs")
    return _judge(shift, shift.p_value, rule, rule.alpha)


def compare_with_history(
    candidate: Sequence[float], history: Sequence[float], rule: GateRule | None = None
) -> Comparison:
    """Compare log costs of one or more repetitions with those of earlier runs on an equal machine.

    The spread is that of the history; the difference of means has the error s·√(1/R + 1/n). Advisory
    below `min_history` runs, INCONCLUSIVE below two.
    """
    return gate_with_history({"": (candidate, history)}, rule)[""]


def gate_with_history(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    rule: GateRule | None = None,
    rules: SeriesRules | None = None,
    calibrations: Calibrations | None = None,
) -> dict[str, Comparison]:
    """`compare_with_history` for several series at once, each given as (candidate, history) of log costs;
    corrected as in `gate`. With `calibrations` what the machine itself changed is taken out of each series
    that is known to follow it."""
    rule, rules = rule or GateRule(), rules or SeriesRules()
    shifts = {name: _beside(*both, calibrations, rule) for name, both in series.items()}
    judged_all = _judge_all(
        {name: shift for name, shift in shifts.items() if shift is not None}, rule, rules, rule.alpha
    )
    found = {}
    for name, (_, history) in series.items():
        if name not in judged_all:
            too_few = _too_few(len(history), rule.min_history, "earlier runs")
            found[name] = replace(too_few, advisory=True)
            continue
        judged = judged_all[name]
        if len(history) < rule.min_history:
            why = f"advisory, as {len(history)} earlier runs are fewer than {rule.min_history}"
            judged = replace(judged, reason=f"{judged.reason}; {why}", advisory=True)
        found[name] = judged
    return found


def gate(
    series: Mapping[str, tuple[Sequence[float], Sequence[float]]],
    rule: GateRule | None = None,
    rules: SeriesRules | None = None,
    *,
    two_looks: bool = False,
) -> dict[str, Comparison]:
    """Compare several series at once, each given as (candidate, baseline) of paired log costs.

    Among k series one looks bad by chance k times as often, so the p-values are corrected by Holm's
    step-down procedure (1979, Scandinavian Journal of Statistics 6) and a failure needs the corrected one
    below alpha. With `two_looks` each look is at `look_alpha`, and a failure of the first has to be repeated
    on fresh pairs (see `confirm`), which is rarer by chance and finds more than one look at `alpha`.
    """
    rule, rules = rule or GateRule(), rules or SeriesRules()
    alpha = rule.look_alpha if two_looks else rule.alpha
    shifts: dict[str, _Shift] = {}
    found: dict[str, Comparison] = {}
    for name, (candidate, baseline) in series.items():
        shift = _paired(candidate, baseline)
        if shift is None or shift.count < rule.min_pairs:
            found[name] = _too_few(len(candidate), rule.min_pairs, "pairs")
        else:
            shifts[name] = shift
    found |= _judge_all(shifts, rule, rules, alpha)
    return {name: found[name] for name in series}


def confirm(first: Comparison, second: Comparison) -> Comparison:
    """The verdict of two looks at fresh data: FAIL only where both fail; the figures are the second's.

    A first failure that is not repeated is a WARN, however good the second looks; one that could not be
    repeated for want of pairs is INCONCLUSIVE.
    """
    if first.status is not Status.FAIL:
        return first
    if second.change_ratio is None:
        return replace(second, reason=f"not confirmed yet: {second.reason}")
    if second.status is Status.FAIL:
        return replace(second, reason=f"{second.reason}, confirmed by a second look")
    return replace(second, status=Status.WARN, reason=f"not confirmed: {second.reason}")


def detectable_change(stddev_log: float, count: int, rule: GateRule | None = None) -> float:
    """The smallest change (as a ratio minus one) that `count` pairs, whose differences scatter by
    `stddev_log`, find with the power of the rule: exp((t(1 - alpha) + t(power))·s/√R) - 1, with t of R - 1
    degrees of freedom."""
    return _detectable(stddev_log / math.sqrt(count), count - 1, rule or GateRule())


def pairs_needed(stddev_log: float, rule: GateRule | None = None) -> int | None:
    """How many pairs make the detectable change at most twice the threshold; None beyond a thousand."""
    rule = rule or GateRule()
    low, high = 2, 2
    while detectable_change(stddev_log, high, rule) > 2 * rule.threshold_ratio:
        low, high = high, high * 2
        if high > _MAX_PAIRS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if detectable_change(stddev_log, middle, rule) > 2 * rule.threshold_ratio:
            low = middle
        else:
            high = middle
    return max(high, rule.min_pairs)


def expected_stddev(between_log: float, within_log: float, q: float, count: float) -> float:
    """How much the difference of two repetitions' q-quantiles scatters, from the deviation between runs
    and that of single latencies (both of logarithms), with `count` independent latencies a repetition:
    √(2·(between² + c²·within²/n)), c = `quantile_constant(q)`."""
    constant = quantile_constant(q)
    return math.sqrt(2 * (between_log**2 + constant**2 * within_log**2 / count))


def effective_count(count: int, lag1: float) -> float:
    """How many independent values `count` values with a lag-1 autocorrelation are worth."""
    return count * (1 - lag1) / (1 + lag1)


def _judge_all(
    shifts: Mapping[str, _Shift], rule: GateRule, rules: SeriesRules, alpha: float
) -> dict[str, Comparison]:
    corrected = _holm({name: shift.p_value for name, shift in shifts.items() if rules.binds(name)})
    found = {}
    for name, shift in shifts.items():
        p_value = corrected.get(name, shift.p_value)
        judged = _judge(shift, p_value, rules.rule(name, rule), alpha)
        if not rules.binds(name):
            why = f"{judged.reason}; not declared critical, so it binds nobody"
            judged = replace(judged, reason=why, advisory=True)
        found[name] = judged
    return found


def _judge(shift: _Shift, p_value: float, rule: GateRule, alpha: float) -> Comparison:
    threshold = math.log1p(rule.threshold_ratio)
    reach = t_quantile(1 - alpha, shift.degrees) * shift.error
    low, high = shift.mean - reach, shift.mean + reach
    is_large, is_certain = shift.mean > threshold, p_value < alpha
    change = f"{math.expm1(shift.mean):+.1%}"
    limit = f"{rule.threshold_ratio:.1%}"
    if is_large and is_certain:
        status, reason = Status.FAIL, f"{change} is a regression of more than {limit}"
    elif is_large:
        status, reason = Status.WARN, f"{change} is more than {limit}, but may be chance (p {p_value:.2g})"
    elif is_certain:
        status, reason = Status.WARN, f"{change} is certainly worse, but not by more than {limit}"
    elif high > threshold:
        status = Status.INCONCLUSIVE
        worst = math.expm1(high)
        size = f"a regression of {worst:.1%}" if worst < LARGEST_TOLD_RATIO else "a regression of any size"
        reason = f"{change}, but {size} cannot be excluded"
    else:
        status, reason = Status.PASS, f"{change} is no regression of more than {limit}"
    detectable = _detectable(shift.error, shift.degrees, rule)
    return Comparison(
        status,
        reason,
        shift.count,
        change_ratio=math.expm1(shift.mean),
        low_ratio=math.expm1(low),
        high_ratio=math.expm1(high),
        p_value=p_value,
        stddev_log=shift.stddev,
        detectable_ratio=detectable,
        underpowered=detectable > 2 * rule.threshold_ratio,
        sensitivity=shift.sensitivity,
    )


def _detectable(error: float, degrees: int, rule: GateRule) -> float:
    both = t_quantile(1 - rule.alpha, degrees) + t_quantile(rule.power, degrees)
    return math.expm1(min(both * error, 700.0))


def _paired(candidate: Sequence[float], baseline: Sequence[float]) -> _Shift | None:
    """None for fewer than two pairs. ValueError for halves of different length."""
    if len(candidate) != len(baseline):
        raise ValueError(f"{len(candidate)} candidate and {len(baseline)} baseline repetitions are no pairs")
    differences = [mine - theirs for mine, theirs in zip(candidate, baseline, strict=True)]
    count = len(differences)
    if count < 2:
        return None
    stddev = _stddev(differences)
    return _Shift(_mean(differences), stddev / math.sqrt(count), count - 1, count, stddev)


def _beside(
    candidate: Sequence[float],
    history: Sequence[float],
    calibrations: Calibrations | None,
    rule: GateRule,
) -> _Shift | None:
    """Against unpaired earlier runs, whose spread is taken for that of the candidate too; None for fewer than
    two of them."""
    if not candidate or len(history) < 2:
        return None
    if calibrations is not None and len(history) >= rule.min_history:
        line = fit_line(history, calibrations.history)
        if line is not None and line.p_value < rule.alpha:
            return _along(line, candidate, history, calibrations)
    stddev = _stddev(history)
    return _Shift(
        mean=_mean(candidate) - _mean(history),
        error=stddev * math.sqrt(1 / len(candidate) + 1 / len(history)),
        degrees=len(history) - 1,
        count=len(history),
        stddev=stddev,
    )


def _along(
    line: Line, candidate: Sequence[float], history: Sequence[float], calibrations: Calibrations
) -> _Shift:
    """As `_beside`, each repetition as it would be on the machine of the history: y - β·(c - c_ref).

    The error is that of a mean predicted by regression, s·√(1/R + 1/n + (c̄ - c_ref)²/S_cc) with n - 2 degrees
    of freedom, so that it grows where the machine is as it never was before.
    """
    away = _mean(calibrations.candidate) - line.reference
    spread = 1 / len(candidate) + 1 / len(history) + away**2 / line.squares
    return _Shift(
        mean=_mean(candidate) - line.sensitivity * away - _mean(history),
        error=line.stddev * math.sqrt(spread),
        degrees=len(history) - 2,
        count=len(history),
        stddev=line.stddev,
        sensitivity=line.sensitivity,
    )


def _too_few(count: int, needed: int, what: str) -> Comparison:
    return Comparison(Status.INCONCLUSIVE, f"{count} {what} are too few: it takes {needed}", count)


def _holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Corrected p-values: the i-th smallest times (k - i + 1), made ascending, at most one."""
    corrected: dict[str, float] = {}
    largest = 0.0
    for rank, name in enumerate(sorted(p_values, key=lambda name: p_values[name])):
        largest = max(largest, min(1.0, p_values[name] * (len(p_values) - rank)))
        corrected[name] = largest
    return corrected


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _stddev(values: Sequence[float]) -> float:
    mean = _mean(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))

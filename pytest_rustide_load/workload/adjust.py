"""A scenario as the command line wants it: more users, other rates, in steps.

Pure values; knows nothing of options.
"""

from __future__ import annotations

from dataclasses import replace

from pytest_rustide_load.workload.scenario import OperationPattern, Range, Scenario, UserBehavior

__all__ = ["adjust", "parse_ramp"]

_MAX_STEPS = 20


def parse_ramp(text: str) -> tuple[float, ...]:
    """`"1..8"` as the levels 1, 2, 4, 8 (doubling, the last one included), `"1,2,3"` as those.

    ValueError says what is wrong.
    """
    low, dots, high = text.partition("..")
    try:
        if dots:
            first, last = float(low), float(high)
            if not 0 < first < last < 1e6:
                raise ValueError
            levels = [first]
            while levels[-1] * 2 < last:
                levels.append(levels[-1] * 2)
            levels.append(last)
        else:
            levels = [float(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"{text!r} is not a ramp (write it like '1..8' or '1,2,3')") from None
    if len(levels) < 2 or len(levels) > _MAX_STEPS or not all(0 < level < 1e6 for level in levels):
        raise ValueError(f"{text!r} is not a ramp of 2 to {_MAX_STEPS} steps, each above 0")
    return tuple(levels)


def adjust(
    scenario: Scenario,
    *,
    users: int | None = None,
    rate_factor: float = 1.0,
    ramp: tuple[float, ...] = (),
) -> Scenario:
    """The scenario with that many users, everything `rate_factor` times as often, and in the steps of `ramp`,
    each as long as the measured time was. ValueError for a ramp of a scenario that has stages."""
    if ramp and scenario.stages:
        raise ValueError(f"{scenario.name} has stages, and cannot be ramped")
    patterns = tuple(_faster(pattern, rate_factor) for pattern in scenario.patterns)
    behaviors = tuple(
        (
            replace(
                behavior,
                operation_patterns=tuple(_faster(one, rate_factor) for one in behavior.operation_patterns),
            ),
            count,
        )
        for behavior, count in _spread(scenario, users)
    )
    stages = tuple(
        replace(stage, patterns=tuple(_faster(one, rate_factor) for one in stage.patterns))
        for stage in scenario.stages
    )
    steps = len(ramp) / max(len(scenario.ramp), 1) if ramp else 1
    return replace(
        scenario,
        users=users or scenario.users,
        patterns=patterns,
        behaviors=behaviors,
        stages=stages,
        ramp=ramp or scenario.ramp,
        duration_s=scenario.duration_s * steps,
    )


def _spread(scenario: Scenario, users: int | None) -> list[tuple[UserBehavior, int]]:
    """As many of each kind as `users` in the proportions of the scenario make; the largest remainders are
    rounded up (Hamilton's method)."""
    if users is None or users == scenario.users:
        return list(scenario.behaviors)
    exact = [(behavior, count * users / scenario.users) for behavior, count in scenario.behaviors]
    counts = [int(share) for _, share in exact]
    total = round(sum(share for _, share in exact))
    by_remainder = sorted(range(len(exact)), key=lambda index: counts[index] - exact[index][1])
    for index in by_remainder[: total - sum(counts)]:
        counts[index] += 1
    return [(behavior, count) for (behavior, _), count in zip(exact, counts, strict=True) if count]


def _faster(pattern: OperationPattern, factor: float) -> OperationPattern:
    rate, think_time_s, duration = pattern.rate_per_s, pattern.think_time_s, pattern.duration_distribution
    return replace(
        pattern,
        rate_per_s=Range(rate.low * factor, rate.high * factor),
        think_time_s=None if think_time_s is None else think_time_s / factor,
        duration_distribution=duration and replace(duration, mean_s=duration.mean_s / factor),
    )

"""How often the rule of the gate errs, and naive rules beside it, on latencies whose true change is known.

Latencies are those of tests/simulated_runs.py, and runs differ by a deviation of their own, as paired runs of
one machine do. Calls the functions of the rule; gate_table.py beside this goes through the command line.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from pytest_rustide_load.stats.compare import compare_pairs, confirm, gate
from pytest_rustide_load.stats.distributions import normal_upper_tail
from pytest_rustide_load.stats.status import Status
from tests.simulated_runs import draw_latencies


class Simulator:
    """Runs of a backend, `shift` slower (a log ratio), as latencies of shape (requests,)."""

    def __init__(self, seed: int, requests: int, run_stddev: float) -> None:
        self.random = np.random.default_rng(seed)
        self.requests = requests
        self.run_stddev = run_stddev

    def latencies(self, shift: float) -> np.ndarray:
        return draw_latencies(self.random, self.requests, shift + self.random.normal() * self.run_stddev)

    def log_p95(self, shift: float) -> float:
        return math.log(float(np.quantile(self.latencies(shift), 0.95)))

    def pairs(self, shift: float, count: int) -> tuple[list[float], list[float]]:
        return [self.log_p95(shift) for _ in range(count)], [self.log_p95(0.0) for _ in range(count)]


def fails_once(simulator: Simulator, shift: float, count: int) -> bool:
    return compare_pairs(*simulator.pairs(shift, count)).status is Status.FAIL


def fails_confirmed(simulator: Simulator, shift: float, count: int) -> bool:
    first = gate({"p95": simulator.pairs(shift, count)}, two_looks=True)["p95"]
    if first.status is not Status.FAIL:
        return False
    second = gate({"p95": simulator.pairs(shift, count)}, two_looks=True)["p95"]
    return confirm(first, second).status is Status.FAIL


def naive_mean(simulator: Simulator, shift: float, count: int) -> bool:
    """What pytest-benchmark's `mean:5%` does with the same runs."""
    mine = np.mean([simulator.latencies(shift).mean() for _ in range(count)])
    theirs = np.mean([simulator.latencies(0.0).mean() for _ in range(count)])
    return bool(mine > 1.05 * theirs)


def naive_p95(simulator: Simulator, shift: float, count: int) -> bool:
    mine, theirs = simulator.pairs(shift, count)
    return bool(np.mean(np.exp(mine)) > 1.05 * np.mean(np.exp(theirs)))


def pooled_mann_whitney(simulator: Simulator, shift: float, count: int) -> bool:
    """All requests of all runs as if they were independent, two-sided at 5 % (the normal approximation)."""
    mine = np.concatenate([simulator.latencies(shift) for _ in range(count)])
    theirs = np.concatenate([simulator.latencies(0.0) for _ in range(count)])
    ranks = np.argsort(np.argsort(np.concatenate([mine, theirs]))) + 1.0
    score = ranks[: len(mine)].sum() - len(mine) * (len(mine) + 1) / 2
    mean = len(mine) * len(theirs) / 2
    deviation = math.sqrt(len(mine) * len(theirs) * (len(mine) + len(theirs) + 1) / 12)
    return 2 * normal_upper_tail(abs(score - mean) / deviation) < 0.05


RULES: dict[str, Callable[[Simulator, float, int], bool]] = {
    "mean > +5 %": naive_mean,
    "p95 > +5 %": naive_p95,
    "pooled Mann-Whitney": pooled_mann_whitney,
    "gate, one look": fails_once,
    "gate, confirmed": fails_confirmed,
}


def share_failing(
    rule: str,
    change_ratio: float,
    *,
    trials: int,
    seed: int,
    requests: int,
    run_stddev: float,
    pairs: int = 5,
) -> float:
    simulator = Simulator(seed, requests, run_stddev)
    shift = math.log1p(change_ratio)
    return sum(RULES[rule](simulator, shift, pairs) for _ in range(trials)) / trials

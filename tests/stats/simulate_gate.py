"""How often the gate errs, on simulated backends whose true change is known.

Latencies are log-normal (deviation of logarithms 0.5) with a lag-1 autocorrelation of 0.5 within a run,
and runs differ by a deviation of their own, as paired runs of one machine do. Prints a table:

    python tests/stats/simulate_gate.py [TRIALS]
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable

import numpy as np

from pytest_rustide_load.stats.compare import compare_pairs, confirm, gate
from pytest_rustide_load.stats.status import Status

SIGMA = 0.5
RHO = 0.5
# An autoregression of first order as a moving average; what lies further back is below 1e-12.
WEIGHTS = math.sqrt(1 - RHO**2) * RHO ** np.arange(40)


class Simulator:
    """Runs of a backend, `shift` slower (a log ratio), as latencies of shape (requests,)."""

    def __init__(self, seed: int, requests: int, run_stddev: float) -> None:
        self.random = np.random.default_rng(seed)
        self.requests = requests
        self.run_stddev = run_stddev

    def latencies(self, shift: float) -> np.ndarray:
        noise = self.random.normal(size=self.requests + len(WEIGHTS) - 1)
        series = np.convolve(noise, WEIGHTS, mode="valid")
        return np.exp(SIGMA * series + shift + self.random.normal() * self.run_stddev)

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


RULES: dict[str, Callable[[Simulator, float, int], bool]] = {
    "mean > +5 %": naive_mean,
    "p95 > +5 %": naive_p95,
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


def main(trials: int) -> None:
    # The paired residual of 2 % is what two runs side by side differ by: √2 of one run's.
    for requests, run_stddev in ((2_000, 0.02 / math.sqrt(2)), (400, 0.05)):
        print(f"share of {trials} comparisons of five pairs that fail, p95 of {requests:,} requests a run,")
        print(f"runs differing by a deviation of {run_stddev:.1%}")
        print(f"{'rule':<16} {'A/A':>7} {'+5 %':>7} {'+10 %':>7} {'+20 %':>7}")
        for rule in RULES:
            shares = [
                share_failing(rule, change, trials=trials, seed=7, requests=requests, run_stddev=run_stddev)
                for change in (0.0, 0.05, 0.10, 0.20)
            ]
            print(f"{rule:<16} " + " ".join(f"{share:>7.1%}" for share in shares))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)

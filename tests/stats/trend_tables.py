"""What is found over a history: the table of docs/statistics.md, and our steps beside those of Apache Otava.

    python tests/stats/trend_tables.py [--series 400]
    python tests/stats/trend_tables.py --otava PYTHON

The first prints how often drift and steps are told, of series without a change and of those with one of 10 %.
The second compares find_steps with Otava on the published TigerBeetle history and on random series with known
steps. Otava pins its dependencies hard, so it lives in a virtual environment of its own, whose interpreter is
given: python -m venv otava && otava/bin/pip install apache-otava; then --otava otava/bin/python.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
from pathlib import Path

import numpy as np

from pytest_rustide_load.stats.steps import StepRule, find_steps
from pytest_rustide_load.stats.trend import find_drift

PUBLISHED = Path(__file__).parent / "data" / "tigerbeetle_series.json"
# Of both: a window of thirty runs, p below .01, at least 5 %.
ALPHA, WINDOW, MAGNITUDE = 0.01, 30, 0.05
TOLERANCE = 2
_OTAVA = f"""
import json, sys
from otava.analysis import compute_change_points
found = []
for series in json.load(sys.stdin):
    points, _ = compute_change_points(series, {WINDOW}, {ALPHA}, {MAGNITUDE})
    found.append([int(point.index) for point in points])
print(json.dumps(found))
"""


def noisy(random: np.random.Generator, count: int, spread: float, rho: float = 0.0) -> np.ndarray:
    """Logarithms that scatter by `spread`, neighbours correlated by `rho`; of shape (count,)."""
    noise = random.normal(size=count)
    for index in range(1, count):
        noise[index] = rho * noise[index - 1] + math.sqrt(1 - rho**2) * noise[index]
    return noise * spread


def print_shares(series: int) -> None:
    print(f"of {series} series of runs that scatter by 5 %: without a change / with one of 10 %")
    print(f"{'runs':>4} {'drift':>16} {'step':>16} {'step, rho .3':>16}")
    for count in (20, 30, 60):
        random = np.random.default_rng(count)
        creep = math.log(1.10) * np.arange(count) / (count - 1)
        jump = math.log(1.10) * (np.arange(count) >= count // 2)
        cells = []
        for rho, change, found in ((0.0, creep, _drifts), (0.0, jump, _steps), (0.3, jump, _steps)):
            shares = [
                sum(found(np.exp(noisy(random, count, 0.05, rho) + with_it * change)) for _ in range(series))
                / series
                for with_it in (0, 1)
            ]
            cells.append(f"{shares[0]:.1%} / {shares[1]:.0%}")
        print(f"{count:>4} " + " ".join(f"{cell:>16}" for cell in cells), flush=True)


def _drifts(values: np.ndarray) -> bool:
    return find_drift(values.tolist()).is_drift


def _steps(values: np.ndarray) -> bool:
    return bool(find_steps(values.tolist()))


def print_otava(python: str) -> None:
    published = json.loads(PUBLISHED.read_text())
    random = np.random.default_rng(1)
    series, truth = [], []
    for _ in range(200):
        lengths = random.integers(20, 60, size=int(random.integers(1, 4)) + 1)
        changes = random.choice([-0.15, -0.1, 0.1, 0.15], size=len(lengths) - 1)
        levels = np.concatenate([[0.0], np.cumsum(np.log1p(changes))])
        logs = np.repeat(levels, lengths) + noisy(random, int(lengths.sum()), 0.02)
        series.append([float(value) for value in 100 * np.exp(logs)])
        truth.append([int(border) for border in np.cumsum(lengths)[:-1]])
    everything = [[float(value) for value in published["series"]], *series]
    done = subprocess.run(
        [python, "-c", _OTAVA], input=json.dumps(everything), capture_output=True, text=True, check=True
    )
    theirs = json.loads(done.stdout)
    rule = StepRule(alpha=ALPHA, threshold_ratio=MAGNITUDE, window=WINDOW)
    mine = [[step.index for step in find_steps(values, rule)] for values in everything]
    print(f"published history: stated {published['change_points']}, ours {mine[0]}, Otava's {theirs[0]}")
    count = sum(map(len, truth))
    for name, found in (("ours", mine[1:]), ("Otava", theirs[1:])):
        hit = sum(_near(step, told) for steps, told in zip(truth, found, strict=True) for step in steps)
        false = sum(not _near(step, steps) for steps, told in zip(truth, found, strict=True) for step in told)
        print(f"{name:<6} {hit} of {count} steps found within {TOLERANCE} runs, {false} told that are none")


def _near(step: int, others: list[int]) -> bool:
    return any(abs(step - other) <= TOLERANCE for other in others)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--series", type=int, default=400)
    parser.add_argument(
        "--otava", metavar="PYTHON", help="the interpreter of an environment with apache-otava"
    )
    arguments = parser.parse_args()
    if arguments.otava:
        print_otava(arguments.otava)
    else:
        print_shares(arguments.series)


if __name__ == "__main__":
    main()

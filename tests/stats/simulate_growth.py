"""How often the order of growth is named, and named rightly, on simulated costs with 10 % noise.

Prints a table, rows are true orders, a column for each answer:

    python tests/stats/simulate_growth.py [TRIALS]
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np

from pytest_rustide_load.stats.growth import ORDERS, growth_of

TRUTHS = {
    "constant": np.ones_like,
    "log": np.log,
    "linear": lambda x: x,
    "n log n": lambda x: x * np.log(x),
    "quadratic": np.square,
}
# Smallest and largest size, how many sizes, measurements of each, and the cost that does not grow, as a share
# of that of the smallest size.
DESIGNS = [
    (100, 100_000, 11, 5, 0.0),
    (100, 100_000, 11, 5, 1.0),
    (100, 100_000, 11, 20, 1.0),
    (1_000, 32_000, 6, 3, 0.5),
    (1_000, 32_000, 6, 20, 0.5),
]
NOISE = 0.1


def answers(truth: str, design: tuple[int, int, int, int, float], trials: int, seed: int) -> Counter[str]:
    """How often each order was named; "undetermined" where none was."""
    low, high, sizes, runs, base = design
    random = np.random.default_rng(seed)
    x = np.repeat(np.geomspace(low, high, sizes), runs)
    cost = TRUTHS[truth](x)
    if truth != "constant":
        cost = cost + base * cost.min()
    found: Counter[str] = Counter()
    for _ in range(trials):
        growth = growth_of(x.tolist(), (cost * np.exp(NOISE * random.standard_normal(len(x)))).tolist())
        assert growth is not None
        found[growth.order or ("undetermined" if truth in growth.candidates else "excluded")] += 1
    return found


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    columns = (*ORDERS, "undetermined", "excluded")
    for design in DESIGNS:
        low, high, sizes, runs, base = design
        print(f"\n{sizes} sizes from {low:,} to {high:,}, {runs} measurements each, 10 % noise,")
        print(f"and a cost that does not grow of {base:.0%} of the smallest")
        print(f"{'truth':<10}" + "".join(f"{name:>14}" for name in columns))
        for truth in ORDERS:
            found = answers(truth, design, trials, seed=11)
            print(f"{truth:<10}" + "".join(f"{found[name] / trials:>14.1%}" for name in columns))


if __name__ == "__main__":
    main()

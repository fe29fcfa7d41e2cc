"""How often the intervals of the Universal Scalability Law cover the truth, and how often a peak is claimed.

Simulated systems with known σ and κ, throughput with log-normal noise. Prints a table:

    python tests/stats/simulate_scaling.py [TRIALS]
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np

from pytest_rustide_load.stats.scaling import fit_scalability

SYSTEMS = [
    (0.0, 0.0),
    (0.05, 0.0),
    (0.3, 0.0),
    (0.0, 0.002),
    (0.02, 0.0005),
    (0.05, 0.005),
    (0.1, 0.02),
    (0.2, 0.1),
]
DESIGNS = [
    ((1, 2, 4), 3),
    ((1, 2, 4, 8, 16), 1),
    ((1, 2, 4, 8, 16), 3),
    ((1, 2, 3, 4, 6, 8, 12, 16, 24, 32), 3),
]
NOISES = (0.02, 0.05)


def simulate(
    sigma: float, kappa: float, levels: tuple[int, ...], runs: int, noise: float, trials: int, seed: int
) -> Counter[str]:
    """Fit `trials` simulated experiments, and count what they claim."""
    random = np.random.default_rng(seed)
    number = np.repeat(np.array(levels, dtype=float), runs)
    truth = 100 * number / (1 + sigma * (number - 1) + kappa * number * (number - 1))
    tally: Counter[str] = Counter()
    for trial in range(trials):
        fit = fit_scalability(
            number.tolist(),
            (truth * np.exp(noise * random.standard_normal(len(number)))).tolist(),
            seed=trial,
        )
        assert fit is not None
        assert fit.sigma_interval is not None
        assert fit.kappa_interval is not None
        tally["trials"] += 1
        tally["sigma"] += fit.sigma_interval[0] <= sigma <= fit.sigma_interval[1]
        tally["kappa"] += fit.kappa_interval[0] <= kappa <= fit.kappa_interval[1]
        if fit.peak is not None:
            tally["peaks"] += 1
            tally["peaks_with_zero"] += fit.kappa_interval[0] <= 0
            assert fit.peak_interval is not None
            best = float("inf") if kappa == 0 else ((1 - sigma) / kappa) ** 0.5
            tally["peaks_covered"] += fit.peak_interval[0] <= best <= fit.peak_interval[1]
    return tally


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    header = ("σ", "κ", "σ covered", "κ covered", "peak told", "covered", "κ may be 0")
    for levels, runs in DESIGNS:
        for noise in NOISES:
            print(f"\n{len(levels)} levels from 1 to {levels[-1]}, {runs} runs each, noise {noise:.0%}")
            print("".join(f"{title:>11}" for title in header))
            for sigma, kappa in SYSTEMS:
                tally = simulate(sigma, kappa, levels, runs, noise, trials, seed=7)
                told = tally["peaks"]
                cells = [f"{sigma:g}", f"{kappa:g}"]
                cells += [f"{tally[name] / trials:.1%}" for name in ("sigma", "kappa", "peaks")]
                cells += [
                    f"{tally['peaks_covered'] / told:.1%}" if told else "-",
                    str(tally["peaks_with_zero"]),
                ]
                print("".join(f"{cell:>11}" for cell in cells))


if __name__ == "__main__":
    main()

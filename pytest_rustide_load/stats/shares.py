"""Shares of few: whether a share that was counted speaks against one that was promised.

Numbers in, numbers out; knows nothing of samples or budgets.
"""

from __future__ import annotations

import math

import numpy as np

__all__ = ["CERTAIN", "chance_of_as_few"]

# What comes in fewer of the cases than this is no chance.
CERTAIN = 0.05


def chance_of_as_few(right: int, count: int, share: float) -> float:
    """How likely `right` or fewer of `count` are where each is right with the probability `share`, whatever
    became of the others: the lower tail of the binomial distribution, exact (Clopper and Pearson 1934).
    ValueError for a share outside 0..1 or more right ones than there are."""
    if not 0 <= share <= 1 or not 0 <= right <= count:
        raise ValueError(f"{right} of {count} with the probability {share}")
    if right == count or share == 0:
        return 1.0
    if share == 1:
        return 0.0
    k = np.arange(1, right + 1)
    steps = np.log((count - k + 1) / k) + math.log(share) - math.log1p(-share)
    logs = count * math.log1p(-share) + np.concatenate([[0.0], np.cumsum(steps)])
    return min(1.0, float(np.exp(logs).sum()))

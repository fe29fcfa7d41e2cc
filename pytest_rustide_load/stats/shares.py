"""Shares of few: whether a share that was counted speaks against one that was promised.

Numbers in, numbers out; knows nothing of samples or budgets.
"""

from __future__ import annotations

import math

import numpy as np

__all__ = ["CERTAIN", "chance_of_as_few", "share_interval"]

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


def share_interval(hits: int, count: int, *, error: float = CERTAIN) -> tuple[float, float]:
    """Where the share lies of which `hits` of `count` were counted: both sides err by half of `error` at
    most, exact (Clopper and Pearson 1934). ValueError for none counted, or more hits than there are."""
    if count < 1:
        raise ValueError("no share of nothing")

    def where(few: int, chance: float) -> float:
        """The share of which so few are as likely as `chance`."""
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if chance_of_as_few(few, count, middle) > chance else (low, middle)
        return (low + high) / 2

    return (
        0.0 if hits == 0 else where(hits - 1, 1 - error / 2),
        1.0 if hits == count else where(hits, error / 2),
    )

"""Bursts: moments of a run when nearly everything took much longer than usual.

A percentile says how many operations were slow; a stall of one second and slow ones here and there look alike
in it. Knows nothing of what else happened at the time.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stats.samples import NEVER, Outcome, PhaseKind

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Burst", "BurstRule", "find_bursts"]

# The median deviation of a normal distribution times this is its standard deviation.
_MAD_TO_STDDEV = 1.4826


@dataclass(frozen=True, slots=True)
class BurstRule:
    """An operation is an outlier when its logarithm lies more than `deviations` robust standard deviations
    above the median of its kind, and it took at least `factor` times as long. A burst has `min_outliers` of
    them, with no more than `gap` others between any two, and they are at least half of what was due. It is
    told where chance would bring one like it into fewer than `alpha` of runs. Kinds of fewer than
    `min_samples` are left out."""

    deviations: float = 5.0
    factor: float = 3.0
    min_outliers: int = 5
    gap: int = 2
    alpha: float = 0.001
    min_samples: int = 20


@dataclass(frozen=True, slots=True)
class Burst:
    """`outliers` of the `due` operations that were due from `start_ns` on ended by `end_ns`; they took
    `factor` times as long as is usual for their kind, in the median. `late_ns` is how late they were sent, in
    the median: the generator's share of it."""

    start_ns: int
    end_ns: int
    outliers: int
    due: int
    factor: float
    late_ns: int
    operations: tuple[str, ...]


def find_bursts(record: RunRecord, waited_for: Collection[str], rule: BurstRule | None = None) -> list[Burst]:
    """The bursts of the measured time, in their order, among operations of `waited_for`."""
    rule = rule or BurstRule()
    columns, names = record.samples.columns(), record.samples.operations
    ended = np.isin(columns["outcome"], (Outcome.OK, Outcome.TIMEOUT)) & (columns["done_ns"] != NEVER)
    known = (columns["phase"] == PhaseKind.MEASURE) & ended & (columns["done_ns"] > columns["intended_ns"])
    ratios = np.zeros(len(known))
    odd = np.zeros(len(known), dtype=bool)
    for code, name in enumerate(names):
        rows = known & (columns["operation"] == code)
        if name not in waited_for or int(rows.sum()) < rule.min_samples:
            known &= ~rows
            continue
        logs = np.log((columns["done_ns"] - columns["intended_ns"])[rows].astype(np.float64))
        median = float(np.median(logs))
        spread = _MAD_TO_STDDEV * float(np.median(np.abs(logs - median)))
        ratios[rows] = np.exp(logs - median)
        odd[rows] = logs - median > max(rule.deviations * spread, math.log(rule.factor))
    order = np.argsort(columns["intended_ns"], kind="stable")
    order = order[known[order]]
    found = []
    for first, last in _groups(odd[order], rule.gap):
        rows = order[first : last + 1]
        mine = rows[odd[rows]]
        if not _is_burst(len(mine), len(rows), int(odd[order].sum()), len(order), rule):
            continue
        late = columns["sent_ns"][mine] - columns["intended_ns"][mine]
        found.append(
            Burst(
                start_ns=int(columns["intended_ns"][rows[0]]),
                end_ns=int(columns["done_ns"][mine].max()),
                outliers=len(mine),
                due=len(rows),
                factor=float(np.median(ratios[mine])),
                late_ns=int(np.median(late)),
                operations=tuple(names[code] for code in np.unique(columns["operation"][mine])),
            )
        )
    return found


def _groups(odd: npt.NDArray[np.bool_], gap: int) -> Sequence[tuple[int, int]]:
    """First and last index of each group of outliers."""
    places = np.flatnonzero(odd)
    if not len(places):
        return []
    borders = np.flatnonzero(np.diff(places) > gap + 1)
    firsts = places[np.concatenate([[0], borders + 1])]
    lasts = places[np.concatenate([borders, [len(places) - 1]])]
    return [(int(first), int(last)) for first, last in zip(firsts, lasts, strict=True)]


def _is_burst(outliers: int, due: int, all_outliers: int, count: int, rule: BurstRule) -> bool:
    """Whether so many of these would hardly come together by chance, if outliers came as often as in the rest
    of the run: Chernoff's bound, exp(-n·KL(k/n ‖ p)), times the places where one could be."""
    if outliers < rule.min_outliers or 2 * outliers < due:
        return False
    usual = max((all_outliers - outliers) / max(count - due, 1), 1 / count)
    share = outliers / due
    if share <= usual or usual >= 1:
        return False
    distance = share * math.log(share / usual)
    if share < 1:
        distance += (1 - share) * math.log((1 - share) / (1 - usual))
    return count * math.exp(-due * distance) < rule.alpha

"""Random numbers that are the same on every Python, numpy and machine: SplitMix64, counted.

Only integer arithmetic on 64 bits and one exact division; no library's distributions, whose streams may
change between versions. Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
OOPSLA 2014 (the finaliser with constants of Stafford's mix 13).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["draw_bits", "draw_units"]

_GAMMA = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def draw_bits(seed: int, count: int) -> npt.NDArray[np.uint64]:
    """The first `count` outputs of the generator seeded with `seed`, shape (count,)."""
    steps = np.arange(1, count + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        state = np.uint64(seed & _MASK) + steps * np.uint64(_GAMMA)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def draw_units(seed: int, count: int) -> npt.NDArray[np.float64]:
    """`count` numbers in [0, 1), multiples of 2**-53, shape (count,)."""
    return (draw_bits(seed, count) >> np.uint64(11)).astype(np.float64) * 2.0**-53

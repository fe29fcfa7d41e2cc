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

__all__ = ["draw_bits", "draw_exponentials", "draw_units"]

_GAMMA = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
_LOG_2 = 0.6931471805599453


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


def draw_exponentials(seed: int, count: int) -> npt.NDArray[np.float64]:
    """`count` numbers of the exponential distribution with mean 1, shape (count,)."""
    return -_log(1.0 - draw_units(seed, count))


def _log(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The natural logarithm of positive `values`, the same bits everywhere.

    The C library's differs in the last bit between machines. With x = m·2^e, m in [1/2, 1):
    log x = e·log 2 + 2·artanh((m − 1)/(m + 1)), whose series needs additions, products and quotients only.
    """
    mantissa, exponent = np.frexp(values)
    s = (mantissa - 1) / (mantissa + 1)
    square = s * s
    total = np.zeros_like(values)
    for power in range(35, 0, -2):
        total = total * square + 1.0 / power
    result: npt.NDArray[np.float64] = exponent * _LOG_2 + 2 * s * total
    return result

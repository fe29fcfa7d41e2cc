"""Student's t distribution and the normal one, as far as the comparisons need them.

Numbers in, numbers out; exact to about ten digits.
"""

from __future__ import annotations

import math
from statistics import NormalDist

__all__ = ["normal_quantile", "normal_upper_tail", "quantile_constant", "t_quantile", "t_upper_tail"]

_NORMAL = NormalDist()


def normal_upper_tail(z: float) -> float:
    """P(Z > z)."""
    return math.erfc(z / math.sqrt(2)) / 2


def normal_quantile(p: float) -> float:
    """z with P(Z ≤ z) = p, 0 < p < 1."""
    return _NORMAL.inv_cdf(p)


def t_upper_tail(t: float, degrees: float) -> float:
    """P(T > t) for Student's t with n = `degrees` > 0: half the regularised incomplete beta function
    I_x(n/2, 1/2) at x = n/(n + t²)."""
    if degrees <= 0:
        raise ValueError(f"degrees of freedom must be positive, not {degrees}")
    if math.isinf(t):
        return 0.0 if t > 0 else 1.0
    whole = degrees + t * t
    tail = _incomplete_beta(degrees / whole, t * t / whole, degrees / 2, 0.5) / 2
    return tail if t >= 0 else 1 - tail


def t_quantile(p: float, degrees: float) -> float:
    """t with P(T ≤ t) = p, 0 < p < 1, by bisection of the tail."""
    if not 0 < p < 1:
        raise ValueError(f"p is {p}, must lie strictly between 0 and 1")
    if p < 0.5:
        return -t_quantile(1 - p, degrees)
    high = 1.0
    while t_upper_tail(high, degrees) > 1 - p:
        high *= 2
    low = 0.0
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        if t_upper_tail(middle, degrees) > 1 - p:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def quantile_constant(q: float) -> float:
    """√(q(1-q)) / φ(z_q): the standard deviation of a sample quantile of n independent normal values is
    this times the values' own over √n for large n (p50 1.25, p95 2.11, p99 3.73)."""
    return math.sqrt(q * (1 - q)) / _NORMAL.pdf(normal_quantile(q))


def _incomplete_beta(x: float, y: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b) by its continued fraction, which converges
    quickly below (a + 1)/(a + b + 2); above, by I_x(a, b) = 1 - I_{1-x}(b, a).

    `y` is 1 - x, which the caller knows to more digits where x is close to one.
    """
    if x <= 0 or y <= 0:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _incomplete_beta(y, x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(y)
    return math.exp(log_front) / (a * _continued_fraction(x, a, b))


def _continued_fraction(x: float, a: float, b: float) -> float:
    """1 + d₁/(1 + d₂/(1 + …)) of the incomplete beta function, by Lentz's method."""
    tiny = 1e-300
    value, c, d = 1.0, 1.0, 0.0
    for step in range(1, 10_000):
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / ((1 + term * d) or tiny)
        c = (1 + term / c) or tiny
        value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value

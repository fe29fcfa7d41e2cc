"""Units: nanoseconds and bytes inside, one converter each way, MB = 10**6 bytes here and only here.

Standard library only.
"""

from __future__ import annotations

import re

__all__ = [
    "MB",
    "NS_PER_MS",
    "NS_PER_S",
    "format_bytes",
    "format_duration_ns",
    "mb_from_bytes",
    "ms_from_ns",
    "ns_from_ms",
    "ns_from_s",
    "parse_bytes",
    "parse_duration_ns",
    "parse_ratio",
    "s_from_ns",
    "three_digits",
    "two_digits",
]

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
MB = 1_000_000

# What is written with three digits as 1,000 belongs to the next unit.
_ROUNDS_UP = 999.5

# A year, and more memory than any machine has: beyond is a slip, and what counts in 64 bits would wrap.
_MOST_NS = 366 * 24 * 3600 * NS_PER_S
_MOST_BYTES = 1_000_000_000_000_000

_QUANTITY = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-zµ%]*)\s*")
_DURATIONS_NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": NS_PER_MS,
    "s": NS_PER_S,
    "min": 60 * NS_PER_S,
    "m": 60 * NS_PER_S,
    "h": 3600 * NS_PER_S,
}
_SIZES = {
    "B": 1,
    "KB": 1_000,
    "MB": MB,
    "GB": 1_000 * MB,
    "KIB": 1 << 10,
    "MIB": 1 << 20,
    "GIB": 1 << 30,
}


def ms_from_ns(value_ns: float) -> float:
    return value_ns / NS_PER_MS


def ns_from_ms(value_ms: float) -> int:
    return round(value_ms * NS_PER_MS)


def s_from_ns(value_ns: float) -> float:
    return value_ns / NS_PER_S


def ns_from_s(value_s: float) -> int:
    return round(value_s * NS_PER_S)


def mb_from_bytes(value: float) -> float:
    return value / MB


def _quantity(text: str, what: str, example: str) -> tuple[float, str]:
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a {what} (write it like {example})")
    return float(match.group(1)), match.group(2)


def parse_duration_ns(text: str) -> int:
    """`"150ms"`, `"2 h"`, `"1.5s"` in nanoseconds; the unit is required. ValueError says what is wrong."""
    value, unit = _quantity(text, "duration", "'150ms' or '2s'")
    factor = _DURATIONS_NS.get(unit)
    if factor is None:
        raise ValueError(f"{text!r} has no unit of time (one of {', '.join(_DURATIONS_NS)})")
    if value * factor > _MOST_NS:
        raise ValueError(f"{text[:40]!r} is more than a year")
    return round(value * factor)


def parse_bytes(text: str) -> int:
    """`"400MB"`, `"1 GiB"` in bytes; the unit is required. ValueError says what is wrong."""
    value, unit = _quantity(text, "size", "'400MB' or '1GiB'")
    factor = _SIZES.get(unit.upper())
    if factor is None:
        raise ValueError(f"{text!r} has no unit of size (one of B, KB, MB, GB, KiB, MiB, GiB)")
    if value * factor > _MOST_BYTES:
        raise ValueError(f"{text[:40]!r} is more than {format_bytes(_MOST_BYTES)}")
    return round(value * factor)


def parse_ratio(text: str) -> float:
    """`"5%"` or `"0.05"` as a ratio of one. ValueError says what is wrong."""
    value, unit = _quantity(text, "ratio", "'5%' or '0.05'")
    if unit == "%":
        return value / 100
    if unit:
        raise ValueError(f"{text!r} is not a ratio (write it like '5%' or '0.05')")
    return value


def format_duration_ns(value_ns: float) -> str:
    """A duration a person reads at a glance: three significant digits and the fitting unit."""
    for factor, unit in ((1, "ns"), (1_000, "µs"), (NS_PER_MS, "ms")):
        if abs(value_ns) < _ROUNDS_UP * factor:
            return f"{three_digits(value_ns / factor)} {unit}"
    if abs(value_ns) < 120 * NS_PER_S:
        return f"{three_digits(value_ns / NS_PER_S)} s"
    if abs(value_ns) < 120 * 60 * NS_PER_S:
        return f"{value_ns / (60 * NS_PER_S):.1f} min"
    return f"{three_digits(value_ns / (3600 * NS_PER_S))} h"


def format_bytes(value: float) -> str:
    """A size a person reads at a glance, in decimal units."""
    for factor, unit in ((1, "B"), (1_000, "KB"), (MB, "MB")):
        if abs(value) < _ROUNDS_UP * factor:
            return f"{three_digits(value / factor)} {unit}"
    return f"{three_digits(value / (1_000 * MB))} GB"


def three_digits(value: float) -> str:
    """Three significant digits, more before the point where there are more, never an exponent."""
    return f"{value:.0f}" if abs(value) >= 99.95 else _plain(value, 3)


def two_digits(value: float) -> str:
    """The same with two, for what is known no better."""
    return f"{value:.0f}" if abs(value) >= 9.95 else _plain(value, 2)


def _plain(value: float, digits: int) -> str:
    text = f"{value:.{digits}g}"
    exponent = text.partition("e-")[2]
    return f"{value:.{int(exponent) + digits - 1}f}".rstrip("0") if exponent else text

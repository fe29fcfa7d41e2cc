"""A histogram of integers that many processes can fill and anybody can add up.

Bucket borders depend on the value alone, so histograms of different runs, seconds and machines merge
by adding counts, in any order, and the result is the histogram of all values together. Knows nothing of
units, samples or storage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["BUCKETS", "Histogram", "bucket_numbers", "bucket_range"]

# 2⁷ buckets for each power of two: a bucket is at most 1/128 of its values wide.
_SUB_BITS = 7
_SUB = 1 << _SUB_BITS
# Beyond this a double no longer holds every integer and the vectorised logarithm could be off by one.
_LIMIT = 1 << 53
_FORMAT = 1
# More than the number of any bucket, and a power of two.
BUCKETS = 1 << 13


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts of values 0 ≤ v < 2⁵³ in logarithmic buckets: exact below 256, within 0.4 % above.

    `buckets` maps bucket numbers, ascending, to positive counts. `min`, `max` and `total` (the sum of the
    values) are exact; `min` and `max` are None where there are no values.
    """

    buckets: Mapping[int, int] = field(default_factory=dict)
    total: int = 0
    min: int | None = None
    max: int | None = None

    @classmethod
    def of(cls, values: npt.NDArray[np.int64] | Iterable[int]) -> Histogram:
        """The histogram of `values`, shape (n,). ValueError for one out of range."""
        array = np.asarray(values if isinstance(values, np.ndarray) else list(values), dtype=np.int64)
        if not len(array):
            return cls()
        low, high = int(array.min()), int(array.max())
        numbers, counts = np.unique(bucket_numbers(array), return_counts=True)
        buckets = {int(number): int(count) for number, count in zip(numbers, counts, strict=True)}
        return cls(buckets, sum(array.tolist()), low, high)

    @property
    def count(self) -> int:
        return sum(self.buckets.values())

    @property
    def mean(self) -> float | None:
        """Exact; None for no values."""
        return self.total / self.count if self.count else None

    def __add__(self, other: Histogram) -> Histogram:
        """The histogram of the values of both."""
        numbers = sorted({*self.buckets, *other.buckets})
        extremes = [bound for bound in (self.min, self.max, other.min, other.max) if bound is not None]
        return Histogram(
            {number: self.buckets.get(number, 0) + other.buckets.get(number, 0) for number in numbers},
            self.total + other.total,
            min(extremes, default=None),
            max(extremes, default=None),
        )

    def quantile(self, q: float) -> float:
        """The q-quantile (type 7) of the values, each taken as the middle of its bucket but never outside
        `min..max`. ValueError for no values or q outside 0..1."""
        if self.min is None or self.max is None:
            raise ValueError("no quantile of nothing")
        if not 0 <= q <= 1:
            raise ValueError(f"q is {q}, must lie in 0..1")
        position = (self.count - 1) * q
        below = int(position)
        low = self._ranked(below, self.min, self.max)
        part = position - below
        return low + part * (self._ranked(below + 1, self.min, self.max) - low) if part else low

    def _ranked(self, rank: int, smallest: int, largest: int) -> float:
        """The value of ascending rank, from 0."""
        if rank == 0:
            return float(smallest)
        if rank >= self.count - 1:
            return float(largest)
        seen = 0
        for number, count in self.buckets.items():
            seen += count
            if seen > rank:
                low, high = bucket_range(number)
                return float(min(max((low + high) / 2, smallest), largest))
        raise AssertionError("the counts add up to more than rank")

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "format": _FORMAT,
            "buckets": [[number, count] for number, count in self.buckets.items()],
            "total": self.total,
            "min": self.min,
            "max": self.max,
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Histogram:
        """The inverse of `to_dict`. ValueError where it is none."""
        try:
            if plain["format"] != _FORMAT:
                raise ValueError(f"histogram format {plain['format']!r} is not known")
            pairs = [(int(number), int(count)) for number, count in plain["buckets"]]
            return _checked(pairs, plain["total"], plain["min"], plain["max"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a histogram: {error!r}") from error

    def to_bytes(self) -> bytes:
        """A compact form: format, extremes, total, then bucket distances and counts, all as varints."""
        numbers = [_FORMAT]
        if self.min is not None and self.max is not None:
            numbers += [self.min, self.max, self.total]
            last = 0
            for number, count in self.buckets.items():
                numbers += [number - last, count]
                last = number
        return b"".join(_varint(number) for number in numbers)

    @classmethod
    def from_bytes(cls, data: bytes) -> Histogram:
        """The inverse of `to_bytes`. ValueError where it is none."""
        numbers = _varints(data)
        if not numbers or numbers[0] != _FORMAT:
            raise ValueError("not a histogram, or one of an unknown format")
        if len(numbers) == 1:
            return cls()
        if len(numbers) < 6 or len(numbers) % 2:
            raise ValueError("a histogram cut short")
        low, high, total, *rest = numbers[1:]
        pairs = []
        last = 0
        for distance, count in zip(rest[::2], rest[1::2], strict=True):
            last += distance
            pairs.append((last, count))
        return _checked(pairs, total, low, high)


def bucket_numbers(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The bucket of each of `values`, shape (n,): below BUCKETS. ValueError for one out of range."""
    if not len(values):
        return np.empty(0, np.int64)
    low, high = int(values.min()), int(values.max())
    if low < 0 or high >= _LIMIT:
        raise ValueError(f"values must lie in 0..2**53, not {low if low < 0 else high}")
    # frexp gives the bit length of a positive integer exactly as long as a double holds it.
    bits = np.frexp(values.astype(np.float64))[1].astype(np.int64)
    shift = np.maximum(bits - _SUB_BITS - 1, 0)
    numbers: npt.NDArray[np.int64] = (shift << _SUB_BITS) + (values >> shift)
    return numbers


def bucket_range(number: int) -> tuple[int, int]:
    """The smallest and the largest value of a bucket."""
    shift = max((number >> _SUB_BITS) - 1, 0)
    low = (number - (shift << _SUB_BITS)) << shift
    return low, low + (1 << shift) - 1


def _checked(pairs: list[tuple[int, int]], total: int, low: int | None, high: int | None) -> Histogram:
    """A histogram from outside, or ValueError: ascending buckets, positive counts, fitting extremes."""
    numbers = [number for number, _ in pairs]
    if numbers != sorted(set(numbers)) or any(count <= 0 for _, count in pairs):
        raise ValueError("not a histogram: buckets must ascend and counts be positive")
    if not pairs:
        if (total, low, high) != (0, None, None):
            raise ValueError("not a histogram: no values, but a total or extremes")
        return Histogram()
    if low is None or high is None:
        raise ValueError("not a histogram: values without extremes")
    if Histogram.of([low, high]).buckets.keys() != {numbers[0], numbers[-1]}:
        raise ValueError("not a histogram: its extremes lie outside its buckets")
    return Histogram(dict(pairs), total, low, high)


def _varint(number: int) -> bytes:
    """Seven bits a byte, low bits first, the top bit set on all but the last (as in protocol buffers)."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _varints(data: bytes) -> list[int]:
    numbers: list[int] = []
    number = shift = 0
    for byte in data:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    if shift:
        raise ValueError("a histogram cut short")
    return numbers

"""What became of a run's operations as one sparse vector of counts, which add up.

Every agent that runs a share of the users sends such a vector each second; added up in any order they are the
vector of the whole run. A place in it is a second of the measured time (by when operations were due), an
operation, a kind of figure, and a bucket of it. Only operations planned in the measured phase count, and what
counts as a latency is what it is in `summary`. Pure; knows nothing of how tallies travel.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from pytest_rustide_load.stats.histogram import BUCKETS, Histogram, bucket_numbers, bucket_range
from pytest_rustide_load.stats.samples import NEVER, Outcome, PhaseKind
from pytest_rustide_load.units import NS_PER_S

if TYPE_CHECKING:
    from typing import TypeAlias

    import numpy.typing as npt

    _Ints: TypeAlias = npt.NDArray[np.int64]

__all__ = [
    "CENSORED_LATENCY",
    "CENSORED_SERVICE",
    "DONE",
    "LAG",
    "LATENCY",
    "OUTCOMES",
    "SERVICE",
    "Tally",
    "tally_of",
]

# The kinds. Those of times are histograms in nanoseconds; OUTCOMES are counts by outcome, DONE the right
# answers that came in a second, SUMS exact sums of times: of the four histograms that have one, then, in
# second 0, the time that requests were awaited within the measured time.
OUTCOMES, LATENCY, CENSORED_LATENCY, SERVICE, CENSORED_SERVICE, LAG, DONE, SUMS = range(8)
_KINDS = 8
_OPERATIONS = 64
_SUMMED = (LATENCY, CENSORED_LATENCY, SERVICE, CENSORED_SERVICE)
_AWAITED = len(_SUMMED)
_CENSORED = (Outcome.TIMEOUT, Outcome.CRASHED, Outcome.DROPPED)
# Entries that wait to be added up: bounds the memory, and makes sorting them cheap for each.
_WAITING = 1 << 17
_MAX_BYTES = 64 << 20


class Tally:
    """A sum of counts. `extremes` are the smallest and the largest value by operation and kind, which are
    exact where the buckets are not."""

    def __init__(self) -> None:
        self._keys: _Ints = np.empty(0, np.int64)
        self._counts: _Ints = np.empty(0, np.int64)
        self._more: list[tuple[_Ints, _Ints]] = []
        self._waiting = 0
        self.extremes: dict[tuple[int, int], tuple[int, int]] = {}

    def add(self, other: Tally) -> None:
        """Add all of `other`."""
        keys, counts = other.entries()
        self._put(keys, counts)
        for place, (low, high) in other.extremes.items():
            self._widen(place, low, high)

    def __len__(self) -> int:
        """How many places are not empty."""
        return len(self.entries()[0])

    def entries(self) -> tuple[_Ints, _Ints]:
        """Places, ascending, and their counts, each of shape (n,)."""
        if self._more:
            keys = np.concatenate([self._keys, *(keys for keys, _ in self._more)])
            counts = np.concatenate([self._counts, *(counts for _, counts in self._more)])
            self._more, self._waiting = [], 0
            order = np.argsort(keys, kind="stable")
            keys, counts = keys[order], counts[order]
            first = np.flatnonzero(np.diff(keys, prepend=-1))
            self._keys, self._counts = keys[first], np.add.reduceat(counts, first)
        return self._keys, self._counts

    # -- what is in it

    def outcomes(self, operation: int, from_s: int = 0, to_s: int | None = None) -> dict[Outcome, int]:
        """How the operations due from second `from_s` on, up to `to_s`, ended."""
        cells, counts = self._cells(operation, OUTCOMES, from_s, to_s)
        found = dict(zip(cells.tolist(), counts.tolist(), strict=True))
        return {kind: found.get(int(kind), 0) for kind in Outcome if kind is not Outcome.PENDING}

    def histogram(
        self, operations: Collection[int], kind: int, from_s: int = 0, to_s: int | None = None
    ) -> Histogram:
        """The times of that kind, of all `operations`. Its extremes are exact over the whole run, its total
        is where the kind has sums."""
        whole = Histogram()
        for operation in operations:
            cells, counts = self._cells(operation, kind, from_s, to_s)
            if not len(cells):
                continue
            buckets = dict(zip(cells.tolist(), counts.tolist(), strict=True))
            lowest, highest = bucket_range(int(cells[0]))[0], bucket_range(int(cells[-1]))[1]
            low, high = self.extremes.get((operation, kind), (lowest, highest))
            total = self._sum(operation, kind, from_s, to_s)
            # Of a part of the run the extremes lie in its own buckets.
            whole += Histogram(buckets, total, max(low, lowest), min(high, highest))
        return whole

    def done_per_second(self, operations: Collection[int], seconds: int) -> tuple[int, ...]:
        """Right answers that came in each of so many seconds."""
        keys, counts = self.entries()
        second, operation, kind, _ = _split(keys)
        rows = (kind == DONE) & np.isin(operation, list(operations)) & (second < seconds)
        found = np.bincount(second[rows], weights=counts[rows], minlength=seconds)
        return tuple(int(count) for count in found)

    def awaited_ns(self) -> int:
        """The time that requests were awaited in the measured time, added up."""
        keys, counts = self.entries()
        _, _, kind, cell = _split(keys)
        return int(counts[(kind == SUMS) & (cell == _AWAITED)].sum())

    def seconds_of(self, kind: int) -> list[tuple[int, int]]:
        """Each operation and second in which there is anything of that kind."""
        keys, _ = self.entries()
        second, operation, found, _ = _split(keys)
        rows = found == kind
        return sorted(set(zip(operation[rows].tolist(), second[rows].tolist(), strict=True)))

    def cells(self, operations: Collection[int], kind: int) -> tuple[_Ints, _Ints, _Ints]:
        """Second, cell (a bucket, or an outcome) and count of all of that kind, each of shape (n,), by
        second; of several operations a cell may stand several times."""
        keys, counts = self.entries()
        second, operation, kinds, cell = _split(keys)
        rows = (kinds == kind) & np.isin(operation, list(operations))
        return second[rows], cell[rows], counts[rows]

    def rows(self) -> tuple[_Ints, _Ints, _Ints, _Ints, _Ints]:
        """All there is: second, operation, kind, cell and count, each of shape (n,)."""
        keys, counts = self.entries()
        return *_split(keys), counts

    @property
    def operations(self) -> list[int]:
        """The codes of the operations there are."""
        _, operation, kind, _ = _split(self.entries()[0])
        return sorted(set(operation[kind == OUTCOMES].tolist()))

    def _cells(self, operation: int, kind: int, from_s: int, to_s: int | None) -> tuple[_Ints, _Ints]:
        keys, counts = self.entries()
        second, operations, kinds, cell = _split(keys)
        rows = (operations == operation) & (kinds == kind) & (second >= from_s)
        if to_s is not None:
            rows &= second < to_s
        cells, inverse = np.unique(cell[rows], return_inverse=True)
        summed = np.zeros(len(cells), np.int64)
        np.add.at(summed, inverse, counts[rows])
        return cells, summed

    def _sum(self, operation: int, kind: int, from_s: int, to_s: int | None) -> int:
        if kind not in _SUMMED:
            return 0
        cells, counts = self._cells(operation, SUMS, from_s, to_s)
        return int(counts[cells == _SUMMED.index(kind)].sum())

    def without_seconds(self) -> Tally:
        """The same with everything in second 0: as large as there are buckets, however long the run."""
        found = Tally()
        keys, counts = self.entries()
        found._put(keys % (_OPERATIONS * _KINDS * BUCKETS), counts)
        found.extremes = dict(self.extremes)
        return found

    # -- how it grows

    def _put(self, keys: _Ints, counts: _Ints) -> None:
        if not len(keys):
            return
        self._more.append((keys, counts))
        self._waiting += len(keys)
        if self._waiting > max(_WAITING, len(self._keys)):
            self.entries()

    def _widen(self, place: tuple[int, int], low: int, high: int) -> None:
        known = self.extremes.get(place)
        self.extremes[place] = (low, high) if known is None else (min(low, known[0]), max(high, known[1]))

    def put(self, second: _Ints, operation: _Ints, kind: int, cell: _Ints) -> None:
        """Count one for each row, all of shape (n,)."""
        if len(second):
            keys, counts = np.unique(_place(second, operation, kind, cell), return_counts=True)
            self._put(keys, counts.astype(np.int64))

    def put_times(self, second: _Ints, operation: _Ints, kind: int, times_ns: _Ints) -> None:
        """Count the times of one kind, with their extremes and, where the kind has it, their sum."""
        if not len(times_ns):
            return
        times_ns = np.maximum(times_ns, 0)
        self.put(second, operation, kind, bucket_numbers(times_ns))
        for code in np.unique(operation):
            mine = times_ns[operation == code]
            self._widen((int(code), kind), int(mine.min()), int(mine.max()))
        if kind in _SUMMED:
            self._put_sums(second, operation, _SUMMED.index(kind), times_ns)

    def put_awaited(self, operation: _Ints, times_ns: _Ints) -> None:
        """Time that requests were awaited within the measured time."""
        self._put_sums(np.zeros(len(operation), np.int64), operation, _AWAITED, times_ns)

    def _put_sums(self, second: _Ints, operation: _Ints, cell: int, values: _Ints) -> None:
        if not len(values):
            return
        places = _place(second, operation, SUMS, np.full(len(values), cell, np.int64))
        keys, inverse = np.unique(places, return_inverse=True)
        sums = np.zeros(len(keys), np.int64)
        np.add.at(sums, inverse, values)
        self._put(keys, sums)

    # -- as bytes

    def to_bytes(self) -> bytes:
        """A compact form, some four bytes for each place."""
        keys, counts = self.entries()
        head = [[*place, *bounds] for place, bounds in self.extremes.items()]
        return msgspec.msgpack.encode(
            (
                head,
                zlib.compress(np.diff(keys, prepend=0).astype("<i8").tobytes(), 1),
                zlib.compress(counts.astype("<i8").tobytes(), 1),
            )
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Tally:
        """The inverse of `to_bytes`. ValueError where it is none."""
        try:
            head, keys_data, counts_data = msgspec.msgpack.decode(
                data, type=tuple[list[tuple[int, int, int, int]], bytes, bytes]
            )
            keys = np.cumsum(np.frombuffer(_inflate(keys_data), "<i8").astype(np.int64))
            counts = np.frombuffer(_inflate(counts_data), "<i8").astype(np.int64)
        except (msgspec.MsgspecError, zlib.error) as error:
            raise ValueError(f"not a tally: {error}") from error
        if len(keys) != len(counts) or (len(keys) and (keys[0] < 0 or np.any(np.diff(keys) <= 0))):
            raise ValueError("not a tally: its places must ascend")
        if np.any(counts < 0):
            raise ValueError("not a tally: its counts must not be negative")
        found = cls()
        found._keys, found._counts = keys, counts
        found.extremes = {(operation, kind): (low, high) for operation, kind, low, high in head}
        return found


def tally_of(
    columns: Mapping[str, _Ints],
    *,
    measure_start_ns: int,
    measure_end_ns: int,
    timeout_ns: int,
    answered: Collection[int],
    phase: PhaseKind = PhaseKind.MEASURE,
) -> Tally:
    """The tally of finished rows of a SampleLog. `timeout_ns` is how long users wait, `answered` the codes of
    the operations that have an answer, whose requests are awaited. Of another `phase` than the measured one
    the times are its bounds. ValueError for a row that is pending."""
    outcome, operation = columns["outcome"], columns["operation"]
    if np.any(outcome == Outcome.PENDING):
        raise ValueError("a pending sample cannot be counted")
    found = Tally()
    sent = outcome != Outcome.DROPPED
    asked = sent & np.isin(operation, list(answered))
    inside = np.minimum(columns["done_ns"], measure_end_ns) - np.maximum(columns["sent_ns"], measure_start_ns)
    found.put_awaited(operation[asked], np.maximum(inside, 0)[asked])

    measured = columns["phase"] == phase
    rows = {name: column[measured] for name, column in columns.items()}
    outcome, operation, done_ns = rows["outcome"], rows["operation"], rows["done_ns"]
    second = np.maximum(rows["intended_ns"] - measure_start_ns, 0) // NS_PER_S
    found.put(second, operation, OUTCOMES, outcome)
    ok = outcome == Outcome.OK
    censored = np.isin(outcome, _CENSORED)
    sent = outcome != Outcome.DROPPED
    at_least = np.where(outcome == Outcome.TIMEOUT, 0, timeout_ns)
    for since, exact, bounds, counts in (
        ("intended_ns", LATENCY, CENSORED_LATENCY, np.ones_like(ok)),
        ("sent_ns", SERVICE, CENSORED_SERVICE, rows["sent_ns"] != NEVER),
    ):
        times = done_ns - rows[since]
        found.put_times(second[ok], operation[ok], exact, times[ok])
        cut = censored & counts
        found.put_times(second[cut], operation[cut], bounds, np.maximum(times, at_least)[cut])
    lag = rows["sent_ns"] - rows["intended_ns"]
    found.put_times(second[sent], operation[sent], LAG, lag[sent])
    came = (done_ns - measure_start_ns) // NS_PER_S
    in_time = ok & (done_ns >= measure_start_ns)
    found.put(came[in_time], operation[in_time], DONE, np.zeros(int(in_time.sum()), np.int64))
    return found


def _place(second: _Ints, operation: _Ints, kind: int, cell: _Ints) -> _Ints:
    return ((second * _OPERATIONS + operation) * _KINDS + kind) * BUCKETS + cell


def _split(keys: _Ints) -> tuple[_Ints, _Ints, _Ints, _Ints]:
    rest, cell = np.divmod(keys, BUCKETS)
    rest, kind = np.divmod(rest, _KINDS)
    second, operation = np.divmod(rest, _OPERATIONS)
    return second, operation, kind, cell


def _inflate(data: bytes) -> bytes:
    """Whatever it claims to hold, no more than is allowed. ValueError for more, or for half a number."""
    stream = zlib.decompressobj()
    found = stream.decompress(data, _MAX_BYTES)
    if stream.unconsumed_tail or not stream.eof or len(found) % 8:
        raise ValueError("not a tally: too long, or cut short")
    return found

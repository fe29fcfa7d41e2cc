"""Samples: one row for every planned operation, whatever became of it.

Knows nothing of sessions, clocks or files: timestamps are integers that somebody else took, all on
one monotonic axis in nanoseconds.
"""

from __future__ import annotations

import enum
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["ENDINGS", "NEVER", "Outcome", "PhaseKind", "Sample", "SampleLog"]

# The timestamp of what did not happen: `sent_ns` of a dropped operation.
NEVER = -1


class Outcome(enum.IntEnum):
    """What became of a planned operation, from the user's side.

    `PENDING` is the state of a row whose reply is still awaited; no finished run holds one.
    """

    PENDING = 0
    OK = 1
    EMPTY = 2
    WRONG = 3
    ERROR = 4
    CANCELLED = 5
    CONTENT_MODIFIED = 6
    TIMEOUT = 7
    CRASHED = 8
    DROPPED = 9


# The names of those that a finished run may hold, as results have them.
ENDINGS = tuple(one.name.lower() for one in Outcome if one is not Outcome.PENDING)


class PhaseKind(enum.IntEnum):
    """The part of a run an operation was planned in; only MEASURE enters a summary."""

    WARM_UP = 0
    MEASURE = 1
    COOL_DOWN = 2


@dataclass(frozen=True, slots=True)
class Sample:
    """One planned operation.

    Latency is `done_ns - intended_ns`, service time `done_ns - sent_ns`. For TIMEOUT, CRASHED and
    CANCELLED `done_ns` is when waiting ended, so both are lower bounds (censored). For DROPPED
    `sent_ns` is NEVER and `done_ns` is when it was given up.
    """

    operation: str
    user: int
    phase: PhaseKind
    intended_ns: int
    sent_ns: int
    done_ns: int
    outcome: Outcome

    @property
    def latency_ns(self) -> int:
        return self.done_ns - self.intended_ns

    @property
    def service_ns(self) -> int:
        return self.done_ns - self.sent_ns


class SampleLog:
    """All samples of a run, in columns; appending is the hot path and costs well under a microsecond.

    A row is added when its operation comes due (`add`) and finished once (`finish`). `operations`
    names the codes of the `operation` column. Rows keep their numbers when those before them are forgotten.
    """

    __slots__ = (
        "_done",
        "_first",
        "_intended",
        "_operation",
        "_outcome",
        "_phase",
        "_sent",
        "_user",
        "operations",
    )

    def __init__(self, operations: Sequence[str]) -> None:
        self.operations: tuple[str, ...] = tuple(operations)
        self._first = 0
        self._operation = array("H")
        self._user = array("I")
        self._phase = array("B")
        self._intended = array("q")
        self._sent = array("q")
        self._done = array("q")
        self._outcome = array("B")

    def __len__(self) -> int:
        return len(self._intended)

    def add(self, operation: int, user: int, phase: int, intended_ns: int, sent_ns: int) -> int:
        """Record that an operation was sent (or, with NEVER, could not be); returns its row."""
        self._operation.append(operation)
        self._user.append(user)
        self._phase.append(phase)
        self._sent.append(sent_ns)
        self._done.append(NEVER)
        self._outcome.append(0)
        self._intended.append(intended_ns)
        return self._first + len(self._intended) - 1

    def finish(self, row: int, done_ns: int, outcome: int) -> None:
        """Record how the operation in `row` ended. The first end counts: ValueError on a second."""
        at = row - self._first
        if self._outcome[at]:
            raise ValueError(f"sample {row} already ended as {Outcome(self._outcome[at]).name}")
        self._done[at] = done_ns
        self._outcome[at] = outcome

    def reclassify(self, row: int, outcome: int) -> None:
        """Replace OK by what checking the answer showed (EMPTY, WRONG or
        CONTENT_MODIFIED); the time stays."""
        at = row - self._first
        if self._outcome[at] != Outcome.OK:
            raise ValueError(
                f"sample {row} is {Outcome(self._outcome[at]).name}, only OK may be reclassified"
            )
        self._outcome[at] = outcome

    def holds(self, row: int) -> bool:
        """Whether a row was not forgotten."""
        return row >= self._first

    def is_pending(self, row: int) -> bool:
        """Whether a row has not ended; those that are forgotten have."""
        return row >= self._first and self._outcome[row - self._first] == 0

    def outcome(self, row: int) -> Outcome:
        return Outcome(self._outcome[row - self._first])

    def forget(self, before: int) -> None:
        """Drop the rows before row `before`, which must have ended."""
        count = max(before - self._first, 0)
        for name in self.__slots__:
            column = getattr(self, name)
            if isinstance(column, array):
                del column[:count]
        self._first += count

    def extend(self, columns: Mapping[str, npt.NDArray[np.int64]]) -> None:
        """Append rows as `columns` gives them, those of a log with the same operations."""
        for name, column in columns.items():
            kept: array[int] = getattr(self, f"_{name.removesuffix('_ns')}")
            kept.frombytes(column.astype(kept.typecode).tobytes())

    def pending_rows(self) -> list[int]:
        """Rows whose end is still awaited."""
        return [row for row, outcome in enumerate(self._outcome, self._first) if outcome == 0]

    def __getitem__(self, row: int) -> Sample:
        at = row - self._first
        return Sample(
            self.operations[self._operation[at]],
            self._user[at],
            PhaseKind(self._phase[at]),
            self._intended[at],
            self._sent[at],
            self._done[at],
            Outcome(self._outcome[at]),
        )

    def __iter__(self) -> Iterator[Sample]:
        return (self[row] for row in range(self._first, self._first + len(self)))

    def columns(self, first: int = 0) -> dict[str, npt.NDArray[np.int64]]:
        """Copies of all columns, from row `first` on, as int64 arrays of shape (n,), by name: `operation`,
        `user`, `phase`, `intended_ns`, `sent_ns`, `done_ns`, `outcome`.

        Another thread may ask for them while rows are added and finished: a row that ends meanwhile is whole
        or still pending.
        """
        at = max(first - self._first, 0)
        # Added last, and the outcome is set last.
        rows = slice(at, len(self._intended))
        outcome = _copy(self._outcome[rows])
        return {
            "operation": _copy(self._operation[rows]),
            "user": _copy(self._user[rows]),
            "phase": _copy(self._phase[rows]),
            "intended_ns": _copy(self._intended[rows]),
            "sent_ns": _copy(self._sent[rows]),
            "done_ns": _copy(self._done[rows]),
            "outcome": outcome,
        }

    def ended_before(self, first: int, at_ns: int) -> int:
        """The first row from `first` on that has not ended before `at_ns`."""
        at = first - self._first
        while at < len(self._intended) and self._outcome[at] and self._done[at] < at_ns:
            at += 1
        return at + self._first


def _copy(values: array[int]) -> npt.NDArray[np.int64]:
    # Of a slice, never of a column itself: one that numpy looks into cannot grow.
    return np.array(values, dtype=np.int64)

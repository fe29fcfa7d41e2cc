"""What operations came to over time, where their counts are known and their samples are not.

As `timeline_build` has it of samples, but that all but right answers count by when they were due, and that
nothing is known of the warm-up. Knows nothing of terminals, files or pytest.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt

from pytest_rustide_load.stats.merged import quantiles_by_row
from pytest_rustide_load.stats.rows import Rows
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.stats.tally import CENSORED_LATENCY, DONE, LATENCY, OUTCOMES, Tally
from pytest_rustide_load.units import NS_PER_S

__all__ = ["CountedOperation", "counted_in_flight"]


class CountedOperation:
    """The `operations` of a tally together, in `rows`; its measured time began at `start_ns`."""

    def __init__(self, tally: Tally, operations: Collection[int], rows: Rows, start_ns: int) -> None:
        self._tally = tally
        self._operations = operations
        self._rows = rows
        self._start_ns = start_ns

    def planned(self) -> npt.NDArray[np.int64]:
        return self.ended([kind for kind in Outcome if kind is not Outcome.PENDING])

    def ended(self, kinds: Sequence[Outcome]) -> npt.NDArray[np.int64]:
        """Those that ended so, by when they were due."""
        rows, outcomes, counts = self._cells(OUTCOMES)
        return self._summed(rows, np.where(np.isin(outcomes, kinds), counts, 0))

    def right(self) -> npt.NDArray[np.int64]:
        """Right answers, by when they came."""
        rows, _, counts = self._cells(DONE)
        return self._summed(rows, counts)

    def quantiles_ns(self) -> npt.NDArray[np.float64]:
        """p50, p95, p99 and the largest, shape (4, rows)."""
        both = [self._cells(kind) for kind in (LATENCY, CENSORED_LATENCY)]
        rows, buckets, counts = (np.concatenate(column) for column in zip(*both, strict=True))
        return quantiles_by_row(rows, buckets, counts, self._rows.count)

    def _cells(self, kind: int) -> tuple[npt.NDArray[np.int64], ...]:
        seconds, cells, counts = self._tally.cells(self._operations, kind)
        # The middle of the second.
        rows = self._rows.of(self._start_ns + seconds * NS_PER_S + NS_PER_S // 2)
        inside = rows >= 0
        return rows[inside], cells[inside], counts[inside]

    def _summed(self, rows: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        found = np.zeros(self._rows.count, dtype=np.int64)
        np.add.at(found, rows, counts)
        return found


def counted_in_flight(looks: Sequence[tuple[int, int]], rows: Rows) -> npt.NDArray[np.float64]:
    """The mean of what was told to be in flight, moment by moment."""
    at_ns = np.array([at_ns for at_ns, _ in looks], dtype=np.int64)
    return rows.means(at_ns, np.array([count for _, count in looks], dtype=np.float64))

"""A run that tells while it goes on what will not change any more: for some of the users in a process of its
own.

Knows nothing of who is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_rustide_load.engine.run import ScenarioRun
from pytest_rustide_load.engine.slow import name_slowest
from pytest_rustide_load.stats.record import ResourceSample
from pytest_rustide_load.stats.samples import Outcome, SampleLog

if TYPE_CHECKING:
    import numpy.typing as npt

# So long at a time answers are judged while others are awaited: what is due meanwhile is late by no more.
_JUDGING_NS = 5_000_000

__all__ = ["Settled", "TellingRun"]


class Settled:
    """The rows of `samples` that have ended and are judged. Before row `low` all were handed out."""

    def __init__(self, samples: SampleLog) -> None:
        self._samples = samples
        self._taken = np.empty(0, dtype=bool)
        self.low = 0

    def take(self, unchecked: Iterable[int]) -> dict[str, npt.NDArray[np.int64]]:
        """The columns of what has settled since the last time; the answers of the rows `unchecked` still wait
        to be judged."""
        columns = self._samples.columns(self.low)
        settled = columns["outcome"] != Outcome.PENDING
        settled[[row - self.low for row in unchecked]] = False
        taken = np.zeros(len(settled), dtype=bool)
        taken[: len(self._taken)] = self._taken
        fresh = settled & ~taken
        taken |= settled
        lead = len(taken) if taken.all() else int(np.argmin(taken))
        self._taken = taken[lead:]
        self.low += lead
        return {name: column[fresh] for name, column in columns.items()}


class TellingRun(ScenarioRun):
    """A ScenarioRun whose samples can be had, and forgotten, before it ends."""

    def __init__(self, *arguments: Any, **known: Any) -> None:
        super().__init__(*arguments, **known)
        self._settled = Settled(self._flight.samples)

    @property
    def window_ns(self) -> tuple[int, int]:
        """When the measured time begins and ends, from the start."""
        return self._plan.measure_start_ns, self._plan.end_ns

    @property
    def resources(self) -> list[ResourceSample]:
        """What the probe has seen so far."""
        return self._lookout.resources

    def in_flight_mean(self) -> float:
        """How many requests were awaited on average in the measured time so far."""
        return self._flight.in_flight_mean()

    def settled(self) -> dict[str, npt.NDArray[np.int64]]:
        """The samples that were finished and judged since the last call, in columns."""
        until_ns = self._clock.now_ns() + _JUDGING_NS
        # Where something is always in flight nothing is judged in between.
        while self._flight.unchecked and self._clock.now_ns() < until_ns:
            self._flight.check_one()
        return self._settled.take(self._flight.unchecked_rows)

    def forget_settled(self) -> None:
        """Keep nothing of what `settled` has given; the record is without it, and without events, then."""
        name_slowest(self._flight.slowest, self._flight.samples, self._codebase)
        self._flight.samples.forget(self._settled.low)
        self._flight.events.give_up()

"""When the fault of a run strikes, and that it does not where the backend is not well before.

Knows nothing of what a fault does: `PlannedFault.strike` does it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import numpy as np

from pytest_rustide_load.engine.flight import Flight
from pytest_rustide_load.ports import Clock
from pytest_rustide_load.stats.outages import FaultEvent
from pytest_rustide_load.stats.recovery import steady_state
from pytest_rustide_load.stats.samples import PhaseKind
from pytest_rustide_load.units import ns_from_s
from pytest_rustide_load.workload import waited_for

__all__ = ["Faulting", "PlannedFault"]


@dataclass(frozen=True, slots=True)
class PlannedFault:
    """`strike` is awaited `after_s` after the beginning of the measured time. It says `struck(what)` at the
    moment it takes effect, or `refuse(why)`, and returns when the fault is over; cancelled, it lifts it. One
    that `is_gated` does not come unless the backend is in a steady state by then."""

    kind: str
    after_s: float
    strike: Callable[[Faulting], Awaitable[None]]
    is_gated: bool = True


class Faulting:
    """The fault of one run. `event` is what became of it so far."""

    def __init__(self, plan: PlannedFault, flight: Flight, clock: Clock) -> None:
        self._plan = plan
        self._flight = flight
        self._clock = clock
        self._task: asyncio.Task[None] | None = None
        self.event = FaultEvent(plan.kind)

    def begin(self, measured_from_ns: int) -> None:
        """The run begins; what is measured does at `measured_from_ns`."""
        self._task = asyncio.get_running_loop().create_task(self._strike(measured_from_ns))

    async def close(self) -> None:
        """Lift it, if it is not over; what went wrong with it is raised."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    def struck(self, what: str) -> None:
        """It takes effect now."""
        self.event = replace(self.event, struck_ns=self._clock.now_ns(), what=what)

    def refuse(self, why: str) -> None:
        """It cannot be done."""
        self.event = replace(self.event, refused=why)

    @property
    def is_busy(self) -> bool:
        """Whether anybody waits for an answer now."""
        return self._flight.in_flight > 0

    async def _strike(self, measured_from_ns: int) -> None:
        await self._clock.sleep_until(measured_from_ns + ns_from_s(self._plan.after_s))
        self._flight.check_all()
        samples = self._flight.samples
        columns = samples.columns()
        codes = [code for code, name in enumerate(samples.operations) if name in waited_for()]
        pool = np.isin(columns["operation"], codes) & (columns["phase"] == PhaseKind.MEASURE)
        unsteady = steady_state(columns, pool, measured_from_ns, self._clock.now_ns())
        if unsteady and self._plan.is_gated:
            self.refuse(unsteady)
            return
        await self._plan.strike(self)
        self.event = replace(self.event, ended_ns=self._clock.now_ns())

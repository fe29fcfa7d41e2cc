"""What a run looks after besides its plan: the resources of the backend, its own cost, and who wants to know.

Knows nothing of operations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_rustide_load.ports import Probe
from pytest_rustide_load.stats.record import ResourceSample
from pytest_rustide_load.units import NS_PER_S

__all__ = ["Lookout", "Progress"]

_PROBE_INTERVAL_NS = NS_PER_S // 10
_PROGRESS_INTERVAL_NS = NS_PER_S // 4


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands: seconds since its start, of how many, and what has come back so far."""

    elapsed_s: float
    total_s: float
    warming_up: bool
    answered: int
    in_flight: int


class Lookout:
    """Each look is cheap where nothing is due. `resources` are what the probe saw; a run lasts until `end_ns`
    after its start, and is measured from `measure_start_ns` on."""

    def __init__(
        self,
        probe: Probe | None,
        on_progress: Callable[[Progress], None] | None,
        cpu_ns: Callable[[], int],
        *,
        measure_start_ns: int,
        end_ns: int,
    ) -> None:
        self._probe = probe
        self._on_progress = on_progress
        self._cpu_ns = cpu_ns
        self._measure_start_ns = measure_start_ns
        self._end_ns = end_ns
        self._cpu_from_ns = self._cpu_to_ns = 0
        self._next_probe_ns = self._next_progress_ns = 0
        self.resources: list[ResourceSample] = []

    @property
    def next_ns(self) -> int:
        """When there is something to look at again."""
        return min(self._next_probe_ns, self._next_progress_ns)

    @property
    def own_cpu_ns(self) -> int:
        """What this process used in the measured time."""
        return max(self._cpu_to_ns - self._cpu_from_ns, 0)

    def look(self, now_ns: int, start_ns: int, answered: int, in_flight: int) -> None:
        """Look after everything that is due at `now_ns` of a run that began at `start_ns`."""
        elapsed_ns = now_ns - start_ns
        if elapsed_ns <= self._measure_start_ns or not self._cpu_from_ns:
            self._cpu_from_ns = self._cpu_ns()
        if elapsed_ns <= self._end_ns:
            self._cpu_to_ns = self._cpu_ns()
        if self._probe is not None and now_ns >= self._next_probe_ns:
            self.resources.append(self._probe.sample())
            self._next_probe_ns = now_ns + _PROBE_INTERVAL_NS
        elif self._probe is None:
            self._next_probe_ns = now_ns + NS_PER_S
        if now_ns < self._next_progress_ns:
            return
        self._next_progress_ns = now_ns + _PROGRESS_INTERVAL_NS
        if self._on_progress is not None:
            self._on_progress(
                Progress(
                    elapsed_ns / NS_PER_S,
                    self._end_ns / NS_PER_S,
                    elapsed_ns < self._measure_start_ns,
                    answered,
                    in_flight,
                )
            )

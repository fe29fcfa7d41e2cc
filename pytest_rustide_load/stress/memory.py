"""Memory pressure from outside: a process that holds memory in a pattern.

Never takes the machine down: what would leave too little free is refused with the reason. Knows nothing
of the backend but process ids. What holds is programs/hold.py.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.stress.child import StressChild, StressError, Stressing, StressRefused
from pytest_rustide_load.stress.programs.free import available_bytes
from pytest_rustide_load.units import MB, format_bytes

__all__ = [
    "PATTERNS",
    "AllocationPattern",
    "MemoryPressure",
    "MemoryReport",
    "MemoryStress",
    "pattern_problems",
]

AllocationPattern = Literal["gradual", "stepped", "spike"]

PATTERNS = ("gradual", "stepped", "spike")
_START_S = 10.0
_NEARLY = 0.99


def pattern_problems(pattern: str, ramp_s: float, steps: int) -> list[str]:
    """What is wrong with a way to get from no pressure to all of it, in words."""
    wrong = []
    if pattern not in PATTERNS:
        wrong.append(f"unknown pattern {pattern!r} (known: {', '.join(PATTERNS)})")
    if not 0 < ramp_s < 24 * 3600:
        wrong.append("the ramp must take more than no time and less than a day")
    if steps < 1:
        wrong.append("there must be at least one step")
    return wrong


@dataclass(frozen=True, slots=True)
class MemoryPressure:
    """What is asked for: `size_bytes` held from outside the backend.

    `gradual` grows evenly over `ramp_s`, `stepped` in `steps` equal steps over it, `spike` takes all at
    once, lets go after `ramp_s` and does so again after as long. `keep_free_bytes` are left to the
    machine whatever is asked.
    """

    size_bytes: int
    pattern: AllocationPattern = "gradual"
    ramp_s: float = 10.0
    steps: int = 5
    keep_free_bytes: int = 1000 * MB

    def __post_init__(self) -> None:
        wrong = []
        if self.size_bytes <= 0:
            wrong.append("the size must be positive")
        wrong += pattern_problems(self.pattern, self.ramp_s, self.steps)
        if self.keep_free_bytes < 0:
            wrong.append("the memory kept free is negative")
        if wrong:
            raise ConfigError([Problem(message, source="memory pressure") for message in wrong])

    def refusal(self) -> str:
        """Why this cannot be done here, as a sentence; empty where it can."""
        free = available_bytes()
        if free is None:
            return "this system does not say how much memory is available"
        if free - self.size_bytes < self.keep_free_bytes:
            return (
                f"holding {format_bytes(self.size_bytes)} would leave less than "
                f"{format_bytes(self.keep_free_bytes)} of the {format_bytes(free)} available"
            )
        return ""

    def start(self) -> MemoryStress:
        """Begin to hold. Raises StressRefused with the refusal. Use as a context manager, or call `stop`."""
        return MemoryStress(self)


@dataclass(frozen=True, slots=True)
class MemoryReport:
    """Requested and achieved.

    `held_bytes` is what is resident now, `peak_bytes` the most that ever was, both without what the process
    takes for itself. `stopped` says that it
    stopped growing to leave the machine its share; `alive` is False when the process has ended by itself.
    """

    requested: MemoryPressure
    held_bytes: int
    peak_bytes: int
    reached: bool
    stopped: bool
    alive: bool


class MemoryStress(Stressing[MemoryReport]):
    """Memory held by a process of its own."""

    def __init__(self, pressure: MemoryPressure) -> None:
        refusal = pressure.refusal()
        if refusal:
            raise StressRefused(refusal)
        self._asked = pressure
        self._child = StressChild(
            "hold",
            pressure.pattern,
            str(pressure.size_bytes),
            str(pressure.ramp_s),
            str(pressure.steps),
            str(pressure.keep_free_bytes),
        )
        self._stopped = self._settled = False
        self._own_bytes = 0
        first = self._child.lines(_START_S)
        if not first:
            self._child.stop()
            raise StressError("the process that holds memory did not start")
        self._note(first)

    def wait(self, timeout_s: float) -> MemoryReport:
        """The report once it has held all or stopped growing for the first time, or at the time-out."""
        deadline_s = time.monotonic() + timeout_s
        while not self._settled and self._child.alive and (left_s := deadline_s - time.monotonic()) > 0:
            self._note(self._child.lines(left_s))
        return self.report()

    def report(self) -> MemoryReport:
        """Now; after `stop`, the last moment before it."""
        if self._final is not None:
            return self._final
        self._note(self._child.lines())
        held, peak = (max(0, size - self._own_bytes) for size in _resident_bytes(self.pid))
        # Other pages than at the first look may be the process's own.
        reached = peak >= self._asked.size_bytes * _NEARLY
        return MemoryReport(self._asked, held, peak, reached, self._stopped, self._child.alive)

    def _note(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._stopped = self._stopped or line.startswith("stopped")
            self._settled = self._settled or line.startswith(("stopped", "full"))
            if line.startswith("own "):
                self._own_bytes = int(line.split()[1])


def _resident_bytes(pid: int) -> tuple[int, int]:
    """Resident now and at most (VmRSS and VmHWM); zeroes when the process is gone."""
    found = {"VmRSS": 0, "VmHWM": 0}
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key in found:
                found[key] = int(value.split()[0]) * 1024
    except (OSError, UnicodeDecodeError):
        return 0, 0
    return found["VmRSS"], found["VmHWM"]

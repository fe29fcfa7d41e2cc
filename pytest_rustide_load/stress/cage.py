"""A limit on the memory of a backend: by a control group where this machine allows one, else by RLIMIT_DATA.

Knows nothing of the backend but process ids. What limits is programs/cage.py, a process of its own, because
a control group must be removed on every path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.stress.child import StressChild, StressError
from pytest_rustide_load.stress.memory import AllocationPattern, pattern_problems

__all__ = ["CageReport", "Mechanism", "MemoryCage", "MemoryLimit"]

Mechanism = Literal["auto", "rlimit"]

_START_S = 10.0
# To lift the limit and to wait until the group is empty.
_TIDY_S = 8.0


@dataclass(frozen=True, slots=True)
class MemoryLimit:
    """What is asked for: no more than `limit_bytes`, reached in a pattern.

    `gradual` lowers the limit evenly over `ramp_s`, from a little above what is used; `stepped` in `steps`
    equal steps; `spike` sets it at once, lifts it after `ramp_s` and sets it again after as long.
    """

    limit_bytes: int
    pattern: AllocationPattern = "gradual"
    ramp_s: float = 10.0
    steps: int = 5

    def __post_init__(self) -> None:
        wrong = []
        if self.limit_bytes <= 0:
            wrong.append("the limit must be positive")
        wrong += pattern_problems(self.pattern, self.ramp_s, self.steps)
        if wrong:
            raise ConfigError([Problem(message, source="memory limit") for message in wrong])


@dataclass(frozen=True, slots=True)
class CageReport:
    """What holds, and what came of it.

    `mechanism` is what the limit was set by: `cgroup v2`, `cgroup v1` or `RLIMIT_DATA`, and `reason` says why
    it is not a control group. `lowest_bytes` is the lowest limit that was in force, None for none;
    `peak_bytes` the most that a group held, and `killed` how many processes the kernel ended in it.
    """

    mechanism: str
    reason: str
    limit_bytes: int | None
    lowest_bytes: int | None
    peak_bytes: int | None
    killed: int


class MemoryCage:
    """Processes whose memory can be limited. A control group limits their sum, RLIMIT_DATA each for itself.

    A process belongs in it before it has taken much memory. Raises StressError where the program that keeps
    it does not start. Use as a context manager, or call `close`.
    """

    def __init__(self, mechanism: Mechanism = "auto") -> None:
        self._child = StressChild("cage", mechanism, tidy_s=_TIDY_S)
        self._mechanism = self._reason = ""
        self._limit: int | None = None
        self._lowest: int | None = None
        self._peak = self._killed = 0
        first = self._child.lines(_START_S)
        if not first:
            self._child.stop()
            raise StressError("the process that limits memory did not start")
        self._note(first)

    @property
    def pid(self) -> int:
        return self._child.pid

    def adopt(self, pid: int) -> None:
        """This process, and all it starts from now on."""
        self._child.say(f"adopt {pid}")

    def limit(self, asked: MemoryLimit) -> None:
        """Limit them from now on, in place of any limit before."""
        self._child.say(f"limit {asked.limit_bytes} {asked.pattern} {asked.ramp_s} {asked.steps}")

    def lift(self) -> None:
        """No limit any more."""
        self._child.say("lift")

    def wait(self, timeout_s: float) -> CageReport:
        """The report after something has happened, or at the time-out."""
        self._note(self._child.lines(timeout_s))
        return self.report()

    def report(self) -> CageReport:
        self._note(self._child.lines())
        peak = self._peak or None
        return CageReport(self._mechanism, self._reason, self._limit, self._lowest, peak, self._killed)

    def close(self) -> None:
        """Lift the limit and remove the group, if there is one. Idempotent, from any thread."""
        if self._child.alive:
            self._note(self._child.lines())
        self._child.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _note(self, lines: list[str]) -> None:
        for line in lines:
            word, _, rest = line.partition(" ")
            if word in ("using", "by"):
                self._mechanism, self._reason = _named(rest)
            elif word == "limit":
                self._limit = int(rest) or None
                if self._limit is not None:
                    self._lowest = min(self._lowest or self._limit, self._limit)
            elif word == "peak":
                self._peak = int(rest)
            elif word == "killed":
                self._killed = int(rest)


def _named(text: str) -> tuple[str, str]:
    """`cgroup v1`, or `RLIMIT_DATA` and the reason for it."""
    words = text.split()
    count = 2 if words[0] == "cgroup" else 1
    return " ".join(words[:count]), " ".join(words[count:])

"""What goes wrong with a backend in mid-run, on purpose, and what an editor does about one that is gone.

Pure values. What each kind does is done by `stress.faults`, when to start again is decided by `lsp.restarts`.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FAULTS", "RESTART_NAMES", "Fault", "FaultKind", "Restart"]

# The names of lsp.restarts.RESTART_RULES, which builds on this room and cannot be asked from here.
RESTART_NAMES = ("backoff", "vscode")


@dataclass(frozen=True, slots=True)
class FaultKind:
    """`group` is `process`, `cache` or `connection`. `lasts` for those that take a duration and end by
    themselves; `means` says what is done, in words."""

    name: str
    group: str
    means: str
    lasts: bool = False


FAULTS = {
    kind.name: kind
    for kind in (
        FaultKind("kill", "process", "the backend's process is killed (SIGKILL)"),
        FaultKind("crash", "process", "the backend dies of a segmentation fault while it answers a question"),
        FaultKind("stop", "process", "the backend stands still (SIGSTOP), and goes on (SIGCONT)", lasts=True),
        FaultKind("hang", "process", "the backend stands still (SIGSTOP) for good: alive and dead"),
    )
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One of FAULTS, `at_s` after the beginning of the measured time, or after `at_ratio` of it where that is
    given; `duration_s` is how long it lasts, of those that do."""

    kind: str
    at_s: float = 0.0
    at_ratio: float | None = None
    duration_s: float = 0.0

    def after_s(self, measured_s: float) -> float:
        """When it comes, of so long a measured time, in seconds from its beginning."""
        return self.at_s if self.at_ratio is None else self.at_ratio * measured_s


@dataclass(frozen=True, slots=True)
class Restart:
    """`rule` is one of RESTART_NAMES; a backend that leaves every question unanswered for `watchdog_s` is
    taken for dead, None for never."""

    rule: str = RESTART_NAMES[0]
    watchdog_s: float | None = None

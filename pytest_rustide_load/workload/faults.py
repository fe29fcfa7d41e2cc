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

    @property
    def is_silent(self) -> bool:
        """Whether only a watchdog finds it."""
        return self.name in ("hang", "half_open")


FAULTS = {
    kind.name: kind
    for kind in (
        FaultKind("kill", "process", "the backend's process is killed (SIGKILL)"),
        FaultKind("crash", "process", "the backend aborts (SIGABRT) while it answers a question"),
        FaultKind("stop", "process", "the backend stands still (SIGSTOP), and goes on (SIGCONT)", lasts=True),
        FaultKind("hang", "process", "the backend stands still (SIGSTOP) for good: alive and dead"),
        FaultKind("cache_deleted", "cache", "its cache is deleted, and it is killed"),
        FaultKind("cache_truncated", "cache", "every file of its cache is cut in half, and it is killed"),
        FaultKind("cache_corrupted", "cache", "bits of its cache are flipped, and it is killed"),
        FaultKind("disk_full", "cache", "its cache is deleted and cannot be written again; it is killed"),
        FaultKind("reset", "connection", "the connection of the first user is reset"),
        FaultKind("partition", "connection", "nothing gets through for a while", lasts=True),
        FaultKind("half_open", "connection", "both ends stay open, and nothing gets through ever again"),
        FaultKind("reconnect_storm", "connection", "the connections of all users are reset at once"),
    )
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One of FAULTS, `at_s` after the beginning of the measured time, or after `at_ratio` of it where that is
    given; `duration_s` is how long it lasts, of those that do. Where it `is_gated` it does not come unless
    the backend is in a steady state by then."""

    kind: str
    at_s: float = 0.0
    at_ratio: float | None = None
    duration_s: float = 0.0
    is_gated: bool = True

    def after_s(self, measured_s: float) -> float:
        """When it comes, of so long a measured time, in seconds from its beginning."""
        return self.at_s if self.at_ratio is None else self.at_ratio * measured_s


@dataclass(frozen=True, slots=True)
class Restart:
    """`rule` is one of RESTART_NAMES; a backend that leaves every question unanswered for `watchdog_s` is
    taken for dead, None for never."""

    rule: str = RESTART_NAMES[0]
    watchdog_s: float | None = None

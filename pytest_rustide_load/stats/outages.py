"""What happened to a run's backends, as values: when each was gone and back, and what it said of itself.

Knows nothing of how it was noticed; times are nanoseconds on the run's axis.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FaultEvent", "Outage", "StatusChange"]


@dataclass(frozen=True, slots=True)
class FaultEvent:
    """The fault of a run. It struck at `struck_ns`, None where it did not and why is in `refused`; `ended_ns`
    is when all of it was done, or it was lifted again; `what` says what was done to what."""

    kind: str
    struck_ns: int | None = None
    ended_ns: int | None = None
    what: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Outage:
    """The `users` had no backend from `down_ns`, when it was noticed and `why`, until `up_ns`, when another
    had been started, at the last of `attempts`, and had their documents again; None where none came."""

    users: tuple[int, ...]
    down_ns: int
    why: str
    attempts: int = 0
    up_ns: int | None = None


@dataclass(frozen=True, slots=True)
class StatusChange:
    """The backend of `user` said that it is quiescent, or is not any more."""

    at_ns: int
    user: int
    quiescent: bool

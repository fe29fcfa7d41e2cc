"""A scenario: who does what how often, on what, for how long.

Pure values; where they come from is the parser's business, when things happen the plan's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pytest_rustide_load.workload.edits import EditMix
from pytest_rustide_load.workload.shape import LoadShape

__all__ = ["ARRIVALS", "EDITORS", "OperationPattern", "Range", "Scenario", "WorkingSet"]


# How the arrivals of one stream follow one another: evenly with a random offset each, or at random.
ARRIVALS = ("even", "poisson")
# The names of lsp.profiles.EDITOR_PROFILES, which builds on this room and cannot be asked from here.
EDITORS = ("raw", "vscode", "neovim", "helix")
_CONSTANT = LoadShape()


@dataclass(frozen=True, slots=True)
class Range:
    """A quantity that moves between two values, both included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OperationPattern:
    """How often one user performs an operation.

    Open loop: the rate, per second, moves through the range, whatever becomes of the operations. Closed loop,
    where `think_time_s` is given: the user waits for the answer, thinks for that long in the mean
    (exponentially distributed), and asks again; there is no rate then.
    """

    operation: str
    rate_per_s: Range = Range(0, 0)
    think_time_s: float | None = None


@dataclass(frozen=True, slots=True)
class WorkingSet:
    """The files a user has open, and how large they are."""

    open_files: Range = Range(5, 15)
    file_bytes: Range = Range(2_000, 5_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`figures` holds the requirements the scenario was made from, verbatim. `starts` is how often a
    backend is started and timed. `codebase` are fields of CodebaseSpec. `shape` multiplies every rate
    over the time of the run, warm-up included; `presence` the number of users who are there; `ramp` are
    factors on every rate, each for an equal share of the measured time; `arrivals` is
    one of ARRIVALS. `editor` is one of EDITORS; `edits` says what people type, a line of comment at a
    time where it is None and the editor raw. `profile` is how long a look it takes, for those who
    report it."""

    name: str
    description: str
    profile: str = "ci"
    patterns: tuple[OperationPattern, ...]
    users: int = 1
    warm_up_s: float = 5.0
    duration_s: float = 30.0
    request_timeout_s: float = 10.0
    starts: int = 1
    shape: LoadShape = _CONSTANT
    presence: LoadShape = _CONSTANT
    ramp: tuple[float, ...] = ()
    arrivals: str = "even"
    editor: str = "raw"
    edits: EditMix | None = None
    working_set: WorkingSet = WorkingSet()
    codebase: Mapping[str, int | str] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)

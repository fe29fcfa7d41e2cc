"""A scenario: who does what how often, on what, for how long.

Pure values; where they come from is the parser's business, when things happen the plan's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.workload.edits import EditMix
from pytest_rustide_load.workload.faults import Fault, Restart
from pytest_rustide_load.workload.figures import Figure
from pytest_rustide_load.workload.networks import NETWORKS, LinkProfile
from pytest_rustide_load.workload.patterns import OperationPattern, Range, StatisticalDistribution
from pytest_rustide_load.workload.scale import ScaleAxis
from pytest_rustide_load.workload.shape import LoadShape
from pytest_rustide_load.workload.stress import Stress

__all__ = [
    "ARRIVALS",
    "EDITORS",
    "PRIORITIES",
    "TOPOLOGIES",
    "EnvironmentConfig",
    "ErrorRates",
    "Knee",
    "OperationPattern",
    "Range",
    "Scenario",
    "Stage",
    "StatisticalDistribution",
    "TimingProfile",
    "UserBehavior",
    "WorkingSet",
    "family_of",
]


# How the arrivals of one stream follow one another: evenly with a random offset each, at random, as keys do,
# in runs with pauses between them, or like a key that is held down, never further apart than the rate says.
ARRIVALS = ("even", "poisson", "typing", "regular")
# The names of lsp.profiles.EDITOR_PROFILES, which builds on this room and cannot be asked from here.
EDITORS = ("raw", "debounced", "vscode", "neovim", "helix")
# Of the machine a backend runs on: as usual, or with everything else before it.
PRIORITIES = ("normal", "low")
# A backend and a working copy for each user, or one of both for all.
TOPOLOGIES = ("per-user", "shared")
_CONSTANT = LoadShape()
_CALM = Stress()
_OPEN_FILES, _FILE_BYTES = Range(5, 15), Range(2_000, 5_000)


def family_of(name: str) -> str:
    """The scenario whose matrix that of this name is a cell of, as `recovery` of `recovery[process-kill]`; ""
    for one that is none."""
    family, bracket, _ = name.partition("[")
    return family if bracket else ""


@dataclass(frozen=True, slots=True)
class WorkingSet:
    """The files a user has open, and how large they are.

    The file of rank r is worked in r^-`zipf` times as often as the first (Zipf's law); 0 is all alike.
    """

    open_files: Range = _OPEN_FILES
    file_bytes: Range = _FILE_BYTES
    zipf: float = 0.0


@dataclass(frozen=True, slots=True)
class TimingProfile:
    """`arrivals`, one of ARRIVALS, of what a user does in an open loop; thinking times are those of the
    operation patterns."""

    arrivals: str = "even"


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """Probabilities of what goes wrong on the user's side.

    `mistyped`: that a burst of typing has a wrong character, taken back at once. `abandoned`: that a
    completion is given up before its answer. `cancelled`: that any other request is.
    """

    mistyped: float = 0.0
    abandoned: float = 0.0
    cancelled: float = 0.0


@dataclass(frozen=True, slots=True)
class EnvironmentConfig:
    """`editor` is one of EDITORS; `network`, between the user and the backend, a name or empty;
    `priority`, of the user's backend on its machine, one of PRIORITIES."""

    editor: str = "raw"
    network: str = ""
    priority: str = "normal"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserBehavior:
    """A kind of user. Nobody publishes how often people ask their editor what, so each is an assumption."""

    name: str = "user"
    description: str = ""
    operation_patterns: tuple[OperationPattern, ...] = ()
    timing_distributions: TimingProfile = TimingProfile()
    error_probabilities: ErrorRates = ErrorRates()
    environmental_factors: EnvironmentConfig = EnvironmentConfig()
    edits: EditMix | None = None
    working_set: WorkingSet = WorkingSet()
    figures: Mapping[str, Figure] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Knee:
    """What a step of a ramp has to keep: p95 of every operation the user waits for, in milliseconds, and the
    share of right answers. The knee is the last step up to which all do."""

    p95_ms: float
    goodput_ratio: float = 0.9


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the measured time, `share` of it, with patterns of its own on top of the scenario's. What is
    slower later is compared with the stage that `is_baseline`. The scenario's stress holds in it if it
    `is_stressed`; `network` is another than before from its beginning on, empty for the same."""

    name: str
    share: float
    patterns: tuple[OperationPattern, ...] = ()
    is_baseline: bool = False
    is_stressed: bool = True
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`figures` are those of the requirement the scenario was made from, verbatim. `users` are as many as
    the kinds of users need where no number is given, and one at least. `starts` is how often a backend is
    started and timed. `codebase` are fields of CodebaseSpec. `shape` multiplies every rate
    over the time of the run, warm-up included; `presence` the number of users who are there; `ramp` are
    factors on every rate, each for an equal share of the measured time; `arrivals` is
    one of ARRIVALS. `editor` is one of EDITORS; `edits` says what people type, a line of comment at a
    time where it is None and the editor raw. `profile` is how long a look it takes, for those who
    report it.

    `behaviors` are kinds of users and how many there are of each; the first users are of the first kind,
    and whoever is left over of none. Each does what the scenario's own `patterns` say, and what its kind does
    of other operations. `stages` follow one another after the warm-up. `network`, a name in `networks`, is
    between each user and the backend; `storage`, one of STORAGES or a directory, is where its workspace lies;
    and `priority`, one of PRIORITIES, is that of the backend on its machine; `topology`, one of
    TOPOLOGIES, says how many backends there are. `knee` is what is searched for in a ramp, `scale` what an
    experiment varies. `refactored_files` is in how many files a rename or a move that is carried out has to
    change something, None for any. `shared_files` is how many files all users have open besides their own
    working sets: those whose types are used in the most files.

    `cells` are the combinations of its matrix, each a scenario of the `family` of that name; `few` those of
    them that have every value of every axis once at least.
    """

    name: str
    description: str
    patterns: tuple[OperationPattern, ...]
    users: int = 0
    warm_up_s: float = 5.0
    duration_s: float = 30.0
    request_timeout_s: float = 10.0
    starts: int = 1
    shape: LoadShape = _CONSTANT
    presence: LoadShape = _CONSTANT
    ramp: tuple[float, ...] = ()
    scale: tuple[ScaleAxis, ...] = ()
    arrivals: str = "even"
    editor: str = "raw"
    edits: EditMix | None = None
    working_set: WorkingSet = WorkingSet()
    codebase: Mapping[str, int | str] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    profile: str = "ci"
    errors: ErrorRates = ErrorRates()
    behaviors: tuple[tuple[UserBehavior, int], ...] = ()
    stages: tuple[Stage, ...] = ()
    network: str = ""
    networks: Mapping[str, LinkProfile] = field(default_factory=lambda: NETWORKS)
    storage: str = "disk"
    priority: str = "normal"
    stress: Stress = _CALM
    topology: str = "per-user"
    knee: Knee | None = None
    refactored_files: Range | None = None
    shared_files: int = 0
    fault: Fault | None = None
    restart: Restart | None = None
    family: str = ""
    cells: tuple[Scenario, ...] = ()
    few: tuple[Scenario, ...] = ()

    def __post_init__(self) -> None:
        of_kinds = sum(count for _, count in self.behaviors)
        if not self.users:
            object.__setattr__(self, "users", max(of_kinds, 1))
        if self.users < of_kinds:
            told = f"users={self.users} are fewer than the {of_kinds} of its behaviors"
            raise ConfigError(Problem(told, f"Scenario {self.name}"))

    @property
    def in_suite(self) -> tuple[Scenario, ...]:
        """What a suite runs for it: its cells, of which a short look takes few, or itself."""
        return (self.few if self.profile == "smoke" else self.cells) or (self,)

    @property
    def recovers(self) -> bool:
        """Whether the run goes on where a backend ends."""
        return self.fault is not None or self.restart is not None

    @property
    def parts(self) -> tuple[tuple[str, float, float, bool], ...]:
        """Name, level, share of the measured time, and whether later ones are compared with it, of each part:
        the stages, the steps of the ramp, or two halves."""
        if self.stages:
            first = not any(stage.is_baseline for stage in self.stages)
            return tuple(
                (stage.name, 1.0, stage.share, stage.is_baseline or (first and index == 0))
                for index, stage in enumerate(self.stages)
            )
        levels = self.ramp or (1.0, 1.0)
        return tuple(
            (f"{level:g}x" if self.ramp else "", level, 1 / len(levels), index == 0)
            for index, level in enumerate(levels)
        )

    @property
    def first_network(self) -> LinkProfile | None:
        """The link a user begins with; None for none, now or in a later stage."""
        first = (self.stages[0].network if self.stages else "") or self.network
        if first:
            return self.networks[first]
        return LinkProfile("direct", 0) if any(stage.network for stage in self.stages) else None

    def window_ns(self, stage: int, measure_start_ns: int, end_ns: int) -> tuple[int, int]:
        """When a stage begins and ends."""
        before = math.fsum(one.share for one in self.stages[:stage])
        until = math.fsum(one.share for one in self.stages[: stage + 1])
        length_ns = end_ns - measure_start_ns
        return measure_start_ns + round(before * length_ns), measure_start_ns + round(until * length_ns)

    def behavior_of(self, user: int) -> UserBehavior | None:
        """The kind of a user, counted from 0; None for a user of no kind."""
        for behavior, count in self.behaviors:
            if user < count:
                return behavior
            user -= count
        return None

    def of_user(self, user: int) -> Scenario:
        """What the scenario is for one user: of the kind it is, without other kinds."""
        behavior = self.behavior_of(user)
        if behavior is None:
            return replace(self, behaviors=()) if self.behaviors else self
        stated = {pattern.operation for pattern in self.patterns}
        return replace(
            self,
            behaviors=(),
            patterns=(
                *self.patterns,
                *(pattern for pattern in behavior.operation_patterns if pattern.operation not in stated),
            ),
            arrivals=behavior.timing_distributions.arrivals,
            editor=behavior.environmental_factors.editor,
            network=behavior.environmental_factors.network or self.network,
            priority="low" if "low" in (behavior.environmental_factors.priority, self.priority) else "normal",
            edits=behavior.edits,
            errors=behavior.error_probabilities,
            working_set=behavior.working_set,
        )

"""How often one user performs an operation, how long that takes them, and how often they wait for its end.

Pure values; when things happen is the plan's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean
from pytest_rustide_load.seeds import derive_seed
from pytest_rustide_load.workload.draws import draw_exponentials, draw_units
from pytest_rustide_load.workload.operations import OPERATIONS, operation_names

if TYPE_CHECKING:
    import numpy.typing as npt
    from numpy import float64

__all__ = ["DISTRIBUTIONS", "OperationPattern", "Range", "StatisticalDistribution"]

# How times of the same mean may scatter, from not at all to as much as waiting for what comes at random.
DISTRIBUTIONS = ("constant", "uniform", "erlang", "exponential")
_ERLANG_SHAPE = 4


@dataclass(frozen=True, slots=True)
class Range:
    """A quantity that moves between two values, both included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class StatisticalDistribution:
    """Times of mean `mean_s` that scatter as `kind` says, one of DISTRIBUTIONS: `uniform` from nothing to
    twice the mean; `erlang` as the sum of four exponential ones, which has half their scatter.

    Raises ConfigError.
    """

    kind: str
    mean_s: float

    def __post_init__(self) -> None:
        problems, where = [], type(self).__name__
        if self.kind not in DISTRIBUTIONS:
            known = did_you_mean(str(self.kind), DISTRIBUTIONS)
            problems.append(Problem(f"unknown distribution {self.kind!r}: {known}", where))
        if not 0 < self.mean_s < 1e9:
            problems.append(Problem(f"mean_s={self.mean_s!r} is no time above 0", where))
        if problems:
            raise ConfigError(problems)

    def draw_s(self, seed: int, count: int) -> npt.NDArray[float64]:
        """`count` times in seconds, the same for the same seed everywhere, shape (count,)."""
        if self.kind == "uniform":
            return 2 * self.mean_s * draw_units(seed, count)
        parts = {"constant": 0, "exponential": 1}.get(self.kind, _ERLANG_SHAPE)
        if not parts:
            return self.mean_s + 0 * draw_units(seed, count)
        seeds = [seed] if parts == 1 else [derive_seed(seed, number) for number in range(parts)]
        total = draw_exponentials(seeds[0], count)
        for one in seeds[1:]:
            total += draw_exponentials(one, count)
        return total * (self.mean_s / parts)


@dataclass(frozen=True, slots=True)
class OperationPattern:
    """How often one user performs an operation.

    Open loop: the rate, per second, moves through the range, whatever becomes of the operations. Closed loop,
    where `think_time_s` is given: the user waits for the answer, thinks for that long in the mean, and asks
    again; there is no rate then. Of the thinking time `duration_distribution` is what the operation itself
    takes the user, such as reading the answer; the rest is exponential, and all of it where none is given.

    `success_probability` is that the user waits for the answer; otherwise it is given up. None leaves that to
    the error rates of the user.
    """

    operation: str
    rate_per_s: Range = Range(0, 0)
    think_time_s: float | None = None
    duration_distribution: StatisticalDistribution | None = None
    success_probability: float | None = None

    @classmethod
    def of(
        cls,
        operation_type: str,
        *,
        frequency_per_minute: float | Range | None = None,
        duration_distribution: StatisticalDistribution | None = None,
        success_probability: float | None = None,
    ) -> OperationPattern:
        """A pattern in the words of a user's behaviour: so many times a minute, as a number or a Range.

        With a duration the loop is closed: each performance takes the user that long after its answer, and
        what is left of the minute lies between them; without a frequency nothing does. Raises ConfigError
        with every problem.
        """
        frequency = frequency_per_minute
        rate = frequency if isinstance(frequency, Range) else Range(frequency or 0, frequency or 0)
        duration = duration_distribution
        known = did_you_mean(str(operation_type), operation_names())
        told = [
            (operation_type not in OPERATIONS, f"unknown operation {operation_type!r}: {known}"),
            (frequency is None and duration is None, f"{operation_type} needs a frequency, or a duration"),
            (not 0 <= rate.low <= rate.high, f"frequency_per_minute={frequency!r} is not a rate from 0 up"),
            (
                success_probability is not None and not 0 <= success_probability <= 1,
                f"success_probability={success_probability!r} is not a share of one",
            ),
            (
                duration is not None and not OPERATIONS.get(operation_type, OPERATIONS["hover"]).answered,
                f"{operation_type} has no answer to wait for: give it a frequency alone",
            ),
            (
                duration is not None and rate.low + rate.high > 2 * 60 / duration.mean_s,
                f"{operation_type}: {frequency!r} a minute do not fit into one, at {_mean(duration)} s each",
            ),
        ]
        problems = [Problem(text, "OperationPattern") for wrong, text in told if wrong]
        if problems:
            raise ConfigError(problems)
        if duration is None:
            per_s = Range(rate.low / 60, rate.high / 60)
            return cls(operation_type, per_s, success_probability=success_probability)
        mean = (rate.low + rate.high) / 2
        think_time_s = 60 / mean if mean else duration.mean_s
        return cls(operation_type, Range(0, 0), think_time_s, duration, success_probability)

    @property
    def operation_type(self) -> str:
        """The operation, by its other name."""
        return self.operation

    @property
    def frequency_per_minute(self) -> Range:
        """How often a minute: of a closed loop as often as it would be were every answer immediate."""
        if self.think_time_s is not None:
            return Range(60 / self.think_time_s, 60 / self.think_time_s)
        return Range(self.rate_per_s.low * 60, self.rate_per_s.high * 60)


def _mean(duration: StatisticalDistribution | None) -> str:
    return "" if duration is None else f"{duration.mean_s:g}"

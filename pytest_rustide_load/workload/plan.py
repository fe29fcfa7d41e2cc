"""The plan: every arrival of a run, known before it begins, and what decides those that cannot be.

Open loop: when an operation is due depends on the scenario and the seed alone, never on how fast the
server answered the one before. Closed loop: how long a user thinks before each does. Reads no clock; knows
nothing of servers or documents.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pytest_rustide_load.seeds import derive_seed
from pytest_rustide_load.workload.draws import draw_bits, draw_exponentials, draw_units
from pytest_rustide_load.workload.operations import operation_names
from pytest_rustide_load.workload.patterns import OperationPattern, StatisticalDistribution
from pytest_rustide_load.workload.scenario import Scenario

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Arrival", "ClosedStream", "Plan"]

_NS_PER_S = 1_000_000_000
# Arrivals are planned to the microsecond: finer than any scheduler keeps, coarse enough that the last
# bit of a division cannot matter.
_NS_PER_US = 1_000
_BLOCK = 256
_FLUENT_SHARE = 0.85
_FLUENT_MEAN = 0.4


@dataclass(frozen=True, slots=True)
class Arrival:
    """One planned operation: due `intended_ns` after the start; `draw` are 64 random bits of its own,
    for whoever decides what it points at."""

    seq: int
    intended_ns: int
    user: int
    operation: str
    draw: int


class ClosedStream:
    """One user who asks, waits for the answer, thinks and asks again. The k-th question has a thinking time
    before it and random bits of its own, both decided by the seed."""

    def __init__(
        self,
        user: int,
        operation: str,
        think_time_s: float,
        *,
        seed: int,
        duration: StatisticalDistribution | None = None,
    ) -> None:
        self.user = user
        self.operation = operation
        self._duration = duration
        taken_s = 0.0 if duration is None else duration.mean_s
        self._mean_ns = max(think_time_s - taken_s, 0.0) * _NS_PER_S
        self._seed = seed
        self._block = -1
        self._thinks_ns: list[float] = []
        self._draws: list[int] = []

    def question(self, k: int) -> tuple[int, int]:
        """How long the user thinks before question `k`, in nanoseconds, and the bits of that question."""
        block, place = divmod(k, _BLOCK)
        if block != self._block:
            self._block = block
            idle_ns = draw_exponentials(derive_seed(self._seed, "thinks", block), _BLOCK) * self._mean_ns
            if self._duration is not None:
                idle_ns += self._duration.draw_s(derive_seed(self._seed, "takes", block), _BLOCK) * _NS_PER_S
            self._thinks_ns = idle_ns.tolist()
            self._draws = draw_bits(derive_seed(self._seed, "draws", block), _BLOCK).tolist()
        return int(self._thinks_ns[place]), self._draws[place]


class Plan:
    """All arrivals of `scenario` for `seed`, in columns; `closed` are the streams whose arrivals depend on
    the answers.

    `duration_s` replaces the scenario's measured time. The warm-up comes first; `measure_start_ns` and
    `end_ns` are relative to the start. `presence` is how many users are there in each second since then. A
    plan for some of the users, `only` these, has the same arrivals for them as that for all.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int,
        duration_s: float | None = None,
        warm_up_s: float | None = None,
        only: Sequence[int] | None = None,
    ) -> None:
        warm_up = scenario.warm_up_s if warm_up_s is None else warm_up_s
        measured = scenario.duration_s if duration_s is None else duration_s
        self.measure_start_ns = round(warm_up * _NS_PER_S)
        self.end_ns = self.measure_start_ns + round(measured * _NS_PER_S)
        self.operations = operation_names()
        self._presence = _presence(scenario, self.end_ns)
        self.presence: tuple[int, ...] = tuple(self._presence.tolist())
        numbers = range(scenario.users) if only is None else sorted(only)
        users = [(user, scenario.of_user(user)) for user in numbers]
        streams = self._streams(scenario, users, seed)
        self.closed = tuple(
            ClosedStream(
                user,
                pattern.operation,
                pattern.think_time_s,
                seed=derive_seed(seed, scenario.name, "closed", user, pattern.operation),
                duration=pattern.duration_distribution,
            )
            for user, own in users
            for pattern in own.patterns
            if pattern.think_time_s is not None
        )
        intended = np.concatenate([times for _, _, times, _ in streams] or [np.empty(0, np.int64)])
        whose = np.concatenate([np.full(len(times), user) for user, _, times, _ in streams] or [intended])
        codes = np.concatenate([np.full(len(times), code) for _, code, times, _ in streams] or [intended])
        order = np.lexsort((codes, whose, intended))
        self.intended_ns: npt.NDArray[np.int64] = intended[order]
        self.users: npt.NDArray[np.int64] = whose[order].astype(np.int64)
        self.codes: npt.NDArray[np.int64] = codes[order].astype(np.int64)
        # Each stream has its own: another user more changes nothing for those there are.
        draws = [
            draw_bits(derive_seed(stream_seed, "draws"), len(times)) for _, _, times, stream_seed in streams
        ]
        self.draws: npt.NDArray[np.uint64] = np.concatenate(draws or [np.empty(0, np.uint64)])[order]

    def _streams(
        self, scenario: Scenario, users: list[tuple[int, Scenario]], seed: int
    ) -> list[tuple[int, int, npt.NDArray[np.int64], int]]:
        """User, code of the operation, arrivals and seed of each stream of the open loop."""
        ramp = _ramp(scenario.ramp, self.measure_start_ns, self.end_ns)
        stated = {pattern.operation for pattern in scenario.patterns}
        streams = [
            (
                user,
                self.operations.index(pattern.operation),
                _arrivals(
                    pattern,
                    own,
                    (self._presence > user) * ramp,
                    self.end_ns,
                    stream_seed,
                    # A rate that is stated for all is kept as the scenario says, whatever kind a user is of.
                    arrivals=scenario.arrivals if pattern.operation in stated else own.arrivals,
                ),
                stream_seed,
            )
            for user, own in users
            for pattern in own.patterns
            if pattern.think_time_s is None
            for stream_seed in [derive_seed(seed, scenario.name, "arrivals", user, pattern.operation)]
        ]
        in_stages = [
            (user, self.operations.index(pattern.operation), times, stream_seed)
            for user, own in users
            for number, stage in enumerate(scenario.stages)
            for pattern in stage.patterns
            for stream_seed in [derive_seed(seed, scenario.name, "stage", number, user, pattern.operation)]
            for times in [self._in_stage(scenario, number, pattern, self._presence > user, stream_seed)]
        ]
        return streams + in_stages

    def _in_stage(
        self,
        scenario: Scenario,
        stage: int,
        pattern: OperationPattern,
        there: npt.NDArray[np.bool_],
        seed: int,
    ) -> npt.NDArray[np.int64]:
        """The arrivals of one pattern within its stage."""
        from_ns, to_ns = scenario.window_ns(stage, self.measure_start_ns, self.end_ns)
        seconds = np.arange(len(there))
        within = (seconds + 1 > from_ns / _NS_PER_S) & (seconds < to_ns / _NS_PER_S)
        factors: npt.NDArray[np.float64] = (there & within).astype(np.float64)
        times = _arrivals(pattern, scenario, factors, self.end_ns, seed, arrivals=scenario.arrivals)
        return times[(from_ns <= times) & (times < to_ns)]

    def present_from(self, user: int, at_ns: int) -> int | None:
        """The first moment from `at_ns` on at which `user` is there; None where that is never again."""
        second = at_ns // _NS_PER_S
        there = np.flatnonzero(self._presence[second:] > user)
        if not len(there):
            return None
        return max(at_ns, int(second + there[0]) * _NS_PER_S)

    def __len__(self) -> int:
        return len(self.intended_ns)

    def __iter__(self) -> Iterator[Arrival]:
        columns = zip(
            self.intended_ns.tolist(),
            self.users.tolist(),
            self.codes.tolist(),
            self.draws.tolist(),
            strict=True,
        )
        for seq, (intended_ns, user, code, draw) in enumerate(columns):
            yield Arrival(seq, intended_ns, user, self.operations[code], draw)

    def digest(self) -> str:
        """SHA-256 over all arrivals: equal digests are equal plans."""
        content = hashlib.sha256("\n".join(self.operations).encode())
        for column in (self.intended_ns, self.users, self.codes, self.draws):
            content.update(column.astype("<i8" if column.dtype.kind == "i" else "<u8").tobytes())
        return content.hexdigest()


def _presence(scenario: Scenario, end_ns: int) -> npt.NDArray[np.int64]:
    """How many users are there in each second: the first so many."""
    factors = scenario.presence.factors(math.ceil(end_ns / _NS_PER_S))
    counts: npt.NDArray[np.int64] = np.clip(np.floor(scenario.users * factors + 0.5), 0, scenario.users)
    return counts.astype(np.int64)


def _ramp(levels: tuple[float, ...], measure_start_ns: int, end_ns: int) -> npt.NDArray[np.float64]:
    """The factor of each second: the first of `levels` in the warm-up, then each for an equal share."""
    seconds = math.ceil(end_ns / _NS_PER_S)
    if not levels:
        return np.ones(seconds)
    middle = (np.arange(seconds) + 0.5) * _NS_PER_S - measure_start_ns
    step = np.floor(middle / max(end_ns - measure_start_ns, 1) * len(levels)).astype(np.int64)
    factors: npt.NDArray[np.float64] = np.array(levels)[np.clip(step, 0, len(levels) - 1)]
    return factors


def _arrivals(
    pattern: OperationPattern,
    scenario: Scenario,
    factors: npt.NDArray[np.float64],
    end_ns: int,
    seed: int,
    *,
    arrivals: str,
) -> npt.NDArray[np.int64]:
    """Due times in nanoseconds, ascending; `arrivals`, one of ARRIVALS, says how they follow one another.

    Each second has a level drawn evenly from the pattern's range, times the scenario's shape and its element
    of `factors`. With Λ(t) the
    integral of the level, an even stream has its k-th arrival where Λ reaches k + u, u even in [0, 1): the
    realised count differs from Λ by less than one in any interval, and users who start together do not act
    together. A Poisson stream has it where Λ reaches the sum of k exponentials (time change of the unit
    process: Çinlar, "Introduction to stochastic processes", 1975, section 4.7), a stream of typing where it
    reaches the sum of k times between keys. A regular stream has one u for all its k.
    """
    seconds = math.ceil(end_ns / _NS_PER_S)
    low, high = pattern.rate_per_s.low, pattern.rate_per_s.high
    if seconds == 0 or high <= 0:
        return np.empty(0, np.int64)
    levels = low + (high - low) * draw_units(derive_seed(seed, "levels"), seconds)
    levels = levels * scenario.shape.factors(seconds) * factors
    reached = np.concatenate([[0.0], np.cumsum(levels)])
    targets = _targets(arrivals, float(reached[-1]), derive_seed(seed, "phases"))
    targets = targets[targets < reached[-1]]
    second = np.searchsorted(reached, targets, side="right") - 1
    seconds_in = (targets - reached[second]) / levels[second]
    times_us = second.astype(np.int64) * 1_000_000 + np.floor(seconds_in * 1e6).astype(np.int64)
    times_ns: npt.NDArray[np.int64] = times_us * _NS_PER_US
    return times_ns[times_ns < end_ns]


def _targets(arrivals: str, total: float, seed: int) -> npt.NDArray[np.float64]:
    """What Λ has reached at each arrival, ascending, until beyond `total`."""
    if arrivals == "poisson":
        # Eight standard deviations more than the mean: that many gaps end beyond `total`.
        gaps = draw_exponentials(seed, math.ceil(total + 8 * math.sqrt(total) + 16))
        return np.cumsum(gaps)
    if arrivals == "typing":
        return np.cumsum(_keys(total, seed))
    count = math.ceil(total)
    return np.arange(count) + draw_units(seed, 1 if arrivals == "regular" else count)


def _keys(total: float, seed: int) -> npt.NDArray[np.float64]:
    """Times between keys, in units of their mean: a mixture of fluent ones and of pauses to think.

    That it is a mixture is Roeser et al., "Modelling disfluencies in typing", 2021; the weights are ours. At
    4.3 keys a second a fluent key follows after 93 ms, and every seventh after a second.
    """
    count = math.ceil(total + 20 * math.sqrt(total) + 64)
    fluent = _FLUENT_MEAN * (0.5 + draw_units(derive_seed(seed, "fluent"), count))
    pause_mean = (1 - _FLUENT_SHARE * _FLUENT_MEAN) / (1 - _FLUENT_SHARE)
    pauses = pause_mean * draw_exponentials(derive_seed(seed, "pauses"), count)
    which = draw_units(derive_seed(seed, "fluency"), count)
    return np.where(which < _FLUENT_SHARE, fluent, pauses)

"""How the load changes over a run: a factor on every rate, second by second.

Only additions, multiplications and divisions decide, so that a plan is the same on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["SHAPE_KINDS", "LoadShape"]

# Name of each kind and the parameters it takes, with the values they have when not given.
SHAPE_KINDS: dict[str, dict[str, float | tuple[float, ...]]] = {
    "constant": {},
    "soak": {},
    "ramp": {"from": 0.1, "to": 1.0},
    "step": {"levels": (0.25, 0.5, 1.0)},
    "spike": {"height": 5.0, "at": 0.5, "width": 0.1},
    "sine": {"low": 0.5, "high": 1.5, "periods": 3.0},
    "working_day": {"lunch": 0.5, "night": 0.1},
}
# From eight in the morning to six in the evening: who is there of those who come, at shares of that time. By
# half past nine most are, from noon to half past one many eat, from five on they leave. The hours are ours.
_DAY_SHARES = (0.0, 0.15, 0.4, 0.45, 0.5, 0.55, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class LoadShape:
    """`kind` is one of SHAPE_KINDS; `parameters` are pairs of a name and its value.

    - constant: 1 throughout; soak is its name where it goes on for hours.
    - ramp: from `from` to `to`, evenly.
    - step: each of `levels` for an equal share of the time.
    - spike: 1, but `height` for the share `width` of the time, a second at least, centred at the share `at`.
    - sine: between `low` and `high`, `periods` times, beginning in the middle and rising.
    - working_day: from `night` up to 1 in the morning, down to `lunch` and up again around noon, and down to
      `night` in the evening, evenly between these.
    """

    kind: str = "constant"
    parameters: tuple[tuple[str, float | tuple[float, ...]], ...] = ()

    def factors(self, seconds: int) -> npt.NDArray[np.float64]:
        """The factor for each second of a run of `seconds`, shape (seconds,), taken in its middle."""
        given = {**SHAPE_KINDS[self.kind], **dict(self.parameters)}
        share = (np.arange(seconds, dtype=np.float64) + 0.5) / max(seconds, 1)
        if self.kind == "ramp":
            low, high = _number(given["from"]), _number(given["to"])
            return low + (high - low) * share
        if self.kind == "step":
            levels = given["levels"]
            steps = np.array(levels if isinstance(levels, tuple) else (levels,), dtype=np.float64)
            chosen: npt.NDArray[np.float64] = steps[(share * len(steps)).astype(np.int64)]
            return chosen
        if self.kind == "spike":
            at, width = _number(given["at"]), _number(given["width"])
            within = np.abs(share - at) <= width / 2
            if seconds and at <= 1 and not within.any():
                within[min(int(at * seconds), seconds - 1)] = True
            return np.where(within, _number(given["height"]), 1.0)
        if self.kind == "sine":
            low, high = _number(given["low"]), _number(given["high"])
            return low + (high - low) * (1 + _sine(share * _number(given["periods"]))) / 2
        if self.kind == "working_day":
            night, lunch = _number(given["night"]), _number(given["lunch"])
            return _between(share, _DAY_SHARES, (night, 1.0, 1.0, lunch, lunch, 1.0, 1.0, night))
        return np.ones(seconds)

    @property
    def highest(self) -> float:
        """The largest factor there may be."""
        given = {**SHAPE_KINDS[self.kind], **dict(self.parameters)}
        values = [
            one for value in given.values() for one in (value if isinstance(value, tuple) else (value,))
        ]
        if self.kind == "spike":
            return max(1.0, _number(given["height"]))
        if self.kind == "sine":
            return max(_number(given["low"]), _number(given["high"]))
        return max([1.0, *values] if self.kind == "working_day" else values, default=1.0)

    def integral(self, from_share: float, to_share: float) -> float:
        """Of the factor, between two shares of the time: 1 for all of it where it is 1 throughout. Of a sine
        not more than that, but not less."""
        given = {**SHAPE_KINDS[self.kind], **dict(self.parameters)}
        length = to_share - from_share
        if self.kind == "ramp":
            low, high = _number(given["from"]), _number(given["to"])
            return length * (low + (high - low) * (from_share + to_share) / 2)
        if self.kind == "step":
            levels = given["levels"] if isinstance(given["levels"], tuple) else (_number(given["levels"]),)
            edges = np.clip(np.arange(len(levels) + 1) / len(levels), from_share, to_share)
            return float(np.diff(edges) @ np.array(levels))
        if self.kind == "spike":
            at, half = _number(given["at"]), _number(given["width"]) / 2
            within = max(min(at + half, to_share) - max(at - half, from_share), 0.0)
            return length + within * (_number(given["height"]) - 1)
        if self.kind == "working_day":
            night, lunch = _number(given["night"]), _number(given["lunch"])
            places = np.unique(np.clip((from_share, to_share, *_DAY_SHARES), from_share, to_share))
            values = _between(places, _DAY_SHARES, (night, 1.0, 1.0, lunch, lunch, 1.0, 1.0, night))
            return float(np.diff(places) @ (values[:-1] + values[1:]) / 2)
        return length * self.highest


def _number(value: float | tuple[float, ...]) -> float:
    return value[0] if isinstance(value, tuple) else value


def _between(
    at: npt.NDArray[np.float64], places: tuple[float, ...], values: tuple[float, ...]
) -> npt.NDArray[np.float64]:
    """The straight lines through `values` at `places`, ascending, which include every `at`. np.interp, whose
    last bit is nobody's promise, written out."""
    xs, ys = np.array(places), np.array(values)
    before = np.clip(np.searchsorted(xs, at, side="right") - 1, 0, len(xs) - 2)
    part = (at - xs[before]) / (xs[before + 1] - xs[before])
    found: npt.NDArray[np.float64] = ys[before] + part * (ys[before + 1] - ys[before])
    return found


def _sine(turns: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """sin(2π·turns) to 0.002, from arithmetic that is exact to the last bit everywhere.

    Bhaskara I's rational approximation, 7th century: sin(πx) ≈ 16x(1−x) / (5 − 4x(1−x)) on [0, 1].
    """
    half = (turns - np.floor(turns)) * 2
    x = np.where(half < 1, half, half - 1)
    product = x * (1 - x)
    value: npt.NDArray[np.float64] = 16 * product / (5 - 4 * product)
    return np.where(half < 1, value, -value)

"""What a scaling experiment varies: one variable at a time, through levels.

Pure values; knows nothing of what a machine can offer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pytest_rustide_load.errors import did_you_mean
from pytest_rustide_load.units import parse_bytes

__all__ = ["MOST_USERS", "SCALE_VARIABLES", "ScaleAxis", "ScaleLevel", "parse_scale"]

# Of the server: cores and memory it may use, the directory its workspace lies in; and of the load: users, and
# lines of code.
SCALE_VARIABLES = ("cores", "memory", "storage", "users", "loc")
_MOST_LEVELS = 20
MOST_USERS = 10_000
_MOST = {"cores": 4_096, "users": MOST_USERS, "loc": 5_000_000}


@dataclass(frozen=True, slots=True)
class ScaleLevel:
    """`name` as it was written; `value` in cores, bytes, users or lines, 0 for a directory."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class ScaleAxis:
    """`variable` is one of SCALE_VARIABLES; the levels of a number ascend."""

    variable: str
    levels: tuple[ScaleLevel, ...]


def parse_scale(text: str) -> tuple[tuple[ScaleAxis, ...], list[str]]:
    """`"cores=1,2,4;users=1,2,5,10"` as axes in that order, and what is wrong with it, a sentence each."""
    axes: list[ScaleAxis] = []
    problems: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, given, levels = (word.strip() for word in part.partition("="))
        if name not in SCALE_VARIABLES:
            problems.append(f"unknown variable {name!r}: {did_you_mean(name, SCALE_VARIABLES)}")
        elif not given:
            problems.append(f"{name} has no levels (write it like '{name}={_EXAMPLES[name]}')")
        elif name in {axis.variable for axis in axes}:
            problems.append(f"{name} is there twice")
        else:
            found = []
            for word in filter(None, (word.strip() for word in levels.split(","))):
                try:
                    found.append(ScaleLevel(word, _value(name, word)))
                except ValueError as error:
                    problems.append(f"{name}: {error}")
            if name != "storage":
                found.sort(key=lambda level: level.value)
            problems += _wrong(name, found)
            axes.append(ScaleAxis(name, tuple(found)))
    if not axes and not problems:
        problems.append("names nothing to vary (write it like 'cores=1,2,4;users=1,2,5,10')")
    return tuple(axes), problems


_EXAMPLES = {
    "cores": "1,2,4",
    "memory": "512MB,1GB",
    "storage": "/mnt/ssd,/dev/shm",
    "users": "1,2,5,10",
    "loc": "5000,20000,80000",
}


def _value(variable: str, word: str) -> float:
    if variable == "storage":
        return 0.0
    if variable == "memory":
        size = parse_bytes(word)
        if size <= 0:
            raise ValueError(f"{word!r} is no memory at all")
        return float(size)
    number = word.replace("_", "")
    if not number.isdecimal() or not 0 < int(number) <= _MOST[variable]:
        raise ValueError(f"{word!r} is not a whole number from 1 to {_MOST[variable]:,}")
    return float(int(number))


def _wrong(variable: str, levels: list[ScaleLevel]) -> Iterator[str]:
    keys = [level.name if variable == "storage" else level.value for level in levels]
    if len(set(keys)) < len(keys):
        yield f"{variable}: a level is there twice"
    if len(levels) < 2:
        yield f"{variable}: it takes two levels to compare"
    if len(levels) > _MOST_LEVELS:
        yield f"{variable}: {len(levels)} levels are more than {_MOST_LEVELS}"

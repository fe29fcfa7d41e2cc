"""Which cores are whose in a scaling experiment: generator and server never share one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Placement", "place"]


@dataclass(frozen=True, slots=True)
class Placement:
    """The cores of each; `note` says what could not be kept apart."""

    generator: frozenset[int]
    server: frozenset[int]
    note: str = ""

    def describe(self) -> str:
        """For people."""
        mine, theirs = _named(self.generator), _named(self.server)
        return f"generator on {mine}, server on {theirs}{self.note and ', '}{self.note}"


def place(groups: Sequence[Sequence[int]], count: int | None = None) -> Placement | str:
    """`count` cores for the server, or all but the generator's; or why not, as a sentence. `groups` are the
    logical cores that share a physical one, of which the generator gets the first."""
    if len(groups) < 2:
        return "this machine has one core, and generator and server must not share it"
    # A core of each physical one before a second of any.
    deepest = max(map(len, groups))
    free = [group[at] for at in range(deepest) for group in groups[1:] if at < len(group)]
    if count is not None and count > len(free):
        here = sum(map(len, groups))
        return f"this machine has {here} cores, and {len(free)} of them {_beside(len(free))} the generator's"
    chosen = frozenset(free[:count])
    physical = sum(1 for group in groups[1:] if chosen & set(group))
    note = "" if physical == len(chosen) else f"on {physical} physical cores"
    return Placement(frozenset(groups[0]), chosen, note)


def _beside(count: int) -> str:
    return "is not" if count == 1 else "are not"


def _named(cores: frozenset[int]) -> str:
    return f"core{'' if len(cores) == 1 else 's'} {','.join(map(str, sorted(cores)))}"

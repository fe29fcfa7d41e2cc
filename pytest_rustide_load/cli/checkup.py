"""What a look at one thing of this machine finds. Values only."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["Finding", "State"]


class State(enum.StrEnum):
    """How well a thing serves load tests."""

    OK = "ok"
    LESS = "less"
    MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what there is, in a sentence, and the command that mends it, or where only a
    person can, one that shows what it comes from ("" for none)."""

    name: str
    state: State
    text: str
    mend: str = ""
    look: str = ""

"""A question that a user asks, and the answer to it while it waits to be judged."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from pytest_rustide_load.codebase import Landmark
from pytest_rustide_load.engine.checks import Asked, Checker, Edits
from pytest_rustide_load.stats.samples import Outcome

__all__ = ["PendingCheck", "Question"]


@dataclass(slots=True)
class PendingCheck:
    """An answer that is still to be judged, with what was asked; `row` is its sample, and `edits_on_arrival`
    are those made when it came. `query` is that of a search for symbols, and
    `searched` a place where what is searched for stands. `is_sure` says that no name was
    another from the question, at `asked_at`, to the answer."""

    checker: Checker
    operation: str
    landmark: Landmark | None
    path: str
    edits: Edits
    query: str = ""
    searched: Landmark | None = None
    row: int = -1
    result: msgspec.Raw | None = None
    edits_on_arrival: Edits | None = None
    asked_at: int = 0
    is_sure: bool = True

    @property
    def place(self) -> tuple[int, int]:
        """Line and byte of the codebase as generated that was asked about; -1 for a file as a whole."""
        landmark = self.landmark or self.searched
        return (-1, -1) if landmark is None else (landmark.line, landmark.column)

    def judge(self) -> tuple[Outcome, str]:
        """What the answer is, see `Checker.judge`, and for WRONG a sentence."""
        asked = Asked(
            self.operation,
            self.landmark,
            self.path,
            self.edits,
            self.edits_on_arrival,
            number=self.row,
            query=self.query,
            is_sure=self.is_sure,
        )
        return self.checker.judge(asked, self.result)


@dataclass(frozen=True, slots=True)
class Question:
    """A request ready to be sent, and how its answer will be judged."""

    method: str
    params: bytes
    check: PendingCheck

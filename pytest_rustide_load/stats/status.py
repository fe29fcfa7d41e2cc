"""The four answers a judgement may give, shared by all that judge.

Knows nothing of what is judged.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable

__all__ = ["Status", "worst_status"]


class Status(enum.StrEnum):
    """From good to bad. INCONCLUSIVE is what cannot be told from the data; it never counts as passed."""

    PASS = "PASS"  # noqa: S105  not a password
    WARN = "WARN"
    INCONCLUSIVE = "INCONCLUSIVE"
    FAIL = "FAIL"


_SEVERITY = {status: rank for rank, status in enumerate(Status)}


def worst_status(statuses: Iterable[Status]) -> Status | None:
    """The gravest of them, or None for none."""
    return max(statuses, key=lambda status: _SEVERITY[status], default=None)

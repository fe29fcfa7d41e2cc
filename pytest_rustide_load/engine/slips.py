"""What users do not wait for: which questions one gives up, and after how long.

Decided by the seed and the number of questions asked. Knows nothing of servers.
"""

from __future__ import annotations

from collections.abc import Mapping

from pytest_rustide_load.seeds import seeded_random
from pytest_rustide_load.units import NS_PER_MS
from pytest_rustide_load.workload import ErrorRates

__all__ = ["Slips"]

# How long people look at nothing before they go on typing, at most; an assumption.
_PATIENCE_NS = 300 * NS_PER_MS


class Slips:
    """The slips of one user; `rates` are probabilities, and `success` those of operations by themselves that
    the user waits."""

    def __init__(
        self, rates: ErrorRates, *, seed: int, user: int, success: Mapping[str, float] | None = None
    ) -> None:
        self._rates = rates
        self._success = success or {}
        self._random = seeded_random(seed, "slips", user)

    def patience_ns(self, operation: str) -> int | None:
        """After how long the next question of `operation` is given up where no answer has come; None where
        the user waits for it."""
        rate = self._rates.abandoned if operation == "completion" else self._rates.cancelled
        if operation in self._success:
            rate = 1 - self._success[operation]
        if not rate or self._random.random() >= rate:
            return None
        return int(self._random.random() * _PATIENCE_NS)

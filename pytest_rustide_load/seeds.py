"""Seeds derived from a run's seed by name, never by order or by worker.

A hash of the run seed and a path of names gives each consumer a seed of its own, so that adding a
consumer changes nobody else's numbers. Standard library only; no global random state.
"""

from __future__ import annotations

import hashlib
import random

__all__ = ["derive_seed", "seeded_random"]


def derive_seed(run_seed: int, *path: str | int) -> int:
    """A 64-bit seed for the consumer named by `path`, the same on every Python and machine."""
    text = "\x1f".join([str(run_seed), *(str(part) for part in path)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def seeded_random(run_seed: int, *path: str | int) -> random.Random:
    """A generator of its own for the consumer named by `path`.

    Only `random()` and `getrandbits()` keep their sequence across Python versions by documented
    promise; callers that need byte-identical results build on these two.
    """
    return random.Random(derive_seed(run_seed, *path))

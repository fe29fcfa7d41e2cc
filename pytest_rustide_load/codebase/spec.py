"""Which codebase: its seed and its size, checked.

Knows nothing of how it is generated.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields

from pytest_rustide_load.errors import ConfigError, Problem

__all__ = ["GENERATOR_VERSION", "CodebaseSpec"]

# Raised by one with every change of the bytes that any spec yields.
GENERATOR_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CodebaseSpec:
    """A codebase of about `loc` lines in `crates` crates, files of about `avg_file_bytes`.

    Raises ConfigError with every wrong value.
    """

    seed: int
    loc: int = 20_000
    crates: int = 4
    avg_file_bytes: int = 4_000

    def __post_init__(self) -> None:
        limits = {
            "seed": (0, 2**64 - 1),
            "loc": (200, 2_000_000),
            "crates": (1, 64),
            "avg_file_bytes": (1_000, 64_000),
        }
        problems = [
            Problem(f"{name}={value!r} is not a whole number from {low} to {high}", "CodebaseSpec")
            for name, (low, high) in limits.items()
            for value in [getattr(self, name)]
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high
        ]
        if problems:
            raise ConfigError(problems)

    def digest(self) -> str:
        """Names the bytes: equal digests are equal codebases."""
        values = ",".join(f"{field.name}={getattr(self, field.name)}" for field in fields(self))
        return hashlib.sha256(f"generator={GENERATOR_VERSION},{values}".encode()).hexdigest()

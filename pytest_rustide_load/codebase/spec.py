"""Which codebase: its seed and its size, checked; and the named kinds.

Knows nothing of how it is generated.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from math import isqrt

from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean

__all__ = ["GENERATOR_VERSION", "PROFILES", "CodebaseSpec"]

# Raised by one with every change of the bytes that any spec yields.
GENERATOR_VERSION = 3

# The named kinds. `custom` is what a spec that names none starts from.
PROFILES: dict[str, dict[str, int]] = {
    "custom": {"loc": 20_000, "crates": 4, "dependency_depth": 3, "shared_component_fan_in": 0},
    "small-project": {
        "loc": 5_000, "files": 26, "crates": 2, "dependency_depth": 2, "shared_component_fan_in": 8,
    },
    "team": {
        "loc": 30_000, "files": 136, "crates": 6, "dependency_depth": 4, "shared_component_fan_in": 60,
    },
    "large": {
        "loc": 110_000, "files": 500, "crates": 16, "dependency_depth": 5, "shared_component_fan_in": 80,
    },
    "enterprise": {
        "loc": 500_000, "files": 2_000, "crates": 40, "dependency_depth": 5, "shared_component_fan_in": 200,
    },
    "wide-refactor": {
        "loc": 36_000, "files": 164, "crates": 6, "dependency_depth": 5, "shared_component_fan_in": 80,
    },
}  # fmt: skip

_LIMITS = {
    "seed": (0, 2**64 - 1),
    "loc": (200, 2_000_000),
    "files": (1, 20_000),
    "crates": (1, 64),
    "avg_file_bytes": (800, 64_000),
    "dependency_depth": (1, 16),
    "shared_component_fan_in": (0, 10_000),
}
_BYTES_PER_LINE = 27


@dataclass(frozen=True, slots=True, kw_only=True)
class CodebaseSpec:
    """A codebase of about `loc` lines of Rust in `files` files and `crates` crates.

    `profile` names one of PROFILES, whose values hold for what is not given; without `files` their number
    follows from `avg_file_bytes`. Crates build on one another in `dependency_depth` levels. The type that
    `shared_component_fan_in` files or more use stands in the lowest crate; 0 asks for none in particular.

    Raises ConfigError with every wrong value.
    """

    seed: int
    profile: str = "custom"
    loc: int = -1
    files: int = -1
    crates: int = -1
    avg_file_bytes: int = 4_000
    dependency_depth: int = -1
    shared_component_fan_in: int = -1

    def __post_init__(self) -> None:
        if not isinstance(self.profile, str) or self.profile not in PROFILES:
            known = did_you_mean(str(self.profile), PROFILES)
            raise ConfigError(Problem(f"unknown profile {self.profile!r}: {known}", "CodebaseSpec"))
        self._fill_in(PROFILES[self.profile])
        problems = self._out_of_range(tuple(_LIMITS)) or self._contradictions()
        if problems:
            raise ConfigError(problems)

    def _fill_in(self, defaults: dict[str, int]) -> None:
        """Give every value that was not given: the profile's, or what goes with those that were."""

        def given(name: str, default: int) -> int:
            value: int = getattr(self, name)
            if value == -1:
                object.__setattr__(self, name, default)
            return default if value == -1 else value

        loc, crates = given("loc", defaults["loc"]), given("crates", defaults["crates"])
        if self._out_of_range(("loc", "crates", "avg_file_bytes")):
            return
        # A codebase of another size than the profile's has as many files as that size asks for.
        by_size = max(crates, loc * _BYTES_PER_LINE // self.avg_file_bytes)
        files = given("files", defaults.get("files", by_size) if loc == defaults["loc"] else by_size)
        given("dependency_depth", min(defaults["dependency_depth"], crates))
        given("shared_component_fan_in", min(defaults["shared_component_fan_in"], files // 2))

    def scale(self, factor: float) -> CodebaseSpec:
        """The same kind of codebase, `factor` times as large: as many lines a file, as deep dependencies, and
        crates that grow in number and in size alike."""
        crates = max(self.dependency_depth, min(64, isqrt(round(self.crates**2 * factor))))
        return replace(
            self,
            loc=round(self.loc * factor),
            files=max(crates, round(self.files * factor)),
            crates=crates,
            shared_component_fan_in=round(self.shared_component_fan_in * factor),
        )

    def digest(self) -> str:
        """Names the bytes: equal digests are equal codebases."""
        values = ",".join(
            f"{field.name}={getattr(self, field.name)}"
            for field in fields(self)
            if field.name not in ("profile", "avg_file_bytes")
        )
        return hashlib.sha256(f"generator={GENERATOR_VERSION},{values}".encode()).hexdigest()

    def _out_of_range(self, names: tuple[str, ...]) -> list[Problem]:
        return [
            Problem(f"{name}={value!r} is not a whole number from {low} to {high}", "CodebaseSpec")
            for name in names
            for low, high in [_LIMITS[name]]
            for value in [getattr(self, name)]
            # What was left open because of another mistake is none of its own; these two are never open.
            if (value != -1 or name in ("seed", "avg_file_bytes"))
            and (not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high)
        ]

    def _contradictions(self) -> list[Problem]:
        crates, files, fan_in = self.crates, self.files, self.shared_component_fan_in
        told = [
            (files < crates, f"files={files} are fewer than crates={crates}"),
            (self.loc < 20 * files, f"loc={self.loc} are less than 20 lines for each of files={files}"),
            (
                self.dependency_depth > crates,
                f"dependency_depth={self.dependency_depth} takes as many crates, and crates={crates}",
            ),
            (
                fan_in > files * 7 // 10,
                f"shared_component_fan_in={fan_in} is more than 70 % of files={files}",
            ),
        ]
        return [Problem(text, "CodebaseSpec") for wrong, text in told if wrong]

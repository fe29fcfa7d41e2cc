"""What is left to the machine whatever stress asks for: memory, and cores for the load generator.

Knows pytest's config and nothing of what the rest is used for.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pytest_rustide_load.errors import Problem
from pytest_rustide_load.units import MB, parse_bytes

__all__ = ["SafetyMargin", "read_margin"]

_MAX_CORES = 1_024


@dataclass(frozen=True, slots=True)
class SafetyMargin:
    """`keep_free_bytes` of memory and `spare_cores` are never taken by stress."""

    keep_free_bytes: int = 1000 * MB
    spare_cores: int = 1


def read_margin(config: pytest.Config, problems: list[Problem]) -> SafetyMargin:
    """That of the options, before that of the ini file; what is wrong with them goes to `problems`."""
    default = SafetyMargin()
    keep_free, where = _given(config, "load_keep_free")
    try:
        keep_free_bytes = parse_bytes(keep_free)
    except ValueError as error:
        problems.append(Problem(str(error), where))
        keep_free_bytes = default.keep_free_bytes
    spare, where = _given(config, "load_spare_cores")
    if spare.isdecimal() and int(spare) <= _MAX_CORES:
        return SafetyMargin(keep_free_bytes, int(spare))
    problems.append(Problem(f"{spare!r} is not a number of cores, such as 1", where))
    return SafetyMargin(keep_free_bytes, default.spare_cores)


def _given(config: pytest.Config, name: str) -> tuple[str, str]:
    """What was written, and where."""
    option = config.getoption(name)
    if option is not None:
        return str(option), f"--{name.replace('_', '-')}"
    return str(config.getini(name)), f"ini key {name}"

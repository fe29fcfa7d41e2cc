"""What budgets.yaml says of regressions: how much slower is too much, and which series may fail.

Stands beside the limits of an operation, of `memory`, of a scenario or of the defaults. Knows nothing of
how series are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pytest_rustide_load.units import parse_ratio
from pytest_rustide_load.yamltree import Node

__all__ = ["GATE_KEYS", "MEMORY", "GateSection", "Gates", "parse_gate", "parse_threshold"]

GATE_KEYS = {
    "regression_threshold": "how much slower, or larger, than the baseline is a regression",
    "critical": "whether a regression fails; where any series is critical, the others only warn",
}
# The section of the series "memory peak", beside those of operations.
MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class GateSection:
    """One section's say; None where it says nothing."""

    threshold_ratio: float | None = None
    critical: bool | None = None


@dataclass(frozen=True, slots=True)
class Gates:
    """By scenario (None: the defaults) and operation (None: all of them)."""

    sections: Mapping[tuple[str | None, str | None], GateSection] = field(default_factory=dict)

    def threshold_ratio(self, scenario: str, operation: str, family: str = "") -> float | None:
        """A scenario's own comes before that of the family whose matrix it is a cell of, this before the
        defaults, and an operation's before those of all."""
        places = ((where, what) for where in (scenario, family, None) for what in (operation, None))
        given = (self.sections.get(place, GateSection()).threshold_ratio for place in places)
        return next((ratio for ratio in given if ratio is not None), None)

    def is_critical(self, scenario: str, operation: str, family: str = "") -> bool:
        """As `threshold_ratio`."""
        places = ((where, operation) for where in (scenario, family, None))
        given = (self.sections.get(place, GateSection()).critical for place in places)
        return next((critical for critical in given if critical is not None), False)


def parse_threshold(value: object) -> float:
    """A share above nothing and up to all. ValueError."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is not a share, such as 5%")
    ratio = parse_ratio(value) if isinstance(value, str) else float(value)
    if not 0 < ratio <= 1:
        raise ValueError(f"{value!r} is not a share above 0 and up to 100%")
    return ratio


def parse_gate(
    entries: Iterable[tuple[str, int, Node]], operation: str | None, complain: Callable[[int, str], None]
) -> GateSection:
    """The say of one section, from those of its entries that are of GATE_KEYS; `complain` is told the line of
    each mistake."""
    threshold: float | None = None
    critical: bool | None = None
    for key, line, node in entries:
        if key == "regression_threshold":
            try:
                threshold = parse_threshold(node.value)
            except ValueError as error:
                complain(line, f"{key}: {error}")
        elif operation is None:
            complain(line, f"{key}: of an operation, or of {MEMORY}, and not of all")
        elif isinstance(node.content, bool):
            critical = node.content
        else:
            complain(line, f"{key}: {node.value!r} is neither true nor false")
    return GateSection(threshold, critical)

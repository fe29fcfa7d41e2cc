"""A figure of the requirement that a scenario, or a kind of user, was made from.

A pure value; whether what stands for it is there is nobody's business here.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Figure"]


@dataclass(frozen=True, slots=True)
class Figure:
    """What was `stated`, verbatim. `by` names what makes it so: keys of the scenario, or of those in them
    (`operations.hover`), or of its budgets (`budgets.hover.p95_ms`). `note` says more in words; of a figure
    that nothing makes so, why."""

    stated: str
    by: tuple[str, ...] = ()
    note: str = ""

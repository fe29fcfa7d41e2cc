"""How response times and memory grow over the steps of a ramp: the line through the steps, and its order.

Values in, values and lines out; knows nothing of terminals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pytest_rustide_load.report.scaling import RegressionMetrics
from pytest_rustide_load.report.scaling_build import regression
from pytest_rustide_load.report.scaling_text import slope_sentence
from pytest_rustide_load.report.table import wrap
from pytest_rustide_load.stats.memory import MemoryPart
from pytest_rustide_load.stats.summary import RunPart
from pytest_rustide_load.units import NS_PER_MS, mb_from_bytes

if TYPE_CHECKING:
    from pytest_rustide_load.report.results import LoadTestResults

__all__ = ["ramp_slopes", "render_ramp"]


def ramp_slopes(
    parts: Sequence[RunPart], memory: Sequence[MemoryPart], *, is_void: bool
) -> tuple[RegressionMetrics, ...]:
    """Slopes of the p95 of all that users wait for, and of the peak of memory, over the steps of a ramp;
    nothing for a run without one, and none of a p95 whose timings are void.

    A point is a step. A p95 that falls on what never ended is left out: it is a lower bound, and on no line.
    """
    if len({part.level for part in parts}) < 2:
        return ()
    p95s = [
        (part.level, part.pool.p95_ns.value / NS_PER_MS)
        for part in parts
        if not is_void and part.pool.p95_ns is not None and not part.pool.p95_ns.is_lower_bound
    ]
    held = {one.name: mb_from_bytes(one.peak_bytes) for one in memory}
    peaks = [(part.level, held[part.name]) for part in parts if part.name in held]
    found = (regression("load", "p95_ms", p95s), regression("load", "rss_peak_mb", peaks))
    return tuple(slope for slope in found if slope is not None)


def render_ramp(results: LoadTestResults, width: int = 80) -> list[str]:
    """A line for each slope; nothing for a run without a ramp."""
    return [line for slope in results.slopes for line in wrap(slope_sentence(slope), width, "  ")]

"""The slowest requests of a run, with places as people write them. Knows nothing of time."""

from __future__ import annotations

from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.stats.samples import SampleLog
from pytest_rustide_load.stats.slowest import Kept, Slowest, SlowSample

__all__ = ["slow_samples"]


def slow_samples(
    slowest: Slowest, samples: SampleLog, codebase: Codebase | ForeignCodebase
) -> tuple[SlowSample, ...]:
    """Lines and columns from 1, columns in characters."""
    return tuple(_slow(kept, samples, codebase) for kept in slowest.kept() if samples.holds(kept.row))


def _slow(kept: Kept, samples: SampleLog, codebase: Codebase | ForeignCodebase) -> SlowSample:
    sample = samples[kept.row]
    line = column = None
    if kept.line >= 0:
        text = codebase.text(kept.path).split("\n")[kept.line].encode()
        line, column = kept.line + 1, len(text[: kept.column].decode()) + 1
    return SlowSample(
        operation=sample.operation,
        user=sample.user,
        intended_ns=sample.intended_ns,
        latency_ns=sample.latency_ns,
        outcome=sample.outcome,
        path=kept.path,
        line=line,
        column=column,
        version=kept.version,
    )

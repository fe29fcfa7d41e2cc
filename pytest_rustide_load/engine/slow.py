"""The slowest requests of a run, with places as people write them. Knows nothing of time."""

from __future__ import annotations

from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.stats.samples import SampleLog
from pytest_rustide_load.stats.slowest import Kept, Slowest, SlowSample

__all__ = ["name_slowest", "slow_samples"]


def slow_samples(
    slowest: Slowest, samples: SampleLog, codebase: Codebase | ForeignCodebase
) -> tuple[SlowSample, ...]:
    """The slowest first. Lines and columns from 1, columns in characters."""
    name_slowest(slowest, samples, codebase)
    return tuple(slowest.named.values())


def name_slowest(slowest: Slowest, samples: SampleLog, codebase: Codebase | ForeignCodebase) -> None:
    """Keep what is to be said of each, before `samples` forget its row."""
    before = slowest.named
    slowest.named = {
        kept.row: _slow(kept, samples, codebase) if samples.holds(kept.row) else before[kept.row]
        for kept in slowest.kept()
        if samples.holds(kept.row) or kept.row in before
    }


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

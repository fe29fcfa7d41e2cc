"""Samples and what is derived from them: summaries, quantiles, histograms, comparisons.

Pure: no clock, no files, no processes. Must not know budgets or reports.
"""

from __future__ import annotations

from pytest_rustide_load.stats.histogram import Histogram
from pytest_rustide_load.stats.quantiles import Estimate, bootstrap_interval, min_samples_for, quantile
from pytest_rustide_load.stats.record import (
    GeneratorStats,
    PartOfRun,
    ResourceSample,
    RunRecord,
    SafetyMetrics,
)
from pytest_rustide_load.stats.resources import ResourceSummary, summarise_resources
from pytest_rustide_load.stats.samples import NEVER, Outcome, PhaseKind, Sample, SampleLog
from pytest_rustide_load.stats.status import Status, worst_status
from pytest_rustide_load.stats.summary import Distribution, RunSummary, Summary, summarise

__all__ = [
    "NEVER",
    "Distribution",
    "Estimate",
    "GeneratorStats",
    "Histogram",
    "Outcome",
    "PartOfRun",
    "PhaseKind",
    "ResourceSample",
    "ResourceSummary",
    "RunRecord",
    "RunSummary",
    "SafetyMetrics",
    "Sample",
    "SampleLog",
    "Status",
    "Summary",
    "bootstrap_interval",
    "min_samples_for",
    "quantile",
    "summarise",
    "summarise_resources",
    "worst_status",
]

"""Results as values, JSON and text.

Pure: no files, terminals or pytest.
"""

from __future__ import annotations

from pytest_rustide_load.report.build import build_results, noise_floor_of
from pytest_rustide_load.report.missed import render_missed_budgets
from pytest_rustide_load.report.results import (
    SCHEMA_VERSION,
    AgentFigures,
    BackendIdentity,
    CodebaseIdentity,
    LoadTestResults,
    StressFigure,
)
from pytest_rustide_load.report.results_file import decode_results, encode_results, json_schema
from pytest_rustide_load.report.series import series_of
from pytest_rustide_load.report.text import render_results, render_warnings

__all__ = [
    "SCHEMA_VERSION",
    "AgentFigures",
    "BackendIdentity",
    "CodebaseIdentity",
    "LoadTestResults",
    "StressFigure",
    "build_results",
    "decode_results",
    "encode_results",
    "json_schema",
    "noise_floor_of",
    "render_missed_budgets",
    "render_results",
    "render_warnings",
    "series_of",
]

"""Results as values, JSON and text.

Pure: no files, terminals or pytest.
"""

from __future__ import annotations

from pytest_rustide_load.report.build import build_results
from pytest_rustide_load.report.results import (
    SCHEMA_VERSION,
    BackendIdentity,
    CodebaseIdentity,
    LoadTestResults,
    decode_results,
    encode_results,
    from_builtins,
    json_schema,
    to_builtins,
)
from pytest_rustide_load.report.text import render_failures, render_results, render_warnings

__all__ = [
    "SCHEMA_VERSION",
    "BackendIdentity",
    "CodebaseIdentity",
    "LoadTestResults",
    "build_results",
    "decode_results",
    "encode_results",
    "from_builtins",
    "json_schema",
    "render_failures",
    "render_results",
    "render_warnings",
    "to_builtins",
]

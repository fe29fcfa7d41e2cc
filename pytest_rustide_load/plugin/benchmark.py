"""Our series in pytest-benchmark's table, files and comparisons.

Runs in the controlling process only, where pytest-benchmark saves and compares even under pytest-xdist.
Knows of no more of it than its session's list of benchmarks, and copes where it is not there.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

__all__ = ["hand_over", "is_wanted"]

# Whoever gives one of these wants to see or keep what pytest-benchmark makes of a run.
_OPTIONS = (
    "benchmark_save",
    "benchmark_autosave",
    "benchmark_json",
    "benchmark_histogram",
    "benchmark_compare",
    "benchmark_compare_fail",
    "benchmark_verbose",
    "benchmark_columns",
    "benchmark_sort",
    "benchmark_group_by",
)
_SORT_BY_DEFAULT = "min"
_GROUP_BY_DEFAULT = "group"


def is_wanted(config: pytest.Config) -> bool:
    """Whether the session asks anything of pytest-benchmark: its table of every operation is wide, and ours
    says the same to those who do not."""
    session = getattr(config, "_benchmarksession", None)
    if session is None or config.getoption("benchmark_disable", default=False):
        return False
    defaults = {"benchmark_sort": _SORT_BY_DEFAULT, "benchmark_group_by": _GROUP_BY_DEFAULT}
    given = any(
        config.getoption(name, default=None) not in (None, False, [], defaults.get(name)) for name in _OPTIONS
    )
    return bool(given or session.benchmarks)


def hand_over(config: pytest.Config, series: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Append `series`, pairs of an item's id and what report.series_of gave, to pytest-benchmark's.

    Several of one name, of an item that ran a scenario several times, are one benchmark with more rounds.
    """
    if not is_wanted(config):
        return
    from pytest_benchmark.stats import Metadata

    # It has no annotations.
    make: Any = Metadata
    rounds: dict[str, list[float]] = {}
    first: dict[str, dict[str, Any]] = {}
    for nodeid, one in series:
        fullname = f"{nodeid}::{one['name']}"
        first.setdefault(fullname, one)
        rounds.setdefault(fullname, []).extend(one["seconds"])
    for fullname, one in first.items():
        fixture = SimpleNamespace(
            name=one["name"],
            fullname=fullname,
            group=one["group"],
            param=None,
            params=None,
            extra_info=one["extra_info"],
            cprofile_stats=None,
            has_error=False,
        )
        count = len(rounds[fullname])
        metadata = make(fixture, iterations=1, options={"timer": "rustide-load", "min_rounds": count})
        for seconds in rounds[fullname]:
            metadata.stats.update(seconds)
        config._benchmarksession.benchmarks.append(metadata)  # type: ignore[attr-defined]  # pytest-benchmark's

"""Everything a load test needs in one process: settings read once, one event loop, one lock.

The composition root proper: joins launcher, session, readiness, codebase, engine, probe, budgets and
report. Knows how they follow one another, and none of their insides.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import warnings
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from pytest_rustide_load.backends import resolve_launcher
from pytest_rustide_load.budgets import Budget, BudgetFile, merge_budgets, parse_marker
from pytest_rustide_load.codebase import Codebase, CodebaseSpec, generate_codebase
from pytest_rustide_load.errors import ConfigError, did_you_mean
from pytest_rustide_load.plugin import controller
from pytest_rustide_load.plugin.backend import IdeBackend, start
from pytest_rustide_load.plugin.options import RUNS_KEY, RUNTIME_KEY, is_worker
from pytest_rustide_load.plugin.progress import Progress
from pytest_rustide_load.plugin.settings import Settings, read_settings
from pytest_rustide_load.scenarios import load_scenarios, load_suites
from pytest_rustide_load.workload import Scenario, operation_names

if TYPE_CHECKING:
    from pytest_rustide_load.ports import Launcher
    from pytest_rustide_load.report import LoadTestResults

__all__ = ["Runtime", "get_runtime"]


def get_runtime(config: pytest.Config) -> Runtime:
    """The runtime of this process, made at first use."""
    runtime = config.stash.get(RUNTIME_KEY, None)
    if runtime is None:
        runtime = config.stash[RUNTIME_KEY] = Runtime(config)
    return runtime

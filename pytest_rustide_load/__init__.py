"""Honest load tests for Rust IDE backends (LSP servers), written and run as pytest tests.

The public names of the package; each is imported when it is first used, so that importing the package
costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

# Public name -> the room it lives in.
_HOMES = {
    "Budget": "budgets",
    "Codebase": "codebase",
    "CodebaseSpec": "codebase",
    "ConfigError": "errors",
    "EnvironmentConfig": "workload",
    "ErrorRates": "workload",
    "LoadTestResults": "report",
    "OperationPattern": "workload",
    "Outcome": "stats",
    "Range": "workload",
    "RustIdeLoadError": "errors",
    "Scenario": "workload",
    "StatisticalDistribution": "workload",
    "TimingProfile": "workload",
    "UserBehavior": "workload",
    "WorkingSet": "workload",
    "generate_codebase": "codebase",
    "load_scenarios": "scenarios",
}

__all__ = [  # noqa: PLE0604 - the names are those of _HOMES, all of them strings
    "__version__",
    *sorted(_HOMES),
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return __all__

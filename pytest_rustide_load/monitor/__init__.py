"""Watching a backend's process tree, and what machine it runs on.

Knows nothing of LSP, scenarios or pytest.
"""

from __future__ import annotations

from pytest_rustide_load.monitor.details import TreeDetails, TreeDetailsProbe
from pytest_rustide_load.monitor.fingerprint import host_fingerprint, short_hash
from pytest_rustide_load.monitor.host import HostProbe, HostSample
from pytest_rustide_load.monitor.probe import ProcessTreeProbe

__all__ = [
    "HostProbe",
    "HostSample",
    "ProcessTreeProbe",
    "TreeDetails",
    "TreeDetailsProbe",
    "host_fingerprint",
    "short_hash",
]

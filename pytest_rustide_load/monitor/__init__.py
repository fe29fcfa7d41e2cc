"""Watching a backend's process tree, and what machine it runs on.

Knows nothing of LSP, scenarios or pytest.
"""

from __future__ import annotations

from pytest_rustide_load.monitor.cgroup import cpu_quota_cores, memory_limit_bytes
from pytest_rustide_load.monitor.combined import CombinedProbe
from pytest_rustide_load.monitor.details import TreeDetailsProbe
from pytest_rustide_load.monitor.endpoints import EndpointScraper
from pytest_rustide_load.monitor.fingerprint import host_fingerprint, short_hash
from pytest_rustide_load.monitor.host import HostProbe
from pytest_rustide_load.monitor.observer import Observer
from pytest_rustide_load.monitor.probe import ProcessTreeProbe
from pytest_rustide_load.monitor.scraping import Scraping
from pytest_rustide_load.monitor.working_set import WorkingSet

__all__ = [
    "CombinedProbe",
    "EndpointScraper",
    "HostProbe",
    "Observer",
    "ProcessTreeProbe",
    "Scraping",
    "TreeDetailsProbe",
    "WorkingSet",
    "cpu_quota_cores",
    "host_fingerprint",
    "memory_limit_bytes",
    "short_hash",
]

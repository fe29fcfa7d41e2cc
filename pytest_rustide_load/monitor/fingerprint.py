"""What a machine is, as far as timings depend on it. No name of a host or a user.

Values are texts, made to be compared and shown.
"""

from __future__ import annotations

import hashlib
import os
import platform
from collections.abc import Mapping
from pathlib import Path

import psutil

from pytest_rustide_load.monitor.cgroup import cpu_quota_cores
from pytest_rustide_load.units import MB

__all__ = ["host_fingerprint", "short_hash"]


def host_fingerprint() -> dict[str, str]:
    """Name and value of everything that must match before timings of two runs are compared.

    `cores` are those this process may run on; `quota` is what a control group allows of them.
    """
    affinity = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    quota = cpu_quota_cores()
    return {
        "cpu": _cpu_model(),
        "cores": str(len(affinity)),
        "quota": "none" if quota is None else f"{quota:.3g} cores",
        "memory_gb": f"{psutil.virtual_memory().total / (1000 * MB):.0f}",
        "kernel": f"{platform.system()} {platform.release()}",
        "governor": _read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") or "unknown",
        "virtualised": "yes" if " hypervisor" in _read("/proc/cpuinfo") else "no or unknown",
        "python": platform.python_version(),
    }


def short_hash(fingerprint: Mapping[str, str]) -> str:
    """Eight characters that differ when any value does."""
    content = "\n".join(f"{name}={value}" for name, value in sorted(fingerprint.items()))
    return hashlib.sha256(content.encode()).hexdigest()[:8]


def _cpu_model() -> str:
    for line in _read("/proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine()


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""

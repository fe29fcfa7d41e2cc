"""Processes through psutil, for systems without /proc.

Slower, and blind to children that come and go between two looks: these systems do not say what waited-for
children have used.
"""

from __future__ import annotations

import psutil

from pytest_rustide_load.monitor.usage import Usage
from pytest_rustide_load.units import NS_PER_S

__all__ = ["PortableReader", "descendants"]


class PortableReader:
    """A `usage.ProcessReader` of one process."""

    def __init__(self, pid: int) -> None:
        """Raises ProcessLookupError where there is no such process."""
        try:
            self._process = psutil.Process(pid)
        except psutil.Error as error:
            raise ProcessLookupError(pid) from error

    def read(self) -> Usage | None:
        try:
            with self._process.oneshot():
                alive = self._process.status() != psutil.STATUS_ZOMBIE
                cpu = self._process.cpu_times()
                return Usage(
                    alive=alive,
                    rss_bytes=self._process.memory_info().rss if alive else 0,
                    threads=self._process.num_threads() if alive else 0,
                    own_cpu_ns=round((cpu.user + cpu.system) * NS_PER_S),
                )
        except psutil.Error:
            return None

    def close(self) -> None:
        """Nothing is held."""


def descendants(pid: int) -> list[int]:
    """Every process below `pid`."""
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return []

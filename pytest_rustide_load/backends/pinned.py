"""A launcher whose backends may run on some cores only, from their first moment on.

Programs count the cores they may use when they start, and make as many threads. Linux only. Knows nothing
of who else runs where.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pytest_rustide_load.ports import BackendInfo, Launcher, RunningBackend, Shared

__all__ = ["PinnedLauncher", "pinned"]


class PinnedLauncher:
    """ports.Launcher of what `inner` starts, on `cores`."""

    def __init__(self, inner: Launcher, cores: frozenset[int]) -> None:
        self._inner = inner
        self._cores = cores

    @property
    def info(self) -> BackendInfo:
        return self._inner.info

    @property
    def details(self) -> Mapping[str, str]:
        return self._inner.details

    @property
    def shares(self) -> bool:
        return self._inner.shares

    def caching(self) -> PinnedLauncher:
        """As the inner one."""
        return PinnedLauncher(self._inner.caching(), self._cores)

    async def launch(self, workspace: Path, *, within: tuple[str, ...] = ()) -> RunningBackend:
        """As the inner one."""
        # What is started inherits the cores of the thread that starts it.
        with _this_thread_on(self._cores):
            return await self._inner.launch(workspace, within=within)

    async def share(self, workspace: Path, *, within: tuple[str, ...] = ()) -> Shared:
        """As the inner one."""
        with _this_thread_on(self._cores):
            return await self._inner.share(workspace, within=within)


@contextmanager
def pinned(cores: frozenset[int]) -> Iterator[None]:
    """All threads of this process on `cores`, and back where each of them was."""
    before: dict[int, set[int]] = {}
    for task in map(int, os.listdir("/proc/self/task")):
        try:
            before[task] = os.sched_getaffinity(task)
            os.sched_setaffinity(task, cores)
        except OSError:
            # It has ended.
            before.pop(task, None)
    everywhere = before.get(os.getpid(), set(cores))
    try:
        yield
    finally:
        for task in map(int, os.listdir("/proc/self/task")):
            try:
                os.sched_setaffinity(task, before.get(task, everywhere))
            except OSError:
                continue


@contextmanager
def _this_thread_on(cores: frozenset[int]) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)

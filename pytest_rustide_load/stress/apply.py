"""Stressors for as long as a block of a run lasts, without holding up its event loop.

Knows nothing of what the block does, nor of what a stressor does beyond starting and stopping.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from pytest_rustide_load.stress.child import StressError
from pytest_rustide_load.stress.cpu import CpuContention, CpuReport, CpuStress
from pytest_rustide_load.stress.memory import MemoryPressure, MemoryReport, MemoryStress
from pytest_rustide_load.stress.storage import IoContention, IoReport, IoStress

__all__ = ["Stress", "StressReport", "Stressor", "applied"]

Stressor = CpuContention | MemoryPressure | IoContention
Stress = CpuStress | MemoryStress | IoStress
StressReport = CpuReport | MemoryReport | IoReport


@asynccontextmanager
async def applied(stressors: Sequence[Stressor]) -> AsyncIterator[tuple[Stress, ...]]:
    """Start them in order, stop them all at the end of the block, however it ends.

    The stressors yielded keep their final reports: `report()` after the block says what was achieved until
    its end. Raises StressError where one cannot be started; those before it are stopped then.
    """
    async with AsyncExitStack() as stack:
        running: list[Stress] = []
        for stressor in stressors:
            stress = await _start(stressor)
            stack.push_async_callback(_stop, stress)
            running.append(stress)
        yield tuple(running)


async def _start(stressor: Stressor) -> Stress:
    begin: Callable[[], Stress] = stressor.start
    starting = asyncio.ensure_future(asyncio.to_thread(begin))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # The thread cannot be stopped in the middle: what it starts must not be forgotten.
        with contextlib.suppress(StressError):
            (await starting).stop()
        raise


async def _stop(stress: Stress) -> None:
    try:
        await asyncio.to_thread(stress.stop)
    finally:
        # Cancelled before the thread began, it is still to be done; otherwise this does nothing.
        stress.stop()

"""Stressors around a block of asynchronous work: they run within it and are gone after it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from pytest_rustide_load.stress.apply import applied
from pytest_rustide_load.stress.child import StressError
from pytest_rustide_load.stress.cpu import CpuContention
from pytest_rustide_load.stress.memory import MemoryPressure
from pytest_rustide_load.units import MB

pytestmark = pytest.mark.alone

CPU = CpuContention(0.1, cores=1)


def _children() -> set[int]:
    return {int(pid) for path in Path("/proc/self/task").iterdir() for pid in _words(path / "children")}


def _words(path: Path) -> list[str]:
    # A thread may end while it is looked at.
    try:
        return path.read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def test_all_run_within_the_block_and_end_with_it() -> None:
    async def run() -> None:
        async with applied([CPU, MemoryPressure(10 * MB, "spike")]) as running:
            assert [stress.report().alive for stress in running] == [True, True]
        for stress in running:
            assert stress.report().alive
            with pytest.raises(ProcessLookupError):
                os.kill(stress.pid, 0)

    asyncio.run(run())


def test_a_refused_stressor_ends_those_before_it() -> None:
    before = _children()

    async def run() -> None:
        async with applied([CPU, MemoryPressure(10**18)]):
            pytest.fail("the second one cannot start")

    with pytest.raises(StressError):
        asyncio.run(run())
    assert _children() == before


@pytest.mark.parametrize("after_s", [0.0, 0.01, 0.3])
def test_a_cancelled_block_leaves_nothing(after_s: float) -> None:
    before = _children()

    async def run() -> None:
        async with asyncio.timeout(after_s), applied([CPU, CPU]):
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        asyncio.run(run())
    assert _children() == before

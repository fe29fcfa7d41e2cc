"""Starting odd processes and looking for what they leave behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from pytest_rustide_load.backends import BackendProcess, start_process
from pytest_rustide_load.ports import BackendInfo

ODD = Path(__file__).with_name("servers") / "odd.py"
_MARK = "RUSTIDE_LOAD_TEST_MARK"


def odd_command(*arguments: str) -> tuple[str, ...]:
    # -S and -I: these start many times.
    return (sys.executable, "-I", "-S", str(ODD), *arguments)


class Family:
    """All processes that were started with the same mark in their environment, however related."""

    def __init__(self) -> None:
        self.mark = f"{_MARK}={uuid.uuid4().hex}"

    @property
    def environment(self) -> dict[str, str]:
        name, _, value = self.mark.partition("=")
        return {**os.environ, name: value}

    def alive(self) -> list[int]:
        found = []
        for name in os.listdir("/proc"):
            if name.isdecimal():
                try:
                    environment = Path(f"/proc/{name}/environ").read_bytes().split(b"\0")
                except OSError:
                    continue
                if self.mark.encode() in environment:
                    found.append(int(name))
        return found

    def gone_within(self, timeout_s: float) -> bool:
        deadline_s = time.monotonic() + timeout_s
        while self.alive():
            if time.monotonic() > deadline_s:
                return False
            time.sleep(0.01)
        return True


class Conversation:
    """What a transport delivered."""

    def __init__(self, process: BackendProcess) -> None:
        self.received = bytearray()
        self.closed: list[str] = []
        process.transport().start(self.received.extend, self.closed.append)

    async def until(self, condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.005)

    async def line(self) -> str:
        """The first line."""
        await self.until(lambda: b"\n" in self.received)
        return self.received.partition(b"\n")[0].decode()


StartOdd = Callable[..., Awaitable[tuple[BackendProcess, Conversation]]]


@pytest.fixture
def family() -> Iterator[Family]:
    """A mark for the processes of one test; whatever of them is left at the end is killed."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs /proc to see who is left")
    family = Family()
    yield family
    for pid in family.alive():
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def start_odd(family: Family, tmp_path: Path) -> StartOdd:
    """`await start_odd(mode, ...)`: the process of servers/odd.py and what it says."""

    async def start(*arguments: str) -> tuple[BackendProcess, Conversation]:
        info = BackendInfo("odd", "1", odd_command(*arguments))
        process = await start_process(info, family.environment, tmp_path)
        return process, Conversation(process)

    return start


@pytest.fixture
def run() -> Callable[[Callable[[], Awaitable[None]]], None]:
    """Run an async function to its end, at most a minute."""

    def run(main: Callable[[], Awaitable[None]]) -> None:
        async def bounded() -> None:
            async with asyncio.timeout(60):
                await main()

        asyncio.run(bounded())

    return run

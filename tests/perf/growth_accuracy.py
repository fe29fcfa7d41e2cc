"""Servers whose answers take longer with size in a known order, as real processes, and which order is found.

    python tests/perf/growth_accuracy.py [REQUESTS]

Each answer takes a base cost and one that grows, with 10 % of log-normal noise, slept off in the server.
Prints what was named for each order, and the least other candidate. On a busy machine some are undetermined.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from pytest_rustide_load.backends.process import start_process
from pytest_rustide_load.engine import RealClock, Session, new_event_loop
from pytest_rustide_load.ports import BackendInfo
from pytest_rustide_load.stats.growth import ORDERS, growth_of

SERVER = Path(__file__).parents[1] / "servers" / "known_answer.py"
SIZES = (2, 4, 8, 16, 32, 64, 128)


async def latencies(order: str, size: int, requests: int, directory: Path) -> list[float]:
    """Seconds of each answer, asked one after the other."""
    command = (sys.executable, "-S", "-E", str(SERVER), f"grow-{order}", "1", str(size))
    process = await start_process(BackendInfo("grow", "", command), os.environ, directory)
    try:
        session = Session(process.transport(), RealClock())
        await session.initialize(directory, timeout_s=60)
        found = []
        for _ in range(requests):
            began_s = time.perf_counter()
            await session.request("textDocument/hover", {}, timeout_s=60)
            found.append(time.perf_counter() - began_s)
        return found
    finally:
        await process.stop(grace_s=0.2)


async def measured(order: str, requests: int, directory: Path) -> tuple[list[float], list[float]]:
    """Sizes and seconds of all answers of a server of that order."""
    sizes: list[float] = []
    seconds: list[float] = []
    for size in SIZES:
        each = await latencies(order, size, requests, directory)
        sizes += [float(size)] * len(each)
        seconds += each
    return sizes, seconds


def main() -> None:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    print(f"{len(SIZES)} sizes from {SIZES[0]} to {SIZES[-1]}, {requests} requests each")
    right = undetermined = 0
    with tempfile.TemporaryDirectory() as temporary, asyncio.Runner(loop_factory=new_event_loop) as runner:
        for order in ORDERS:
            growth = growth_of(*runner.run(measured(order.replace(" ", "-"), requests, Path(temporary))))
            assert growth is not None
            named = growth.order or f"undetermined between {', '.join(growth.candidates)}"
            right += growth.order == order
            undetermined += not growth.order and order in growth.candidates
            others = {name: by for name, by in growth.worse_by.items() if name != order}
            nearest = min(others, key=lambda name: others[name])
            print(
                f"{order:<10} named {named:<12} noise {growth.noise_ratio:.0%}, "
                f"next {nearest} ({others[nearest]:+.1f})",
                flush=True,
            )
    wrong = len(ORDERS) - right - undetermined
    open_ones = f"{undetermined} undetermined with the right one among them"
    print(f"{right} of {len(ORDERS)} right, {open_ones}, {wrong} wrong")


if __name__ == "__main__":
    main()

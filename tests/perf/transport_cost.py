"""The pipes to a backend compared with asyncio's own streams: run as a script, prints both.

A `cat` sends back what it gets. Round trips of one small message at a time show the latency, a few large
messages the throughput. Both run on the event loop that load tests use.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable

from pytest_rustide_load.backends import PipeTransport
from pytest_rustide_load.engine import new_event_loop

SMALL = b"x" * 300
LARGE = b"x" * 2_000_000
ROUNDS = 5000
LARGE_ROUNDS = 60

Exchange = Callable[[bytes], Awaitable[None]]
Contestant = tuple[subprocess.Popen[bytes], Exchange, Callable[[], None]]


def spawn() -> tuple[subprocess.Popen[bytes], int, int]:
    """A `cat`, and our ends of its input and output."""
    stdin_read, stdin_write = os.pipe()
    stdout_read, stdout_write = os.pipe()
    process = subprocess.Popen(["cat"], stdin=stdin_read, stdout=stdout_write)
    os.close(stdin_read)
    os.close(stdout_write)
    return process, stdin_write, stdout_read


async def ours() -> Contestant:
    process, stdin, stdout = spawn()
    transport = PipeTransport(stdin, stdout)
    received = 0
    wanted = 0
    done = asyncio.Event()

    def on_bytes(data: bytes) -> None:
        nonlocal received
        received += len(data)
        if received >= wanted:
            done.set()

    transport.start(on_bytes, lambda reason: None)

    async def exchange(message: bytes) -> None:
        nonlocal wanted
        done.clear()
        wanted += len(message)
        transport.write(message)
        await done.wait()

    return process, exchange, transport.close


async def streams() -> Contestant:
    process, stdin, stdout = spawn()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 22)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(stdout, "rb", 0))
    write, protocol = await loop.connect_write_pipe(
        lambda: asyncio.streams.FlowControlMixin(loop=loop), os.fdopen(stdin, "wb", 0)
    )
    writer = asyncio.StreamWriter(write, protocol, None, loop)

    async def exchange(message: bytes) -> None:
        writer.write(message)
        await reader.readexactly(len(message))

    return process, exchange, writer.close


async def measure(name: str, make: Callable[[], Awaitable[Contestant]]) -> None:
    process, exchange, close = await make()
    for _ in range(200):
        await exchange(SMALL)
    cpu_ns, times_ns = time.process_time_ns(), []
    for _ in range(ROUNDS):
        started_ns = time.perf_counter_ns()
        await exchange(SMALL)
        times_ns.append(time.perf_counter_ns() - started_ns)
    cpu_us = (time.process_time_ns() - cpu_ns) / ROUNDS / 1e3
    times_ns.sort()
    started_ns = time.perf_counter_ns()
    for _ in range(LARGE_ROUNDS):
        await exchange(LARGE)
    mb_per_s = 2 * len(LARGE) * LARGE_ROUNDS / (time.perf_counter_ns() - started_ns) * 1e3
    print(
        f"{name:16} round trip {times_ns[ROUNDS // 2] / 1e3:.0f} µs at the median, "
        f"{times_ns[ROUNDS * 99 // 100] / 1e3:.0f} µs at p99, {cpu_us:.0f} µs of CPU; "
        f"{mb_per_s:.0f} MB/s both ways together"
    )
    close()
    await asyncio.sleep(0.01)
    process.wait()


async def main() -> None:
    for _ in range(2):
        await measure("PipeTransport", ours)
        await measure("asyncio streams", streams)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(main())
    sys.exit(0)

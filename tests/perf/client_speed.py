"""Our client beside pygls': run as a script, prints both, measured in turn in one process against one server.

    python tests/perf/client_speed.py [SECONDS]

The server is a process of its own that answers every request with null as soon as it has read it. "callbacks"
is how load tests ask (`Session.send`), "awaited" the convenience on top of it (`Session.request`), which is
what pygls' `send_request_async` is. Every client uses the event loop it is made for.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from pygls.client import JsonRPCClient

from pytest_rustide_load.backends import start_process
from pytest_rustide_load.engine import RealClock, Session, new_event_loop
from pytest_rustide_load.ports import BackendInfo

ROUNDS = 3
AT_ONCE = (1, 64)
RATE_PER_S = 200
# Ids are numbers with us and texts with pygls; frames are not cut, which is what makes it fast.
SERVER = """
import os, re
ids = re.compile(rb'"id": ?("[^"]*"|[0-9]+)')
while data := os.read(0, 1 << 18):
    while data.count(b"Content-Length") != data.count(b"}}"):
        data += os.read(0, 1 << 18)
    replies = [b'{"jsonrpc":"2.0","id":%b,"result":null}' % i for i in ids.findall(data)]
    os.write(1, b"".join(b"Content-Length: %d\\r\\n\\r\\n%b" % (len(r), r) for r in replies))
"""
COMMAND = (sys.executable, "-I", "-S", "-c", SERVER)

Ask = Callable[[], Awaitable[object]]


@asynccontextmanager
async def our_session() -> AsyncIterator[Session]:
    with tempfile.TemporaryDirectory() as directory:
        process = await start_process(BackendInfo("null", "", COMMAND), os.environ, Path(directory))
        try:
            yield Session(process.transport(), RealClock())
        finally:
            await process.stop(grace_s=1)


@asynccontextmanager
async def awaited() -> AsyncIterator[Ask]:
    async with our_session() as session:
        yield lambda: session.request("null", {"a": {}}, timeout_s=60)


@asynccontextmanager
async def pygls() -> AsyncIterator[Ask]:
    client = JsonRPCClient()
    await client.start_io(*COMMAND)
    try:
        yield lambda: client.protocol.send_request_async("null", {"a": {}})
    finally:
        assert client._server is not None
        client._server.stdin.close()
        await client._server.wait()
        await client.stop()


async def round_trips(ask: Ask, at_once: int, seconds: float) -> tuple[float, float]:
    """Round trips per second, and µs of our CPU for each."""
    count = 0
    until_s = time.perf_counter() + seconds

    async def worker() -> None:
        nonlocal count
        while time.perf_counter() < until_s:
            await ask()
            count += 1

    began_s, cpu_ns = time.perf_counter(), time.process_time_ns()
    await asyncio.gather(*(worker() for _ in range(at_once)))
    return count / (time.perf_counter() - began_s), (time.process_time_ns() - cpu_ns) / count / 1e3


async def by_callbacks(at_once: int, seconds: float) -> tuple[float, float]:
    async with our_session() as session:
        done = asyncio.get_running_loop().create_future()
        count = 0
        until_ns = time.perf_counter_ns() + round(seconds * 1e9)

        def on_reply(reply: object) -> None:
            nonlocal count
            count += 1
            if reply.done_ns < until_ns:
                session.send("null", b'{"a":{}}', on_reply)
            elif not done.done():
                done.set_result(None)

        began_s, cpu_ns = time.perf_counter(), time.process_time_ns()
        for _ in range(at_once):
            session.send("null", b'{"a":{}}', on_reply)
        await done
        return count / (time.perf_counter() - began_s), (time.process_time_ns() - cpu_ns) / count / 1e3


async def latencies_us(ask: Ask, seconds: float) -> list[float]:
    """One request at a time, at a low rate: the round trip of each."""
    found = []
    for _ in range(round(RATE_PER_S * seconds)):
        await asyncio.sleep(1 / RATE_PER_S)
        began_ns = time.perf_counter_ns()
        await ask()
        found.append((time.perf_counter_ns() - began_ns) / 1e3)
    return found


def run(work: Awaitable[object], loop_factory: Callable[[], asyncio.AbstractEventLoop] | None) -> object:
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        return runner.run(work)


async def with_client(make: Callable[[], object], work: Callable[[Ask], Awaitable[object]]) -> object:
    async with make() as ask:
        return await work(ask)


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    rates: dict[tuple[str, int], list[tuple[float, float]]] = {}
    slow: dict[str, list[float]] = {}
    # In turn, so that what else the machine does falls on all alike.
    for _ in range(ROUNDS):
        for at_once in AT_ONCE:
            measured = run(by_callbacks(at_once, seconds), new_event_loop)
            rates.setdefault(("ours, callbacks", at_once), []).append(measured)
            for name, make, factory in (("ours, awaited", awaited, new_event_loop), ("pygls", pygls, None)):
                work = with_client(make, lambda ask, at_once=at_once: round_trips(ask, at_once, seconds))
                rates.setdefault((name, at_once), []).append(run(work, factory))
        for name, make, factory in (("ours, awaited", awaited, new_event_loop), ("pygls", pygls, None)):
            measured = run(with_client(make, lambda ask: latencies_us(ask, seconds)), factory)
            slow.setdefault(name, []).extend(measured)
    print(f"{'client':<16} {'in flight':>9} {'round trips/s':>14} {'CPU µs each':>12} {'of pygls':>9}")
    for (name, at_once), measured in sorted(rates.items(), key=lambda item: item[0][1]):
        rate = statistics.median(rate for rate, _ in measured)
        cpu_us = statistics.median(cpu for _, cpu in measured)
        factor = rate / statistics.median(rate for rate, _ in rates["pygls", at_once])
        print(f"{name:<16} {at_once:>9} {rate:>14,.0f} {cpu_us:>12.1f} {factor:>8.1f}×")
    for name, times_us in slow.items():
        times_us.sort()
        p50, p99 = times_us[len(times_us) // 2], times_us[len(times_us) * 99 // 100]
        print(f"{name:<16} one round trip at {RATE_PER_S}/s: p50 {p50:.0f} µs, p99 {p99:.0f} µs")


if __name__ == "__main__":
    main()

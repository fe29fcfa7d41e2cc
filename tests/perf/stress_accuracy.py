"""What stressors achieve beside what was asked of them: `stress_accuracy.py [SECONDS] [links|cpu|all_cores]`.

Links: the median delay of spaced messages in each direction and what probes through the same link say of it,
the throughput of a long transfer under a cap, 100 MB of random traffic under losses. CPU: every model,
target and throttling, SECONDS each (3), on the cores that a load test burns and (`all_cores`) on every one,
with the time in which the burner was ready to run and could not:
where that is much, others have the cores, and what is missing is theirs. Exit status 1 where a link misses
its tolerance, or a burner misses its target although nobody was in its way.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import sys
import time
from collections.abc import Callable

from pytest_rustide_load.monitor.share import RunShareProbe
from pytest_rustide_load.stress.cpu import CpuContention, usable_cores
from pytest_rustide_load.stress.link import Link
from pytest_rustide_load.stress.ping import LinkProbe
from pytest_rustide_load.stress.proxy import DirectionReport, LinkedTransport
from pytest_rustide_load.units import MB, NS_PER_MS, NS_PER_S
from pytest_rustide_load.workload.networks import NETWORKS, LinkProfile

MESSAGE = b"x" * 300
WORST = LinkProfile("worst", 2 * NS_PER_MS, 2 * NS_PER_MS, 0.001, 400_000_000, loss_burst=4)


class Echo:
    """Sends everything back, after hashing it."""

    def __init__(self) -> None:
        self.hash = hashlib.blake2b()
        self.last_s = 0.0
        self.on_bytes: Callable[[bytes], None] = lambda data: None
        self.on_closed: Callable[[str], None] = lambda reason: None

    def start(self, on_bytes: Callable[[bytes], None], on_closed: Callable[[str], None]) -> None:
        self.on_bytes, self.on_closed = on_bytes, on_closed

    def write(self, data: bytes) -> None:
        self.hash.update(data)
        self.last_s = time.monotonic()
        self.on_bytes(data)

    def backlog_bytes(self) -> int:
        return 0

    def close(self) -> None:
        self.on_closed("closed")


def _judge(what: str, report: DirectionReport, wanted_ns: int) -> bool:
    assert report.delay_median_ns is not None
    assert report.late_median_ns is not None
    off_ns = abs(report.delay_median_ns - wanted_ns)
    good = off_ns <= max(0.05 * wanted_ns, 0.3 * NS_PER_MS)
    print(
        f"  {what}: asked {wanted_ns / NS_PER_MS:.3f} ms, got {report.delay_median_ns / NS_PER_MS:.3f} ms, "
        f"late by {report.late_median_ns / NS_PER_MS:.3f} ms  {'ok' if good else 'MISSED'}"
    )
    return good


async def delays(profile: LinkProfile) -> bool:
    """Messages far enough apart not to wait for each other."""
    transport = LinkedTransport(Echo(), Link(profile, 1))
    transport.start(lambda data: None, lambda reason: None)
    probe = LinkProbe(lambda: [transport])
    task = asyncio.create_task(probe.run())
    pause_s = max(0.004, profile.jitter_ns / NS_PER_S)
    for _ in range(1000 if pause_s < 0.01 else 100):
        transport.write(MESSAGE)
        await asyncio.sleep(pause_s)
    await asyncio.sleep(2 * profile.round_trip_ns / NS_PER_S)
    task.cancel()
    report = transport.report()
    print(f"{profile.name}:")
    for probed in probe.reports():
        assert probed.delay_median_ns is not None
        assert probed.jitter_ns is not None
        print(
            f"  {probed.count} probes: delay {probed.delay_median_ns / NS_PER_MS:.3f} ms, jitter "
            f"{probed.jitter_ns / NS_PER_MS:.3f} of {profile.jitter_ns / NS_PER_MS:.3f} ms, retransmitted "
            f"{probed.loss_ratio:.2%} of {profile.loss_ratio:.2%}"
        )
    results = [
        _judge("to the backend", report.to_backend, profile.one_way_ns),
        _judge("from the backend", report.from_backend, profile.one_way_ns),
    ]
    return all(results)


async def transfer(profile: LinkProfile, size: int) -> tuple[float, bool]:
    """Bits per second to the backend; and whether the bytes there and back were the same."""
    echo, sent, returned, count = Echo(), hashlib.blake2b(), hashlib.blake2b(), 0
    done = asyncio.Event()

    def arrived(data: bytes) -> None:
        nonlocal count
        returned.update(data)
        count += len(data)
        if count >= size:
            done.set()

    transport = LinkedTransport(echo, Link(profile, 1))
    transport.start(arrived, lambda reason: print("  ended:", reason))
    draws, offered = random.Random(1), 0
    began_s = time.monotonic()
    while offered < size:
        data = draws.randbytes(min(size - offered, draws.randrange(1, 60_000)))
        transport.write(data)
        sent.update(data)
        offered += len(data)
        while offered - count > 16 * MB:
            await asyncio.sleep(0.002)
    await done.wait()
    took_s = echo.last_s - began_s
    return size * 8 / took_s, sent.digest() == echo.hash.digest() == returned.digest()


def burn(contention: CpuContention, seconds: float) -> bool:
    """Whether the target was reached, or others had the cores."""
    with contention.start() as stress:
        time.sleep(0.5)
        share = RunShareProbe([stress.pid])
        stress.mark()
        time.sleep(seconds)
        run, report = share.sample(), stress.stop()
    off = (report.achieved_ratio - contention.target_ratio) * 100
    waited_s = run.waited_ns / NS_PER_S
    # Who loses no more than this by waiting could have had the rest.
    alone = run.waited_ns < 0.02 * run.ran_ns
    word = "reached" if report.reached else "MISSED" if alone else "not reached: others had the cores"
    print(
        f"cpu {contention.model} {contention.target_ratio:.0%} of {report.threads}, {contention.throttling}: "
        f"got {report.achieved_ratio:.1%} ({off:+.1f} points), ready and waiting for {waited_s:.2f} of "
        f"{seconds:g} s ({word})"
    )
    return report.reached or not alone


def links() -> bool:
    """Whether all links are what they are asked to be."""
    good = True
    for profile in NETWORKS.values():
        good &= asyncio.run(delays(profile))
    cap = LinkProfile("capped", 20 * NS_PER_MS, bandwidth_bits_per_s=50_000_000)
    rate, same = asyncio.run(transfer(cap, 20 * MB))
    good &= same and abs(rate / 50e6 - 1) < 0.05
    print(f"cap of 50 Mbit/s: got {rate / 1e6:.2f} Mbit/s, bytes {'identical' if same else 'DIFFER'}")
    rate, same = asyncio.run(transfer(WORST, 100 * MB))
    print(f"100 MB, bursts of losses: {rate / 1e6:.0f} Mbit/s, bytes {'identical' if same else 'DIFFER'}")
    return good and same


def burners(seconds: float, *, all_cores: bool) -> bool:
    """Whether all burners reach their targets."""
    good = True
    cores, spare = (usable_cores(), 0) if all_cores else (None, 1)
    for model in ("single_thread", "multi_thread", "thread_pool")[all_cores:]:
        for target in (0.8, 0.9, 0.95):
            for throttling in ("os_scheduling", "process_priority"):
                asked = CpuContention(target, model, throttling, cores, spare)  # type: ignore[arg-type]
                good &= burn(asked, seconds)
    return good


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    parts = sys.argv[2:] or ["links", "cpu", "all_cores"]
    good = links() if "links" in parts else True
    if "cpu" in parts:
        good &= burners(seconds, all_cores=False)
    if "all_cores" in parts:
        good &= burners(seconds, all_cores=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

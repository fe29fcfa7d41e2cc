"""Bytes through a link: identical, in order, late by what was asked, on a real event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_rustide_load.stress.link import Link
from pytest_rustide_load.stress.proxy import LinkedTransport
from pytest_rustide_load.units import NS_PER_MS
from pytest_rustide_load.workload.networks import NETWORKS, LinkProfile

pytestmark = pytest.mark.alone

HARSH = LinkProfile("harsh", NS_PER_MS, NS_PER_MS, 0.001, 400_000_000, loss_burst=3)


class Echo:
    """A transport whose other end sends everything back."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.closed = False
        self.on_bytes: Callable[[bytes], None] | None = None
        self.on_closed: Callable[[str], None] | None = None

    def start(self, on_bytes: Callable[[bytes], None], on_closed: Callable[[str], None]) -> None:
        self.on_bytes, self.on_closed = on_bytes, on_closed

    def write(self, data: bytes) -> None:
        self.received += data
        assert self.on_bytes is not None
        self.on_bytes(data)

    def backlog_bytes(self) -> int:
        return 0

    def close(self) -> None:
        self.closed = True
        assert self.on_closed is not None
        self.on_closed("closed by this side")


class Wired:
    """A linked echo and what came back through it."""

    def __init__(self, profile: LinkProfile, seed: int = 1) -> None:
        self.echo = Echo()
        self.transport = LinkedTransport(self.echo, Link(profile, seed))
        self.answers = bytearray()
        self.ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.news = asyncio.Event()
        self.transport.start(self._bytes, self.ended.set_result)

    def _bytes(self, data: bytes) -> None:
        self.answers += data
        self.news.set()

    async def until(self, size: int) -> None:
        async with asyncio.timeout(20):
            while len(self.answers) < size:
                self.news.clear()
                await self.news.wait()


@settings(max_examples=15, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=5000), min_size=1, max_size=15), st.integers(0, 1000))
def test_bytes_come_back_identical_and_in_order(writes: list[bytes], seed: int) -> None:
    profile = LinkProfile("quick", NS_PER_MS, NS_PER_MS, 0, 400_000_000)

    async def run() -> None:
        wired = Wired(profile, seed)
        for data in writes:
            wired.transport.write(data)
        whole = b"".join(writes)
        await wired.until(len(whole))
        wired.transport.close()
        await wired.ended
        assert bytes(wired.echo.received) == bytes(wired.answers) == whole

    asyncio.run(run())


def test_the_order_holds_under_losses_and_changes_of_the_link() -> None:
    async def run() -> None:
        wired = Wired(HARSH)
        whole = bytearray()
        for index in range(300):
            data = f"{index};".encode() * 50
            whole += data
            wired.transport.write(data)
            if index % 100 == 50:
                wired.transport.change(NETWORKS["local_network"] if index == 50 else HARSH)
        await wired.until(len(whole))
        assert wired.answers == whole
        assert wired.transport.report().to_backend.bytes == len(whole)

    asyncio.run(run())


def test_the_last_words_of_a_backend_arrive_before_its_end_is_told() -> None:
    async def run() -> None:
        wired = Wired(NETWORKS["local_network"])
        wired.transport.write(b"goodbye")
        wired.transport.close()
        assert not wired.echo.closed
        assert await wired.ended == "closed by this side"
        assert wired.answers == b"goodbye"

    asyncio.run(run())


def test_no_delivery_is_earlier_than_the_link_allows_and_the_report_says_how_late() -> None:
    async def run() -> None:
        wired = Wired(LinkProfile("ten", 10 * NS_PER_MS))
        for count in range(1, 21):
            wired.transport.write(b"x")
            await wired.until(count)
        report = wired.transport.report()
        for direction in (report.to_backend, report.from_backend):
            assert direction.writes == 20
            assert direction.delay_median_ns is not None
            assert direction.late_median_ns is not None
            assert direction.delay_median_ns >= 5 * NS_PER_MS
            assert direction.delay_median_ns - direction.late_median_ns == pytest.approx(
                5 * NS_PER_MS, rel=0.01
            )

    asyncio.run(run())


def test_a_reset_ends_both_sides_and_drops_what_was_on_its_way() -> None:
    async def run() -> None:
        wired = Wired(NETWORKS["satellite_internet"])
        wired.transport.write(b"lost")
        wired.transport.reset()
        assert await wired.ended == "the connection was reset"
        assert wired.echo.closed
        wired.transport.write(b"more")
        assert wired.echo.received == b""

    asyncio.run(run())


def test_after_a_partition_everything_arrives_and_after_half_open_nothing() -> None:
    async def run() -> None:
        wired = Wired(LinkProfile("plain", 2 * NS_PER_MS))
        wired.transport.partition(20 * NS_PER_MS)
        wired.transport.write(b"held")
        await wired.until(4)
        delay_ns = wired.transport.report().to_backend.delay_median_ns
        assert delay_ns is not None
        assert delay_ns > 200 * NS_PER_MS
        wired.transport.partition(None)
        wired.transport.write(b"gone")
        # Healing does not help those who wait for bytes that never come.
        wired.transport.partition(0)
        wired.transport.write(b"after")
        wired.transport.close()
        await wired.ended
        assert wired.answers == b"held"

    asyncio.run(run())


def test_a_queue_that_grows_without_bound_ends_the_connection() -> None:
    async def run() -> None:
        wired = Wired(LinkProfile("slow", NS_PER_MS, bandwidth_bits_per_s=1000))
        for _ in range(65):
            wired.transport.write(bytes(1 << 20))
        assert "too slow" in await wired.ended
        assert wired.echo.closed

    asyncio.run(run())


def test_a_transport_that_was_never_started_leaves_no_descriptor_open() -> None:
    async def run() -> None:
        before = len(os.listdir("/dev/fd"))
        echo = Echo()
        echo.on_closed = lambda reason: None
        transport = LinkedTransport(echo, Link(NETWORKS["local_network"], 1))
        transport.close()
        transport.close()
        assert echo.closed
        assert len(os.listdir("/dev/fd")) == before

    asyncio.run(run())

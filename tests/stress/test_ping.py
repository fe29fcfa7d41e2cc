"""Probes measure what a link does, whatever was asked of it, and nobody at either end hears of them."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.seeds import seeded_random
from pytest_rustide_load.stress.link import Direction, Link
from pytest_rustide_load.stress.ping import LinkProbe, summarise_probes
from pytest_rustide_load.stress.proxy import LinkedTransport
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S
from pytest_rustide_load.workload.networks import NETWORKS, LinkProfile

pytestmark = pytest.mark.alone

LOSSY = LinkProfile("lossy", 40 * NS_PER_MS, 10 * NS_PER_MS, 0.05)


class Sink:
    """A backend that keeps what it hears."""

    def __init__(self) -> None:
        self.heard = b""

    def start(self, on_bytes, on_closed) -> None:
        self.on_closed = on_closed

    def write(self, data: bytes) -> None:
        self.heard += data

    def backlog_bytes(self) -> int:
        return 0

    def close(self) -> None:
        self.on_closed("closed")


def met(profile: LinkProfile, seed: int, count: int) -> list[int]:
    """What `count` probes meet on the model of a link, a tenth of a second apart, without waiting for it."""
    ways = []
    directions = [
        Direction(profile, seeded_random(0), seeded_random(seed, "test", way)) for way in ("there", "back")
    ]
    for number in range(count):
        at_ns = number * NS_PER_S // 10
        for direction in directions:
            arrival_ns = direction.probe_ns(at_ns, 64)
            assert arrival_ns is not None
            ways.append(arrival_ns - at_ns)
    return ways


@given(st.sampled_from([*NETWORKS.values(), LOSSY]), st.integers(0, 1_000))
def test_what_probes_say_is_what_was_asked_of_the_link(profile, seed):
    report = summarise_probes(profile, met(profile, seed, 500), 0)
    assert report.count == 500
    # The median of n values spread evenly over a width strays by width / (2·√n): within six times that.
    strays = 6 * profile.jitter_ns / (2 * 1000**0.5)
    assert report.delay_median_ns == pytest.approx(profile.one_way_ns, abs=strays + 0.01 * profile.one_way_ns)
    assert report.jitter_ns == pytest.approx(profile.jitter_ns, rel=0.1)
    # Of a thousand ways, within five standard deviations.
    assert report.loss_ratio == pytest.approx(
        profile.loss_ratio, abs=5 * (profile.loss_ratio / 1000) ** 0.5 + 0.002
    )


def test_probes_leave_the_traffic_as_it_would_be_without_them():
    def traffic(probed: bool) -> list[int | None]:
        direction = Direction(LOSSY, seeded_random(3, "test"))
        found = []
        for number in range(200):
            at_ns = number * NS_PER_S // 50
            if probed:
                assert direction.probe_ns(at_ns, 64) is not None
            found.append(direction.arrival_ns(at_ns, 500))
        return found

    assert traffic(True) == traffic(False)


def test_another_link_than_the_one_asked_for_is_told():
    slow = summarise_probes(LOSSY, met(NETWORKS["mobile_network"], 1, 100), 0)
    assert slow.delay_median_ns == pytest.approx(75 * NS_PER_MS, rel=0.05)
    assert summarise_probes(LOSSY, [], 4).missing == 4


def test_probes_go_through_the_link_and_neither_end_hears_of_them():
    heard: list[bytes] = []

    async def run() -> LinkProbe:
        sink = Sink()
        transport = LinkedTransport(sink, Link(LinkProfile("near", 4 * NS_PER_MS), 1))
        transport.start(heard.append, lambda reason: None)
        probe = LinkProbe(lambda: [transport])
        task = asyncio.create_task(probe.run())
        transport.write(b"hello")
        async with asyncio.timeout(20):
            while not probe.reports() or probe.reports()[0].count < 3:
                await asyncio.sleep(0.01)
            transport.change(NETWORKS["local_network"])
            while len(probe.reports()) < 2 or probe.reports()[1].count < 2:
                await asyncio.sleep(0.01)
        transport.partition(None)
        task.cancel()
        assert sink.heard == b"hello"
        assert transport.report().to_backend.bytes == 5
        transport.close()
        return probe

    near, local = asyncio.run(run()).reports()
    assert heard == []
    assert near.delay_median_ns is not None
    assert near.delay_median_ns >= 2 * NS_PER_MS
    assert local.profile.name == "local_network"

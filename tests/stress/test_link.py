"""The model of a link: order, exact delays, rates, losses as delay, partitions; on a virtual clock."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.stress.link import Direction, Link
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S
from pytest_rustide_load.workload.networks import MSS_BYTES, NETWORKS, LinkProfile, parse_profile

WORST = LinkProfile("worst", 800 * NS_PER_MS, 800 * NS_PER_MS, 0.3, 200_000, loss_burst=4)


@given(
    seed=st.integers(0, 2**32),
    writes=st.lists(st.tuples(st.integers(0, 10**9), st.integers(1, 100_000)), max_size=60),
    profile=st.sampled_from([*NETWORKS.values(), WORST]),
)
def test_nothing_overtakes_and_nothing_arrives_before_it_could(
    seed: int, writes: list[tuple[int, int]], profile: LinkProfile
) -> None:
    link = Link(profile, seed)
    now_ns, last_ns = 0, 0
    for pause_ns, size in writes:
        now_ns += pause_ns
        arrival_ns = link.user.arrival_ns(now_ns, size)
        assert arrival_ns is not None
        assert arrival_ns >= last_ns
        assert arrival_ns >= now_ns + profile.one_way_ns - profile.jitter_ns / 2 - 1
        last_ns = arrival_ns


@given(seed=st.integers(0, 2**32), sizes=st.lists(st.integers(1, 20_000), max_size=30))
def test_the_same_seed_gives_the_same_arrivals(seed: int, sizes: list[int]) -> None:
    one, two = Link(WORST, seed), Link(WORST, seed)
    assert [one.user.arrival_ns(0, size) for size in sizes] == [
        two.user.arrival_ns(0, size) for size in sizes
    ]


@pytest.mark.parametrize("profile", NETWORKS.values(), ids=lambda profile: profile.name)
def test_the_median_delay_is_half_of_the_round_trip(profile: LinkProfile) -> None:
    link = Link(profile, 1)
    delays = [link.user.arrival_ns(at, 200) - at for at in range(0, 4000 * 5 * NS_PER_S, 5 * NS_PER_S)]  # type: ignore[operator]
    assert statistics.median(delays) == pytest.approx(profile.one_way_ns, rel=0.02)


def test_a_long_transfer_gets_exactly_the_cap() -> None:
    profile = LinkProfile("capped", 0, bandwidth_bits_per_s=50_000_000)
    direction = Link(profile, 1).user
    last_ns = max(direction.arrival_ns(0, 64_000) or 0 for _ in range(100))
    assert 100 * 64_000 * 8 * NS_PER_S / last_ns == pytest.approx(50_000_000, rel=1e-6)


def test_losses_bound_the_rate_of_a_long_transfer() -> None:
    satellite = NETWORKS["satellite_internet"]
    rate = 1.22 * MSS_BYTES * 8 / (0.8 * math.sqrt(0.02))
    assert satellite.rate_bits_per_s == pytest.approx(rate)
    direction = Link(satellite, 1).user
    last_ns = max(direction.arrival_ns(0, 10_000) or 0 for _ in range(1000))
    assert 10_000_000 * 8 * NS_PER_S / last_ns == pytest.approx(rate, rel=0.02)


@pytest.mark.parametrize("burst", [1.0, 5.0])
def test_the_share_of_lost_segments_is_the_requested_one(burst: float) -> None:
    direction = Link(LinkProfile("lossy", 0, loss_ratio=0.02, loss_burst=burst), 3).user
    for _ in range(200_000):
        direction.arrival_ns(0, 100)
    assert direction.lost_segments / direction.segments == pytest.approx(0.02, rel=0.1)


def test_a_loss_costs_a_time_out_alone_and_a_round_trip_inside_a_transfer() -> None:
    class Once:
        """Loses the segments whose turn is named."""

        def __init__(self, lost: int) -> None:
            self.draws = [0.5] + [1.0] * lost + [0.0] + [1.0] * 20

        def random(self) -> float:
            return self.draws.pop(0)

    profile = LinkProfile("exact", 100 * NS_PER_MS, loss_ratio=1e-9)

    def delay_ms(size: int, lost: int) -> float:
        arrival = Direction(profile, Once(lost)).arrival_ns(0, size)  # type: ignore[arg-type]
        return arrival / NS_PER_MS if arrival is not None else math.inf

    assert delay_ms(100, 0) == pytest.approx(50 + 300, abs=1)
    assert delay_ms(10 * MSS_BYTES, 0) == pytest.approx(50 + 100, abs=1)
    assert delay_ms(10 * MSS_BYTES, 9) == pytest.approx(50 + 200, abs=1)


def test_a_partition_holds_back_until_the_first_retransmission_after_it() -> None:
    link = Link(LinkProfile("plain", 100 * NS_PER_MS), 1)
    link.partition(1 * NS_PER_S)
    # Attempts at 0, 300 and 900 ms fail; the one at 2,100 ms gets through.
    assert link.user.arrival_ns(0, 10) == 2150 * NS_PER_MS
    link.partition(0)
    assert link.backend.arrival_ns(0, 10) == 50 * NS_PER_MS


def test_a_half_open_connection_delivers_nothing() -> None:
    link = Link(NETWORKS["local_network"], 1)
    link.partition(None)
    assert link.user.arrival_ns(0, 10) is None
    assert link.backend.arrival_ns(0, 10) is None


def test_a_change_in_mid_run_keeps_the_order() -> None:
    link = Link(NETWORKS["satellite_internet"], 1)
    before = link.user.arrival_ns(0, 10)
    link.change(NETWORKS["local_network"])
    after = link.user.arrival_ns(0, 10)
    assert before is not None
    assert after is not None
    assert after >= before


def test_the_document_s_profiles_read_back() -> None:
    entries = {
        "local_network": {"base_latency": "1ms", "jitterness": "0.5ms", "packet_loss": "0.01%"},
        "satellite_internet": {"base_latency": "800ms", "jitterness": "200ms", "packet_loss": "2%"},
        "mobile_network": {"base_latency": "150ms", "jitterness": "50ms", "bandwidth_limit": "50Mbps"},
    }
    assert {name: parse_profile(name, entry) for name, entry in entries.items()} == dict(NETWORKS)


def test_every_mistake_in_a_profile_is_reported() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_profile("x", {"base_latncy": "1ms", "bandwidth_limit": "fast", "packet_loss": "2 cats"})
    assert len(caught.value.problems) == 4
    assert "base_latency" in str(caught.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"round_trip_ns": -1},
        {"round_trip_ns": 1, "jitter_ns": 2},
        {"round_trip_ns": 1, "loss_ratio": 1.0},
        {"round_trip_ns": 1, "bandwidth_bits_per_s": 0},
        {"round_trip_ns": 1, "loss_burst": 0.5},
    ],
)
def test_an_impossible_profile_is_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ConfigError):
        LinkProfile("x", **fields)  # type: ignore[arg-type]

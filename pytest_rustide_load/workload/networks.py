"""What a network between a user and a backend does to a connection, and how people write it.

Pure values; what a link makes of them is the business of stress/.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean
from pytest_rustide_load.units import NS_PER_MS, NS_PER_S, parse_duration_ns, parse_ratio

__all__ = ["NETWORKS", "LinkProfile", "parse_profile"]

# The payload of a segment on Ethernet, with time stamps.
MSS_BYTES = 1448
# Linux's floor of what is added to the smoothed round trip for a retransmission time-out.
_RTO_MIN_NS = 200 * NS_PER_MS
_BANDWIDTH_UNITS = {"bps": 1, "kbps": 1_000, "mbps": 1_000_000, "gbps": 1_000_000_000}


@dataclass(frozen=True, slots=True)
class LinkProfile:
    """What a link does to a connection.

    `round_trip_ns` is there and back; each direction takes half of it, plus or minus up to half of
    `jitter_ns` (uniform). `loss_ratio` (0 to below 1) is of segments, in bursts of `loss_burst` segments
    at the mean (Gilbert's model; 1 for single losses). `bandwidth_bits_per_s` holds for each direction.
    """

    name: str
    round_trip_ns: int
    jitter_ns: int = 0
    loss_ratio: float = 0.0
    bandwidth_bits_per_s: int | None = None
    loss_burst: float = 1.0

    def __post_init__(self) -> None:
        wrong = []
        if self.round_trip_ns < 0:
            wrong.append("the latency is negative")
        if not 0 <= self.jitter_ns <= self.round_trip_ns:
            wrong.append("the jitter must lie between 0 and the latency")
        if not 0 <= self.loss_ratio < 1:
            wrong.append("the loss must be at least 0 and below 100%")
        if self.bandwidth_bits_per_s is not None and self.bandwidth_bits_per_s <= 0:
            wrong.append("the bandwidth must be positive")
        if not self.loss_burst >= 1 or math.isinf(self.loss_burst):
            wrong.append("a burst of losses has at least one segment")
        if wrong:
            raise ConfigError(
                [Problem(message, source=f"network profile {self.name!r}") for message in wrong]
            )

    @property
    def one_way_ns(self) -> int:
        return self.round_trip_ns // 2

    @property
    def loss_rate_bits_per_s(self) -> float:
        """What losses leave a long transfer: 1.22·MSS/(RTT·√loss), inf without losses.

        Mathis et al. (1997); good below 1 % of loss and generous above.
        """
        if self.loss_ratio == 0 or self.round_trip_ns == 0:
            return math.inf
        return 1.22 * MSS_BYTES * 8 / (self.round_trip_ns / NS_PER_S * math.sqrt(self.loss_ratio))

    @property
    def rate_bits_per_s(self) -> float:
        """The most a long transfer gets, inf where nothing bounds it."""
        return min(self.bandwidth_bits_per_s or math.inf, self.loss_rate_bits_per_s)

    @property
    def retransmit_timeout_ns(self) -> int:
        """SRTT + max(200 ms, 4·RTTVAR), RTTVAR being half of the jitter."""
        return self.round_trip_ns + max(_RTO_MIN_NS, 2 * self.jitter_ns)


NETWORKS: Mapping[str, LinkProfile] = {
    profile.name: profile
    for profile in (
        LinkProfile("local_network", NS_PER_MS, NS_PER_MS // 2, 0.0001),
        LinkProfile("satellite_internet", 800 * NS_PER_MS, 200 * NS_PER_MS, 0.02),
        LinkProfile("mobile_network", 150 * NS_PER_MS, 50 * NS_PER_MS, bandwidth_bits_per_s=50_000_000),
    )
}


def parse_profile(name: str, entry: Mapping[str, Any]) -> LinkProfile:
    """A profile as users write it: `base_latency` (round trip), `jitterness` or `jitter`, `packet_loss`,
    `bandwidth_limit` ("50Mbps"), `loss_burst`. Raises ConfigError with every problem."""
    source = f"network profile {name!r}"
    problems: list[Problem] = []
    readers: Mapping[str, tuple[str, Any]] = {
        "base_latency": ("round_trip_ns", parse_duration_ns),
        "jitterness": ("jitter_ns", parse_duration_ns),
        "jitter": ("jitter_ns", parse_duration_ns),
        "packet_loss": ("loss_ratio", parse_ratio),
        "bandwidth_limit": ("bandwidth_bits_per_s", _parse_bandwidth),
        "loss_burst": ("loss_burst", float),
    }
    values: dict[str, Any] = {}
    for key, text in entry.items():
        if key == "name":
            continue
        if key not in readers:
            problems.append(Problem(f"unknown key {key!r}: {did_you_mean(str(key), readers)}", source=source))
            continue
        field, read = readers[key]
        try:
            values[field] = read(str(text))
        except ValueError as error:
            problems.append(Problem(f"{key}: {error}", source=source))
    if "base_latency" not in entry:
        problems.append(Problem("base_latency is missing", source=source))
    if problems:
        raise ConfigError(problems)
    return LinkProfile(name, **values)


def _parse_bandwidth(text: str) -> int:
    stripped = text.strip()
    number = stripped.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/")
    factor = _BANDWIDTH_UNITS.get(stripped[len(number) :].lower().replace("bit/s", "bps"))
    try:
        value = float(number)
    except ValueError:
        value = 0.0
    if factor is None or value <= 0:
        raise ValueError(f"{text!r} is not a bandwidth (write it like '50Mbps')")
    return round(value * factor)

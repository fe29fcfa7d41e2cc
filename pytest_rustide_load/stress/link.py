"""A network link as TCP shows it: when bytes offered now arrive, always in order, never lost or changed.

A pure model of one connection. Loss does not delete bytes, it delays them and everything behind them by
the time a retransmission takes. Knows no clock, no sockets and no event loop: every time comes from the
caller, every draw from a seed.
"""

from __future__ import annotations

import math
import random

from pytest_rustide_load.seeds import seeded_random
from pytest_rustide_load.units import NS_PER_S
from pytest_rustide_load.workload.networks import MSS_BYTES, LinkProfile

__all__ = ["Direction", "Link"]

# The ceiling of a retransmission time-out.
_RTO_MAX_NS = 120 * NS_PER_S
# What a sender may send before the first acknowledgement (RFC 6928).
_FIRST_WINDOW_BITS = 10 * MSS_BYTES * 8
# A receiver asks for a missing segment after this many later ones (RFC 5681).
_DUPLICATE_ACKS = 3


class Direction:
    """One direction of a connection: `arrival_ns` of what is offered. Deterministic for a seed."""

    def __init__(
        self, profile: LinkProfile, draws: random.Random, probe_draws: random.Random | None = None
    ) -> None:
        self.profile = profile
        self._draws = draws
        # Probes leave the traffic as it would be without them.
        self._probe_draws = probe_draws or random.Random(0)
        self._line_free_ns = 0
        self._window_full_ns = 0
        self._last_arrival_ns = 0
        self._in_burst = False
        self._blocked_until_ns: int | None = 0
        self.segments = 0
        self.lost_segments = 0

    def arrival_ns(self, now_ns: int, size: int) -> int | None:
        """When the last of `size` bytes offered at `now_ns` comes out; None: never (half-open).

        Never before what was offered earlier. `now_ns` must not run backwards.
        """
        departed_ns = self._after_partition(now_ns)
        if departed_ns is None:
            return None
        start_ns = max(departed_ns, self._line_free_ns)
        bits = size * 8
        if self.profile.bandwidth_bits_per_s is not None:
            self._line_free_ns = start_ns + round(bits * NS_PER_S / self.profile.bandwidth_bits_per_s)
        else:
            self._line_free_ns = start_ns
        jitter_ns = round((self._draws.random() - 0.5) * self.profile.jitter_ns)
        arrival_ns = (
            max(self._line_free_ns, self._window_ns(start_ns, bits))
            + self.profile.one_way_ns
            + jitter_ns
            + self._loss_delay_ns(size)
        )
        self._last_arrival_ns = max(self._last_arrival_ns, arrival_ns)
        return self._last_arrival_ns

    def probe_ns(self, now_ns: int, size: int) -> int | None:
        """When a lone probe of `size` bytes comes out that is sent at `now_ns` beside the traffic; None:
        never.

        It waits its turn for the line as any packet does, and meets the delay, the jitter and the losses of
        the link; but it is of no connection: nothing waits behind it, and it behind nothing that was lost.
        """
        departed_ns = self._after_partition(now_ns)
        if departed_ns is None:
            return None
        profile = self.profile
        arrival_ns = max(departed_ns, self._line_free_ns) + profile.one_way_ns
        arrival_ns += round((self._probe_draws.random() - 0.5) * profile.jitter_ns)
        if profile.bandwidth_bits_per_s is not None:
            arrival_ns += round(size * 8 * NS_PER_S / profile.bandwidth_bits_per_s)
        pause_ns = profile.retransmit_timeout_ns
        while self._probe_draws.random() < profile.loss_ratio:
            arrival_ns += pause_ns
            pause_ns = min(2 * pause_ns, _RTO_MAX_NS)
        return arrival_ns

    def partition(self, until_ns: int | None) -> None:
        """Nothing offered from now on gets through before `until_ns` (None: ever).

        What is on its way already arrives: it has passed the place that broke.
        """
        self._blocked_until_ns = until_ns

    def _window_ns(self, start_ns: int, bits: int) -> int:
        """When the last bit leaves by the rate that losses allow; a first window goes at once."""
        rate = self.profile.loss_rate_bits_per_s
        if math.isinf(rate):
            return start_ns
        self._window_full_ns = max(self._window_full_ns, start_ns) + round(bits * NS_PER_S / rate)
        return self._window_full_ns - round(_FIRST_WINDOW_BITS * NS_PER_S / rate)

    def _after_partition(self, now_ns: int) -> int | None:
        """When the first attempt gets through that TCP makes at `now_ns`, then with doubling pauses."""
        until_ns = self._blocked_until_ns
        if until_ns is None:
            return None
        attempt_ns, pause_ns = now_ns, self.profile.retransmit_timeout_ns
        while attempt_ns < until_ns:
            attempt_ns += pause_ns
            pause_ns = min(2 * pause_ns, _RTO_MAX_NS)
        return attempt_ns

    def _loss_delay_ns(self, size: int) -> int:
        """What losses add to the arrival of a write of `size` bytes, retransmissions lost again included."""
        count = max(1, -(-size // MSS_BYTES))
        self.segments += count
        if self.profile.loss_ratio <= 0:
            return 0
        worst_ns = 0
        for index in range(count):
            if not self._next_is_lost():
                continue
            self.lost_segments += 1
            behind = count - 1 - index
            if behind >= _DUPLICATE_ACKS:
                repair_ns = self.profile.round_trip_ns
            elif count > 1:
                # A tail loss probe (RFC 8985) notices first.
                repair_ns = min(2 * self.profile.round_trip_ns, self.profile.retransmit_timeout_ns)
            else:
                repair_ns = self.profile.retransmit_timeout_ns
            pause_ns = self.profile.retransmit_timeout_ns
            while self._draws.random() < self.profile.loss_ratio:
                pause_ns = min(2 * pause_ns, _RTO_MAX_NS)
                repair_ns += pause_ns
            worst_ns = max(worst_ns, repair_ns)
        return worst_ns

    def _next_is_lost(self) -> bool:
        """Gilbert's chain: in the bad state every segment is lost."""
        loss, leave = self.profile.loss_ratio, 1 / self.profile.loss_burst
        # Such that the share of time in the bad state is the loss ratio.
        enter = min(1.0, leave * loss / (1 - loss))
        draw = self._draws.random()
        # Single losses are independent of each other; the chain alone would never lose two in a row.
        if self.profile.loss_burst == 1:
            return draw < loss
        self._in_burst = draw >= leave if self._in_burst else draw < enter
        return self._in_burst


class Link:
    """Both directions of one connection. `user` and `backend` name whose bytes travel."""

    def __init__(self, profile: LinkProfile, seed: int, name: str = "link") -> None:
        self.user, self.backend = (
            Direction(
                profile, seeded_random(seed, "stress", name, way), seeded_random(seed, "probes", name, way)
            )
            for way in ("user", "backend")
        )

    @property
    def profile(self) -> LinkProfile:
        return self.user.profile

    def change(self, profile: LinkProfile) -> None:
        """What is offered from now on meets another link; order is kept."""
        self.user.profile = self.backend.profile = profile

    def partition(self, until_ns: int | None) -> None:
        """Cut both directions until a time, or for good; an earlier time heals."""
        self.user.partition(until_ns)
        self.backend.partition(until_ns)

"""The agents that shared the users of a run, as values. `agents` tells them. Knows nothing of terminals."""

from __future__ import annotations

import msgspec

__all__ = ["AgentFigures"]


class AgentFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One of the agents that shared the users of a run, counted from 1. `spec` is how it was started,
    `host` is empty for this one. Its clock showed `offset_ms` more than the controller's, give or take
    `offset_error_ms`. `lost` says why it was lost, `lost_s` after the start, with so many requests in
    flight of which nothing is known; what it had said until then counts. None stands for what is not known
    of it."""

    agent: int
    spec: str
    host: str
    users: int
    planned: int | None
    cpu_percent: float | None
    rss_mb: float | None
    send_lag_p99_ms: float | None
    offset_ms: float | None
    offset_error_ms: float | None
    received_kb: float
    lost: str = ""
    lost_s: float | None = None
    in_flight_when_lost: int = 0

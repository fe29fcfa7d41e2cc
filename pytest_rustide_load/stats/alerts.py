"""Alerts: a figure was too high for too long, from when to when, and how high.

A rule has two limits and two durations, so that a figure that dances around one limit is one alert and
not a hundred: it starts once the figure has been at `raise_at` or above for `for_ns` without a break, and
ends once it has been below `clear_at` for `clear_for_ns` without a break. Both moments are dated back to
where the stretch began.

Pure: readings in, alerts out, whether all at once or one by one as they come. Must not know where the
figures come from or what is done about an alert.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pytest_rustide_load.units import NS_PER_S

__all__ = [
    "CPU_HIGH",
    "ERRORS_HIGH",
    "MEMORY_HIGH",
    "RESPONSES_SLOW",
    "Alert",
    "AlertRule",
    "AlertWatch",
    "Reading",
    "clear_at",
    "default_alert_rules",
]

MEMORY_HIGH = "memory_usage_high"
CPU_HIGH = "cpu_usage_high"
ERRORS_HIGH = "error_rate_high"
RESPONSES_SLOW = "response_time_degraded"

# An alert that has cleared to within a tenth of its limit would be back with the next breath.
_CLEAR_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Reading:
    """A figure at one moment; None where there was nothing to tell it from, which starts and ends nothing."""

    at_ns: int
    value: float | None


@dataclass(frozen=True, slots=True)
class AlertRule:
    """When a figure is an alert. `of` says what the value is a share or a multiple of, for people; `capacity`
    is that in bytes or cores where it was asked for, None for what there is."""

    name: str
    raise_at: float
    clear_at: float
    for_ns: int
    clear_for_ns: int
    of: str
    capacity: float | None = None

    def __post_init__(self) -> None:
        if not self.clear_at <= self.raise_at:
            raise ValueError(f"{self.name}: clear_at {self.clear_at} lies above raise_at {self.raise_at}")
        if self.for_ns < 0 or self.clear_for_ns < 0:
            raise ValueError(f"{self.name}: a duration is negative")


@dataclass(frozen=True, slots=True)
class Alert:
    """One stretch in which `rule` was broken. `end_ns` is None while it lasts.

    `start_ns` is when the figure first was too high and `raised_ns` when that had lasted long enough to be
    told; `peak` is the highest reading from start to end. `phase` is the part of the scenario it began in.
    """

    rule: AlertRule
    start_ns: int
    raised_ns: int
    end_ns: int | None
    peak: float
    peak_ns: int
    phase: str = ""


def default_alert_rules() -> tuple[AlertRule, ...]:
    """The user's thresholds: memory 80 % and CPU 70 % of what there is, 5 % of operations failed, responses
    taking twice their normal time. Of what memory and CPU are a share, whoever knows the machine says."""
    return (
        _rule(MEMORY_HIGH, 0.80, 5, ""),
        _rule(CPU_HIGH, 0.70, 10, ""),
        _rule(ERRORS_HIGH, 0.05, 5, "the operations that ended in ten seconds"),
        _rule(RESPONSES_SLOW, 2.0, 5, "the normal response time"),
    )


def clear_at(raise_at: float) -> float:
    """Where an alert is cleared unless somebody says otherwise."""
    return raise_at * _CLEAR_SHARE


def _rule(name: str, raise_at: float, for_s: int, of: str) -> AlertRule:
    return AlertRule(name, raise_at, clear_at(raise_at), for_s * NS_PER_S, for_s * NS_PER_S, of)


class AlertWatch:
    """One rule, followed reading by reading. Readings come in order of time."""

    def __init__(self, rule: AlertRule, phase_at: Callable[[int], str] = lambda _: "") -> None:
        self._rule = rule
        self._phase_at = phase_at
        self._ended: list[Alert] = []
        self._current: Alert | None = None
        # The beginning of the stretch that will start or end an alert if it lasts, and its highest reading.
        self._since_ns: int | None = None
        self._peak: tuple[float, int] = (0.0, 0)

    @property
    def current(self) -> Alert | None:
        """The alert that lasts."""
        return self._current

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """All so far in order of time; the last may still last."""
        return (*self._ended, self._current) if self._current is not None else tuple(self._ended)

    def feed(self, reading: Reading) -> Alert | None:
        """Take one reading in; the alert that it started or ended, if it did."""
        if reading.value is None:
            return None
        if self._current is None:
            return self._feed_quiet(reading.at_ns, reading.value)
        return self._feed_alert(self._current, reading.at_ns, reading.value)

    def _feed_quiet(self, at_ns: int, value: float) -> Alert | None:
        if value < self._rule.raise_at:
            self._since_ns = None
            return None
        if self._since_ns is None:
            self._since_ns = at_ns
            self._peak = (value, at_ns)
        elif value > self._peak[0]:
            self._peak = (value, at_ns)
        start_ns = self._since_ns
        if at_ns - start_ns < self._rule.for_ns:
            return None
        self._since_ns = None
        self._current = Alert(self._rule, start_ns, at_ns, None, *self._peak, self._phase_at(start_ns))
        return self._current

    def _feed_alert(self, alert: Alert, at_ns: int, value: float) -> Alert | None:
        if value > alert.peak:
            alert = self._current = replace(alert, peak=value, peak_ns=at_ns)
        if value >= self._rule.clear_at:
            self._since_ns = None
            return None
        if self._since_ns is None:
            self._since_ns = at_ns
        if at_ns - self._since_ns < self._rule.clear_for_ns:
            return None
        ended = replace(alert, end_ns=self._since_ns)
        self._ended.append(ended)
        self._current = self._since_ns = None
        return ended

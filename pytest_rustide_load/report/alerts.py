"""Alerts as values in results, and as sentences: while they begin and end, and afterwards.

Pure; knows nothing of terminals.
"""

from __future__ import annotations

from pytest_rustide_load.report.results import AlertReport
from pytest_rustide_load.stats.alerts import Alert, AlertRule
from pytest_rustide_load.units import format_duration_ns, s_from_ns, three_digits

__all__ = ["alert_report", "describe_alert", "describe_change", "describe_rule"]


def alert_report(alert: Alert, measure_start_ns: int) -> AlertReport:
    """The alert of a run whose measured time began at `measure_start_ns`."""
    return AlertReport(
        name=alert.rule.name,
        of=alert.rule.of,
        limit=alert.rule.raise_at,
        peak=alert.peak,
        start_s=s_from_ns(alert.start_ns - measure_start_ns),
        end_s=None if alert.end_ns is None else s_from_ns(alert.end_ns - measure_start_ns),
        peak_s=s_from_ns(alert.peak_ns - measure_start_ns),
        phase=alert.phase,
    )


def describe_alert(alert: AlertReport) -> str:
    """How high, of what, and when, in the past."""
    until = "the end" if alert.end_s is None else _moment(alert.end_s)
    return f"{_figure(alert)} from {_moment(alert.start_s)} ({alert.phase}) to {until}"


def describe_change(alert: AlertReport) -> str:
    """That an alert has just been raised, or is over."""
    if alert.end_s is None:
        return f"ALERT {_figure(alert)} since {_moment(alert.start_s)} ({alert.phase})"
    return f"ALERT over: {describe_alert(alert)}"


def describe_rule(rule: AlertRule) -> str:
    """From when on a figure is an alert."""
    lasts = f"for {format_duration_ns(rule.for_ns)}" if rule.for_ns else "at once"
    return f"from {_amount(rule.raise_at, rule.raise_at)} {rule.of} on, {lasts}"


def _amount(value: float, limit: float) -> str:
    """A share or, where the limit is above 1, a multiple."""
    return f"{three_digits(value)} times" if limit > 1 else f"{three_digits(value * 100)}% of"


def _figure(alert: AlertReport) -> str:
    limit = f"{alert.limit:g} times" if alert.limit > 1 else f"{alert.limit * 100:g}%"
    peak = _amount(alert.peak, alert.limit)
    return f"{alert.name.replace('_', ' ')}: up to {peak} {alert.of} (limit {limit})"


def _moment(at_s: float) -> str:
    """A moment of the measured time; before it, the warm-up is told how long it still had to go."""
    return f"{at_s:.0f} s" if at_s >= 0 else f"{-at_s:.0f} s before it was measured"

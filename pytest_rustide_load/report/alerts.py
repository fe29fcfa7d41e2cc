"""Alerts as values in results, and as sentences: while they begin and end, and afterwards.

Pure; knows nothing of terminals.
"""

from __future__ import annotations

from pytest_rustide_load.report.results import AlertReport
from pytest_rustide_load.stats.alerts import Alert
from pytest_rustide_load.units import s_from_ns

__all__ = ["alert_report", "describe_alert", "describe_change"]


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


def _figure(alert: AlertReport) -> str:
    is_multiple = alert.limit > 1

    def amount(value: float) -> str:
        return f"{value:.3g} times" if is_multiple else f"{value * 100:.3g}% of"

    limit = f"{alert.limit:g} times" if is_multiple else f"{alert.limit * 100:g}%"
    return f"{alert.name.replace('_', ' ')}: up to {amount(alert.peak)} {alert.of} (limit {limit})"


def _moment(at_s: float) -> str:
    """A moment of the measured time; before it, the warm-up is told how long it still had to go."""
    return f"{at_s:.0f} s" if at_s >= 0 else f"{-at_s:.0f} s before it was measured"

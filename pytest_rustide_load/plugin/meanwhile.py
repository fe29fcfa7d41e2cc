"""The bursts of a run beside what else went on: alerts, stress, and what the scenario did.

Joins statistics and report.
"""

from __future__ import annotations

import math

from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.report.bursts import BurstReport, Happening, report_bursts
from pytest_rustide_load.stats.bursts import find_bursts
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.workload import waited_for

__all__ = ["bursts_of"]


def bursts_of(record: RunRecord, results: LoadTestResults) -> tuple[BurstReport, ...]:
    """Of the measured time of `record`, of which `results` were made."""
    bursts = find_bursts(record, waited_for())
    return report_bursts(bursts, record.measure_start_ns, _happenings(results)) if bursts else ()


def _happenings(results: LoadTestResults) -> list[Happening]:
    found = [
        Happening(
            what=f"the alert {alert.name.replace('_', ' ')}",
            start_s=alert.start_s,
            end_s=math.inf if alert.end_s is None else alert.end_s,
        )
        for alert in results.alerts
    ]
    spans = () if results.timeline is None else results.timeline.spans
    found += [
        Happening(what=f"the {span.kind} {span.name}", start_s=span.start_s, end_s=span.end_s)
        for span in spans
        if span.kind != "warm-up"
    ]
    if not any(span.kind == "stress" for span in spans):
        # Nothing says when: it was there all the time.
        found += [Happening(what=f"the stress {figure.kind}", start_s=0.0) for figure in results.stress]
    return found

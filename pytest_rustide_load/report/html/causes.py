"""Why a run was as it was: what held it back, its slowest requests, and what was done to it.

Values in, elements out.
"""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.bottleneck import BottleneckReport
from pytest_rustide_load.report.endpoints import render_endpoints
from pytest_rustide_load.report.html.agents import agents_section
from pytest_rustide_load.report.html.parts import command, table
from pytest_rustide_load.report.pressure import render_pressure
from pytest_rustide_load.report.recovery import render_recovery
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.units import three_digits

__all__ = ["causes"]

# A page breaks its lines by itself.
_UNCUT = 10_000


def causes(results: LoadTestResults) -> list[h.Node]:
    """What of it a run has."""
    pressure = [] if results.pressure is None else render_pressure(results.pressure, _UNCUT)
    return [
        _bottlenecks(results),
        _slowest(results),
        agents_section(results),
        _told("Recovery", render_recovery(results.recovery, _UNCUT)),
        _told("Under pressure", pressure),
        _told("The backend's own figures", render_endpoints(results.endpoints, _UNCUT)),
    ]


def _bottlenecks(results: LoadTestResults) -> h.Node:
    """Phase by phase, with the evidence."""
    if not results.bottlenecks:
        return None
    rows = [
        [
            one.phase or "all of it",
            f"{three_digits(one.start_s)} s to {three_digits(one.end_s)} s",
            _kind(one),
            f"{one.agreeing} of {one.windows}",
            "; ".join(one.evidence),
        ]
        for one in results.bottlenecks
    ]
    head = ("phase", "when", "held back by", "windows that agree", "evidence")
    return [
        h.h3["What held it back"],
        table("Bottleneck by phase", head, rows, texts=("when", "held back by", "evidence")),
    ]


def _kind(one: BottleneckReport) -> str:
    return "nothing: no limit was near" if one.idle else one.kind


def _slowest(results: LoadTestResults) -> h.Node:
    rows = [
        [
            one.operation,
            format_value(Unit.MS, one.latency_ms),
            one.outcome.replace("_", " "),
            f"{one.at_s:.1f} s",
            str(one.user),
            one.path if one.line is None else f"{one.path}:{one.line}:{one.column}",
        ]
        for one in results.slowest
    ]
    head = ("operation", "latency", "outcome", "due at", "user", "where")
    if not rows:
        return None
    return [
        table("The slowest requests", head, rows, texts=("outcome", "where")),
        h.details[
            h.summary["The commands that ask each of them again, alone"],
            (
                command(one.repeat_command, f"{one.operation} {format_value(Unit.MS, one.latency_ms)}")
                for one in results.slowest
            ),
        ],
    ]


def _told(title: str, lines: Sequence[str]) -> h.Node:
    """A sentence for each of the lines."""
    if not lines:
        return None
    return [h.h3[title], h.ul(".remarks")[(h.li[line.strip()] for line in lines)]]

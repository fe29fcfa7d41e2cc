"""What held a run back, and its slowest requests, for those who read results.

Values, what makes them of a run's, and the lines that tell them. Knows nothing of terminals, files or pytest.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.table import wrap
from pytest_rustide_load.stats.slowest import SlowSample
from pytest_rustide_load.stats.windows import PhaseBottleneck
from pytest_rustide_load.units import NS_PER_MS, s_from_ns

if TYPE_CHECKING:
    from pytest_rustide_load.report.results import LoadTestResults

__all__ = [
    "BottleneckReport",
    "SlowRequest",
    "bottleneck_lines",
    "bottleneck_reports",
    "slow_requests",
    "slowest_lines",
]


class BottleneckReport(msgspec.Struct, frozen=True, kw_only=True):
    """What held one phase back, of `start_s` to `end_s` of the measured time; `phase` is empty for all of it.

    `kind` is one of stats.bottleneck.KINDS, with the figures that say so; `agreeing` of `windows` do. `idle`
    says that nothing was near a limit.
    """

    phase: str
    start_s: float
    end_s: float
    kind: str
    evidence: tuple[str, ...]
    agreeing: int
    windows: int
    idle: bool = False


class SlowRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One of the slowest requests: when it was due, what became of it, and where it asked.

    `path` is relative to the workspace; `line` and `column`, from 1, are those of the codebase as it was
    generated, None for a request about a file or none. `version` is that of the document it was asked about.
    `repeat_command` asks the same alone.
    """

    operation: str
    latency_ms: float
    outcome: str
    at_s: float
    user: int
    path: str
    line: int | None
    column: int | None
    version: int
    seed: int
    repeat_command: str


def bottleneck_reports(phases: Sequence[PhaseBottleneck], start_ns: int) -> tuple[BottleneckReport, ...]:
    """Of a run whose measured time began at `start_ns`."""
    return tuple(
        BottleneckReport(
            phase=one.name,
            start_s=s_from_ns(one.start_ns - start_ns),
            end_s=s_from_ns(one.end_ns - start_ns),
            kind=one.found.kind,
            evidence=one.found.evidence,
            agreeing=one.found.agreeing,
            windows=one.found.windows,
            idle=one.found.idle,
        )
        for one in phases
    )


def slow_requests(
    slowest: Sequence[SlowSample], *, start_ns: int, seed: int, command: str
) -> tuple[SlowRequest, ...]:
    """`command` runs the test again."""
    return tuple(
        SlowRequest(
            operation=one.operation,
            latency_ms=one.latency_ns / NS_PER_MS,
            outcome=one.outcome.name.lower(),
            at_s=s_from_ns(one.intended_ns - start_ns),
            user=one.user + 1,
            path=one.path,
            line=one.line,
            column=one.column,
            version=one.version,
            seed=seed,
            repeat_command=f"{command} {shlex.quote(f'--load-repeat-request={_place(one)}')}",
        )
        for one in slowest
    )


def bottleneck_lines(results: LoadTestResults) -> list[str]:
    """A sentence for each phase; neighbours with the same bottleneck are one."""
    groups: list[list[BottleneckReport]] = []
    for one in results.bottlenecks:
        if groups and (groups[-1][-1].kind, groups[-1][-1].idle) == (one.kind, one.idle):
            groups[-1].append(one)
        else:
            groups.append([one])
    return [_sentence(group) for group in groups]


def slowest_lines(results: LoadTestResults, width: int = 80) -> list[str]:
    """The slowest requests, each with the command that repeats it below, which is never wrapped."""
    lines = []
    for one in results.slowest:
        latency = format_value(Unit.MS, one.latency_ms)
        ended = "" if one.outcome == "ok" else f", {one.outcome.replace('_', ' ')}"
        place = one.path if one.line is None else f"{one.path}:{one.line}:{one.column}"
        version = f", version {one.version}" if one.path else ""
        text = f"slow: {one.operation} {latency}{ended} at {one.at_s:.1f} s: {place}{version}"
        lines += wrap(text, width, "  ")
        lines.append(one.repeat_command)
    return lines


def _place(one: SlowSample) -> str:
    return ":".join(str(part) for part in (one.operation, one.path, one.line, one.column) if part is not None)


def _sentence(group: list[BottleneckReport]) -> str:
    last = group[-1]
    name = ""
    if group[0].phase:
        name = f" {group[0].phase}" if len(group) == 1 else f" {group[0].phase} to {last.phase}"
    agreeing, windows = sum(one.agreeing for one in group), sum(one.windows for one in group)
    sure = "" if agreeing == windows else f", in {agreeing} of {windows} windows"
    return f"bottleneck{name}: {last.kind}{sure} ({'; '.join(last.evidence)})"

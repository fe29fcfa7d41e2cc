"""Reports of stressors and links as figures of a result: asked, achieved, and what is to be known besides.

Knows how they read; starts and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_rustide_load.report import StressFigure
from pytest_rustide_load.stress.apply import StressReport
from pytest_rustide_load.stress.cage import CageReport
from pytest_rustide_load.stress.cpu import CpuReport
from pytest_rustide_load.stress.memory import MemoryReport
from pytest_rustide_load.stress.ping import ProbeReport
from pytest_rustide_load.stress.proxy import DirectionReport, LinkReport
from pytest_rustide_load.units import MB, NS_PER_MS, format_bytes, three_digits
from pytest_rustide_load.workload import Stress

__all__ = ["in_words", "limit_figure", "link_figures", "name_of", "stress_figure"]

# How late a link itself may be: of its delay, and in any case.
_LATE_SHARE = 0.05
_LATE_NS = 0.3 * NS_PER_MS


def name_of(asked: Stress) -> str:
    """Stress in a few words, for a mark in a chart."""
    parts = []
    if asked.cpu_ratio:
        parts.append(f"cpu {asked.cpu_ratio:.0%}")
    if asked.memory_limit_bytes:
        parts.append(f"at most {format_bytes(asked.memory_limit_bytes)}")
    if asked.memory_bytes:
        parts.append(f"{format_bytes(asked.memory_bytes)} held")
    if asked.io_bytes:
        parts.append("I/O")
    return ", ".join(parts)


def stress_figure(report: StressReport, victim_share: float | None) -> StressFigure:
    """Of one stressor; `victim_share` is how much of the time they were ready to run the backends did run."""
    if isinstance(report, CpuReport):
        return _cpu(report, victim_share)
    if isinstance(report, MemoryReport):
        stopped = "it stopped growing to leave the machine its share" if report.stopped else ""
        return StressFigure(
            kind=f"memory held by others, {report.requested.pattern}",
            unit="MB",
            asked=report.requested.size_bytes / MB,
            achieved=report.peak_bytes / MB,
            reached=report.reached,
            note=stopped,
        )
    ended = "" if report.alive else "; it ended by itself"
    return StressFigure(
        kind=f"I/O by others in a file of {report.requested.size_bytes / MB:,.0f} MB",
        unit="MB/s",
        asked=None,
        achieved=report.bytes_per_s / MB,
        reached=report.alive and report.syncs > 0,
        note=f"on {report.place.describe()}, put on it {report.syncs:,} times{ended}",
    )


def limit_figure(report: CageReport, asked_bytes: int) -> StressFigure:
    """Of a limit on a backend's memory: the lowest that was in force beside the one asked for."""
    lowest = report.lowest_bytes
    notes = [report.reason]
    if report.peak_bytes is not None and not report.reason:
        notes.append(f"up to {report.peak_bytes / MB:,.0f} MB were used")
    if report.killed:
        notes.append(f"the kernel ended {report.killed} of its processes")
    return StressFigure(
        kind=f"memory limit by {report.mechanism}",
        unit="MB",
        asked=asked_bytes / MB,
        achieved=None if lowest is None else lowest / MB,
        reached=lowest == asked_bytes,
        note="; ".join(filter(None, notes)),
    )


def link_figures(links: Sequence[LinkReport], probes: Sequence[ProbeReport]) -> Iterator[StressFigure]:
    """Of each network that links were: what probes met on it beside what was asked for."""
    ways = [way for link in links for way in (link.to_backend, link.from_backend)]
    late = _late_ns(ways)
    segments, lost = sum(way.segments for way in ways), sum(way.lost_segments for way in ways)
    for probe in probes:
        profile = probe.profile
        if not profile.round_trip_ns:
            # A link that waits to become one.
            continue
        name = f"network {profile.name}"
        missing = f", {probe.missing} more never came back" if probe.missing else ""
        yield StressFigure(
            kind=f"{name}, delay each way",
            unit="ms",
            asked=profile.one_way_ns / NS_PER_MS,
            achieved=None if probe.delay_median_ns is None else probe.delay_median_ns / NS_PER_MS,
            reached=late <= max(_LATE_SHARE * profile.one_way_ns, _LATE_NS),
            note=f"median of {probe.count} probes there and back{missing}",
        )
        if profile.jitter_ns:
            yield StressFigure(
                kind=f"{name}, jitter",
                unit="ms",
                asked=profile.jitter_ns / NS_PER_MS,
                achieved=None if probe.jitter_ns is None else probe.jitter_ns / NS_PER_MS,
            )
        if profile.loss_ratio:
            yield StressFigure(
                kind=f"{name}, loss",
                unit="%",
                asked=profile.loss_ratio * 100,
                achieved=None if probe.loss_ratio is None else probe.loss_ratio * 100,
                note=f"of the probes' ways; of the traffic {lost:,} of {segments:,} segments",
            )


def _late_ns(ways: Sequence[DirectionReport]) -> float:
    """How late bytes were handed on in the middle: of the medians of all ways that which half of what was
    written met, so that a way on which little went does not decide."""
    known = sorted((way.late_median_ns, way.writes) for way in ways if way.late_median_ns is not None)
    passed, half = 0, sum(writes for _, writes in known) / 2
    for late_ns, writes in known:
        passed += writes
        if passed >= half:
            return late_ns
    return 0.0


def _cpu(report: CpuReport, victim_share: float | None) -> StressFigure:
    asked = report.requested
    cores = f"{report.threads} core{'' if report.threads == 1 else 's'}"
    share = (
        "" if victim_share is None else f"the backend ran {victim_share:.0%} of the time it was ready to run"
    )
    return StressFigure(
        kind=f"cpu of {cores}, {asked.model}, {asked.throttling}",
        unit="%",
        asked=asked.target_ratio * 100,
        achieved=report.achieved_ratio * 100,
        reached=report.reached,
        note=share,
    )


def in_words(figure: StressFigure) -> str:
    """Which stress was not what was asked for, in a few words."""
    achieved = "nothing" if figure.achieved is None else f"{three_digits(figure.achieved)} {figure.unit}"
    asked = "" if figure.asked is None else f" of {three_digits(figure.asked)} {figure.unit}"
    return f"{figure.kind}: {achieved}{asked}"

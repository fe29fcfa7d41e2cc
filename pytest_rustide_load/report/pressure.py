"""What became of a backend under pressure that came and went, as a value and as lines of the summary."""

from __future__ import annotations

import msgspec

from pytest_rustide_load.report.table import wrap
from pytest_rustide_load.units import three_digits

__all__ = ["PressureReport", "render_pressure"]

_KINDS = {"degraded": "degraded", "restarted": "restarted and recovered", "failed": "FAILED"}


class PressureReport(msgspec.Struct, frozen=True, kw_only=True):
    """As PressureOutcome has it. `graceful_degradation` says that the backend lived through it with errors
    and latency in bounds, `data_preservation` that documents and answers were right afterwards, None where
    nobody could tell; `recovery_action` what was done for it, in words."""

    kind: str
    why: str
    graceful_degradation: bool
    data_preservation: bool | None
    recovery_action: str
    slowdown_factor: float | None
    goodput_ratio: float | None
    silent_s: float
    first_right_s: float | None
    recovery_s: float | None
    restarts: int
    evidence: tuple[str, ...] = ()


def render_pressure(report: PressureReport, width: int) -> list[str]:
    """The lines of the summary."""
    slower = (
        "no answers"
        if report.slowdown_factor is None
        else f"{three_digits(report.slowdown_factor)} times as late"
    )
    good = "" if report.goodput_ratio is None else f", {report.goodput_ratio:.0%} of them right"
    under = f"under it answers {slower}{good}, and none for {three_digits(report.silent_s)} s at the longest"
    first, calm = _after(report.first_right_s), _after(report.recovery_s)
    criteria = (
        f"graceful degradation: {_word(report.graceful_degradation)}",
        f"data preserved: {_word(report.data_preservation)}",
        f"recovered: {calm} (first right answer: {first})",
    )
    why = f" ({report.why})" if report.why else ""
    lines = [
        f"pressure: {_KINDS.get(report.kind, report.kind)}{why}: {under}",
        f"  {', '.join(criteria)}",
    ]
    lines += [f"  {sentence}" for sentence in (report.recovery_action, *report.evidence) if sentence]
    return [line for text in lines for line in wrap(text.strip(), width, "  ", first=_indent(text))]


def _indent(text: str) -> str:
    return text[: len(text) - len(text.lstrip())]


def _word(value: bool | None) -> str:
    return "unknown" if value is None else "yes" if value else "NO"


def _after(seconds: float | None) -> str:
    return "never" if seconds is None else f"{three_digits(seconds)} s after it"

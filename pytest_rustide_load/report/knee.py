"""The knee of a ramp: up to which step a backend keeps what was asked of it, and the curve that leads there.

Values in, values and lines out; knows nothing of terminals.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import takewhile

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.curve import KneePoint, KneeReport
from pytest_rustide_load.report.results import LoadStep, LoadTestResults, StepFigures
from pytest_rustide_load.report.table import Cell, render_table, wrap
from pytest_rustide_load.stats.quantiles import min_samples_for
from pytest_rustide_load.units import three_digits

__all__ = ["curve_rows", "find_knee", "render_knee"]

_ENOUGH = min_samples_for(0.95)
_EDIT = "edit"


def find_knee(results: LoadTestResults, *, p95_ms: float, goodput_ratio: float) -> KneeReport:
    """Judge the steps of `results`: the knee is the last before the first that does not keep both. A step in
    which an operation was asked and never answered keeps nothing."""
    waited = {name for name, operation in results.operations.items() if operation.user_waits}
    curve = tuple(_point(step, waited, p95_ms, goodput_ratio) for step in results.steps)
    kept = list(takewhile(lambda point: not point.missed, curve))
    last = kept[-1] if kept else None
    first_missed = curve[len(kept)] if len(kept) < len(curve) else None
    return KneeReport(
        p95_ms=p95_ms,
        goodput_ratio=goodput_ratio,
        level=None if last is None else last.level,
        offered_per_s=None if last is None else last.offered_per_s,
        edits_per_s=None if last is None else last.edits_per_s,
        why="" if first_missed is None else f"{first_missed.missed} at {first_missed.level:g}x",
        curve=curve,
    )


def render_knee(results: LoadTestResults, width: int = 80, *, table: bool = True) -> list[str]:
    """The curve as a `table`, where asked for, and a sentence; nothing where no knee was searched for."""
    knee = results.knee
    if knee is None:
        return []
    head, rows = curve_rows(knee)
    last = len(head) - 1
    cells = [[Cell(text, left=column in (0, last)) for column, text in enumerate(row)] for row in rows]
    lines = render_table(head, cells, width) if table else []
    kept = f"p95 {format_value(Unit.MS, knee.p95_ms)} and {knee.goodput_ratio * 100:g}% right answers"
    if knee.level is None:
        text = f"knee: not even the first step keeps {kept}"
    else:
        edits = f", {_per_s(knee.edits_per_s)} of them edits" if knee.edits_per_s else ""
        rate = (
            "" if knee.offered_per_s is None else f", {_per_s(knee.offered_per_s)} operations a second{edits}"
        )
        text = f"knee: keeps {kept} up to {knee.level:g}x{rate}"
    return lines + wrap(f"{text}; {knee.why}" if knee.why else f"{text}, the last step", width, "  ")


def curve_rows(knee: KneeReport) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Titles and rows of the curve as a table, a row for each step."""
    types = any(point.edits_per_s for point in knee.curve)
    head = ("curve", *(["edits/s"] if types else []), "ops/s", "right/s", "longest p95", "good", "kept")
    rows = [
        (
            f"{point.level:g}x",
            *([_per_s(point.edits_per_s)] if types else []),
            _per_s(point.offered_per_s),
            _per_s(point.right_per_s),
            _longest(point),
            "-" if point.goodput_ratio is None else f"{three_digits(point.goodput_ratio * 100)}%",
            "no" if point.missed else "yes",
        )
        for point in knee.curve
    ]
    return head, rows


def _per_s(rate: float) -> str:
    """Three digits, and all of a larger number."""
    return f"{rate:,.0f}" if rate >= 100 else three_digits(rate)


def _longest(point: KneePoint) -> str:
    if point.p95_ms is None:
        return f"{point.operation} -".lstrip()
    mark = "~" if point.count < _ENOUGH else ""
    return f"{point.operation} {mark}{format_value(Unit.MS, point.p95_ms).replace(' ', '')}"


def _point(step: LoadStep, waited: Collection[str], p95_ms: float, goodput_ratio: float) -> KneePoint:
    asked = {name: found for name, found in step.operations.items() if found.planned}
    judged = {name: found for name, found in asked.items() if name in waited or name == _EDIT}
    answers = {name: found for name, found in judged.items() if name in waited}
    seconds = step.duration_s or 1.0
    longest = max(answers, key=lambda name: _order(answers[name]), default="")
    goods = [found.goodput_ratio for found in judged.values() if found.goodput_ratio is not None]
    return KneePoint(
        level=step.level,
        offered_per_s=sum(found.planned for found in asked.values()) / seconds,
        edits_per_s=asked[_EDIT].planned / seconds if _EDIT in asked else 0.0,
        right_per_s=sum(found.planned * (found.goodput_ratio or 0.0) for found in asked.values()) / seconds,
        operation=longest,
        p95_ms=answers[longest].p95_ms if longest else None,
        count=answers[longest].count if longest else 0,
        goodput_ratio=min(goods, default=None),
        missed=next(
            filter(
                None, (_missed(name, judged[name], name in waited, p95_ms, goodput_ratio) for name in judged)
            ),
            "",
        ),
    )


def _order(found: StepFigures) -> float:
    """No answer is longer than any."""
    return float("inf") if found.p95_ms is None else found.p95_ms


def _missed(name: str, found: StepFigures, waits: bool, p95_ms: float, goodput_ratio: float) -> str:
    """What an operation does not keep; empty where it keeps both."""
    if waits and (found.p95_ms is None or found.p95_ms > p95_ms):
        got = "no answer" if found.p95_ms is None else f"p95 {format_value(Unit.MS, found.p95_ms)}"
        return f"{name}: {got}"
    if found.goodput_ratio is not None and found.goodput_ratio < goodput_ratio:
        return f"{name}: goodput {three_digits(found.goodput_ratio * 100)}%"
    return ""

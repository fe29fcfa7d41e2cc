"""The users of a team as text: what each had to wait for, how fair that was, and what newcomers cost.

Values in, lines out; knows nothing of terminals.
"""

from __future__ import annotations

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.results import LoadTestResults, UserFigures
from pytest_rustide_load.report.table import Cell, render_table, wrap
from pytest_rustide_load.units import MB, format_bytes, three_digits

__all__ = ["render_users"]

# Of more users only those who waited longest are listed.
_LISTED = 8


def render_users(results: LoadTestResults, width: int = 80, *, everyone: bool = False) -> list[str]:
    """A row for each user, of many only for those who waited longest unless `everyone` is wanted; then
    fairness and interference. Nothing for one user alone."""
    users = results.users
    if len(users) < 2:
        return []
    worst = sorted(users, key=lambda user: -(user.p95_ms or 0))[: None if everyone else _LISTED]
    shown = sorted(worst, key=lambda user: user.user)
    rows = [_row(user) for user in shown]
    memory = any(user.rss_peak_mb is not None for user in shown)
    header = ("user", "kind", "n", "p50", "p95", "good", *(("memory",) if memory else ()))
    lines = render_table(header, rows if memory else [row[:-1] for row in rows], width)
    if len(shown) < len(users):
        lines.append(f"  (of {len(users)} users those who waited longest)")
    where = "one shared backend" if results.topology == "shared" else "a backend each"
    parts = [f"team: {len(users)} users, {where}"]
    if results.fairness_factor is not None:
        parts.append(f"worst p95 {three_digits(results.fairness_factor)}x the median")
    if results.interference_factor is not None:
        parts.append(f"with newcomers {three_digits(results.interference_factor)}x their own p95")
    return lines + wrap(", ".join(parts), width, "  ")


def _row(user: UserFigures) -> tuple[Cell, ...]:
    good = "-" if user.goodput_ratio is None else f"{three_digits(user.goodput_ratio * 100)}%"
    return (
        Cell(str(user.user)),
        Cell(user.kind, left=True),
        Cell(f"{user.planned:,}"),
        Cell(_ms(user.p50_ms)),
        Cell(_ms(user.p95_ms)),
        Cell(good),
        Cell("-" if user.rss_peak_mb is None else format_bytes(user.rss_peak_mb * MB).replace(" ", "")),
    )


def _ms(value: float | None) -> str:
    return "-" if value is None else format_value(Unit.MS, value).replace(" ", "")

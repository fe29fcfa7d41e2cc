"""The agents that shared the users of a run: where they were, what they did, how far they can be believed.

Values in, elements out.
"""

from __future__ import annotations

import htpy as h

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.agents import agents_line, describe_losses
from pytest_rustide_load.report.html.parts import table
from pytest_rustide_load.report.results import AgentFigures, LoadTestResults
from pytest_rustide_load.units import three_digits

__all__ = ["agents_section"]

_HEAD = ("agent", "host", "users", "planned", "sent late, p99", "cpu", "memory", "clock", "received", "lost")


def agents_section(results: LoadTestResults) -> h.Node:
    """A row for each agent; nothing for a run in one process."""
    if not results.agents:
        return None
    lost = describe_losses(results)
    return [
        h.h3["Agents"],
        h.p[agents_line(results)],
        h.ul(".remarks")[(h.li[line] for line in lost)] if lost else None,
        table(
            "Agents: what each did, and how much more its clock shows than the controller's",
            _HEAD,
            [_row(one) for one in results.agents],
            texts=("host", "lost"),
        ),
    ]


def _row(one: AgentFigures) -> list[h.Node]:
    clock = "-"
    if one.offset_ms is not None and one.offset_error_ms is not None:
        clock = f"{one.offset_ms:+.3f} ± {one.offset_error_ms:.3f} ms"
    return [
        f"{one.agent} {one.spec}",
        one.host or "here",
        f"{one.users:,}",
        "-" if one.planned is None else f"{one.planned:,}",
        "-" if one.send_lag_p99_ms is None else format_value(Unit.MS, one.send_lag_p99_ms),
        "-" if one.cpu_percent is None else f"{three_digits(one.cpu_percent)}% of a core",
        "-" if one.rss_mb is None else f"{one.rss_mb:.0f} MB",
        clock,
        f"{one.received_kb:,.0f} kB",
        f"after {one.lost_s or 0:.1f} s: {one.lost}" if one.lost else "no",
    ]

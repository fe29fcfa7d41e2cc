"""The agents of a run as text: what each had to do, and how far it can be believed.

Values in, lines out; knows nothing of terminals.
"""

from __future__ import annotations

from pytest_rustide_load.budgets.metrics import Unit, format_value
from pytest_rustide_load.report.results import AgentFigures, LoadTestResults
from pytest_rustide_load.report.table import Cell, render_table, wrap
from pytest_rustide_load.units import three_digits

__all__ = ["agents_line", "describe_losses", "render_agents"]

# Of more agents only those that were lost, or sent latest, are listed.
_LISTED = 8


def render_agents(results: LoadTestResults, width: int = 80) -> list[str]:
    """A row for each agent, then what the controller had to do; nothing for a run in one process."""
    agents = results.agents
    if not agents:
        return []
    worst = sorted(agents, key=lambda one: (not one.lost, -(one.send_lag_p99_ms or 0)))[:_LISTED]
    rows = [_row(one) for one in sorted(worst, key=lambda one: one.agent)]
    lines = render_table(("agent", "users", "n", "late p99", "cpu", "memory", "clock"), rows, width)
    if len(worst) < len(agents):
        lines.append(f"  (of {len(agents)} agents those that were lost, or sent latest)")
    lines += wrap(f"agents: {agents_line(results)}", width, "  ")
    for sentence in describe_losses(results):
        lines += wrap(sentence, width, "  ")
    return lines


def agents_line(results: LoadTestResults) -> str:
    """How many there were, what the controller had to do, and what percentiles are made of."""
    agents = results.agents
    parts = [f"{sum(one.users for one in agents):,} users on {len(agents)}"]
    received_kb = sum(one.received_kb for one in agents)
    if results.controller_cpu_percent is not None:
        parts.append(
            f"controller {three_digits(results.controller_cpu_percent)}% of a core, "
            f"{received_kb:,.0f} kB received"
        )
    if results.percentiles_from == "histograms":
        parts.append("percentiles from histograms, 0.4% from exact at most")
    return ", ".join(parts)


def describe_losses(results: LoadTestResults) -> list[str]:
    """A sentence for each agent that was lost."""
    return [
        f"agent {one.agent} ({one.spec}) was lost {one.lost_s or 0:.1f} s after the start: {one.lost}; of "
        f"its {one.users:,} users counts what it had told; {one.in_flight_when_lost} requests were in flight"
        for one in results.agents
        if one.lost
    ]


def _row(one: AgentFigures) -> tuple[Cell, ...]:
    def shown(value: float | None, text: str) -> Cell:
        return Cell("-" if value is None else text)

    name = f"{one.agent} {one.host or one.spec.split('//')[0]}"
    clock = "-"
    if one.offset_ms is not None and one.offset_error_ms is not None:
        clock = f"{one.offset_ms:+.3f}±{one.offset_error_ms:.3f}ms"
    late = one.send_lag_p99_ms
    return (
        Cell(name, left=True),
        Cell(f"{one.users:,}"),
        Cell("lost" if one.lost else "-" if one.planned is None else f"{one.planned:,}"),
        shown(late, "" if late is None else format_value(Unit.MS, late).replace(" ", "")),
        shown(one.cpu_percent, f"{three_digits(one.cpu_percent or 0)}%"),
        shown(one.rss_mb, f"{one.rss_mb or 0:.0f}MB"),
        Cell(clock),
    )

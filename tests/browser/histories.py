"""A history of simulated runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from pytest_rustide_load.history import HistoryStore, stored_run
from tests.report.html import samples

BEGAN = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def write_history(path: Path, *, runs: int = 12, name: str = "individual-developer") -> None:
    """`runs` of one scenario, three times as slow from the middle on; then one of `small-team` that was cut
    short."""
    store = HistoryStore(path)
    for number in range(runs):
        found = samples.results(seconds=6, seed=number + 1, slower=3.0 if number >= runs // 2 else 1.0)
        when = (BEGAN + timedelta(days=number)).isoformat()
        found = replace(found, execution_timestamp=when, scenario_name=name)
        store.add(stored_run(found, None, revision=f"{number:012x}", machine="m"))
    cut = replace(samples.results(seconds=6), scenario_name="small-team", ended="interrupted")
    store.add(stored_run(cut, None, revision="", machine="m"))
    store.close()

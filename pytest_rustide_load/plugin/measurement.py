"""What one run is asked for, and all it needs: values, made from the runtime, which `measure` works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pytest_rustide_load import __version__
from pytest_rustide_load.budgets import Budget, merge_budgets
from pytest_rustide_load.codebase import Codebase
from pytest_rustide_load.codebase.foreign import ForeignCodebase
from pytest_rustide_load.history import HistoryStore
from pytest_rustide_load.plugin.backend import IdeBackend
from pytest_rustide_load.plugin.margin import SafetyMargin
from pytest_rustide_load.plugin.markers import marker_budgets
from pytest_rustide_load.plugin.progress import Progress
from pytest_rustide_load.ports import Clock, Launcher
from pytest_rustide_load.report import BackendIdentity, LoadTestResults
from pytest_rustide_load.stats.alerts import AlertRule
from pytest_rustide_load.stats.record import RunRecord
from pytest_rustide_load.stress.apply import Stress
from pytest_rustide_load.workload import Scenario

if TYPE_CHECKING:
    from pytest_rustide_load.plugin.runtime import Runtime

__all__ = ["Asked", "Finish", "Measurement", "measurement_of"]

# What becomes of results before they are stored and kept.
Finish = Callable[[LoadTestResults, RunRecord], LoadTestResults]


@dataclass(frozen=True, slots=True)
class Asked:
    """One run, as the runtime was asked for it."""

    item: pytest.Item
    scenario: Scenario
    duration_s: float | None
    warm_up_s: float | None
    seed: int
    launcher: Launcher | None
    keep: bool
    role: str = ""
    stored: bool = True
    finish: Finish | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """All that one run needs. `backends` are those of the users, in their order; `startups` those whose start
    counts as a sample of the run. `role` is "candidate" or "baseline" of a pair, `session` tells what ran
    together."""

    config: pytest.Config
    progress: Progress
    item: pytest.Item
    scenario: Scenario
    backends: tuple[IdeBackend, ...]
    startups: tuple[IdeBackend, ...]
    seed: int
    duration_s: float | None
    warm_up_s: float | None
    clock: Clock
    budgets: tuple[Budget, ...]
    alerts: tuple[AlertRule, ...]
    scrape_url: str | None
    fingerprint: Mapping[str, str]
    details: Mapping[str, str]
    repeat_command: str
    plugin_version: str
    margin: SafetyMargin
    ambient: tuple[Stress, ...]
    keep: bool = True
    role: str = ""
    session: str = ""
    history: HistoryStore | None = None
    revision: str = ""
    finish: Finish | None = None
    diagnoses: bool = False
    # Where agents have the backends.
    identity: BackendIdentity | None = None
    codebase: Codebase | ForeignCodebase | None = None

    @property
    def backend(self) -> IdeBackend:
        """That of the first user, or the one that ended in mid-run."""
        return next((one for one in self.backends if one.session.closed), self.backends[0])


def measurement_of(
    runtime: Runtime,
    asked: Asked,
    backends: tuple[IdeBackend, ...],
    startups: tuple[IdeBackend, ...] = (),
) -> Measurement:
    """One run on `backends`, with all that is the same for each run of a session."""
    item, scenario = asked.item, asked.scenario
    return Measurement(
        config=runtime.config,
        progress=runtime.progress,
        item=item,
        scenario=scenario,
        backends=backends,
        startups=startups,
        seed=asked.seed,
        duration_s=asked.duration_s,
        warm_up_s=asked.warm_up_s,
        clock=runtime.clock,
        budgets=merge_budgets(
            marker_budgets(item), runtime.budget_file.for_scenario(scenario.name, scenario.family)
        ),
        alerts=runtime.budget_file.alerts_for(scenario.name, scenario.family),
        scrape_url=runtime.settings.scrape_url,
        fingerprint=runtime.fingerprint,
        details=(asked.launcher or runtime.launcher).details,
        repeat_command=runtime.repeat_command(item),
        plugin_version=__version__,
        finish=asked.finish,
        diagnoses=runtime.settings.diagnoses,
        keep=asked.keep,
        margin=runtime.settings.margin,
        role=asked.role,
        session=runtime.session,
        ambient=runtime.ambient.running,
        history=runtime.history if asked.stored else None,
        revision=runtime.revision,
    )

"""Scenarios as test items: built-in ones, and those in files of one's own.

Knows how an item is named, run and reported; the running itself is the runtime's.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.plugin.agenda import PlannedItem
from pytest_rustide_load.plugin.options import BUILT_IN_PREFIX, FILE_PROBLEMS_KEY
from pytest_rustide_load.plugin.runtime import get_runtime

if TYPE_CHECKING:
    from pytest_rustide_load.workload import Scenario

__all__ = ["ScenarioFile", "ScenarioItem"]


class ScenarioItem(pytest.Item):
    """One scenario of the library, on a codebase and a backend of its own."""

    def __init__(self, *, scenario: Scenario, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scenario = scenario
        names = [scenario.family, scenario.name] if scenario.family else [scenario.name]
        self.add_marker(pytest.mark.load_scenario(*names))

    @classmethod
    def make(cls, session: pytest.Session, scenario: Scenario) -> ScenarioItem:
        """The item of `scenario`; its node id does not depend on the directory."""
        item: ScenarioItem = cls.from_parent(
            session, name=scenario.name, nodeid=f"{BUILT_IN_PREFIX}::{scenario.name}", scenario=scenario
        )
        return item

    def runtest(self) -> None:
        runtime = get_runtime(self.config)
        scale = runtime.settings.scale or self.scenario.scale
        if scale and runtime.baseline_launcher is None and runtime.settings.repeated is None:
            from pytest_rustide_load.plugin.scaling import run_scaled

            run_scaled(runtime, self, self.scenario, scale)
            return
        if runtime.baseline_launcher is None:
            from pytest_rustide_load.plugin.baselines import run_repeated

            run_repeated(runtime, self, self.scenario)
            return
        from pytest_rustide_load.plugin.duet import run_duet

        run_duet(runtime, self, self.scenario, runtime.baseline_launcher)

    def planned(self) -> PlannedItem:
        """How much load it is, as the command line wants it."""
        runtime = get_runtime(self.config)
        settings, scenario = runtime.settings, runtime.adjusted(self.scenario)
        each_s = settings.duration_s
        measured_s = each_s * max(len(scenario.ramp), 1) if each_s else scenario.duration_s
        run_s = scenario.warm_up_s + measured_s
        runs = settings.repetitions * (1 if settings.baseline is None else 2)
        scale = settings.scale or scenario.scale
        if scale and settings.baseline is None:
            from pytest_rustide_load.plugin.scaling import repetitions_of

            levels = sum(len(axis.levels) for axis in scale)
            # And once as it is.
            runs = repetitions_of(runtime, scenario) * levels + 1
        return PlannedItem(runs, runs * run_s)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        if isinstance(self.parent, ScenarioFile):
            return self.path, 0, self.name
        # A line, because pytest adds one to it where a test is skipped before it begins.
        return BUILT_IN_PREFIX, 0, self.name


class ScenarioFile(pytest.File):
    """A file NAME.scenario.yaml anywhere among the tests: one item, or one for each cell of its matrix, or
    mistakes that end the session together with those of all other files."""

    def collect(self) -> Iterator[ScenarioItem]:
        runtime = get_runtime(self.config)
        try:
            scenario = runtime.scenario_of_file(self.path)
        except ConfigError as error:
            self.config.stash.setdefault(FILE_PROBLEMS_KEY, []).extend(error.problems)
            return
        for one in scenario.cells or (scenario,):
            yield ScenarioItem.from_parent(self, name=one.name, scenario=one)

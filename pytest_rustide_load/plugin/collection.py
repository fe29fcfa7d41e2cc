"""Which items run: built-in scenarios added, marked tests kept, the rest deselected, mistakes reported.

Knows nothing of backends or of how items run.
"""

from __future__ import annotations

import pytest

from pytest_rustide_load.errors import ConfigError, HistoryError, Problem, did_you_mean
from pytest_rustide_load.plugin.fault_words import fault_by_markers
from pytest_rustide_load.plugin.items import ScenarioItem
from pytest_rustide_load.plugin.markers import marker_budgets, source_of
from pytest_rustide_load.plugin.options import FILE_PROBLEMS_KEY, is_worker, selected_names
from pytest_rustide_load.plugin.refusals import refuse
from pytest_rustide_load.plugin.runtime import Runtime, get_runtime
from pytest_rustide_load.plugin.stress_words import asked_by_markers
from pytest_rustide_load.workload import Scenario
from pytest_rustide_load.workload.networks import NETWORKS

__all__ = ["plan_items", "prepare_items"]


def prepare_items(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Add and deselect items in place. Mistakes in markers, budgets or names end the session with exit
    status 4, all of them at once."""
    runtime = get_runtime(config)
    problems: list[Problem] = list(config.stash.get(FILE_PROBLEMS_KEY, ()))
    _check_markers(runtime, items, problems)
    selected = selected_names(config)
    if selected:
        try:
            _select(runtime, selected, session, items)
        except ConfigError as error:
            problems += error.problems
    for item in items:
        if isinstance(item, ScenarioItem):
            try:
                runtime.adjusted(item.scenario)
            except ConfigError as error:
                problems += error.problems
    if any(
        isinstance(item, ScenarioItem) or "run_scenario" in getattr(item, "fixturenames", ())
        for item in items
    ):
        try:
            runtime.earlier  # noqa: B018  finding it is the check
        except ConfigError as error:
            problems += error.problems
        except HistoryError as error:
            problems.append(Problem(str(error), "--load-history"))
    if problems:
        _refuse(config, items, problems)


def plan_items(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tell progress which load tests there are."""
    get_runtime(config).progress.plan(
        {item.nodeid: item.planned() if isinstance(item, ScenarioItem) else None for item in items}
    )


def _check_markers(runtime: Runtime, items: list[pytest.Item], problems: list[Problem]) -> None:
    """Read every budget marker now, so that a typo is found before any load runs."""
    try:
        runtime.budget_file  # noqa: B018  reading the file is the check
    except ConfigError as error:
        problems += error.problems
    networks = NETWORKS
    try:
        networks = runtime.ambient.networks
    except ConfigError as error:
        problems += error.problems
    seen: set[Problem] = set()
    for item in items:
        path, line = source_of(item)
        for marker in item.iter_markers("load_scenario"):
            if not marker.args or not all(isinstance(name, str) for name in marker.args) or marker.kwargs:
                seen.add(Problem("load_scenario takes names: @pytest.mark.load_scenario('NAME')", path, line))
        for read in (marker_budgets, fault_by_markers, lambda one: asked_by_markers(one, networks)):
            try:
                read(item)
            except ConfigError as error:
                # A marker on a class or module stands on each of its tests: said once.
                problems += [problem for problem in error.problems if problem not in seen]
                seen.update(error.problems)
    problems += [problem for problem in seen if problem not in problems]


def _marked(item: pytest.Item) -> set[str]:
    return {name for marker in item.iter_markers("load_scenario") for name in marker.args}


def _select(
    runtime: Runtime, selected: tuple[str, ...], session: pytest.Session, items: list[pytest.Item]
) -> None:
    marked = set[str]().union(*(_marked(item) for item in items))
    known = marked | set(runtime.scenarios) | set(runtime.suites)
    unknown = [name for name in selected if name not in known]
    if unknown:
        raise ConfigError(
            [
                Problem(
                    f"unknown load scenario {name!r}: {did_you_mean(name, _shown(name, known))}",
                    "--load-scenario",
                )
                for name in unknown
            ]
        )
    kept = [item for item in items if _marked(item) & set(selected)]
    deselected = [item for item in items if not _marked(item) & set(selected)]
    collected = {item.scenario.name for item in items if isinstance(item, ScenarioItem)}
    names = dict.fromkeys(
        one.name
        for name in selected
        for member in runtime.suites.get(name, (name,))
        if member in runtime.scenarios
        for one in _tests_of(runtime.scenarios[member], is_named=member == name)
        if one.name not in collected
    )
    built_in: list[pytest.Item] = [ScenarioItem.make(session, runtime.scenarios[name]) for name in names]
    items[:] = built_in + kept
    if built_in and not is_worker(session.config):
        # So that the count of collected items on the terminal includes them.
        report = pytest.CollectReport("rustide-load", "passed", None, list(built_in))
        session.config.hook.pytest_collectreport(report=report)
    if deselected:
        session.config.hook.pytest_deselected(items=deselected)


def _shown(wanted: str, known: set[str]) -> list[str]:
    """The names to tell of: those of cells only where one was meant, as there are many."""
    return [name for name in known if "[" in wanted or "[" not in name]


def _tests_of(scenario: Scenario, *, is_named: bool) -> tuple[Scenario, ...]:
    """The tests of a scenario that was asked for by its own name, or by that of a suite."""
    return (scenario.cells or (scenario,)) if is_named else scenario.in_suite


def _refuse(config: pytest.Config, items: list[pytest.Item], problems: list[Problem]) -> None:
    # A wrong option is found by all that ask for it.
    refuse(config, items, list(dict.fromkeys(str(problem) for problem in problems)))

"""The pytest plugin: options, markers, fixtures, collection, verdicts, summary.

The composition root: the only room that imports pytest, and the only one that joins the others. This
module loads on every pytest run on the user's machine, so it holds hooks only and imports what they
need when a load test is really there.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

from pytest_rustide_load.plugin import controller, options, refusals

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_rustide_load.plugin.api import BackendFactory, CodebaseFactory, FaultFactory, ScenarioRunner
    from pytest_rustide_load.plugin.stressing import (
        CpuContentionFixture,
        MemoryPressureFixture,
        NetworkFixture,
        StorageFixture,
    )

__all__: list[str] = []

STRESS_NAMES = ("cpu_contention", "memory_pressure", "network_profile", "storage")
FAULT_NAMES = ("backend_fault", "recovery")
LOAD_FIXTURES = frozenset({"rust_codebase", "ide_backend", "run_scenario"})


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    options.adopt_terminal(config)
    for line in options.MARKERS:
        config.addinivalue_line("markers", line)
    if not options.is_worker(config):
        config.pluginmanager.register(controller.Controller(config), controller.NAME)
        if config.getoption("load_live") is not None:
            with refusals.own_requirements():
                from pytest_rustide_load.plugin import liveview

            liveview.settle(config)
    if options.is_requested(config):
        with refusals.own_requirements():
            from pytest_rustide_load.plugin import runtime

        runtime.get_runtime(config).check_options()


def pytest_unconfigure(config: pytest.Config) -> None:
    options.close(config)


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    if not config.getoption("load_list") and config.getoption("load_show") is None:
        return None
    with refusals.own_requirements():
        from pytest_rustide_load.plugin import listing

    return listing.print_scenarios(config)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A scenario in a file of its own is a test like others."""
    if not file_path.name.endswith(".scenario.yaml"):
        return None
    try:
        with refusals.own_requirements():
            from pytest_rustide_load.plugin import items
    except pytest.UsageError as error:
        raise parent.CollectError(str(error)) from None

    file: pytest.Collector = items.ScenarioFile.from_parent(parent, path=file_path)
    return file


def pytest_report_header(config: pytest.Config) -> list[str]:
    live = options.live_address(config)
    if not options.is_requested(config):
        return live
    from pytest_rustide_load.plugin import header, runtime

    return [*header.header_lines(runtime.get_runtime(config)), *live]


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and (reporter.no_header or not reporter.showheader):
        # Without a header too: nobody can guess a port.
        for line in options.live_address(session.config):
            reporter.write_line(line)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    if not (
        options.is_requested(config)
        or options.FILE_PROBLEMS_KEY in config.stash
        or any(is_load_test(item) for item in items)
    ):
        return
    try:
        with refusals.own_requirements():
            from pytest_rustide_load.plugin import collection
    except pytest.UsageError as error:
        refusals.refuse(config, items, [str(error)])
        return

    collection.prepare_items(session, config, items)


def pytest_collection_finish(session: pytest.Session) -> None:
    if options.RUNTIME_KEY in session.config.stash:
        from pytest_rustide_load.plugin import collection

        collection.plan_items(session.config, [item for item in session.items if is_load_test(item)])


def is_load_test(item: pytest.Item) -> bool:
    """True for a test that can run load or promises a budget, and for a scenario."""
    if getattr(item, "scenario", None) is not None:
        return True
    if not LOAD_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
        return True
    return any(
        next(item.iter_markers(name), None) is not None for name in ("budget", *STRESS_NAMES, *FAULT_NAMES)
    )


@pytest.fixture(scope="session")
def rust_codebase(request: pytest.FixtureRequest) -> CodebaseFactory:
    """Factory of synthetic Rust codebases: `rust_codebase(seed=42, loc=20_000)`, or `profile="team"`.

    The same arguments give the same bytes on every machine. Wrong arguments raise ConfigError.
    """
    from pytest_rustide_load.plugin import api

    return api.CodebaseFactory(request.config)


@pytest.fixture
def ide_backend(request: pytest.FixtureRequest) -> Iterator[BackendFactory]:
    """Factory of running backends: `ide_backend(codebase)` starts one on a copy of the codebase, waits
    until it answers rightly, and stops it when the test ends. Which one is chosen by `--ide-backend`.
    """
    from pytest_rustide_load.plugin import api

    factory = api.BackendFactory(request)
    yield factory
    factory.stop_all()


@pytest.fixture
def run_scenario(request: pytest.FixtureRequest) -> ScenarioRunner:
    """Runs a scenario against a backend: `run_scenario("individual-developer", backend=…, duration_s=20)`.

    Returns LoadTestResults. Budgets of the test's markers and of budgets.yaml are judged on it, and a
    missed one fails the test when its body has ended.
    """
    from pytest_rustide_load.plugin import api

    return api.ScenarioRunner(request)


@pytest.fixture
def cpu_contention(request: pytest.FixtureRequest) -> Iterator[CpuContentionFixture]:
    """`with cpu_contention(target="90%", model="multi_thread") as stress:` burns CPU in a block of the test,
    and `stress.report()` says how much. Without arguments, what the test's marker of that name says."""
    from pytest_rustide_load.plugin import stressing

    fixture = stressing.CpuContentionFixture(request)
    yield fixture
    fixture.end_all()


@pytest.fixture
def memory_pressure(request: pytest.FixtureRequest) -> Iterator[MemoryPressureFixture]:
    """`with memory_pressure(held="1GB"):` holds memory in a block of the test; `with memory_pressure(backend,
    limit="512MB") as cage:` limits that of a backend. Without arguments, what the test's marker says."""
    from pytest_rustide_load.plugin import stressing

    fixture = stressing.MemoryPressureFixture(request)
    yield fixture
    fixture.end_all()


@pytest.fixture
def network_profile(request: pytest.FixtureRequest) -> Iterator[NetworkFixture]:
    """`with network_profile("mobile_network", backend) as link:` puts a network before a backend in a block
    of the test; `link.change(NAME)`, `link.partition("5s")`, `link.half_open()`, `link.reset()` go
    further."""
    from pytest_rustide_load.plugin import stressing

    fixture = stressing.NetworkFixture(request)
    yield fixture
    fixture.end_all()


@pytest.fixture
def storage(request: pytest.FixtureRequest) -> Iterator[StorageFixture]:
    """`with storage("ram") as place:` has the workspaces of backends started in a block of the test in
    memory; `with storage(io="100MB"):` keeps the disk busy meanwhile."""
    from pytest_rustide_load.plugin import stressing

    fixture = stressing.StorageFixture(request)
    yield fixture
    fixture.end_all()


@pytest.fixture
def backend_fault() -> FaultFactory:
    """A fault for one run: `run_scenario(…, fault=backend_fault("kill", at="3s"))`."""
    from pytest_rustide_load.plugin import api

    return api.FaultFactory()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if call.excinfo is not None and options.is_own_error(call.excinfo.value):
        from pytest_rustide_load.plugin import outcome

        outcome.shorten(call.excinfo, report)
    if options.REPEATED_KEY in item.stash and call.when == "call":
        vars(report)["rustide_load_repeated"] = item.stash[options.REPEATED_KEY]
    if call.when == "call" and (
        options.RUNS_KEY in item.stash or next(item.iter_markers("budget"), None) is not None
    ):
        from pytest_rustide_load.plugin import outcome

        outcome.judge(item, report)
    return report


def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, str] | None:
    if report.failed and getattr(report, "rustide_load_budget_missed", False):
        return "failed", "B", "BUDGET"
    return None

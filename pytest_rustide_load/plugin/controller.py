"""What the controlling process does with the results of all items, its own and those of workers.

Loads on every pytest run; imports the renderers only when there are results.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from pytest_rustide_load.plugin.options import PROBLEMS_KEY

__all__ = ["NAME", "Controller"]

NAME = "rustide_load_controller"


class Controller:
    """Gathers the results that travel on the test reports; prints and writes them at the end.

    Results come on reports and not in a worker's last message, so that a worker that dies keeps the
    results of its finished tests.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self.payloads: list[dict[str, Any]] = []
        self._comparisons: list[dict[str, Any]] = []
        self._series: list[tuple[str, dict[str, Any]]] = []
        self._repetitions: list[dict[str, Any]] = []
        self._notes: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._repetitions += getattr(report, "rustide_load_repetitions", ())
        self.payloads += getattr(report, "rustide_load", ())
        self._comparisons += getattr(report, "rustide_load_comparisons", ())
        self._series += [(report.nodeid, one) for one in getattr(report, "rustide_load_series", ())]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        problems = getattr(node, "workeroutput", {}).get("rustide_load_problems")
        if problems:
            # Every worker collects the same tests and so finds the same mistakes.
            self._config.stash[PROBLEMS_KEY] = list(problems)

    # Around everything else: pytest-benchmark saves and compares in a wrapper of its own.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        if PROBLEMS_KEY in self._config.stash:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        target = self._config.getoption("load_json")
        if target and self.payloads:
            from pytest_rustide_load.plugin import summary

            self._notes.append(summary.write_json(Path(target), self.payloads))
        if self._config.getoption("load_save_baseline") and self.payloads:
            from pytest_rustide_load.plugin import baselines

            runs = [*self._repetitions, *self.payloads]
            failed = bool(session.testsfailed) or session.exitstatus != pytest.ExitCode.OK
            self._notes.append(baselines.save_baseline(self._config, runs, failed=failed))
        if self._series:
            from pytest_rustide_load.plugin import benchmark

            benchmark.hand_over(self._config, self._series)
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None]:
        problems = self._config.stash.get(PROBLEMS_KEY, None)
        if problems:
            terminalreporter.section("mistakes in load tests", red=True)
            for problem in problems:
                terminalreporter.line(f"ERROR: {problem}", red=True)
        if self.payloads:
            from pytest_rustide_load.plugin import summary

            summary.write_terminal(terminalreporter, self.payloads, self._comparisons)
            if self._config.getoption("load_coverage"):
                summary.write_coverage(terminalreporter, self.payloads)
        for note in self._notes:
            terminalreporter.line(note)
        return (yield)

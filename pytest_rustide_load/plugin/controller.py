"""What the controlling process does with the results of all items, its own and those of workers.

Loads on every pytest run; imports the renderers only when there are results.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_rustide_load.plugin.options import CANNOT, LIVE_PORT, PROBLEMS_KEY, RELAY, is_requested

if TYPE_CHECKING:
    from pytest_rustide_load.plugin.endings import Endings
    from pytest_rustide_load.plugin.relay import Relay
    from pytest_rustide_load.plugin.written import Written
    from pytest_rustide_load.report.trends import ScenarioTrends

__all__ = ["NAME", "Controller"]

NAME = "rustide_load_controller"
_GITHUB = frozenset({"GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"})


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
        self.notes: list[str] = []
        self._repeated: list[str] = []
        self._trends: list[ScenarioTrends] = []
        self._regressions: list[str] = []
        self._drifts: list[str] = []
        # Files that were asked for, and are not there.
        self._missing: list[str] = []
        self._failed: list[pytest.TestReport] = []
        self._not_run: list[str] = []
        # Shows what workers are at, where there are any.
        self._relay: Relay | None = None
        self._has_workers = False

    # pytest writes to the terminal in these.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logstart(self) -> Generator[None, object, object]:
        if self._loads():
            # Workers are about to measure: what they have is as dear as what this process would have.
            self._endings().watch()
        with self._aside():
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logfinish(self) -> Generator[None, object, object]:
        with self._aside():
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Generator[None, object, object]:
        self._gather(report)
        with self._aside():
            return (yield)

    # tryfirst: afterwards xdist hears no more of its workers.
    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        if self._has_workers and (is_requested(self._config) or self.payloads or self._loads()):
            self._endings().shield()
            from pytest_rustide_load.plugin import handover

            self.payloads += handover.collect(self._config)

    def _loads(self) -> bool:
        return self._relay is not None and self._relay.has_load

    def _endings(self) -> Endings:
        from pytest_rustide_load.plugin import runtime

        return runtime.get_runtime(self._config).endings

    def _aside(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext() if self._relay is None else self._relay.aside()

    def _gather(self, report: pytest.TestReport) -> None:
        # The last word of a test, or what xdist says of one whose worker died.
        node = getattr(report, "node", None)
        if self._relay is not None and node is not None and report.when not in ("setup", "call"):
            self._relay.finish(node.gateway.id, report.nodeid)
        if report.failed and not getattr(report, "rustide_load_budget_missed", False):
            self._failed.append(report)
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        # What others say of their tests is theirs.
        is_own = hasattr(report, "rustide_load") or is_requested(self._config)
        if is_own and reporter is not None and isinstance(report.longrepr, str):
            from pytest_rustide_load.plugin import summary

            report.longrepr = summary.legible(reporter, report.longrepr)
        if report.skipped and isinstance(report.longrepr, tuple) and CANNOT in report.longrepr[2]:
            # pytest keeps reasons to itself unless asked, and a scenario that does not run should be noticed.
            self._not_run.append(report.longrepr[2].removeprefix("Skipped: "))
            self.notes.append(f"not run: {self._not_run[-1]}")
        self._repetitions += getattr(report, "rustide_load_repetitions", ())
        self.payloads += getattr(report, "rustide_load", ())
        self._repeated += getattr(report, "rustide_load_repeated", ())
        self._comparisons += getattr(report, "rustide_load_comparisons", ())
        self._series += [(report.nodeid, one) for one in getattr(report, "rustide_load_series", ())]

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput[LIVE_PORT] = self._config.option.load_live
        self._has_workers = True
        if self._relay is None:
            from pytest_rustide_load.plugin import progress

            self._relay = progress.open_relay(
                self._config,
                parallel=bool(self._config.getoption("load_parallel")),
                each=self._config.getoption("dist") == "each",
            )
        if self._relay is not None:
            node.workerinput[RELAY] = self._relay.join(node.gateway.id)

    @pytest.hookimpl(optionalhook=True, wrapper=True)
    def pytest_testnodedown(self, node: Any) -> Generator[None, object, object]:
        if self._relay is not None:
            self._relay.lose(node.gateway.id)
        with self._aside():
            result = yield
        self._note_problems(node)
        return result

    def _note_problems(self, node: Any) -> None:
        problems = getattr(node, "workeroutput", {}).get("rustide_load_problems")
        if problems:
            # Every worker collects the same tests and so finds the same mistakes.
            self._config.stash[PROBLEMS_KEY] = list(problems)

    # What is found over several runs is no failure of one test: it fails the session.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        try:
            return (yield)
        finally:
            if self.payloads or self._comparisons:
                self._judge_session()
                session.testsfailed += len(self._regressions) + len(self._drifts)

    # Around everything else: pytest-benchmark saves and compares in a wrapper of its own.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        if self._relay is not None:
            self._relay.close()
        if self.payloads:
            self._endings().shield()
        if PROBLEMS_KEY in self._config.stash:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        target = self._config.getoption("load_json")
        if target and self.payloads:
            from pytest_rustide_load.plugin import summary

            self._tell(summary.write_json(Path(target), self.payloads, self._comparisons))
        if not self.payloads and (self._failed or self._not_run or is_requested(self._config)):
            # What lies there is of another session.
            self.notes += [
                f"--{name.replace('_', '-')}={given}: nothing was measured, so nothing is written"
                for name in ("load_json", "load_save_baseline")
                for given in [self._config.getoption(name)]
                if given
            ]
        if self._series:
            from pytest_rustide_load.plugin import benchmark

            benchmark.hand_over(self._config, self._series)
        is_published = True
        if self.payloads or self._failed or self._not_run:
            try:
                self._publish()
            except Exception as error:  # noqa: BLE001  what was measured is shown, whatever becomes of a page
                self.notes.append(f"--load-report: no report was made: {type(error).__name__}: {error}")
                is_published = False
        if self._config.getoption("load_save_baseline") and self.payloads:
            from pytest_rustide_load.plugin import baselines

            runs = [*self._repetitions, *self.payloads]
            failed = bool(session.testsfailed or self._missing) or session.exitstatus != pytest.ExitCode.OK
            self._tell(baselines.save_baseline(self._config, runs, failed=failed))
        result = yield
        if not is_published:
            # Not before: pytest has no summary then.
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        elif self._missing and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        return result

    def _tell(self, *files: Written) -> None:
        """Keep what became of files for the summary, and that the session fails where one is missing."""
        for line, is_missing in files:
            (self._missing if is_missing else self.notes).append(line)

    def _publish(self) -> None:
        # In a session without load tests nobody asked for a summary of them.
        on_github = bool(self.payloads or is_requested(self._config)) and not _GITHUB.isdisjoint(os.environ)
        if not (self._config.getoption("load_report") or on_github):
            return
        from pytest_rustide_load.plugin import publish

        failed = [publish.failed_test(report) for report in self._failed]
        session = publish.collect_session(
            self._config,
            self.payloads,
            self._comparisons,
            failed=failed,
            drifts=self._drifts,
            not_run=self._not_run,
        )
        self._tell(*publish.publish(self._config, session, self.payloads))
        if on_github:
            self.notes += publish.annotate(self._config, session)

    def _judge_session(self) -> None:
        if self._comparisons:
            from pytest_rustide_load.plugin import baselines

            self._regressions = baselines.describe_failures(self._comparisons)
        fails = self._config.getoption("load_fail_on_drift")
        if fails or self._config.getoption("load_trend"):
            from pytest_rustide_load.plugin import trends

            self._trends = trends.session_trends(self._config, self.payloads)
            self._drifts = trends.describe_drifts(self._trends) if fails else []
        if self._config.getoption("xmlpath", None):
            from pytest_rustide_load.plugin import junit

            junit.tell_junit(self._config, self._comparisons, self._trends if fails else ())

    @pytest.hookimpl(wrapper=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None]:
        problems = self._config.stash.get(PROBLEMS_KEY, None)
        if problems:
            terminalreporter.section("mistakes in load tests", red=True)
            for problem in problems:
                terminalreporter.line(f"ERROR: {problem}", red=True)
        if self.payloads:
            from pytest_rustide_load.plugin import summary

            summary.write_terminal(
                terminalreporter, self.payloads, self._comparisons, summary.verbosity_of(self._config)
            )
            if self._config.getoption("load_coverage"):
                summary.write_coverage(terminalreporter, self.payloads)
        if self._trends:
            from pytest_rustide_load.plugin import summary

            summary.write_trends(terminalreporter, self._trends)
        if self._regressions:
            from pytest_rustide_load.plugin import summary

            summary.write_failures(terminalreporter, self._regressions)
        for failure in (*self._drifts, *self._missing):
            terminalreporter.line(f"FAIL {failure}", red=True)
        if self._repeated:
            terminalreporter.section("repeated requests")
            for line in self._repeated:
                terminalreporter.line(line)
        for note in self.notes:
            terminalreporter.line(note)
        return (yield)

"""Command line, ini keys, markers and what the plugin keeps on pytest's objects.

Loads on every pytest run: imports nothing but pytest and the standard library's smallest parts.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_rustide_load.errors import Problem
    from pytest_rustide_load.plugin.liveview import LiveView
    from pytest_rustide_load.plugin.runtime import Runtime
    from pytest_rustide_load.report.compared import ComparisonReport
    from pytest_rustide_load.report.results import LoadTestResults

__all__ = [
    "BUILT_IN_PREFIX",
    "CANNOT",
    "COMPARISONS_KEY",
    "ENDED_KEY",
    "FILE_PROBLEMS_KEY",
    "LIVE_KEY",
    "LIVE_PORT",
    "MARKERS",
    "PROBLEMS_KEY",
    "RELAY",
    "REPEATED_KEY",
    "REPETITIONS_KEY",
    "RUNS_KEY",
    "RUNTIME_KEY",
    "SERIES_KEY",
    "TERMINAL_FD_KEY",
    "add_options",
    "close",
    "is_own_error",
    "is_requested",
    "is_worker",
    "live_address",
    "selected_names",
]

_BUDGET = """
budget(operation=None, /, **limits): limits a load test must keep, such as budget('completion', p95_ms=150,
min_goodput_ratio=0.95); without an operation they bound every operation the user waits for
"""
_LOAD_SCENARIO = """
load_scenario(*names): the load scenarios or suites this test belongs to; --load-scenario=NAME selects by them
"""
_CPU_CONTENTION = """
cpu_contention(target='90%', model='multi_thread', throttling='os_scheduling'): the scenarios this test runs
are run while others burn that share of the cores
"""
_MEMORY_PRESSURE = """
memory_pressure(limit='512MB', held='1GB', pattern='gradual', recovery_action='process_restart'): they are run
while the backend may have no more than the limit, or others hold so much
"""
_NETWORK_PROFILE = """
network_profile(name): the backends of this test are behind a network, such as 'mobile_network'
"""
_STORAGE = """
storage(place='ram', io='100MB'): the workspaces of this test's backends lie on disk, ram or in a directory,
and others keep the disk busy
"""
_BACKEND_FAULT = """
backend_fault(kind, at='3s', duration='2s', gate=True): in mid-run this is done to the backends of the
scenarios this test runs, such as 'kill', 'hang' or 'partition'
"""
_RECOVERY = """
recovery(rule='backoff', watchdog='10s'): their backends are started again where they end, or answer nothing
for so long
"""
# Built-in scenarios are items of no file.
BUILT_IN_PREFIX = "rustide-load"
# In the reason of every skip of something that this machine cannot do.
CANNOT = "cannot run here"
_MARKERS = (
    _BUDGET,
    _LOAD_SCENARIO,
    _CPU_CONTENTION,
    _MEMORY_PRESSURE,
    _NETWORK_PROFILE,
    _STORAGE,
    _BACKEND_FAULT,
    _RECOVERY,
)
MARKERS = tuple(" ".join(text.split()) for text in _MARKERS)

# Results of the scenarios one item ran, in order.
RUNS_KEY: pytest.StashKey[list[LoadTestResults]] = pytest.StashKey()
# Its comparisons with a baseline.
COMPARISONS_KEY: pytest.StashKey[list[ComparisonReport]] = pytest.StashKey()
# What each of them gives to pytest-benchmark, as report.series_of has it.
SERIES_KEY: pytest.StashKey[list[dict[str, object]]] = pytest.StashKey()
# Runs of the same scenario before the one that is shown.
REPETITIONS_KEY: pytest.StashKey[list[LoadTestResults]] = pytest.StashKey()
# Runs of it that have ended, while others of it are still to come: shown where the user ends the session.
ENDED_KEY: pytest.StashKey[list[LoadTestResults]] = pytest.StashKey()
# What repeating one request alone showed, a line each.
REPEATED_KEY: pytest.StashKey[list[str]] = pytest.StashKey()
RUNTIME_KEY: pytest.StashKey[Runtime] = pytest.StashKey()
# What the controlling process tells its workers: the port of the live view.
LIVE_PORT = "rustide_load_live_port"
# And where it has progress shown.
RELAY = "rustide_load_relay"
# The server of --load-live, once something ran.
LIVE_KEY: pytest.StashKey[LiveView] = pytest.StashKey()
# Mistakes in scenario files of one's own, found while collecting.
FILE_PROBLEMS_KEY: pytest.StashKey[list[Problem]] = pytest.StashKey()
# Mistakes the workers found while collecting, one text each.
PROBLEMS_KEY = pytest.StashKey[list[str]]()
# The terminal as it was before output capture began; -1 where there is none to write to.
TERMINAL_FD_KEY = pytest.StashKey[int]()

_terminal_fds: list[int] = []


def add_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("rustide-load", "load tests of Rust IDE backends")
    group.addoption(
        "--load-scenario",
        action="append",
        default=[],
        metavar="NAME",
        help="run only this load scenario or suite (repeatable, or separated by commas): built-in ones and "
        "tests marked load_scenario(NAME); see --load-list",
    )
    group.addoption(
        "--load-list", action="store_true", help="list the scenarios and suites, a sentence each, and exit"
    )
    group.addoption(
        "--load-show",
        default=None,
        metavar="NAME",
        help="explain a scenario in full (or the file of one), without running it, and exit",
    )
    group.addoption(
        "--load-profile",
        default=None,
        metavar="PROFILE",
        help="how long a look: smoke (seconds, to see that all works), ci (default), full (hours)",
    )
    group.addoption(
        "--load-users", default=None, metavar="N", help="simulated users, instead of the scenario's own"
    )
    group.addoption(
        "--load-rate", default=None, metavar="FACTOR", help="everything so many times as often, such as 0.5"
    )
    group.addoption(
        "--load-ramp",
        default=None,
        metavar="LEVELS",
        help="run each scenario in steps of rising load: 1..8 (1, 2, 4 and 8 times the rates) or 1,2,3; "
        "each step is as long as the scenario",
    )
    group.addoption(
        "--load-scale",
        default=None,
        metavar="LEVELS",
        help="run each scenario at the levels of one variable after the other, such as "
        "cores=1,2,4;users=1,2,5,10 (cores, memory, storage, users, loc), and say how it scales",
    )
    group.addoption(
        "--ide-backend",
        default=None,
        metavar="BACKEND",
        help="auto (default), embedded, rust-analyzer, rust-analyzer@PATH, cmd:COMMAND LINE, or "
        "tcp://HOST:PORT (before the ini key ide_backend)",
    )
    group.addoption(
        "--load-baseline-backend",
        default=None,
        metavar="BACKEND",
        help="run each scenario on this backend too, in interleaved pairs, and fail where the other is "
        "slower; written as --ide-backend is",
    )
    group.addoption(
        "--load-compare",
        default=None,
        metavar="A=BACKEND,B=BACKEND",
        help="the same with a label for each of two backends: is B slower than A?",
    )
    group.addoption(
        "--load-baseline",
        default=None,
        metavar="NAME",
        help="compare with runs of before and fail where these were faster: a name or FILE given to "
        "--load-save-baseline, last (the runs kept in the history) or a commit in the history (a hash, "
        "a branch or a tag)",
    )
    group.addoption(
        "--load-save-baseline",
        default=None,
        metavar="NAME",
        help="keep the results of this session, if nothing fails, under NAME, or in FILE.json",
    )
    group.addoption(
        "--load-allow-missing",
        action="store_true",
        help="what a baseline has and this session has not is told, and no failure",
    )
    group.addoption(
        "--load-repetitions",
        default=None,
        metavar="N",
        help="pairs of a comparison with another backend (default: 5), or runs of each scenario (default: 1)",
    )
    group.addoption(
        "--load-regression-threshold",
        default=None,
        metavar="SHARE",
        help="how much slower is a regression (default: 5%%, before the ini key load_regression_threshold)",
    )
    group.addoption(
        "--load-tx",
        action="append",
        default=[],
        metavar="SPEC",
        help="run the users of each scenario in agents, started as pytest-xdist's --tx says: 4*popen, or "
        "ssh=user@host//python=python3 (repeatable)",
    )
    group.addoption(
        "--load-tolerate-lost",
        default=None,
        metavar="N",
        help="up to so many agents may be lost in mid-run without failing the test (default: 0)",
    )
    group.addoption(
        "--load-seed", default=None, metavar="N", help="seed of the codebase and of every user (default: 42)"
    )
    group.addoption(
        "--load-duration",
        default=None,
        metavar="TIME",
        help="measured time of each scenario, such as 20s or 5min, instead of the scenario's own",
    )
    group.addoption(
        "--load-budgets",
        default=None,
        metavar="FILE",
        help="budgets instead of budgets.yaml in the root directory, or the built-in ones without it",
    )
    group.addoption(
        "--load-codebase",
        default=None,
        metavar="PATH",
        help="run on a copy of this Cargo project instead of generated codebases; checks few answers",
    )
    group.addoption(
        "--load-keep-free",
        default=None,
        metavar="SIZE",
        help="memory of the machine that stress never takes, such as 2GB (default: 1GB, before the ini key "
        "load_keep_free)",
    )
    group.addoption(
        "--load-spare-cores",
        default=None,
        metavar="N",
        help="cores that stress never burns, left to the load generator (default: 1, before the ini key "
        "load_spare_cores)",
    )
    group.addoption(
        "--load-scrape",
        default=None,
        metavar="URL",
        help="ask the backend for its own figures meanwhile, below this address (/api/metrics/performance, "
        "/resources, /errors and /api/health), and compare them with what is measured",
    )
    group.addoption(
        "--load-coverage",
        action="store_true",
        help="list which of the methods that the backend announces were asked, and about what",
    )
    group.addoption(
        "--load-diagnose",
        action="store_true",
        help="look at what each thread of the backend waits for, and name the slowest requests",
    )
    group.addoption(
        "--load-repeat-request",
        default=None,
        metavar="OPERATION:PATH:LINE:COLUMN",
        help="instead of load, ask this one request alone twenty times, and say how long it takes",
    )
    group.addoption(
        "--load-trend",
        action="store_true",
        help="at the end print where the series of each scenario are going over the runs in the history",
    )
    group.addoption(
        "--load-fail-on-drift",
        action="store_true",
        help="the same, and fail the session where one gets worse",
    )
    group.addoption(
        "--load-parallel",
        action="store_true",
        help="under pytest-xdist load tests do not take turns: they then measure one another too",
    )
    group.addoption(
        "--load-history",
        default=None,
        metavar="FILE",
        help="keep every run in this SQLite file, or off (default: .rustide-load/history.sqlite3)",
    )
    group.addoption(
        "--load-verbosity",
        default=None,
        metavar="LEVEL",
        help="how much the summary tells: quiet (verdicts and what does not pass), normal (default) or "
        "detailed (every user, budget and statistic), or 0, 1, 2 (before the ini key load_verbosity)",
    )
    group.addoption("--load-json", default=None, metavar="FILE", help="write all results to FILE as JSON")
    group.addoption(
        "--load-live",
        nargs="?",
        const="0",
        default=None,
        metavar="PORT",
        help="while load runs, show on 127.0.0.1 where it stands: a page, JSON, and /metrics for Prometheus; "
        "write --load-live=PORT (default: a free port; needs the extra live)",
    )
    group.addoption(
        "--load-report",
        default=None,
        metavar="FILE",
        help="write a report to FILE as one HTML page that needs no network, the verdict first",
    )
    parser.addini("load_regression_threshold", "how much slower is a regression, such as 5%", default="5%")
    parser.addini("load_keep_free", "memory that stress never takes, such as 1GB", default="1GB")
    parser.addini("load_spare_cores", "cores that stress never burns", default="1")
    parser.addini("load_verbosity", "how much the summary tells (see --load-verbosity)", default="normal")
    parser.addini("load_history", "where runs are kept (see --load-history)", default="")
    parser.addini("ide_backend", "the backend that load tests start (see --ide-backend)", default="auto")
    # Capture starts right after the options are known, and a progress line must reach the terminal
    # from inside a captured test.
    try:
        _terminal_fds.append(os.dup(1))
    except OSError:
        # Closed, as by `>&-`.
        _terminal_fds.append(-1)


def is_worker(config: pytest.Config) -> bool:
    """True in a process that pytest-xdist started to run tests; a pytest that one of these tests starts has
    its environment, and is none."""
    return hasattr(config, "workerinput")


def adopt_terminal(config: pytest.Config) -> None:
    """Hand the terminal kept by `add_options` over to this config; workers write to none."""
    fd = _terminal_fds.pop() if _terminal_fds else -1
    if fd >= 0 and is_worker(config):
        os.close(fd)
        fd = -1
    config.stash[TERMINAL_FD_KEY] = fd


def is_requested(config: pytest.Config) -> bool:
    """True where the command line itself asks for load."""
    return bool(config.getoption("load_scenario"))


def live_address(config: pytest.Config) -> list[str]:
    """A line that says where the live view is; none where nobody asked for it, or another process tells."""
    port = config.getoption("load_live")
    if port is None or is_worker(config):
        return []
    return [f"rustide-load: live view at http://127.0.0.1:{port}/ while load runs"]


def is_own_error(error: BaseException) -> bool:
    """True for an error this package raised on purpose; asks without loading what defines them."""
    errors = sys.modules.get("pytest_rustide_load.errors")
    return errors is not None and isinstance(error, errors.RustIdeLoadError)


def selected_names(config: pytest.Config) -> tuple[str, ...]:
    """The names given to --load-scenario, in order, each once."""
    given: list[Any] = config.getoption("load_scenario")
    names = [name.strip() for value in given for name in value.split(",")]
    return tuple(dict.fromkeys(name for name in names if name))


def close(config: pytest.Config) -> None:
    """Give back what was kept on `config`: the live view, the runtime with its backends, and the terminal."""
    view = config.stash.get(LIVE_KEY, None)
    if view is not None:
        view.close()
    runtime = config.stash.get(RUNTIME_KEY, None)
    if runtime is not None:
        runtime.close()
    terminal_fd = config.stash.get(TERMINAL_FD_KEY, -1)
    if terminal_fd >= 0:
        os.close(terminal_fd)
        config.stash[TERMINAL_FD_KEY] = -1

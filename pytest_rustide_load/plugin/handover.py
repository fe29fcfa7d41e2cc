"""What a worker of pytest-xdist had measured when the session was interrupted.

xdist hears nothing more from its workers then, so it goes by files in pytest's temporary directory, which is
the controller's and its local workers' alone: one with the worker's process id while it runs load, one with
the results.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec
import psutil
import pytest

from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.plugin.controller import NAME, Controller
from pytest_rustide_load.plugin.options import ENDED_KEY, RUNS_KEY, is_worker
from pytest_rustide_load.report import LoadTestResults

__all__ = ["collect", "handed_over", "leave", "no_temporary", "temporary", "underway"]

_PREFIX = "rustide-load-run-"
# Ctrl-C reaches workers as it does the controller; a signal to the controller alone does not.
_ALONE_S = 0.5
_PATIENCE_S = 15.0
_LOOK_S = 0.05


@contextlib.contextmanager
def underway(config: pytest.Config) -> Iterator[None]:
    """In the body this process runs load; of workers the controller can know it."""
    if not is_worker(config):
        yield
        return
    path = _directory(config) / (_PREFIX + _worker(config))
    # Where the disk is full it is not awaited then.
    with contextlib.suppress(OSError):
        path.write_text(str(os.getpid()))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def handed_over(item: pytest.Item) -> Iterator[None]:
    """In the body a run of an item begins and ends. Interrupted there, the item has no report: what it ran
    before is shown all the same, before what the body left, of several runs of a scenario the last."""
    begun_ns = time.monotonic_ns()
    payloads = None if is_worker(item.config) else _keeper(item.config).payloads
    place = 0 if payloads is None else len(payloads)
    try:
        yield
    except KeyboardInterrupt:
        left = [] if payloads is None else payloads[place:]
        if payloads is not None:
            del payloads[place:]
        _hand_over(item, begun_ns)
        if payloads is not None:
            payloads += left
        raise


def _hand_over(item: pytest.Item, begun_ns: int) -> None:
    several = item.stash.get(ENDED_KEY, [])
    for number, results in enumerate((*item.stash.get(RUNS_KEY, []), *several[-1:])):
        leave(item.config, results, at_ns=begun_ns + number)
    if len(several) > 1 and not is_worker(item.config):
        note = f"{len(several)} runs of it had ended, the last is shown"
        _keeper(item.config).notes.append(f"{several[-1].scenario_name}: {note}")


def leave(config: pytest.Config, results: LoadTestResults, *, at_ns: int | None = None) -> None:
    """What was measured until now, or was `at_ns`, for the summary: a worker leaves it for the controller."""
    if not is_worker(config):
        _keeper(config).payloads.append(msgspec.to_builtins(results))
        return
    path = _directory(config) / f"{_PREFIX}{_worker(config)}-{at_ns or time.monotonic_ns():020}.json"
    unfinished = path.with_suffix(".tmp")
    # Where the disk is full the session still has to end.
    with contextlib.suppress(OSError):
        unfinished.write_bytes(msgspec.json.encode(results))
        unfinished.replace(path)


def _keeper(config: pytest.Config) -> Controller:
    found: Any = config.pluginmanager.get_plugin(NAME)
    return cast(Controller, found)


def collect(config: pytest.Config) -> list[dict[str, Any]]:
    """In the controller, once it is interrupted: have workers come to an end, and take what they left."""
    directory = _directory(config)
    begun_s, is_told = time.monotonic(), False
    while running := list(_running(directory)):
        waited_s = time.monotonic() - begun_s
        if waited_s > _PATIENCE_S:
            break
        if waited_s > _ALONE_S and not is_told:
            is_told = True
            for process in running:
                with contextlib.suppress(psutil.Error):
                    process.send_signal(_interruption())
        time.sleep(_LOOK_S)
    found = []
    for path in sorted(directory.glob(f"{_PREFIX}*.json")):
        with contextlib.suppress(OSError, ValueError):
            found.append(json.loads(path.read_bytes()))
            path.unlink()
    return found


def _interruption() -> signal.Signals:
    """What lets a worker tidy up, its fixtures too: in the background of a shell Ctrl-C is ignored."""
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return signal.SIGTERM if ignored else signal.SIGINT


def _running(directory: Path) -> Iterator[psutil.Process]:
    """Workers that run load, of those that live."""
    for path in directory.glob(f"{_PREFIX}*"):
        if path.suffix:
            continue
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            process = psutil.Process(int(path.read_text()))
            # One that was killed took nothing back, and its number may be somebody else's.
            if process.ppid() == os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def _worker(config: pytest.Config) -> str:
    return str(config.workerinput["workerid"])  # type: ignore[attr-defined]  # xdist adds it


def _directory(config: pytest.Config) -> Path:
    # A worker's lies in that of the controller.
    base = temporary(config).getbasetemp()
    return base.parent if is_worker(config) else base


def temporary(config: pytest.Config) -> pytest.TempPathFactory:
    """pytest's temporary directories. Raises ConfigError where there are none (`-p no:tmpdir`)."""
    # Outside a fixture there is no public way to them.
    factory: pytest.TempPathFactory | None = getattr(config, "_tmp_path_factory", None)
    if factory is None:
        raise no_temporary()
    return factory


def no_temporary() -> ConfigError:
    return ConfigError(Problem("load tests work in pytest's temporary directories", "-p no:tmpdir"))

"""`python -m pytest_rustide_load selftest`: how good the load generator itself is, on this machine, now.

Prints a table with the limits, writes JSON, and keeps the figures as this machine's noise floor if asked to.
Knows nothing of how a figure is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pytest_rustide_load import __version__
from pytest_rustide_load.cli.generator_figures import IN_FLIGHT, STALL_MS, USERS, Figures, measure_generator
from pytest_rustide_load.cli.monitor_cost import PROCESSES, THREADS
from pytest_rustide_load.cli.noise_floor import noise_floor_path, store_noise_floor
from pytest_rustide_load.engine import new_event_loop
from pytest_rustide_load.errors import ConfigError, Problem
from pytest_rustide_load.monitor import host_fingerprint

__all__ = ["Check", "add_arguments", "checks_of", "run"]

SCHEMA_VERSION = 1
_LEAST_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Check:
    """One figure: at most (or, for a floor, at least) `limit`, in `unit`. Without a limit it is told only."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    is_floor: bool = False

    @property
    def passed(self) -> bool:
        if self.limit is None:
            return True
        return self.value >= self.limit if self.is_floor else self.value <= self.limit


def checks_of(figures: Figures) -> list[Check]:
    """The figures in the units people read, with the limits the generator is held to."""
    us, ms = 1e3, 1e6
    return [
        Check(f"round trips, {IN_FLIGHT} in flight", figures.round_trips_per_s, "/s", 40_000, is_floor=True),
        Check("added latency p50 at 200/s", figures.added_p50_200_ns / us, "µs", 150),
        Check("added latency p99 at 200/s", figures.added_p99_200_ns / us, "µs", 1_000),
        Check("added latency p50 at 2,000/s", figures.added_p50_2000_ns / us, "µs", 150),
        Check("added latency p99 at 2,000/s", figures.added_p99_2000_ns / us, "µs", 1_000),
        Check("(bare pipe there and back, p50)", figures.pipe_p50_ns / us, "µs"),
        Check("send lag p50 at 1,000/s", figures.lag_p50_1000_ns / ms, "ms", 2.5),
        Check("send lag p99 at 1,000/s", figures.lag_p99_1000_ns / ms, "ms", 2.5),
        Check(f"send lag p99, {USERS:,} users at 2/s", figures.users_lag_p99_ns / ms, "ms", 10),
        Check(f"generator CPU, {USERS:,} users at 2/s", 100 * figures.users_cpu_ratio, "%", 80),
        Check("generator CPU per operation", figures.cpu_per_operation_ns / us, "µs", 400),
        Check("memory per idle user", figures.user_bytes / 1e3, "KB", 60),
        # A stall of about a tenth of the time delays a tenth of the operations, half of them by half of it.
        # Who waits for one answer before the next question sees one slow operation, and a p95 of nothing.
        Check("stalls show: latency p95", figures.stalled_p95_ns / ms, "ms", STALL_MS * 0.3, is_floor=True),
        Check("distance from the server's log", figures.truth_error_ratio, "×", 1),
        Check("(that of a bare client)", figures.bare_truth_error_ratio, "×"),
        Check("operations that vanished", figures.vanished, "", 0),
        Check(f"monitor, {PROCESSES + THREADS - 1} threads", 100 * figures.monitor_cpu_ratio, "%", 1),
    ]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the figures to FILE as JSON")
    parser.add_argument(
        "--seconds", type=float, default=1.0, help="time of each measurement (default: %(default)s)"
    )
    parser.add_argument(
        "--store",
        action="store_true",
        help="keep the figures as this machine's noise floor, below $XDG_CACHE_HOME or ~/.cache",
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure, print, and return 0 where every limit is kept, else 1."""
    if not (math.isfinite(arguments.seconds) and arguments.seconds >= _LEAST_SECONDS):
        raise ConfigError(Problem(f"{arguments.seconds:g} is less than {_LEAST_SECONDS}", "--seconds"))
    _say(f"measuring the load generator, about {9 * arguments.seconds + 6:.0f} s")
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        figures = runner.run(measure_generator(arguments.seconds, _show_step))
    _show_step("")
    checks = checks_of(figures)
    _say(render(checks))
    document = _document(figures, checks)
    if arguments.json is not None:
        _write(arguments.json, json.dumps(document, indent=2) + "\n")
    if arguments.store:
        try:
            store_noise_floor(document, noise_floor_path())
        except OSError as error:
            raise ConfigError(Problem(f"cannot be written: {error}", str(noise_floor_path()))) from None
        _say(f"kept as the noise floor of this machine: {noise_floor_path()}")
    return 0 if all(check.passed for check in checks) else 1


def render(checks: list[Check]) -> str:
    """A table, one line a figure."""
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        digits = 0 if check.value >= 100 else 2
        figure = f"{check.name:<{width}}  {check.value:>9,.{digits}f} {check.unit:<3}"
        if check.limit is not None:
            bound = "at least" if check.is_floor else "at most"
            figure += f" {bound:>8} {check.limit:>7,g}  {'PASS' if check.passed else 'FAIL'}"
        lines.append(figure.rstrip())
    return "\n".join(lines)


def _document(figures: Figures, checks: list[Check]) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "plugin_version": __version__,
        "measured_at_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": host_fingerprint(),
        "figures": asdict(figures),
        "checks": [{**asdict(check), "passed": check.passed} for check in checks],
    }


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(Problem(f"cannot be written: {error}", str(path))) from None


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _show_step(text: str) -> None:
    """What is being measured, on a terminal only; "" takes it away."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[2K{text}")
        sys.stderr.flush()

"""How often the gate fails a backend that is compared with itself, and how much its runs really differ.

    python tests/perf/aa_duet.py [--sessions 20] [--backend rust-analyzer] [--candidate cmd:…] [--out DIR]

Every session is a `pytest` of its own with `--load-baseline-backend`, as a user types it, with another seed.
Prints a line for each session as it ends; at the end the series that failed, and for each series the
deviation of the differences within pairs and of the runs themselves (of logarithms), which is what the
simulations of docs/statistics.md assume. With another `--candidate` it counts how often that is found.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import msgspec

from pytest_rustide_load.history import HistoryStore
from pytest_rustide_load.report.comparison import comparable_series
from pytest_rustide_load.report.results import LoadTestResults
from pytest_rustide_load.report.results_file import ResultsFile

SCENARIO = """
description: the same questions at a steady rate, a few edits between them
warm_up: 1s
duration: {seconds}s
codebase: {{loc: {loc}, crates: 2}}
operations: {{hover: {hover}/s, definition: {definition}/s, completion: {completion}/s, edit: 1/s}}
"""
# Nothing but a regression is to fail a session.
BUDGETS = "defaults: {error_ratio: 90%}\n"


def main() -> None:
    arguments = _arguments()
    folder = Path(arguments.out or tempfile.mkdtemp(prefix="aa-duet-")).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "aa.scenario.yaml").write_text(
        SCENARIO.format(
            seconds=arguments.seconds,
            loc=arguments.loc,
            hover=arguments.hover,
            definition=arguments.definition,
            completion=arguments.completion,
        )
    )
    (folder / "budgets.yaml").write_text(BUDGETS)
    outcomes: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for number in range(1, arguments.sessions + 1):
        status, verdicts, seconds = _session(folder, arguments, number)
        outcomes[status] += 1
        failed.update(name for name, verdict in verdicts.items() if verdict == "FAIL")
        told = ", ".join(f"{name} {verdict}" for name, verdict in verdicts.items())
        load = os.getloadavg()[0]
        print(f"session {number:>2}: {status} after {seconds:.0f} s, load {load:.1f}: {told}", flush=True)
    print(f"\nsessions: {dict(outcomes)}; failures of series: {dict(failed) or 'none'}")
    _print_deviations(folder)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--backend", default="rust-analyzer")
    parser.add_argument("--candidate", help="default: the same backend")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--loc", type=int, default=3_000)
    parser.add_argument("--hover", type=int, default=40)
    parser.add_argument("--definition", type=int, default=40)
    parser.add_argument("--completion", type=int, default=16)
    parser.add_argument("--out", help="where scenario, history and output go (default: a new directory)")
    return parser.parse_args()


def _session(folder: Path, arguments: argparse.Namespace, number: int) -> tuple[str, dict[str, str], float]:
    """How pytest ended, the verdict of each series, and how long it took."""
    begun = time.monotonic()
    results = folder / f"session-{number}.json"
    command = [
        sys.executable,
        *("-m", "pytest", "-p", "no:cacheprovider", f"--rootdir={folder}", str(folder)),
        f"--ide-backend={arguments.candidate or arguments.backend}",
        f"--load-baseline-backend={arguments.backend}",
        f"--load-repetitions={arguments.pairs}",
        f"--load-seed={number}",
        f"--load-json={results}",
    ]
    with (folder / f"session-{number}.txt").open("wb") as output:
        code = subprocess.run(command, stdout=output, stderr=output, check=False, cwd=folder).returncode
    status = {0: "passed", 1: "FAILED"}.get(code, f"exit status {code}")
    if not results.exists():
        return f"{status} without results", {}, time.monotonic() - begun
    document = msgspec.json.decode(results.read_bytes(), type=ResultsFile)
    verdicts = {one.name: one.status for report in document.comparisons for one in report.series}
    if code == 1 and "FAIL" not in verdicts.values():
        status = "void"
    return status, verdicts, time.monotonic() - begun


def _print_deviations(folder: Path) -> None:
    """Of all pairs of all sessions: neighbours in the history, as pairs are run one after the other."""
    history = HistoryStore(folder / ".rustide-load" / "history.sqlite3")
    runs = [history.results(one.number) for one in history.runs()]
    history.close()
    within: dict[str, list[float]] = defaultdict(list)
    between: dict[str, list[float]] = defaultdict(list)
    pairs = [pair for pair in zip(runs[::2], runs[1::2], strict=False) if all(map(_counts, pair))]
    for pair in pairs:
        for name, ([mine], [theirs]) in comparable_series(pair[:1], pair[1:]).items():
            within[name].append(math.log(mine) - math.log(theirs))
            between[name] += [math.log(mine), math.log(theirs)]
    print(f"\nfrom {len(pairs)} pairs of runs; void were {len(runs) // 2 - len(pairs)}")
    print(f"{'series':<18} {'pairs':>5} {'difference of a pair':>21} {'between all runs':>17}")
    for name, differences in within.items():
        if len(differences) > 1:
            # A backend beside itself differs by nothing on average, and the order is drawn.
            residual = math.sqrt(statistics.fmean(one**2 for one in differences))
            spread = statistics.stdev(between[name])
            print(f"{name:<18} {len(differences):>5} {residual:>20.1%} {spread:>17.1%}")


def _counts(run: LoadTestResults) -> bool:
    return run.ended == "complete" and not run.generator.bottleneck_reasons


if __name__ == "__main__":
    main()

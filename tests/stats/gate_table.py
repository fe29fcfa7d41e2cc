"""How often the gate errs, through pytest's command line, on backends whose true change is known.

    python tests/stats/gate_table.py [--trials 400] [--naive-trials 400] [--changes 0,10] [--regime 2000]

Every trial is a load test of a session with --load-baseline-backend, or with --load-baseline, on backends
that tests/simulated_runs.py draws: options, pairs, both looks, results file and exit status are the real
ones. Prints how many of them fail (equal backends get twice the trials) with the exact 95 % interval of that
share, beside what naive rules make of the same distributions. `--changes` and `--regime` (requests of a run)
take a part of the table, `--under` starts each session of fifty trials by another program, such as nice.
"""

from __future__ import annotations

import argparse
import math
import os
import runpy
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from pytest_rustide_load.report.results_file import ResultsFile
from pytest_rustide_load.stats.shares import share_interval

ROOT = Path(__file__).parents[2]
SCENARIO = """
description: simulated
warm_up: 0s
duration: {seconds}s
codebase: {{loc: 600, crates: 1}}
operations: {{hover: 100/s}}
"""
# Nothing but a regression fails, and of this series only.
BUDGETS = "defaults: {error_ratio: 50%, hover: {critical: true}}\n"
CHANGES = (0, 5, 10, 20)
# Requests of a run, and by how much runs differ: on a quiet machine (2 % for a pair), and on another.
REGIMES = ((2_000, 1.4), (400, 5.0))
NAIVE = ("mean > +5 %", "p95 > +5 %", "pooled Mann-Whitney", "gate, one look")
_A_SESSION = 50


def run_sessions(
    folder: Path, trials: int, requests: int, *arguments: str, seed: int = 1, under: str = ""
) -> list[str]:
    """The verdict of "hover p95" in each of `trials` load tests, a few dozen in each pytest session; checks
    that a session fails exactly if one of its series does."""
    verdicts: list[str] = []
    while len(verdicts) < trials:
        count = min(_A_SESSION, trials - len(verdicts))
        for old in folder.glob("*.scenario.yaml"):
            old.unlink()
        for number in range(count):
            text = SCENARIO.format(seconds=requests // 100)
            (folder / f"sim{number:02}.scenario.yaml").write_text(text)
        (folder / "budgets.yaml").write_text(BUDGETS)
        found, status = _session(
            folder, *arguments, f"--load-seed={seed * 10_000 + len(verdicts)}", under=under
        )
        if len(found) != count:
            raise SystemExit(f"{len(found)} of {count} load tests were compared")
        if status != ("FAIL" in found):
            raise SystemExit(f"exit status {status} beside {found}")
        verdicts += found
        print(f"  {verdicts.count('FAIL')} of {len(verdicts)} so far", file=sys.stderr, flush=True)
    return verdicts


def _session(folder: Path, *arguments: str, under: str = "") -> tuple[list[str], int]:
    results = folder / "out.json"
    done = subprocess.run(
        [
            *shlex.split(under),
            *(sys.executable, "-m", "pytest", "-p", "tests.simulated_runs", "-p", "no:cacheprovider", "-q"),
            *(f"--rootdir={folder}", str(folder), "--load-history=off", f"--load-json={results}"),
            *arguments,
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise SystemExit(done.stdout + done.stderr)
    document = msgspec.json.decode(results.read_bytes(), type=ResultsFile)
    return [one.series[0].status for one in document.comparisons], done.returncode


def backend(*flags: str) -> str:
    return " ".join(("cmd:true", *flags))


def print_pairs(folder: Path, options: argparse.Namespace) -> None:
    """The gate between two backends, and naive rules."""
    simulation = runpy.run_path(str(Path(__file__).with_name("simulate_gate.py")))
    for requests, noise in REGIMES:
        if options.regime not in (None, requests):
            continue
        print(f"\nfive pairs, p95 of {requests:,} requests a run, runs differ by {noise} %: share that fails")
        titles = "".join(f"{f'+{change} %' if change else 'equal':>8}" for change in options.changes)
        print(f"{'rule':<22} {'trials':>6} {titles}")
        for rule in NAIVE if options.naive_trials else ():
            shares = [
                simulation["share_failing"](
                    rule,
                    change / 100,
                    trials=options.naive_trials,
                    seed=7,
                    requests=requests,
                    run_stddev=noise / 100,
                )
                for change in options.changes
            ]
            _print_row(rule, options.naive_trials, shares)
        for change in options.changes:
            verdicts = run_sessions(
                folder,
                2 * options.trials if change == 0 else options.trials,
                requests,
                f"--load-baseline-backend={backend(f'--run-noise={noise}%')}",
                f"--ide-backend={backend(f'--run-noise={noise}%', f'--slower=hover={change}%')}",
                seed=change + 1,
                under=options.under,
            )
            failed, count = verdicts.count("FAIL"), len(verdicts)
            low, high = share_interval(failed, count)
            name = f"pytest --load-…, +{change} %"
            print(
                f"{name:<22} {failed} of {count}, {failed / count:.1%} ({low:.2%} to {high:.2%})", flush=True
            )


def print_history(folder: Path, trials: int) -> None:
    """Three runs against twenty of before, on a machine that differs from day to day."""
    print("\nthree runs against twenty of before, machine differs by 8 % from day to day: share that fails")
    print(f"{'':<22} {'trials':>6} {'equal':>8}{'+15 %':>8}")
    for name, flag in (("as measured", "--uncalibrated"), ("normalised", "")):
        shares = []
        for change in (0, 15):
            made, verdicts = 0, []
            while made < trials:
                count = min(_A_SESSION, trials - made)
                for number in range(_A_SESSION):
                    path = folder / f"sim{number:02}.scenario.yaml"
                    path.unlink(missing_ok=True)
                    if number < count:
                        path.write_text(SCENARIO.format(seconds=20))
                # Runs of one seed are comparable: it makes the codebase.
                seed = 100_000 * (change + 1) + made
                before = backend("--run-noise=1.4%", "--machine-noise=8%", flag)
                slower = f"--slower=hover={change}%"
                now = backend("--run-noise=1.4%", "--day-noise=8%", f"--day={seed}", slower, flag)
                _session(
                    folder,
                    f"--ide-backend={before}",
                    "--load-repetitions=20",
                    f"--load-save-baseline={folder}/base.json",
                    f"--load-seed={seed}",
                )
                found, _ = _session(
                    folder,
                    f"--ide-backend={now}",
                    "--load-repetitions=3",
                    f"--load-baseline={folder}/base.json",
                    f"--load-seed={seed}",
                )
                verdicts += found
                made += count
            shares.append(verdicts.count("FAIL") / len(verdicts))
        _print_row(name, trials, shares)


def _print_row(name: str, trials: int, shares: list[float]) -> None:
    print(f"{name:<22} {trials:>6}" + "".join(f"{share:>8.1%}" for share in shares), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--naive-trials", type=int, default=400)
    parser.add_argument("--history-trials", type=int, default=50)
    parser.add_argument("--changes", type=lambda text: tuple(map(int, text.split(","))), default=CHANGES)
    parser.add_argument("--regime", type=int, choices=[requests for requests, _ in REGIMES])
    parser.add_argument("--under", default="")
    options = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gate-table-") as name:
        print_pairs(Path(name), options)
        if options.history_trials:
            print_history(Path(name), options.history_trials)
    print(f"\nafter {math.ceil(time.monotonic() - begun)} s")


if __name__ == "__main__":
    main()

"""How long a report takes, and how large it is: `python tests/perf/report_speed.py [SECONDS]`.

Of a two-hour run, simulated, with 36,000 samples of each of five operations: 5 s and 2 MB at most. Of a
session like `standard`, eight scenarios with a comparison and a history each: 1 MB at most. Else the exit
status is 1. The suite holds the same, with the time that the processor was at it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[2]))

from pytest_rustide_load.pages import load_assets, write_page
from pytest_rustide_load.report import LoadTestResults
from pytest_rustide_load.report.html import render_report
from tests.report.html import samples

SECONDS, PER_S = 7_200, 5
MOST_S, MOST_BYTES = 5.0, 2_000_000
# About as long as those of the suite measure.
STANDARD_S = (40, 20, 60, 110, 60, 60, 60, 40)
MOST_SUITE_BYTES = 1_000_000


def long_run(seconds: int = SECONDS) -> LoadTestResults:
    """Simulated, of two hours."""
    results = samples.results(seconds=seconds, per_s=PER_S * len(samples.MEDIANS_MS), even=True)
    # As it comes in a session: over a worker's report.
    return msgspec.convert(msgspec.to_builtins(results), LoadTestResults)


def suite_page() -> str:
    """Of a session like `standard`."""
    suite = tuple(samples.results(seconds=seconds, seed=at) for at, seconds in enumerate(STANDARD_S))
    session = samples.session(results=suite, comparisons=tuple(samples.comparison() for _ in suite))
    return render_report(session, [samples.trends(40)] * len(suite), load_assets())


def main() -> int:
    results = long_run(int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
    counts = {name: one.error_stats.planned for name, one in results.operations.items()}
    session = samples.session(results=(results,))
    history = [samples.trends(60)]
    best_s = float("inf")
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            begin_s = time.perf_counter()
            path = Path(folder) / "report.html"
            write_page(path, render_report(session, history, load_assets()))
            took_s = time.perf_counter() - begin_s
            size = path.stat().st_size
        best_s = min(best_s, took_s)
        print(f"{took_s:.2f} s, {size / 1e6:.2f} MB")
    print(f"samples: {counts}")
    kept = best_s <= MOST_S and size <= MOST_BYTES
    print(f"best {best_s:.2f} s of at most {MOST_S:g}, {size:,} bytes of at most {MOST_BYTES:,}: {kept}")
    size_of_suite = len(suite_page().encode())
    is_small = size_of_suite <= MOST_SUITE_BYTES
    print(f"standard: {size_of_suite:,} bytes of at most {MOST_SUITE_BYTES:,}: {is_small}")
    return 0 if kept and is_small else 1


if __name__ == "__main__":
    raise SystemExit(main())

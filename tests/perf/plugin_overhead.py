"""What the installed plugin costs an ordinary pytest run: prints it, asserts nothing.

    python tests/perf/plugin_overhead.py [ROUNDS]

Runs `pytest` on one empty test in a temporary directory, with and without `-p no:rustide_load`, in
interleaved pairs of random order, and prints the median of the differences with its interval.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_MS = 15


def run_ms(directory: str, *options: str) -> float:
    """Wall time of one pytest run in milliseconds."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=directory,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return (time.perf_counter() - started) * 1000


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    order = random.Random(0)
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        run_ms(directory)
        run_ms(directory, "-p", "no:rustide_load")
        differences, plain = [], []
        for _ in range(rounds):
            pair = [(), ("-p", "no:rustide_load")]
            order.shuffle(pair)
            times = {options: run_ms(directory, *options) for options in pair}
            differences.append(times[()] - times[pair[0] or pair[1]])
            plain.append(times[pair[0] or pair[1]])
    differences.sort()
    quarter = len(differences) // 4
    median = statistics.median(differences)
    print(f"without the plugin: {statistics.median(plain):.0f} ms (median of {rounds})")
    print(
        f"the plugin adds:    {median:.1f} ms (median of pairs; quartiles "
        f"{differences[quarter]:.1f} to {differences[-quarter - 1]:.1f} ms), limit {LIMIT_MS} ms: "
        f"{'PASS' if median < LIMIT_MS else 'FAIL'}"
    )


if __name__ == "__main__":
    main()

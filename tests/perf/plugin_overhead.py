"""What the installed plugin costs an ordinary pytest run: prints it, asserts nothing.

    python tests/perf/plugin_overhead.py [ROUNDS]

Runs `pytest` on one empty test in a temporary directory, with and without `-p no:rustide_load`, in
interleaved pairs of random order, and prints the median difference in wall and in CPU time. On a machine
that does other things too, the CPU time is the one to read.
"""

from __future__ import annotations

import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMIT_MS = 15
WITHOUT = ("-p", "no:rustide_load")


def run_ms(directory: str, *options: str) -> tuple[float, float]:
    """Wall and CPU time of one pytest run in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=directory,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1000, cpu * 1000


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    order = random.Random(0)
    with_plugin, without = [], []
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        run_ms(directory)
        run_ms(directory, *WITHOUT)
        for _ in range(rounds):
            pair = [(with_plugin, ()), (without, WITHOUT)]
            order.shuffle(pair)
            for times, options in pair:
                times.append(run_ms(directory, *options))
    for index, kind in enumerate(("wall", "cpu")):
        pairs = zip(with_plugin, without, strict=True)
        differences = sorted(have[index] - have_not[index] for have, have_not in pairs)
        median = statistics.median(differences)
        quarter = len(differences) // 4
        print(
            f"{kind:4} without {statistics.median(ms[index] for ms in without):.0f} ms; the plugin adds "
            f"{median:.1f} ms (quartiles {differences[quarter]:.1f} to {differences[-quarter - 1]:.1f}), "
            f"limit {LIMIT_MS} ms: {'PASS' if median < LIMIT_MS else 'FAIL'}"
        )


if __name__ == "__main__":
    main()

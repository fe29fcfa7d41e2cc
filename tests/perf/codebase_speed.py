"""How fast codebases are made: run as a script, prints a table.

    python tests/perf/codebase_speed.py [PROFILE ...] [--runs=3]

Every row is of a process of its own, which makes one codebase once; the fastest of `--runs`. CPU and memory
are that process's, start of Python and imports included. `cp -r` copies the tree just written, from the cache
of the system.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 3
PROFILES = ("large", "enterprise")
TASKS = {
    "text only": (False, False),
    "text, oracle": (True, False),
    "text to disk": (False, True),
    "text to disk, oracle": (True, True),
}


def make(profile: str, directory: str, *, with_oracle: bool, to_disk: bool) -> None:
    """Print the cost of one codebase as JSON."""
    from pytest_rustide_load.codebase import CodebaseSpec, generate_codebase
    from pytest_rustide_load.workspaces import materialise

    started = time.perf_counter()
    codebase = generate_codebase(CodebaseSpec(seed=42, profile=profile))
    if to_disk:
        materialise(codebase, Path(directory))
    if with_oracle:
        # The first questions: every place and every place to edit is known afterwards.
        codebase.oracle.sample_landmarks(1, "method_call", seed=1)
        codebase.oracle.edit_sites(codebase.rust_paths[0])
    wall_s = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    cost = {
        "loc": codebase.loc,
        "wall_s": wall_s,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mb": peak / 1e6,
    }
    sys.stdout.write(json.dumps(cost))


def copy_s(source: Path, target: Path) -> float:
    started = time.perf_counter()
    subprocess.run(["cp", "-r", str(source), str(target)], check=True)
    return time.perf_counter() - started


def main(profiles: list[str], runs_of_each: int) -> None:
    print(f"{'':34}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}{'LOC/s':>10}{'x cp -r':>9}")
    for profile in profiles:
        with tempfile.TemporaryDirectory() as directory:
            trees = Path(directory)
            costs = {}
            for number, task in enumerate(TASKS):
                tree = trees / str(number)
                command = [sys.executable, __file__, "--make", profile, str(tree), task]
                runs = [json.loads(subprocess.check_output(command)) for _ in range(runs_of_each)]
                costs[task] = min(runs, key=lambda cost: cost["wall_s"])
            copied_s = min(copy_s(tree, trees / f"copy{number}") for number in range(3))
        loc = costs["text only"]["loc"]
        print(f"{profile}, {loc:,} lines; cp -r takes {copied_s:.2f} s")
        for task, cost in costs.items():
            row = f"{cost['wall_s']:>8.2f}{cost['cpu_s']:>8.2f}{cost['peak_mb']:>9.0f}"
            per_s, ratio = loc / cost["wall_s"], cost["wall_s"] / copied_s
            print(f"    {task:<30}{row}{per_s:>10,.0f}{ratio:>9.1f}")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[:1] == ["--make"]:
        oracle_wanted, disk_wanted = TASKS[arguments[3]]
        make(arguments[1], arguments[2], with_oracle=oracle_wanted, to_disk=disk_wanted)
    else:
        given = [int(word[7:]) for word in arguments if word.startswith("--runs=")]
        named = [word for word in arguments if not word.startswith("--")]
        main(named or list(PROFILES), *(given or [RUNS]))

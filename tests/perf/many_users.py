"""Many users over several local agents against one shared embedded backend: lag, CPU and memory of each.

    python tests/perf/many_users.py [USERS] [AGENTS] [SECONDS] [RATE]

Runs the scenario large-team as a user would, on a small codebase, and prints what its results say.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    users, agents, seconds, rate = [*sys.argv[1:], *["2000", "4", "30", "0.25"][len(sys.argv) - 1 :]]
    with tempfile.TemporaryDirectory() as name:
        where = Path(name)
        (where / "many.scenario.yaml").write_text(
            "extends: large-team\nusers: 2000\nwarm_up: 10s\ncodebase: {profile: small-project}\n"
        )
        command = [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "many.scenario.yaml"),
            *("--ide-backend=embedded", f"--load-users={users}", f"--load-tx={agents}*popen"),
            *(
                f"--load-duration={seconds}s",
                f"--load-rate={rate}",
                "--load-json=out.json",
                "--load-history=off",
            ),
        ]
        print(" ".join(command[1:]), flush=True)
        done = subprocess.run(command, cwd=where, check=False, capture_output=True, text=True)
        if not (where / "out.json").exists():
            sys.exit(done.stdout + done.stderr)
        [found] = json.loads((where / "out.json").read_text())["results"]
    usage, generator = found["resource_usage"], found["generator"]
    print(
        f"{found['ended']}, {found['sample_count']:,} operations, {generator['achieved_per_s']:.0f}/s, "
        f"percentiles from {found['percentiles_from']}"
    )
    for one in found["agents"]:
        print(
            f"agent {one['agent']}: {one['users']} users, {one['planned']:,} operations, "
            f"late p99 {one['send_lag_p99_ms']:.2f} ms, {one['cpu_percent']:.1f}% of a core, "
            f"{one['rss_mb']:.0f} MB, clock {one['offset_ms']:+.3f}±{one['offset_error_ms']:.3f} ms, "
            f"{one['received_kb']:,.0f} kB sent"
        )
    print(f"controller: {found['controller_cpu_percent']:.1f}% of a core")
    if usage is not None:
        print(f"backend: {usage['cpu_avg_percent']:.0f}% of a core, {usage['rss_peak_mb']:.0f} MB")
    for name, operation in found["operations"].items():
        times = operation["response_time"]
        if times["count"]:
            print(
                f"{name}: n {operation['error_stats']['planned']:,}, p50 {times['p50']:.1f} ms, "
                f"p95 {times['p95']:.1f} ms, good {operation['error_stats']['goodput_ratio']:.1%}"
            )
    for reason in generator["bottleneck_reasons"]:
        print(f"void: {reason}")


if __name__ == "__main__":
    main()

"""What the live view costs a run: `python tests/perf/live_cost.py` prints the share of a core.

Operations are looked at once a second as they are while load runs, with what is sent to a viewer. One percent
of a core at most at a thousand a second, or the exit status is 1.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.report.html import samples
from tests.report.test_live import Replay

SECONDS = 90
MOST_RATIO = 0.01


def share(per_s: int) -> float:
    """Of a core, for a run of so many operations a second."""
    replay = Replay(samples.record(seconds=SECONDS, per_s=per_s))
    look = replay.figures.look
    costs_ns = []

    def timed(now_ns: int) -> object:
        begin_ns = time.thread_time_ns()
        state = look(now_ns)
        msgspec.json.encode(state)
        costs_ns.append(time.thread_time_ns() - begin_ns)
        return state

    replay.figures.look = timed  # type: ignore[method-assign]
    for second in range(1, SECONDS):
        replay.until(samples.S + second * samples.S)
    later = sorted(costs_ns[30:])
    ratio = sum(later) / len(later) / 1e9
    print(f"{per_s}/s: {ratio * 1e3:.2f} ms a look, {later[-1] / 1e6:.2f} at most: {ratio:.2%} of a core")
    return ratio


def main() -> int:
    share(30)
    return 0 if share(1_000) <= MOST_RATIO else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""The frame parser against its model, for long: run as a script, fails where they disagree.

    python tests/perf/framing_fuzz.py [ROUNDS] [SEED]

Each round is a stream of frames with random damage, cut at random places. The parser must make of it what the
model makes of the whole, and raise nothing but its own error. The same as in the suite, where it is shorter.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "lsp"))

from test_framing import mutate_and_compare


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    began_s = time.perf_counter()
    broken = mutate_and_compare(rounds, seed)
    took_s = time.perf_counter() - began_s
    print(f"{rounds:,} streams agree with the model, {broken:,} of them broken; {took_s:.0f} s, seed {seed}")


if __name__ == "__main__":
    main()

"""What the monitor says of processes that do a known amount of something.

Memory taken and touched, CPU time burnt, bytes written and synced, and ten children that live for 300 ms,
one after the other: in how many looks, ten a second, one was seen, and what of their CPU and bytes was lost
after they had gone. Exit status 1 where anything is off by more than 3 %, or none of them was ever seen.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "monitor"))
from conftest import Worker
from pytest_rustide_load.units import MB, NS_PER_S

CHILDREN = 10
TOLERANCE = 0.03


def judge(what: str, known: float, seen: float, unit: str) -> bool:
    off = seen / known - 1
    good = abs(off) <= TOLERANCE
    print(f"{what}: {known:.4g} {unit}, seen {seen:.4g} {unit} ({off:+.2%}) {'ok' if good else 'MISSED'}")
    return good


def memory() -> bool:
    worker = Worker("hold", 200)
    worker.hear()
    worker.tell()
    known = int(worker.hear())
    good = judge("resident memory", known / MB, worker.probe.sample().rss_bytes / MB, "MB")
    worker.close()
    return good


def cpu() -> bool:
    worker = Worker("cpu", 3)
    before = worker.probe.sample().cpu_ns
    worker.tell()
    used_s, _ = worker.sample_until_heard()
    good = judge("CPU time", float(used_s), (worker.probe.sample().cpu_ns - before) / NS_PER_S, "s")
    worker.close()
    return good


def storage(path: Path) -> bool:
    worker = Worker("storage", 50, path)
    before = worker.probe.sample().write_bytes
    worker.tell()
    worker.hear()
    good = judge("bytes written", 50, (worker.probe.sample().write_bytes - before) / MB, "MB")
    worker.close()
    return good


def children(path: Path) -> bool:
    """Each writes 2 MB, burns 0.1 s and lives for 0.3 s."""
    worker = Worker("children", CHILDREN, 0.1, 0.3, path)
    before = worker.probe.sample()
    worker.tell()
    used_s, samples = worker.sample_until_heard()
    after = worker.probe.sample()
    worker.close()
    seen = sum(sample.process_count > before.process_count for sample in samples)
    print(f"{CHILDREN} children of 300 ms: one seen in {seen} of {len(samples)} looks")
    good = judge("  their CPU time", float(used_s), (after.cpu_ns - before.cpu_ns) / NS_PER_S, "s")
    written = (after.write_bytes - before.write_bytes) / MB
    return judge("  their bytes written", 2 * CHILDREN, written, "MB") and good and seen > 0


def main() -> int:
    # On a disk, as a rule.
    with tempfile.TemporaryDirectory(dir="/var/tmp") as directory:
        path = Path(directory, "file")
        results = [memory(), cpu(), storage(path), children(path)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())

"""Holds memory: `hold.py OWNER_PID OWNER_FD PATTERN BYTES RAMP_S STEPS KEEP_FREE_BYTES`.

Every page is written, so it is really there. PATTERN is gradual (evenly over RAMP_S), stepped (STEPS
equal steps over RAMP_S) or spike (at once, released after RAMP_S, again after as long). Before every chunk
it looks at what there is left: where taking it would leave less than KEEP_FREE_BYTES it stops growing and
says `stopped BYTES`. It says `holding` first, then `own BYTES`, what it takes for itself, and `full BYTES`
when all is held. Standard library only.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import sys
import time

from pytest_rustide_load.stress.programs.free import available_bytes
from pytest_rustide_load.stress.programs.watch import die_with_owner

_CHUNK_BYTES = 4 * 1024 * 1024


def _resident_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * mmap.PAGESIZE


def _say(text: str) -> None:
    os.write(1, f"{text}\n".encode())


class _Held:
    """What is held so far, in chunks that go back to the system as they are released."""

    def __init__(self, keep_free_bytes: int) -> None:
        self._keep_free_bytes = keep_free_bytes
        self._chunks: list[mmap.mmap] = []
        self.bytes = 0

    def grow_to(self, size: int) -> bool:
        """Take more until `size` bytes are held; False where the machine would have too little left."""
        while self.bytes < size:
            take = min(_CHUNK_BYTES, size - self.bytes)
            free = available_bytes()
            if free is None or free - take < self._keep_free_bytes:
                return False
            chunk = mmap.mmap(-1, take)
            for page in range(0, take, mmap.PAGESIZE):
                # Different in every page, or the kernel may merge them.
                chunk[page : page + 8] = (self.bytes + page).to_bytes(8, "little")
            self._chunks.append(chunk)
            self.bytes += take
        return True

    def release(self) -> None:
        for chunk in self._chunks:
            chunk.close()
        self._chunks.clear()
        self.bytes = 0


def _ramp(held: _Held, size: int, ramp_s: float, steps: int) -> bool:
    """`steps` equal steps, the first at once, the last as the ramp's time ends."""
    began_s = time.monotonic()
    for step in range(1, steps + 1):
        due_s = began_s + ramp_s * (step - 1) / max(1, steps - 1)
        time.sleep(max(0.0, due_s - time.monotonic()))
        if not held.grow_to(size * step // steps):
            return False
    return True


def main() -> None:
    owner_pid, owner_fd = int(sys.argv[1]), int(sys.argv[2])
    pattern, size, ramp_s, steps = sys.argv[3], int(sys.argv[4]), float(sys.argv[5]), int(sys.argv[6])
    die_with_owner(owner_pid, owner_fd)
    # Should memory run out nevertheless, this process is the one to go.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as adjust:
        adjust.write("1000")
    held = _Held(int(sys.argv[7]))
    _say("holding")
    _say(f"own {_resident_bytes()}")
    if pattern == "gradual":
        steps = max(1, size // _CHUNK_BYTES)
    while True:
        whole = held.grow_to(size) if pattern == "spike" else _ramp(held, size, ramp_s, steps)
        _say(f"{'full' if whole else 'stopped'} {held.bytes}")
        while pattern != "spike":
            time.sleep(3600)
        time.sleep(ramp_s)
        held.release()
        time.sleep(ramp_s)


if __name__ == "__main__":
    main()

"""How a stressor's process learns that its owner is gone: imported by the programs that burn and hold.

Standard library only, because these programs run isolated (`python -I -S`). Knows nothing of what they do.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import threading

__all__ = ["die_with_owner", "watch_owner"]


def watch_owner(owner_pid: int, owner_fd: int) -> list[int]:
    """Descriptors that become readable when the owner closes the other end of `owner_fd`, or ends in whatever
    way; ends this process at once where it has ended already."""
    os.set_inheritable(owner_fd, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watched = [owner_fd]
    # Where there is no such system call, or the owner is gone already, the pipe says so.
    with contextlib.suppress(AttributeError, OSError):
        watched.append(os.pidfd_open(owner_pid))
    if os.getppid() != owner_pid:
        os._exit(1)
    return watched


def die_with_owner(owner_pid: int, owner_fd: int) -> None:
    """End this process at once when its owner closes the other end of `owner_fd` or ends in whatever way.

    A thread waits for it, so it works whatever the others are busy with, as long as they let go of the
    interpreter. Where there are pidfds, a forked copy of the pipe's end does not mislead it.
    """
    watched = watch_owner(owner_pid, owner_fd)

    def wait() -> None:
        select.select(watched, [], [])
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()

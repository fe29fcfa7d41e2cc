"""A process that behaves as its first argument says; it prints one line when it has got there."""

from __future__ import annotations

import os
import signal
import sys
import time


def say(text: str) -> None:
    os.write(1, text.encode() + b"\n")


def wait() -> None:
    while True:
        time.sleep(60)


def echo() -> None:
    while data := os.read(0, 65536):
        os.write(1, data)


def stubborn() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say("ready")
    wait()


def polite() -> None:
    def leave(*_: object) -> None:
        # Whoever asks again in the midst of it takes the farewell away.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        say("bye")
        time.sleep(0.1)
        sys.exit(7)

    signal.signal(signal.SIGTERM, leave)
    say("ready")
    wait()


def family() -> None:
    """A child, a child in a session of its own, and an orphan in a session of its own, all stubborn."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork() == 0:
        wait()
    if os.fork() == 0:
        os.setsid()
        wait()
    between = os.fork()
    if between == 0:
        os.setsid()
        if os.fork() == 0:
            wait()
        os._exit(0)
    os.waitpid(between, 0)
    say("ready")
    if "leave" in sys.argv:
        return
    wait()


def forking() -> None:
    """Children that replace themselves for ever: whoever kills must outrun them."""
    say("ready")
    while True:
        if os.fork() > 0:
            time.sleep(0.001)
            os._exit(0)


def flood() -> None:
    line = b"x" * 999 + b"\n"
    for _ in range(int(sys.argv[2])):
        os.write(2, line)
    os.write(2, b"the last word\n")
    say("ready")
    wait()


def dribble() -> None:
    for number in range(int(sys.argv[2])):
        os.write(2, b"%d\n" % number)
    say("ready")
    wait()


def die() -> None:
    os.write(2, b"it hurts\n")
    if "spoken" in sys.argv:
        say("ready")
    os.kill(os.getpid(), int(sys.argv[2]))


def leave() -> None:
    os.write(2, b"not today\n")
    sys.exit(int(sys.argv[2]))


globals()[sys.argv[1]]()

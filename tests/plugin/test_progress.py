"""What a waiting person sees: a line on a terminal that others replace, and lines that stay."""

from __future__ import annotations

import os
import sys

import pytest

from pytest_rustide_load.plugin.options import TERMINAL_FD_KEY
from pytest_rustide_load.plugin.progress import Progress

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


class Config:
    def __init__(self, fd: int, verbosity: int = 0) -> None:
        self.stash = pytest.Stash()
        self.stash[TERMINAL_FD_KEY] = fd
        self.verbosity = verbosity

    def get_verbosity(self) -> int:
        return self.verbosity


def test_what_is_said_on_a_terminal_stays_in_colour(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = os.openpty()
    try:
        progress = Progress(Config(theirs))
        progress.say("ALERT cpu")
        assert os.read(ours, 1000) == b"\r\x1b[2K\x1b[33mALERT cpu\x1b[0m\r\n"
    finally:
        os.close(ours)
        os.close(theirs)


def test_elsewhere_it_is_a_plain_line_and_nothing_where_quiet_is_wanted():
    there, out = os.pipe()
    try:
        progress = Progress(Config(out))
        progress.say("ALERT cpu")
        progress.say("ALERT over")
        Progress(Config(out, verbosity=-1)).say("no")
        # The first ends pytest's own line.
        assert os.read(there, 1000) == b"\nALERT cpu\nALERT over\n"
    finally:
        os.close(there)
        os.close(out)

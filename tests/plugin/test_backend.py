"""What is done to a backend's processes when it is started."""

from __future__ import annotations

import subprocess
import sys

import psutil

from pytest_rustide_load.plugin.backend import _lower

_PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "input()"])
print("started", flush=True)
child.wait()
"""


def test_a_low_priority_is_that_of_the_whole_tree():
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdout.readline()
        usual = psutil.Process().nice()
        _lower(parent.pid)
        tree = [psutil.Process(parent.pid), *psutil.Process(parent.pid).children()]
        assert [one.nice() for one in tree] == [10, 10]
        assert psutil.Process().nice() == usual
        parent.stdin.write("\n")
        parent.stdin.close()
        assert parent.wait(10) == 0


def test_one_that_has_ended_cannot_be_lowered_and_nothing_comes_of_it():
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    _lower(gone.pid)

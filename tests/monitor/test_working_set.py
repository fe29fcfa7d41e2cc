"""The working set is what a process touches, not what it holds."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pytest_rustide_load.monitor import WorkingSet

pytestmark = pytest.mark.alone

MB = 1_000_000
PROGRAM = """
blocks = [bytearray(1_000_000) for _ in range(80)]
def touch(some):
    for block in some:
        for place in range(0, len(block), 4096):
            block[place] = 1
touch(blocks)
print("held", flush=True)
input()
touch(blocks[:20])
print("touched", flush=True)
input()
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/clear_refs"), reason="this kernel does not count it")
def test_a_process_that_holds_eighty_megabytes_and_touches_twenty():
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == "held\n"
        touched = WorkingSet([process.pid])
        assert touched.read() is None
        touched.begin()
        process.stdin.write("\n")
        process.stdin.flush()
        assert process.stdout.readline() == "touched\n"
        found = touched.read()
    finally:
        process.kill()
        process.communicate()
    assert found is not None
    assert 20 * MB <= found < 50 * MB
    assert touched.read() is None


def test_of_what_is_not_there_nothing_is_known():
    touched = WorkingSet([2**22 + 1])
    touched.begin()
    assert touched.read() is None

"""What a machine is and what a control group leaves of it."""

from __future__ import annotations

import getpass
import os
import platform

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.monitor import host_fingerprint, short_hash
from pytest_rustide_load.monitor.cgroup import cpu_quota_cores, limit_hits, memory_limit_bytes


def test_the_machine_is_described_without_names_of_host_or_user():
    fingerprint = host_fingerprint()
    assert int(fingerprint["cores"]) >= 1
    assert int(fingerprint["memory_gb"]) >= 1
    assert all(isinstance(value, str) and value for value in fingerprint.values())
    words = " ".join(fingerprint.values()).split()
    assert platform.node() not in words
    assert getpass.getuser() not in words


def test_only_the_cores_this_process_may_use_count():
    allowed = os.sched_getaffinity(0)
    before = short_hash(host_fingerprint())
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert host_fingerprint()["cores"] == "1"
        assert (short_hash(host_fingerprint()) == before) == (len(allowed) == 1)
    finally:
        os.sched_setaffinity(0, allowed)


@given(st.dictionaries(st.text(min_size=1), st.text()), st.text(min_size=1), st.text())
def test_the_hash_is_of_the_content_whatever_its_order(fingerprint, name, value):
    turned = dict(reversed(fingerprint.items()))
    assert short_hash(fingerprint) == short_hash(turned)
    changed = fingerprint | {name: value + "x"}
    assert (short_hash(changed) == short_hash(fingerprint)) == (changed == fingerprint)
    assert len(short_hash(fingerprint)) == 8


@pytest.fixture
def system(tmp_path):
    """`system({path: content})`: a root with these files of proc and sys."""

    def make(files):
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{content}\n")
        return tmp_path

    return make


def test_the_tightest_quota_of_the_second_generation_counts(system):
    root = system(
        {
            "proc/self/cgroup": "0::/a/b",
            "sys/fs/cgroup/cpu.max": "max 100000",
            "sys/fs/cgroup/a/cpu.max": "150000 100000",
            "sys/fs/cgroup/a/b/cpu.max": "400000 100000",
            "sys/fs/cgroup/a/memory.max": "max",
            "sys/fs/cgroup/a/b/memory.max": "268435456",
        }
    )
    assert cpu_quota_cores(root) == 1.5
    assert memory_limit_bytes(root) == 268435456


def test_a_container_that_sees_its_group_as_the_top_is_understood(system):
    root = system({"proc/self/cgroup": "0::/outside/of/here", "sys/fs/cgroup/cpu.max": "50000 100000"})
    assert cpu_quota_cores(root) == 0.5


def test_the_first_generation_keeps_each_controller_apart(system):
    root = system(
        {
            "proc/self/cgroup": "4:memory:/m\n1:cpu,cpuacct:/c\n0::/",
            "sys/fs/cgroup/cpu/c/cpu.cfs_quota_us": "25000",
            "sys/fs/cgroup/cpu/c/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/memory/m/memory.limit_in_bytes": "1000000",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
        }
    )
    assert cpu_quota_cores(root) == 0.25
    assert memory_limit_bytes(root) == 1_000_000


def test_reached_limits_of_memory_are_counted_once_in_each_group(system):
    second = system(
        {
            "proc/7/cgroup": "0::/a/b",
            "proc/8/cgroup": "0::/a/c",
            "sys/fs/cgroup/a/memory.events.local": "low 0\nhigh 2\nmax 3\noom 1",
            "sys/fs/cgroup/a/b/memory.events.local": "low 9\nhigh 0\nmax 10",
            "sys/fs/cgroup/a/c/memory.events.local": "max 100",
        }
    )
    assert limit_hits([7], second) == 15
    assert limit_hits([7, 8, 9], second) == 115
    assert limit_hits([9], second) is None


def test_the_first_generation_counts_what_failed(system):
    first = system(
        {
            "proc/7/cgroup": "4:memory:/m\n0::/",
            "sys/fs/cgroup/memory/m/memory.failcnt": "42",
            "sys/fs/cgroup/memory/memory.failcnt": "0",
        }
    )
    assert limit_hits([7], first) == 42


def test_without_groups_there_is_no_limit(system):
    assert cpu_quota_cores(system({})) is memory_limit_bytes(system({})) is None

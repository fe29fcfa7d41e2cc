"""Stress as markers and as fixtures, as people write them: applied, told, ended, and their mistakes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

NETWORKS = "near: {base_latency: 4ms}\nvpn: {base_latency: 60ms, jitter: 4ms, packet_loss: 0.1%}\n"
MARKED = """
import pytest
QUICK = dict(warm_up_s=0, duration_s=2)

@pytest.mark.cpu_contention("25%", model="single_thread", throttling="process_priority")
@pytest.mark.memory_pressure(held="20MB", pattern="spike", limit="1GB")
@pytest.mark.network_profile("vpn")
@pytest.mark.storage("ram", io="10MB")
def test_all_at_once(run_scenario, rust_codebase, ide_backend):
    backend = ide_backend(rust_codebase(loc=1000))
    assert backend.place.in_memory and backend.workspace.is_relative_to("/dev/shm")
    print("KEPT", backend.workspace.parent)
    result = run_scenario("individual-developer", backend=backend, **QUICK)
    assert result.operations["hover"].response_time.p50 > 50
"""
FIXTURES = """
import os, pytest

def test_blocks_end_with_the_test_and_results_know_of_them(
    cpu_contention, storage, network_profile, rust_codebase, ide_backend, run_scenario
):
    backend = ide_backend(rust_codebase(loc=1000))
    block = cpu_contention(target="20%")
    stress = block.__enter__()
    with storage(io="5MB") as place, network_profile("near", backend) as link:
        print("PIDS", stress.pid)
        result = run_scenario("individual-developer", backend=backend, warm_up_s=0, duration_s=2)
        link.change("vpn")
    kinds = " ".join(figure.kind for figure in result.stress)
    [burnt] = [figure for figure in result.stress if figure.kind.startswith("cpu of")]
    assert burnt.note.endswith("% of the time it was ready to run")
    assert "I/O by others in a file of 5 MB" in kinds and "network near" in kinds
    with pytest.raises(Exception, match="unknown key 'targt': did you mean 'target'"):
        with cpu_contention(targt="20%"):
            pass
    with pytest.raises(Exception, match="cpu_contention: nothing is asked for: the amount is 0"):
        with cpu_contention(target="0%"):
            pass
    with pytest.raises(Exception, match="unknown 'vnp': did you mean 'vpn'"):
        with network_profile("vnp", backend):
            pass
    with pytest.raises(Exception, match="a network is put before a backend that was started in this test"):
        with network_profile("vpn"):
            pass

def test_what_cannot_be_had_is_skipped(memory_pressure):
    with memory_pressure(held="9000GB"):
        raise AssertionError("not reached")
"""


@pytest.fixture(autouse=True)
def networks(pytester):
    (pytester.path / "networks.yaml").write_text(NETWORKS)


@pytest.mark.alone
def test_markers_put_every_scenario_and_backend_of_a_test_under_stress(pytester, run_pytest):
    if not Path("/dev/shm").is_dir():
        pytest.skip("there is no RAM disk here")
    pytester.makepyfile(MARKED)
    (pytester.path / "budgets.yaml").write_text("defaults: {error_ratio: 50%}\n")
    result = run_pytest("--ide-backend=embedded", "--load-json=out.json", "-s")
    result.assert_outcomes(passed=1)
    runs = json.loads((pytester.path / "out.json").read_text())["results"]
    assert "workspace: tmpfs in memory" in result.stdout.str()
    for run in runs:
        kinds = " ".join(figure["kind"] for figure in run["stress"])
        for part in (
            "cpu of 1 core, single_thread, process_priority",
            "memory held by others, spike",
            "memory limit by ",
            "I/O by others in a file of 10 MB",
            "network vpn, delay each way",
        ):
            assert part in kinds
    [kept] = [line.split()[-1] for line in result.stdout.lines if "KEPT" in line]
    assert not Path(kept).exists()


@pytest.mark.alone
def test_fixtures_stress_a_block_of_a_test(pytester, run_pytest):
    pytester.makepyfile(FIXTURES)
    result = run_pytest("--ide-backend=embedded", "-s", "-rs", "--load-profile=smoke")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*memory_pressure cannot run here: holding 9000 GB would leave less*"])
    [pid] = [line.split()[-1] for line in result.stdout.lines if "PIDS" in line]
    assert not Path(f"/proc/{pid}").exists()


def test_mistakes_in_markers_and_networks_are_told_together_with_their_lines(pytester, run_pytest):
    (pytester.path / "networks.yaml").write_text("vpn: {base_latency: 60}\nlan: {bse_latency: 1ms}\n")
    pytester.makepyfile(
        test_it="""\
        import pytest
        @pytest.mark.cpu_contention(target="900%", modl="multi_thread")
        @pytest.mark.memory_pressure(pattern="spikes")
        @pytest.mark.network_profile("mobil_network")
        @pytest.mark.storage("tape", io="much")
        def test_it(): pass
        """
    )
    result = run_pytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = result.stdout.str() + result.stderr.str()
    for part in (
        "networks.yaml:1: the network vpn: base_latency: '60' has no unit of time",
        "networks.yaml:2: the network lan: unknown key 'bse_latency': did you mean 'base_latency'?",
        "networks.yaml:2: the network lan: base_latency is missing",
        "test_it.py:2: cpu_contention: target: '900%' is not a share of one",
        "test_it.py:2: cpu_contention: unknown key 'modl': did you mean 'model'?",
        "test_it.py:2: memory_pressure: pattern: unknown 'spikes': did you mean 'spike'?",
        "test_it.py:2: memory_pressure: needs limit or held",
        "test_it.py:2: network_profile: name: unknown 'mobil_network': did you mean 'mobile_network'?",
        "test_it.py:2: storage: place: unknown 'tape'",
        "test_it.py:2: storage: io: 'much' is not a size",
    ):
        assert part in text
    assert "Traceback" not in text

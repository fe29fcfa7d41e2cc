"""What is said of the networks of a run: whether they were the ones asked for."""

from __future__ import annotations

from pytest_rustide_load.plugin.figures import link_figures
from pytest_rustide_load.stress.ping import ProbeReport
from pytest_rustide_load.stress.proxy import DirectionReport, LinkReport
from pytest_rustide_load.workload.networks import NETWORKS

NEAR = NETWORKS["local_network"]


def way(writes: int, late_ms: float | None) -> DirectionReport:
    late_ns = None if late_ms is None else late_ms * 1e6
    return DirectionReport(writes, writes * 100, writes, 0, late_ns, late_ns, late_ns)


def reached(*ways: DirectionReport) -> bool | None:
    """Of a team with these ways, two each."""
    pairs = zip(ways[::2], ways[1::2], strict=True)
    links = [LinkReport(NEAR, there, back) for there, back in pairs]
    probe = ProbeReport(NEAR, 100, 0, 0.6e6, 0.5e6, 0.0)
    delay = next(iter(link_figures(links, [probe])))
    assert delay.kind == "network local_network, delay each way"
    assert (delay.asked, delay.achieved) == (0.5, 0.6)
    return delay.reached


def test_a_way_on_which_little_went_does_not_decide_whether_a_team_had_its_network():
    assert reached(way(500, 0.1), way(500, 0.1), way(3, 5.0), way(3, 0.1))


def test_links_that_are_late_with_most_of_what_they_carry_are_not_the_network_asked_for():
    assert not reached(way(500, 2.0), way(500, 2.0), way(30, 0.1), way(30, 0.1))


def test_links_that_carried_nothing_were_not_late():
    assert reached(way(0, None), way(0, None))

"""Generator and server never share a core."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.plugin.placement import Placement, place


def test_two_cores_are_one_for_each():
    found = place([[0], [1]])
    assert found == Placement(frozenset({0}), frozenset({1}))
    assert isinstance(found, Placement)
    assert found.describe() == "generator on core 0, server on core 1"
    assert place([[0], [1]], 2) == "this machine has 2 cores, and 1 of them is not the generator's"
    assert place([[0, 1]]) == "this machine has one core, and generator and server must not share it"


def test_whole_cores_come_before_second_threads():
    groups = [[0, 4], [1, 5], [2, 6], [3, 7]]
    three, four = place(groups, 3), place(groups, 4)
    assert isinstance(three, Placement)
    assert isinstance(four, Placement)
    assert three.server == {1, 2, 3}
    assert four.server == {1, 2, 3, 5}
    assert four.describe() == "generator on cores 0,4, server on cores 1,2,3,5, on 3 physical cores"
    assert place(groups, 7) == "this machine has 8 cores, and 6 of them are not the generator's"


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=5),
    st.one_of(st.none(), st.integers(1, 16)),
    st.randoms(),
)
def test_no_core_and_no_physical_one_is_shared(sizes, count, random):
    numbers = list(range(sum(sizes)))
    random.shuffle(numbers)
    groups = [sorted(numbers.pop() for _ in range(size)) for size in sizes]
    found = place(groups, count)
    if isinstance(found, str):
        assert len(groups) < 2 or (count is not None and count > sum(sizes[1:]))
        return
    assert found.generator == set(groups[0])
    assert not found.server & found.generator
    assert len(found.server) == (count or sum(sizes[1:]))

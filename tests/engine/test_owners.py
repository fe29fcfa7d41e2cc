"""Who of a team commits which document."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.engine.owners import share_out


def test_everybody_who_can_have_a_document_to_commit_has_one():
    # All have both open; whoever came first had them both.
    assert set(share_out([["a.rs", "b.rs"], ["a.rs", "b.rs"]]).values()) == {0, 1}
    # Nobody else has c.rs, and Cargo.toml is no share.
    held = [["a.rs", "Cargo.toml"], ["a.rs", "b.rs", "Cargo.toml"], ["c.rs", "a.rs", "b.rs"]]
    assert share_out(held) == {"a.rs": 0, "b.rs": 1, "c.rs": 2, "Cargo.toml": 0}


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=4), max_size=6))
def test_a_document_is_somebodys_who_has_it_open_and_as_many_as_can_have_one(held):
    held = [[f"{name}.rs" for name in names] for names in held]
    found = share_out(held)
    assert set(found) == {path for paths in held for path in paths}
    assert all(path in held[number] for path, number in found.items())
    # By the theorem of König and Ore: every group of users leaves out as many as it has documents too few.
    most = min(
        len(held) - len(group) + len({path for number in group for path in held[number]})
        for size in range(len(held) + 1)
        for group in combinations(range(len(held)), size)
    )
    assert len(set(found.values())) == most

"""Limits put into YAML: the rest of the text stays as it is, byte for byte."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.budgets.edit import set_value

TEXT = """\
# The head.
defaults:
  p95_ms: 200ms   # for all

scenarios:
  demo:
    # Measured 24 ms.
    completion:
      p95_ms: {target: 100ms, violation: 150ms}  # kept
      degradation_factor: 2x
    hover: {p95_ms: 1s}
    references:
      p95_ms:
        target: 1s
        violation: 2s   # block

  # The other one.
  other:
    rss_avg_mb: 1GB
"""


def changed(before: str, after: str) -> list[str]:
    old, new = before.splitlines(), after.splitlines()
    return [line for line in new if line not in old]


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        (["scenarios", "demo", "completion", "p95_ms"], ["      p95_ms: 9ms  # kept"]),
        (["scenarios", "demo", "completion", "p50_ms"], ["      p50_ms: 9ms"]),
        (["scenarios", "demo", "hover", "p95_ms"], ["    hover: {p95_ms: 9ms}"]),
        (["scenarios", "demo", "hover", "p50_ms"], ["    hover: {p95_ms: 1s, p50_ms: 9ms}"]),
        (["scenarios", "demo", "references", "p95_ms"], ["      p95_ms:", "        9ms   # block"]),
        (["scenarios", "demo", "definition", "p95_ms"], ["    definition:"]),
        (["scenarios", "new", "hover", "p95_ms"], ["  new:"]),
        (["defaults", "p95_ms"], ["  p95_ms: 9ms   # for all"]),
    ],
)
def test_one_value_changes_and_nothing_else(path, lines):
    after = set_value(TEXT, path, "9ms")
    found = yaml.safe_load(after)
    for key in path:
        found = found[key]
    assert found == "9ms"
    assert lines[0] in after.splitlines() or changed(TEXT, after)[0].strip() == "9ms   # block"
    assert [line for line in TEXT.splitlines() if line.strip().startswith("#")] == [
        line for line in after.splitlines() if line.strip().startswith("#")
    ]
    assert len(changed(TEXT, after)) <= 3


def test_an_empty_file_and_an_empty_section_are_filled():
    assert set_value("", ["scenarios", "a"], "1") == "scenarios:\n  a: 1\n"
    assert yaml.safe_load(set_value("scenarios:\n", ["scenarios", "a", "b"], "1")) == {
        "scenarios": {"a": {"b": 1}}
    }
    assert yaml.safe_load(set_value("# only\n", ["a"], "1")) == {"a": 1}
    assert yaml.safe_load(set_value("a: 1", ["b"], "2")) == {"a": 1, "b": 2}
    with pytest.raises(ValueError):
        set_value("a: 1\n", ["a", "b"], "2")


def test_a_comma_and_a_comment_after_the_last_value_stay_behind_it():
    for text in ("a: {b: 1,}\n", "a: {b: 1, # why\n}\n", "a: {b: 1 # why\n}\n"):
        assert yaml.safe_load(set_value(text, ["a", "c"], "2")) == {"a": {"b": 1, "c": 2}}


@pytest.mark.parametrize("text", ["", "scenarios: {a: {b: 1}}\n", "scenarios:\n  a: {b: 1}\n"])
def test_cells_of_a_matrix_are_named_whole(text):
    name = "pressure[spike, 512MB: x]"
    found = yaml.safe_load(set_value(text, ["scenarios", name, "hover", "p95_ms"], "9ms"))
    assert found["scenarios"][name] == {"hover": {"p95_ms": "9ms"}}


def test_what_stands_for_something_elsewhere_is_not_changed_there():
    text = "base: &base\n  p95_ms: 1s\nscenarios:\n  demo: *base\n"
    with pytest.raises(ValueError, match=r"scenarios\.demo stands for what is written elsewhere"):
        set_value(text, ["scenarios", "demo", "p95_ms"], "9ms")
    assert yaml.safe_load(set_value(text, ["base", "p95_ms"], "9ms"))["base"] == {"p95_ms": "9ms"}


_trees = st.recursive(
    st.integers(0, 9),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), inner, min_size=1, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from("abcd"), _trees, min_size=1),
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=4),
    st.sampled_from([False, None, True]),
)
def test_what_was_set_is_there_and_the_rest_as_it_was(tree, path, flow):
    text = yaml.safe_dump(tree, default_flow_style=flow, sort_keys=False)
    expected = yaml.safe_load(text)
    node = expected
    for key in path[:-1]:
        if not isinstance(node, dict):
            return
        node = node.setdefault(key, {})
    if not isinstance(node, dict):
        return
    node[path[-1]] = 42
    assert yaml.safe_load(set_value(text, path, "42")) == expected


@pytest.mark.parametrize("flow", [False, True])
def test_a_section_that_ends_with_an_alias_is_left_alone(flow):
    text = (
        "scenarios: {one: {rename: &fast {mean_ms: 150ms}}, two: {rename: *fast}}\n"
        if flow
        else "scenarios:\n  one:\n    rename: &fast\n      mean_ms: 150ms\n  two:\n    rename: *fast\n"
    )
    with pytest.raises(ValueError, match="ends with an alias"):
        set_value(text, ["scenarios", "two", "hover", "p95_ms"], "9ms")
    # Where it can be told apart nothing is in the way.
    assert "hover" in set_value(text, ["scenarios", "one", "hover", "p95_ms"], "9ms")

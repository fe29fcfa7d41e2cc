"""What an editor was seen to ask, as a scenario: rates, files, edits; and never a word of what it said."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_rustide_load.lsp.observed import Observed
from pytest_rustide_load.units import NS_PER_S
from pytest_rustide_load.workload import parse_scenario
from pytest_rustide_load.workload.operations import OPERATIONS

SECRET = "proprietary_name"


def message(method: str, params: object = None, **more: object) -> bytes:
    return msgspec.json.encode({"jsonrpc": "2.0", "method": method, "params": params or {}, **more})


def opened(name: str, size: int) -> bytes:
    text = (SECRET * (size // len(SECRET) + 1))[:size]
    return message(
        "textDocument/didOpen", {"textDocument": {"uri": f"file:///{SECRET}/{name}.rs", "text": text}}
    )


def changed(*changes: tuple[bool, str]) -> bytes:
    spot = {"start": {"line": 1, "character": 2}, "end": {"line": 1, "character": 2}}
    content = [{"text": text, **({"range": spot} if ranged else {})} for ranged, text in changes]
    return message("textDocument/didChange", {"textDocument": {"uri": SECRET}, "contentChanges": content})


def observed(*seen: tuple[float, bytes]) -> Observed:
    found = Observed()
    for at_s, body in sorted(seen, key=lambda one: one[0]):
        found.saw(round((at_s + 7) * NS_PER_S), body)
    return found


def of_user(found: Observed):
    """The scenario, read as any other is."""
    return parse_scenario("name: seen\n" + found.scenario(command="a-server"), "seen.scenario.yaml")


def every(seconds: float, body: bytes, minutes: float = 10) -> list[tuple[float, bytes]]:
    count = round(minutes * 60 / seconds)
    return [(number * seconds, body) for number in range(count)]


def test_rates_are_those_that_were_seen():
    found = observed(
        *every(10, message("textDocument/hover", id=1)),
        *every(0.5, message("textDocument/completion", id=1)),
        *every(300, message("workspace/symbol", id=1)),
    )
    rates = {one.operation: one.rate_per_s for one in of_user(found).patterns}
    assert set(rates) == {"hover", "completion", "workspace_symbols"}
    assert (rates["hover"].low, rates["hover"].high) == pytest.approx((0.1, 0.1), rel=0.02)
    assert (rates["completion"].low, rates["completion"].high) == pytest.approx((2, 2), rel=0.02)
    # Twice in ten minutes: some minutes have one, most have none.
    low, high = rates["workspace_symbols"].low, rates["workspace_symbols"].high
    assert low == 0
    assert (low + high) / 2 == pytest.approx(2 / 600, rel=0.03)


def test_minutes_in_which_nobody_did_anything_are_no_work():
    hovers = every(10, message("textDocument/hover", id=1), minutes=5)
    later = [(at_s + 3600, body) for at_s, body in hovers]
    files = every(30, message("workspace/didChangeWatchedFiles"), minutes=60)
    found = observed(*hovers, *later, *files)
    assert found.active_s == pytest.approx(10 * 60, abs=15)
    assert found.rates()["hover"] == pytest.approx((0.1, 0.1), rel=0.05)


@given(st.lists(st.tuples(st.floats(0, 1_800), st.sampled_from(["hover", "definition"])), min_size=1))
def test_of_any_times_the_mean_is_kept_and_the_scenario_can_be_read(seen):
    found = observed(*((at_s, message(f"textDocument/{what}", id=1)) for at_s, what in seen))
    for name, (low, high) in found.rates().items():
        count = sum(what == name for _, what in seen)
        assert 0 <= low <= high
        assert (low + high) / 2 == pytest.approx(count / found.active_s)
    assert {one.operation for one in of_user(found).patterns} == set(found.rates())


KEY, CURSORS = changed((True, "a")), changed((True, "a"), (True, "b"))
ANYTHING = st.one_of(
    st.sampled_from([KEY, CURSORS, changed((True, "")), changed((True, "x" * 99)), changed((False, "all"))]),
    st.sampled_from([message(operation.method, id=1) for operation in OPERATIONS.values()]),
    st.builds(opened, st.sampled_from("abc"), st.integers(0, 100_000)),
    st.builds(message, st.text(max_size=9).map("textDocument/".__add__)),
    st.text().map(lambda name: message("initialize", {"clientInfo": {"name": name}}, id=0)),
)


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from([1, 2, 90, 11_000]), ANYTHING), max_size=6),
    st.text(),
)
@example([(0.0, 25_000, KEY), (2.0, 1, CURSORS)], "a-server")
@settings(max_examples=30)
def test_whatever_was_seen_what_is_written_can_be_read(seen, command):
    found = observed(*((at_s, body) for at_s, times, body in seen for _ in range(times)))
    rates = found.rates()
    if rates:
        text = found.scenario(command=command)
        scenario = parse_scenario("name: seen\n" + text, "seen.scenario.yaml")
        assert {one.operation for one in scenario.patterns} == set(rates)


def test_what_was_done_once_in_ten_thousands_is_not_lost():
    mix = of_user(observed(*[(1.0, KEY)] * 25_000, (2.0, CURSORS))).edits
    assert mix is not None
    assert mix.actions["multi_cursor"] / mix.actions["typing"] == pytest.approx(1 / 25_000, rel=0.01)


def test_files_and_edits_are_as_they_were():
    keys = [changed((True, letter)) for letter in "abcdef"]
    found = observed(
        *((0.0 + number, opened(f"m{number}", 1_000 + 500 * number)) for number in range(6)),
        *((10.0 + number, key) for number, key in enumerate(keys)),
        (20.0, changed((True, ""))),
        (21.0, changed((True, "x" * 50))),
        (22.0, changed((True, "a"), (True, "b"))),
        (23.0, changed((False, "the whole text"))),
        (70.0, message("textDocument/hover", id=1)),
    )
    scenario = of_user(found)
    assert (scenario.working_set.open_files.low, scenario.working_set.open_files.high) == (6, 6)
    assert (scenario.working_set.file_bytes.low, scenario.working_set.file_bytes.high) == (1_000, 3_500)
    assert scenario.edits is not None
    text = found.scenario(command="a-server")
    assert "edits: {actions: {deletion: 0.111, multi_cursor: 0.111, paste: 0.111, typing: 0.667}}" in text


def test_nothing_that_was_said_is_kept_and_what_comes_from_outside_is_quoted():
    hostile = {"clientInfo": {"name": 'x"\n- &a {: "\u2028', "version": "1"}}
    found = observed(
        (0, message("initialize", hostile, id=0)),
        (1, opened("a", 400)),
        (2, changed((True, SECRET))),
        (3, message("textDocument/hover", {"textDocument": {"uri": SECRET}}, id=1)),
        (4, message("textDocument/moniker\n: x", {"text": SECRET}, id=1)),
    )
    text = found.scenario(command='cmd: "&"')
    assert SECRET not in text
    assert of_user(found).description.startswith('What was asked between x"?- &a {: "?')
    assert "# Not asked here: textDocument/moniker?: x (1)" in text


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"[]", b'{"method": 5}', message("initialize", [1]), message("$/x")]
)
def test_what_is_no_message_is_passed_over(body):
    found = observed((0, body), (1, message("textDocument/hover", id=1)))
    assert list(found.rates()) == ["hover"]


def test_nothing_asked_is_no_scenario():
    with pytest.raises(ValueError, match="nothing was asked"):
        observed((0, message("initialize", id=0))).scenario(command="x")

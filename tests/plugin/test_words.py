"""Whatever an option, a marker or a fixture is given: it is understood, or refused with what is wrong with
it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.budgets import parse_marker
from pytest_rustide_load.budgets.metrics import METRICS
from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.plugin import options
from pytest_rustide_load.plugin.fault_words import parse_fault
from pytest_rustide_load.plugin.settings import read_settings
from pytest_rustide_load.plugin.stress_words import STRESS_MARKERS, parse_call
from pytest_rustide_load.workload import operation_names
from pytest_rustide_load.workload.faults import FAULTS

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.sampled_from(["5s", "90%", "1GB", "ram", "", "kill", "5", "-1ms", "1e400s", "nan"])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
KEYS = st.sampled_from(
    ["target", "model", "limit", "held", "name", "place", "io", "at", "duration", "gate", "kind", "what"]
)


class Options:
    """What is asked of pytest's config: every option with its default."""

    rootpath = Path("/")

    def __init__(self) -> None:
        self.known: dict[str, object] = {}
        self.ini: dict[str, str] = {}
        options.add_options(self)
        # That of the terminal, kept for a session that there is none of.
        os.close(options._terminal_fds.pop())
        self.known["load_scenario"] = ["cold-start"]

    def getgroup(self, *_: str) -> Options:
        return self

    def addoption(self, name: str, *, default: object = None, action: str = "store", **_: object) -> None:
        self.known[name.removeprefix("--").replace("-", "_")] = default if action != "store_true" else False

    def addini(self, name: str, *_: str, default: str = "", **__: object) -> None:
        self.ini[name] = default

    def getoption(self, name: str) -> object:
        return self.known[name]

    def getini(self, name: str) -> str:
        return self.ini[name]


CONFIG = Options()
DEFAULTS = dict(CONFIG.known)
TAKING_TEXT = sorted(
    name for name, one in DEFAULTS.items() if name != "load_scenario" and not isinstance(one, bool)
)
ODD = (
    *("", "0", "-1", "nan", "inf", "1e400", "9" * 400, "1..", "..", "1,,2", ";", "=", "cores=", "users=0"),
    *("200%", "A=", "A=embedded,A=embedded", "cmd:", "cmd:'", "tcp://x", "rust-analyzer@", "hover:"),
    *("0*popen", "ssh=", "http://[", "a/b", "a\x00b", "²", "٣"),
)


@given(name=st.sampled_from(TAKING_TEXT), text=st.sampled_from(ODD) | st.text(max_size=12))
def test_options(name, text):
    CONFIG.known = {**DEFAULTS, name: [text] if isinstance(DEFAULTS[name], list) else text}
    with contextlib.suppress(ConfigError):
        read_settings(CONFIG)


@given(kind=st.sampled_from(STRESS_MARKERS), args=st.lists(ANYTHING, max_size=2), data=st.data())
def test_stress(kind, args, data):
    with contextlib.suppress(ConfigError):
        parse_call(kind, args, data.draw(st.dictionaries(KEYS, ANYTHING, max_size=3)))


@given(
    args=st.lists(st.sampled_from([*FAULTS]) | ANYTHING, max_size=2),
    kwargs=st.dictionaries(KEYS, ANYTHING, max_size=3),
)
def test_faults(args, kwargs):
    with contextlib.suppress(ConfigError):
        parse_fault(tuple(args), kwargs)


@given(
    args=st.lists(st.just("hover") | ANYTHING, max_size=2),
    kwargs=st.dictionaries(st.sampled_from([*METRICS, "p95"]), ANYTHING, max_size=3),
)
def test_budgets(args, kwargs):
    with contextlib.suppress(ConfigError):
        parse_marker(tuple(args), kwargs, source="t.py", line=1, operations=operation_names())


def test_a_list_is_no_fault_and_a_number_without_end_no_limit():
    with pytest.raises(ConfigError, match=r"kind: unknown fault \['kill'\]"):
        parse_fault((["kill"],), {"at": "3s"})
    with pytest.raises(ConfigError, match=r"p95_ms: 1000000.* is too long a number"):
        parse_marker((), {"p95_ms": 10**400}, source="t.py", line=1, operations=operation_names())

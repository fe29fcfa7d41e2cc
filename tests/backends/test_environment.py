"""What a backend's environment keeps of the user's, and what it does not."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pytest_rustide_load.backends.environment import backend_environment, private_directories

WORKSPACE = Path("/somewhere/workspace")
USERS = {
    "HOME": "/home/u",
    "PATH": "/usr/bin",
    "LANG": "C",
    "RUSTUP_TOOLCHAIN": "nightly",
    "CARGO_HOME": "/home/u/.cargo",
    "CARGO_PKG_NAME": "x",
    "RUSTC_WRAPPER": "sccache",
    "GIT_DIR": "/home/u/project/.git",
    "PYTEST_CURRENT_TEST": "a::b",
    "TMPDIR": "/var/tmp",
}


def test_home_and_toolchain_stay_and_builds_of_the_user_go():
    environment = backend_environment(USERS, WORKSPACE)
    assert {name: environment[name] for name in ("HOME", "LANG", "RUSTUP_TOOLCHAIN")} == {
        "HOME": "/home/u",
        "LANG": "C",
        "RUSTUP_TOOLCHAIN": "nightly",
    }
    assert environment.keys().isdisjoint(
        {"CARGO_PKG_NAME", "RUSTC_WRAPPER", "GIT_DIR", "PYTEST_CURRENT_TEST"}
    )


def test_everything_a_tool_writes_goes_below_the_workspaces_target():
    environment = backend_environment(USERS, WORKSPACE)
    for name in ("CARGO_HOME", "CARGO_TARGET_DIR", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        assert Path(environment[name]).is_relative_to(WORKSPACE / "target")
    assert all(path.is_relative_to(WORKSPACE / "target") for path in private_directories(WORKSPACE).values())


def test_tools_in_the_users_cargo_directory_are_still_found_but_last():
    assert backend_environment(USERS, WORKSPACE)["PATH"] == "/usr/bin:/home/u/.cargo/bin"
    assert backend_environment({"HOME": "/home/v"}, WORKSPACE)["PATH"].endswith(":/home/v/.cargo/bin")


@given(st.dictionaries(st.text("ABC_", min_size=1), st.text("xyz")))
def test_any_other_variable_is_passed_on_and_the_input_left_alone(environ):
    before = dict(environ)
    environment = backend_environment(environ, WORKSPACE)
    assert environ == before
    assert environment.items() >= environ.items()

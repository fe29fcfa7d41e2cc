"""Profiles are data that can be trusted: figures as they were read, and tables without contradictions."""

from __future__ import annotations

import pytest

from pytest_rustide_load.engine.server_requests import REFRESHES
from pytest_rustide_load.lsp.profiles import (
    EDITOR_PROFILES,
    REFRESHED_BY,
    TRIGGER_CHARACTERS,
    Cause,
    EditorProfile,
    Reaction,
)
from pytest_rustide_load.units import NS_PER_MS
from pytest_rustide_load.workload import OPERATIONS

REACTIONS = [
    pytest.param(profile, reaction, id=f"{profile.name}-{reaction.operation}-{reaction.causes[0].value}")
    for profile in EDITOR_PROFILES.values()
    for reaction in profile.reactions
]


def waits_ms(profile: str, operation: str, cause: Cause) -> tuple[float, float]:
    (found,) = [
        reaction
        for reaction in EDITOR_PROFILES[profile].reactions
        if reaction.operation == operation and cause in reaction.causes
    ]
    return found.debounce_ns / NS_PER_MS, found.longest_ns / NS_PER_MS


def test_the_profiles_are_these_under_their_names():
    assert list(EDITOR_PROFILES) == ["vscode", "neovim", "helix", "raw", "debounced"]
    assert [profile.name for profile in EDITOR_PROFILES.values()] == list(EDITOR_PROFILES)


@pytest.mark.parametrize(
    ("profile", "operation", "cause", "shortest_ms", "longest_ms"),
    [
        ("vscode", "completion", Cause.KEYSTROKE, 10, 0),
        ("vscode", "signature_help", Cause.TRIGGER_CHARACTER, 120, 0),
        ("vscode", "semantic_tokens", Cause.KEYSTROKE, 300, 2000),
        ("vscode", "semantic_tokens_range", Cause.OPEN, 100, 500),
        ("vscode", "inlay_hints", Cause.REFRESH, 25, 625),
        ("vscode", "code_lens", Cause.KEYSTROKE, 250, 62_500),
        ("vscode", "code_action", Cause.CURSOR_MOVE, 250, 0),
        ("vscode", "document_symbols", Cause.KEYSTROKE, 350, 122_500),
        ("vscode", "folding_range", Cause.KEYSTROKE, 200, 40_000),
        ("neovim", "semantic_tokens", Cause.KEYSTROKE, 200, 0),
        ("helix", "completion", Cause.KEYSTROKE, 250, 0),
        ("helix", "completion", Cause.TRIGGER_CHARACTER, 5, 0),
        ("helix", "signature_help", Cause.TRIGGER_CHARACTER, 120, 0),
        ("helix", "pull_diagnostics", Cause.KEYSTROKE, 250, 0),
        ("helix", "completion_resolve", Cause.ANSWERED, 150, 0),
        ("helix", "code_action", Cause.CURSOR_MOVE, 200, 0),
    ],
)
def test_an_editor_waits_as_its_source_says(profile, operation, cause, shortest_ms, longest_ms):
    assert waits_ms(profile, operation, cause) == (shortest_ms, longest_ms)


def test_changes_and_file_events_are_sent_as_the_editors_send_them():
    intervals = {name: profile.change_interval_ns for name, profile in EDITOR_PROFILES.items()}
    assert intervals == {"vscode": 0, "neovim": 150 * NS_PER_MS, "helix": 0, "raw": 0, "debounced": 0}
    assert EDITOR_PROFILES["vscode"].file_event_delay_ns == 250 * NS_PER_MS
    assert EDITOR_PROFILES["raw"].file_event_delay_ns is None


def test_only_raw_causes_nothing():
    assert [name for name, profile in EDITOR_PROFILES.items() if not profile.reactions] == ["raw"]
    assert not EDITOR_PROFILES["raw"].refresh_support
    assert EDITOR_PROFILES["vscode"].refresh_support


def test_vscode_offers_no_encoding_but_utf_16():
    assert EDITOR_PROFILES["vscode"].position_encodings == ("utf-16",)
    assert all("utf-16" in profile.position_encodings for profile in EDITOR_PROFILES.values())


def test_what_vscode_asks_on_opening_is_what_it_shows_of_a_file():
    asked = {
        reaction.operation
        for reaction in EDITOR_PROFILES["vscode"].reactions
        if Cause.OPEN in reaction.causes
    }
    shown = {"semantic_tokens", "document_symbols", "folding_range", "inlay_hints", "code_lens"}
    assert asked == shown | {"semantic_tokens_range", "pull_diagnostics"}


@pytest.mark.parametrize(("profile", "reaction"), REACTIONS)
def test_a_reaction_to_an_answer_is_of_an_operation_that_follows_one(profile, reaction):
    follows = OPERATIONS[reaction.operation].follows
    assert (Cause.ANSWERED in reaction.causes) == bool(follows)
    asked = {other.operation for other in profile.reactions}
    assert {follows, reaction.until} - {""} <= asked


@pytest.mark.parametrize(("profile", "reaction"), REACTIONS)
def test_what_is_asked_instead_follows_what_it_replaces(profile, reaction):
    if reaction.then:
        assert OPERATIONS[reaction.then].follows == reaction.operation


@pytest.mark.parametrize(("profile", "reaction"), REACTIONS)
def test_trigger_characters_are_known_where_they_trigger(profile, reaction):
    if Cause.TRIGGER_CHARACTER in reaction.causes:
        assert TRIGGER_CHARACTERS[reaction.operation]


def test_every_refresh_that_is_answered_has_its_operation():
    assert set(REFRESHED_BY) == REFRESHES
    assert set(REFRESHED_BY.values()) <= OPERATIONS.keys()


@pytest.mark.parametrize(
    ("parts", "problem"),
    [
        ({"operation": "hoover"}, "'hoover' is no operation"),
        ({"operation": "edit"}, "'edit' is no operation that is answered"),
        ({"until": "hoover"}, "'hoover' is no operation"),
        ({"then": "document_save"}, "'document_save' is no operation"),
        ({"one_in_flight": True, "cancels_superseded": True}, "not both"),
        ({"debounce_ns": -1}, "at least -1 ns"),
        ({"debounce_ns": 5, "longest_ns": 4}, "at most 4"),
    ],
)
def test_a_reaction_that_makes_no_sense_is_refused(parts, problem):
    with pytest.raises(ValueError, match=problem):
        Reaction(**{"operation": "hover", "causes": (Cause.CURSOR_MOVE,), **parts})


def test_a_profile_has_one_reaction_of_an_operation_to_a_cause():
    reaction = Reaction("hover", (Cause.CURSOR_MOVE, Cause.OPEN))
    with pytest.raises(ValueError, match="two reactions"):
        EditorProfile("own", (reaction, Reaction("hover", (Cause.OPEN,))))


def test_reactions_of_one_operation_treat_what_is_in_flight_alike():
    with pytest.raises(ValueError, match="in two ways"):
        EditorProfile(
            "own",
            (
                Reaction("hover", (Cause.CURSOR_MOVE,), one_in_flight=True),
                Reaction("hover", (Cause.OPEN,), cancels_superseded=True),
            ),
        )

"""The editor as a machine: what it asks and when, against the profiles and against a model."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pytest_rustide_load.lsp.actions import Ask, Cancel, FileEvents, FlushChanges, Tell
from pytest_rustide_load.lsp.editor import Editor
from pytest_rustide_load.lsp.profiles import EDITOR_PROFILES, Cause, EditorProfile, Reaction
from pytest_rustide_load.stats.samples import Outcome
from pytest_rustide_load.units import NS_PER_MS

OUTCOMES = [
    Outcome.OK,
    Outcome.EMPTY,
    Outcome.ERROR,
    Outcome.CANCELLED,
    Outcome.CONTENT_MODIFIED,
    Outcome.TIMEOUT,
    Outcome.DROPPED,
]


def ms(value: float) -> int:
    return round(value * NS_PER_MS)


def alone(*reactions: Reaction, **more) -> Editor:
    """An editor with these reactions and no other, which has `a` open; its first requests are taken."""
    editor = Editor(EditorProfile("own", reactions, **more))
    editor.opened("a", 0)
    editor.take_due(0)
    return editor


def with_file(profile: str, path: str = "a") -> Editor:
    """An editor that has `path` open since time 0, all its first questions answered after 1 ms."""
    editor = Editor(EDITOR_PROFILES[profile])
    editor.opened(path, 0)
    for action in editor.take_due(ms(1000)):
        if isinstance(action, Ask):
            editor.answered(action.token, Outcome.OK, ms(1), False, ms(1000))
    for action in editor.take_due(ms(1000)):
        if isinstance(action, Ask):
            editor.answered(action.token, Outcome.OK, ms(1), False, ms(1000))
    return editor


def asks(actions, operation: str | None = None) -> list[Ask]:
    return [action for action in actions if isinstance(action, Ask) and operation in (None, action.operation)]


def due_ms(actions, operation: str) -> list[float]:
    return [action.due_ns / NS_PER_MS for action in asks(actions, operation)]


# -- what the profiles say


def test_raw_tells_each_edit_and_asks_nothing():
    editor = Editor(EDITOR_PROFILES["raw"])
    editor.opened("a", 5)
    editor.keystroke("a", 6)
    editor.cursor_moved("a", 7)
    editor.saved("a", 8)
    editor.closed("a", 9)
    assert editor.take_due(10**12) == [
        Tell("document_open", "a", 5),
        FlushChanges("a", 6),
        Tell("document_save", "a", 8),
        Tell("document_close", "a", 9),
    ]
    assert editor.next_due_ns() is None


def test_vscode_sends_every_keystroke_at_once():
    editor = with_file("vscode")
    for at_ms in (2000, 2003, 2004):
        editor.keystroke("a", ms(at_ms))
    changes = [action for action in editor.take_due(ms(2005)) if isinstance(action, FlushChanges)]
    assert [action.due_ns for action in changes] == [ms(2000), ms(2003), ms(2004)]


def test_neovim_sends_changes_at_most_every_150_ms():
    editor = Editor(EditorProfile("own", change_interval_ns=ms(150)))
    editor.opened("a", 0)
    for at_ms in range(1000, 1500, 20):
        editor.keystroke("a", ms(at_ms))
    sent = [action.due_ns for action in editor.take_due(ms(5000)) if isinstance(action, FlushChanges)]
    assert sent == [ms(1150), ms(1300), ms(1450), ms(1600)]
    editor.keystroke("a", ms(6000))
    assert editor.next_due_ns() == ms(6000), "the interval has passed long since"


def test_a_question_takes_the_changes_along():
    editor = with_file("neovim")
    editor.keystroke("a", ms(2000), ".")
    first, second, *_ = editor.take_due(ms(2060))
    assert first == FlushChanges("a", ms(2060))
    assert (second.operation, second.cause, second.trigger) == ("completion", Cause.TRIGGER_CHARACTER, ".")


def test_typing_puts_off_what_waits_for_a_pause():
    editor = with_file("helix")
    for at_ms in (2000, 2100, 2200):
        editor.keystroke("a", ms(at_ms))
    actions = editor.take_due(ms(5000))
    assert due_ms(actions, "completion") == [2450]
    assert due_ms(actions, "code_action") == [2400]


def test_a_trigger_character_is_faster():
    editor = with_file("helix")
    editor.keystroke("a", ms(2000))
    editor.keystroke("a", ms(2010), ".")
    assert due_ms(editor.take_due(ms(5000)), "completion") == [2015]


def test_a_character_triggers_only_what_it_is_a_trigger_of():
    editor = with_file("vscode")
    editor.keystroke("a", ms(2000), ",")
    actions = editor.take_due(ms(2200))
    assert due_ms(actions, "signature_help") == [2120]
    assert due_ms(actions, "completion") == []
    own = Editor(EDITOR_PROFILES["vscode"], characters={"completion": ","})
    own.opened("a", 0)
    own.keystroke("a", ms(2000), ",")
    assert due_ms(own.take_due(ms(2200)), "completion") == [2000]


def test_no_completion_is_asked_for_where_no_word_is_typed():
    editor = with_file("vscode")
    editor.keystroke("a", ms(2000), word=False)
    assert asks(editor.take_due(ms(9000)), "completion") == []


def test_what_ends_the_word_calls_off_its_completion():
    for end in ("key", "caret"):
        editor = with_file("vscode")
        editor.keystroke("a", ms(2000))
        (asked,) = asks(editor.take_due(ms(2010)), "completion")
        editor.keystroke("a", ms(2012))
        if end == "key":
            editor.keystroke("a", ms(2015), word=False)
        else:
            editor.cursor_moved("a", ms(2015))
        actions = editor.take_due(ms(2100))
        assert Cancel(asked.token, ms(2015)) in actions
        assert asks(actions, "completion") == []


def test_an_incomplete_list_is_asked_for_again_with_the_next_key_and_a_complete_one_is_not():
    for incomplete, expected in ((True, [2100]), (False, [])):
        editor = with_file("vscode")
        editor.keystroke("a", ms(2000))
        (asked,) = asks(editor.take_due(ms(2010)), "completion")
        editor.answered(asked.token, Outcome.OK, ms(1), incomplete, ms(2011))
        editor.take_due(ms(2050))
        editor.keystroke("a", ms(2100))
        again = asks(editor.take_due(ms(2120)), "completion")
        assert [action.due_ns / NS_PER_MS for action in again] == expected
        assert all(action.cause is Cause.ANSWER_INCOMPLETE for action in again)


def test_a_list_without_items_does_not_keep_the_next_from_being_asked_for():
    editor = with_file("vscode")
    editor.keystroke("a", ms(2000))
    (asked,) = asks(editor.take_due(ms(2010)), "completion")
    editor.answered(asked.token, Outcome.EMPTY, ms(1), False, ms(2011))
    editor.keystroke("a", ms(2100))
    assert due_ms(editor.take_due(ms(2120)), "completion") == [2110]


def test_a_signature_that_is_shown_follows_the_text():
    editor = with_file("vscode")
    editor.keystroke("a", ms(2000), "(")
    (asked,) = asks(editor.take_due(ms(2120)), "signature_help")
    editor.answered(asked.token, Outcome.OK, ms(1), True, ms(2121))
    editor.keystroke("a", ms(2200), word=False)
    (asked,) = asks(editor.take_due(ms(2320)), "signature_help")
    assert (asked.cause, asked.due_ns) == (Cause.ANSWER_INCOMPLETE, ms(2320))
    editor.answered(asked.token, Outcome.OK, ms(1), False, ms(2321))
    editor.keystroke("a", ms(2400))
    assert asks(editor.take_due(ms(2600)), "signature_help") == []


def test_an_item_is_resolved_after_the_list_came():
    editor = with_file("helix")
    editor.keystroke("a", ms(2000), ".")
    (asked,) = asks(editor.take_due(ms(2100)), "completion")
    editor.answered(asked.token, Outcome.OK, ms(95), True, ms(2100))
    assert due_ms(editor.take_due(ms(2500)), "completion_resolve") == [2250]


def test_a_superseded_request_is_cancelled_before_the_next():
    editor = with_file("vscode")
    editor.keystroke("a", ms(2000))
    (old,) = asks(editor.take_due(ms(2010)), "completion")
    editor.keystroke("a", ms(2100))
    flush, cancel, new = editor.take_due(ms(2110))
    assert flush == FlushChanges("a", ms(2100))
    assert cancel == Cancel(old.token, ms(2110))
    assert (new.operation, new.due_ns) == ("completion", ms(2110))
    assert old.token < new.token


def test_helix_lets_what_is_superseded_run_on():
    editor = with_file("helix")
    editor.keystroke("a", ms(2000), ".")
    (old,) = asks(editor.take_due(ms(2100)), "completion")
    editor.keystroke("a", ms(2100), ".")
    actions = editor.take_due(ms(2150))
    assert len(asks(actions, "completion")) == 1
    assert not [action for action in actions if isinstance(action, Cancel)]
    editor.answered(old.token, Outcome.OK, ms(60), True, ms(2160))
    assert asks(editor.take_due(ms(2400)), "completion_resolve") == [], "its answer is ignored"


def test_what_may_be_in_flight_once_is_asked_again_after_its_answer_only():
    editor = with_file("vscode")
    editor.keystroke("a", ms(2000))
    (first,) = asks(editor.take_due(ms(2001)), "pull_diagnostics")
    for at_ms in range(2100, 2600, 100):
        editor.keystroke("a", ms(at_ms))
    assert asks(editor.take_due(ms(2700)), "pull_diagnostics") == []
    editor.answered(first.token, Outcome.OK, ms(750), False, ms(2751))
    assert due_ms(editor.take_due(ms(2751)), "pull_diagnostics") == [2751]


def test_semantic_tokens_come_from_the_first_key_and_not_from_the_last():
    editor = with_file("vscode")
    for at_ms in range(2000, 2700, 50):
        editor.keystroke("a", ms(at_ms))
    actions = editor.take_due(ms(2700))
    assert due_ms(actions, "semantic_tokens_delta") == [2300]


def test_a_delta_is_asked_once_there_is_a_result_and_until_it_fails():
    editor = alone(
        Reaction("semantic_tokens", (Cause.CURSOR_MOVE,), one_in_flight=True, then="semantic_tokens_delta")
    )
    asked = []
    for number, outcome in enumerate([Outcome.TIMEOUT, Outcome.OK, Outcome.ERROR, Outcome.OK]):
        editor.cursor_moved("a", number)
        (ask,) = asks(editor.take_due(number))
        asked.append(ask.operation)
        editor.answered(ask.token, outcome, 1, False, number)
    assert asked == ["semantic_tokens", "semantic_tokens", "semantic_tokens_delta", "semantic_tokens"]


def test_a_server_without_deltas_is_asked_for_none():
    supports = {"semantic_tokens", "completion"}
    editor = Editor(EDITOR_PROFILES["vscode"], supports=supports)
    editor.opened("a", 0)
    (first,) = asks(editor.take_due(ms(500)))
    editor.answered(first.token, Outcome.OK, ms(1), False, ms(500))
    editor.keystroke("a", ms(1000))
    assert {ask.operation for ask in asks(editor.take_due(ms(9000)))} == supports


def test_tokens_of_a_range_are_asked_until_those_of_the_file_came():
    editor = Editor(EDITOR_PROFILES["vscode"])
    editor.opened("a", 0)
    actions = editor.take_due(ms(200))
    assert due_ms(actions, "semantic_tokens_range") == [150]
    (full,) = asks(actions, "semantic_tokens")
    editor.answered(full.token, Outcome.OK, ms(200), False, ms(200))
    editor.cursor_moved("a", ms(300))
    assert asks(editor.take_due(ms(2000)), "semantic_tokens_range") == []


def test_a_key_voids_at_once_what_was_asked_of_the_old_text():
    editor = with_file("vscode")
    editor.cursor_moved("a", ms(2000))
    (asked,) = asks(editor.take_due(ms(2000)), "document_highlight")
    editor.keystroke("a", ms(2005))
    assert Cancel(asked.token, ms(2005)) in editor.take_due(ms(2005))


def test_neovim_highlights_when_idle():
    editor = with_file("neovim")
    # Keys put it off, and then it is asked once, until something is pressed again.
    for at_ms in (2000, 5000, 8000):
        editor.keystroke("a", ms(at_ms))
    assert due_ms(editor.take_due(ms(60_000)), "document_highlight") == [12_000]
    editor.cursor_moved("a", ms(70_000))
    assert due_ms(editor.take_due(ms(90_000)), "document_highlight") == [74_000]


def test_saving_sends_the_changes_first_and_the_event_of_the_file_later():
    profile = EditorProfile("own", change_interval_ns=ms(150), file_event_delay_ns=ms(250))
    editor = Editor(profile)
    editor.opened("a", 0)
    editor.keystroke("a", ms(10))
    editor.saved("a", ms(20))
    editor.files_changed(["b", "a"], ms(100))
    assert editor.take_due(ms(1000)) == [
        Tell("document_open", "a", 0),
        FlushChanges("a", ms(20)),
        Tell("document_save", "a", ms(20)),
        FileEvents(("a", "b"), ms(270)),
    ]


def test_what_a_save_causes_is_asked_after_it():
    editor = alone(Reaction("code_lens", (Cause.SAVE,), cancels_superseded=True))
    editor.saved("a", 7)
    tell, ask = editor.take_due(7)
    assert tell == Tell("document_save", "a", 7)
    assert (ask.operation, ask.cause) == ("code_lens", Cause.SAVE)


def test_closing_lets_go_of_everything_and_the_file_can_be_opened_again():
    editor = Editor(EDITOR_PROFILES["vscode"])
    editor.opened("a", 0)
    asked = {ask.token for ask in asks(editor.take_due(0))}
    editor.keystroke("a", ms(1))
    editor.closed("a", ms(1))
    actions = editor.take_due(ms(1))
    assert {action.token for action in actions if isinstance(action, Cancel)} == asked
    assert actions[-1] == Tell("document_close", "a", ms(1))
    assert editor.next_due_ns() is None
    editor.opened("a", ms(2))
    assert len(asks(editor.take_due(ms(2)))) == len(asked)


def test_a_refresh_asks_about_the_screen_now_and_about_other_files_when_they_are_seen():
    editor = with_file("vscode", "a")
    editor.opened("b", ms(1000))
    editor.take_due(ms(2000))
    editor.refresh_asked("code_lens", ms(3000))
    assert [ask.path for ask in asks(editor.take_due(ms(9000)), "code_lens")] == ["b"]
    editor.cursor_moved("a", ms(10_000))
    editor.cursor_moved("a", ms(11_000))
    assert [ask.path for ask in asks(editor.take_due(ms(19_000)), "code_lens")] == ["a"]


def test_a_refresh_of_diagnostics_reaches_every_open_file():
    editor = with_file("helix", "a")
    editor.opened("b", ms(1000), on_screen=False)
    editor.take_due(ms(2000))
    editor.refresh_asked("pull_diagnostics", ms(3000))
    assert [ask.path for ask in asks(editor.take_due(ms(3000)))] == ["a", "b"]


def test_a_refresh_adds_nothing_to_what_is_planned_anyway():
    editor = with_file("vscode")
    editor.keystroke("a", ms(2000))
    for at_ms in (2100, 2200):
        editor.refresh_asked("code_lens", ms(at_ms))
    assert due_ms(editor.take_due(ms(9000)), "code_lens") == [2250]


def test_a_tab_in_the_background_is_asked_about_when_it_is_seen():
    editor = Editor(EDITOR_PROFILES["vscode"])
    editor.opened("a", 0, on_screen=False)
    assert [ask.operation for ask in asks(editor.take_due(ms(500)))] == ["pull_diagnostics"]
    editor.cursor_moved("a", ms(1000))
    seen = {ask.operation for ask in asks(editor.take_due(ms(2000)))}
    assert {"semantic_tokens", "code_lens", "folding_range", "document_symbols"} <= seen


def test_a_server_that_gives_up_is_asked_again_three_times():
    editor = alone(
        Reaction("pull_diagnostics", (Cause.CURSOR_MOVE,), ms(5), one_in_flight=True, retries=True)
    )
    editor.cursor_moved("a", 0)
    count = 0
    now_ns = 0
    while (due_ns := editor.next_due_ns()) is not None:
        assert due_ns == now_ns + ms(5)
        now_ns = due_ns
        (ask,) = asks(editor.take_due(now_ns))
        count += 1
        editor.answered(ask.token, Outcome.CANCELLED, 1, False, now_ns)
    assert count == 4


def test_an_answer_makes_three_more_tries_possible():
    editor = alone(Reaction("pull_diagnostics", (Cause.CURSOR_MOVE,), one_in_flight=True, retries=True))
    for round_ns in (10, 20):
        editor.cursor_moved("a", round_ns)
        for outcome in [Outcome.CANCELLED] * 3 + [Outcome.OK]:
            (ask,) = asks(editor.take_due(round_ns))
            editor.answered(ask.token, outcome, 1, False, round_ns)
        assert editor.take_due(round_ns) == []


def test_what_was_to_follow_a_request_goes_with_it():
    reaction = Reaction(
        "code_lens", (Cause.CURSOR_MOVE, Cause.KEYSTROKE), ms(5), one_in_flight=True, void_by_keystroke=True
    )
    editor = alone(reaction)
    editor.cursor_moved("a", 0)
    editor.cursor_moved("a", ms(5))
    editor.take_due(ms(10))
    editor.keystroke("a", ms(11))
    (ask,) = asks(editor.take_due(ms(16)))
    editor.answered(ask.token, Outcome.OK, 1, False, ms(17))
    assert editor.next_due_ns() is None


def test_closing_sends_the_changes_before():
    editor = with_file("neovim")
    editor.keystroke("a", ms(2000))
    editor.closed("a", ms(2001))
    changes = [action for action in editor.take_due(ms(2001)) if isinstance(action, FlushChanges | Tell)]
    assert changes == [FlushChanges("a", ms(2001)), Tell("document_close", "a", ms(2001))]


def test_a_trigger_character_begins_a_list_that_is_not_shown_yet():
    editor = with_file("vscode")
    editor.keystroke("a", ms(2000))
    (asked,) = asks(editor.take_due(ms(2010)), "completion")
    editor.answered(asked.token, Outcome.OK, ms(1), False, ms(2011))
    editor.keystroke("a", ms(2100), ".")
    editor.take_due(ms(2100))
    editor.keystroke("a", ms(2150))
    assert due_ms(editor.take_due(ms(2200)), "completion") == [2160]


def test_what_a_tab_missed_is_asked_once_and_as_on_opening():
    editor = Editor(EDITOR_PROFILES["vscode"])
    editor.opened("a", 0)
    editor.opened("b", 0, on_screen=False)
    editor.refresh_asked("folding_range", ms(500))
    editor.take_due(ms(900))
    editor.cursor_moved("b", ms(1000))
    folding = asks(editor.take_due(ms(1000)), "folding_range")
    assert [(ask.path, ask.cause) for ask in folding] == [("b", Cause.OPEN)]
    editor.cursor_moved("a", ms(2000))
    editor.cursor_moved("b", ms(3000))
    assert asks(editor.take_due(ms(9000)), "folding_range") == []


def test_nothing_is_due_a_nanosecond_before():
    editor = with_file("vscode")
    editor.keystroke("a", ms(2000))
    editor.take_due(ms(2000))
    due_ns = editor.next_due_ns()
    assert due_ns == ms(2010)
    assert editor.take_due(due_ns - 1) == []
    assert [action.due_ns for action in editor.take_due(due_ns)] == [due_ns]


def test_an_input_that_comes_with_an_earlier_time_counts_as_later():
    editor = with_file("vscode")
    editor.take_due(ms(3000))
    editor.keystroke("a", ms(2000))
    assert due_ms(editor.take_due(ms(3100)), "completion") == [3010]


# -- the adaptive wait


ADAPTIVE = Reaction("code_lens", (Cause.CURSOR_MOVE,), ms(25), ms(625), cancels_superseded=True)


def waits_after(services_ns: list[int]) -> int:
    editor = alone(ADAPTIVE)
    now_ns = 0
    for service_ns in services_ns:
        editor.cursor_moved("a", now_ns)
        now_ns += ms(1000)
        (ask,) = asks(editor.take_due(now_ns))
        editor.answered(ask.token, Outcome.OK, service_ns, False, now_ns)
    editor.cursor_moved("a", now_ns)
    return editor.next_due_ns() - now_ns


@given(st.lists(st.integers(0, ms(900)), max_size=10))
def test_the_wait_is_the_mean_of_the_last_six_times_within_its_bounds(services_ns):
    last = services_ns[-6:]
    mean = sum(last) // len(last) if last else ms(37.5)
    assert waits_after(services_ns) == min(max(mean, ms(25)), ms(625))


def test_only_answers_count_for_the_wait():
    editor = alone(ADAPTIVE)
    editor.cursor_moved("a", 0)
    (ask,) = asks(editor.take_due(ms(100)))
    editor.answered(ask.token, Outcome.TIMEOUT, ms(500), False, ms(600))
    editor.cursor_moved("a", ms(600))
    assert editor.next_due_ns() == ms(637.5)


# -- misuse


def test_a_file_that_is_not_open_and_one_that_is_already_are_errors():
    editor = Editor(EDITOR_PROFILES["raw"])
    with pytest.raises(KeyError):
        editor.keystroke("a", 0)
    editor.opened("a", 0)
    with pytest.raises(ValueError, match="a is open"):
        editor.opened("a", 1)


def test_an_answer_to_nothing_changes_nothing():
    editor = Editor(EDITOR_PROFILES["vscode"])
    editor.answered(7, Outcome.OK, 1, False, 0)
    assert editor.next_due_ns() is None


# -- how often it is looked at does not matter


INPUTS = st.lists(
    st.tuples(
        st.integers(0, ms(400)),
        st.sampled_from(
            ["key", "key", "key", ".", "(", "space", "caret", "caret", "save", "reopen", "refresh", "answer"]
        ),
        st.sampled_from(["a", "b"]),
        st.integers(1, 40),
        st.booleans(),
    ),
    max_size=30,
)


def apply(editor: Editor, kind: str, path: str, number: int, flag: bool, now_ns: int) -> None:
    if kind in ("key", "space", ".", "("):
        trigger = kind if kind in (".", "(") else None
        editor.keystroke(path, now_ns, trigger, word=kind == "key")
    elif kind == "caret":
        editor.cursor_moved(path, now_ns)
    elif kind == "save":
        editor.saved(path, now_ns)
    elif kind == "reopen":
        editor.closed(path, now_ns)
        editor.opened(path, now_ns, on_screen=flag)
    elif kind == "refresh":
        editor.refresh_asked(["semantic_tokens", "code_lens", "pull_diagnostics"][number % 3], now_ns)
    else:
        editor.answered(number, OUTCOMES[number % len(OUTCOMES)], ms(number), flag, now_ns)


def replay(profile: str, inputs, look: str) -> list:
    editor = Editor(EDITOR_PROFILES[profile])
    editor.opened("a", 0)
    editor.opened("b", 0)
    now_ns = 0
    actions = []
    for wait_ns, kind, path, number, flag in inputs:
        then_ns = now_ns + wait_ns
        if look == "always":
            while (due_ns := editor.next_due_ns()) is not None and due_ns <= then_ns:
                actions += editor.take_due(due_ns)
        now_ns = then_ns
        if look == "sometimes":
            actions += editor.take_due(now_ns)
        apply(editor, kind, path, number, flag, now_ns)
    return actions + editor.take_due(now_ns + ms(200_000))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["vscode", "neovim", "helix", "raw"]), INPUTS)
def test_the_same_inputs_give_the_same_actions_however_often_one_looks(profile, inputs):
    often = replay(profile, inputs, "always")
    assert often == replay(profile, inputs, "always")
    assert often == replay(profile, inputs, "sometimes")
    assert often == replay(profile, inputs, "never")


# -- against a model


class EditorMachine(RuleBasedStateMachine):
    """The model knows which texts the server has, what is in flight, and when what last happened."""

    @initialize(name=st.sampled_from(["vscode", "neovim", "helix"]))
    def begin(self, name: str) -> None:
        self.profile = EDITOR_PROFILES[name]
        self.editor = Editor(self.profile)
        self.now_ns = 0
        self.versions: dict[str, int] = {}
        self.sent: dict[str, int] = {}
        self.flights: dict[int, Ask] = {}
        self.last_key_ns: dict[str, int] = {}
        self.asked_at_version: dict[tuple[str, str], int] = {}
        self.tokens = 0

    def slot_of(self, ask: Ask) -> tuple[str, str]:
        """Path and operation, a delta counted with what it stands for."""
        instead = {reaction.then: reaction.operation for reaction in self.profile.reactions if reaction.then}
        return ask.path, instead.get(ask.operation, ask.operation)

    def reaction(self, operation: str, cause: Cause) -> Reaction:
        (found,) = [
            reaction
            for reaction in self.profile.reactions
            if reaction.operation == operation and cause in reaction.causes
        ]
        return found

    def take(self) -> None:
        last_due_ns = 0
        for action in self.editor.take_due(self.now_ns):
            assert last_due_ns <= action.due_ns <= self.now_ns, (
                "in the order of time, and none before it is due"
            )
            last_due_ns = action.due_ns
            if isinstance(action, FlushChanges):
                assert self.sent[action.path] < self.versions[action.path], "there is something to send"
                self.sent[action.path] = self.versions[action.path]
            elif isinstance(action, Cancel):
                del self.flights[action.token]
            elif isinstance(action, Ask):
                self.took_ask(action)
        due_ns = self.editor.next_due_ns()
        assert due_ns is None or due_ns > self.now_ns

    def took_ask(self, ask: Ask) -> None:
        assert ask.token == self.tokens + 1
        self.tokens = ask.token
        assert self.sent[ask.path] == self.versions[ask.path], "the server has the text that is asked about"
        path, operation = self.slot_of(ask)
        reaction = self.reaction(operation, ask.cause)
        for token, other in list(self.flights.items()):
            if self.slot_of(other) == (path, operation):
                assert not reaction.one_in_flight, "two in flight where one is allowed"
                assert not reaction.cancels_superseded, "what is superseded was cancelled before"
                del self.flights[token]
        if ask.cause is Cause.KEYSTROKE and not reaction.from_first:
            assert ask.due_ns >= self.last_key_ns[path] + reaction.debounce_ns
        self.asked_at_version[path, operation] = self.versions[path]
        self.flights[ask.token] = ask

    @rule(path=st.sampled_from("abc"), on_screen=st.booleans())
    def open(self, path: str, on_screen: bool) -> None:
        if path in self.versions:
            return
        self.versions[path] = self.sent[path] = 0
        self.editor.opened(path, self.now_ns, on_screen=on_screen)
        self.take()

    @precondition(lambda self: self.versions)
    @rule(data=st.data(), trigger=st.sampled_from([None, None, None, ".", "(", ","]), word=st.booleans())
    def key(self, data, trigger: str | None, word: bool) -> None:
        path = data.draw(st.sampled_from(sorted(self.versions)))
        self.versions[path] += 1
        self.last_key_ns[path] = self.now_ns
        self.editor.keystroke(path, self.now_ns, trigger, word=word)
        self.take()

    @precondition(lambda self: self.versions)
    @rule(data=st.data(), what=st.sampled_from(["cursor_moved", "saved"]))
    def other(self, data, what: str) -> None:
        path = data.draw(st.sampled_from(sorted(self.versions)))
        getattr(self.editor, what)(path, self.now_ns)
        self.take()

    @precondition(lambda self: self.versions)
    @rule(data=st.data())
    def close(self, data) -> None:
        path = data.draw(st.sampled_from(sorted(self.versions)))
        self.editor.closed(path, self.now_ns)
        self.take()
        left = [token for token, ask in self.flights.items() if ask.path == path]
        for token in left:
            ask = self.flights.pop(token)
            reaction = self.reaction(self.slot_of(ask)[1], ask.cause)
            assert not reaction.cancels_superseded, "closing cancels"
            assert not reaction.one_in_flight, "closing cancels"
        for known in (self.versions, self.sent, self.last_key_ns):
            known.pop(path, None)
        for key in [key for key in self.asked_at_version if key[0] == path]:
            del self.asked_at_version[key]

    @rule(what=st.sampled_from(["semantic_tokens", "code_lens", "inlay_hints", "pull_diagnostics", "hover"]))
    def refresh(self, what: str) -> None:
        self.editor.refresh_asked(what, self.now_ns)
        self.take()

    @precondition(lambda self: self.flights)
    @rule(data=st.data(), outcome=st.sampled_from(OUTCOMES), incomplete=st.booleans())
    def answer(self, data, outcome: Outcome, incomplete: bool) -> None:
        token = data.draw(st.sampled_from(sorted(self.flights)))
        ask = self.flights.pop(token)
        self.editor.answered(token, outcome, self.now_ns - ask.due_ns, incomplete, self.now_ns)
        self.take()

    @rule(wait_ns=st.sampled_from([ms(1), ms(20), ms(120), ms(400), ms(3000)]))
    def wait(self, wait_ns: int) -> None:
        self.until(self.now_ns + wait_ns)

    def until(self, then_ns: int) -> None:
        while (due_ns := self.editor.next_due_ns()) is not None and due_ns <= then_ns:
            self.now_ns = due_ns
            self.take()
        self.now_ns = then_ns

    @precondition(lambda self: self.versions)
    @rule()
    def come_to_rest(self) -> None:
        """Everything is answered until nothing is due any more."""
        for _ in range(50):
            if self.editor.next_due_ns() is None and not self.flights:
                break
            for token, ask in sorted(self.flights.items()):
                del self.flights[token]
                self.editor.answered(token, Outcome.OK, self.now_ns - ask.due_ns, False, self.now_ns)
            self.until(self.now_ns + ms(200_000))
        assert self.editor.next_due_ns() is None
        assert self.sent == self.versions
        for path in self.last_key_ns:
            for reaction in self.profile.reactions:
                if Cause.KEYSTROKE in reaction.causes and not (reaction.words_only or reaction.until):
                    assert self.asked_at_version[path, reaction.operation] == self.versions[path]

    @invariant()
    def what_it_remembers_is_what_is_in_flight(self) -> None:
        """A dismissed list whose request runs on is forgotten; nothing else is."""
        if hasattr(self, "editor"):
            remembered = set(self.editor._slots)
            assert remembered <= set(self.flights)
            for token in set(self.flights) - remembered:
                ask = self.flights.pop(token)
                assert self.reaction(self.slot_of(ask)[1], ask.cause).words_only
                assert self.profile.name == "helix"


TestEditorMachine = EditorMachine.TestCase
TestEditorMachine.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)

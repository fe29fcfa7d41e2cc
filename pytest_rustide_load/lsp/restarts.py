"""When an editor starts a language server again that has ended, and when it gives up.

Pure: every time comes from the caller, in nanoseconds of one clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from pytest_rustide_load.units import NS_PER_S

__all__ = ["RESTART_RULES", "RestartRule", "Restarts"]


@dataclass(frozen=True, slots=True)
class RestartRule:
    """The first restart comes at once, the second `first_s` later, and each further one after twice the pause
    of the one before, at most `longest_s`. After `calm_s` without an end the pauses begin anew.

    The end number `ends` within `within_s` is the last: the server is not started again; 0 for never giving
    up.
    """

    name: str
    first_s: float = 1.0
    longest_s: float = 30.0
    calm_s: float = 180.0
    ends: int = 0
    within_s: float = 180.0


# `vscode` is what vscode-languageclient does unless told otherwise: at once, four times; the fifth end within
# three minutes is "The server crashed 5 times in the last 3 minutes. The server will not be restarted."
RESTART_RULES = {
    rule.name: rule
    for rule in (RestartRule("backoff"), RestartRule("vscode", first_s=0.0, longest_s=0.0, ends=5))
}


class Restarts:
    """One server's ends, under one rule. `gave_up` is final."""

    def __init__(self, rule: RestartRule) -> None:
        self._rule = rule
        # Those that the limit counts, oldest first.
        self._ends: list[int] = []
        self._pauses = 0
        self._last_ns: int | None = None
        self.gave_up = False

    def ended(self, now_ns: int) -> int | None:
        """The server ended, or did not start: when it is to be started again, None for never."""
        if self.gave_up:
            return None
        rule = self._rule
        if self._last_ns is not None and now_ns - self._last_ns >= rule.calm_s * NS_PER_S:
            self._pauses = 0
        self._last_ns = now_ns
        if rule.ends:
            self._ends.append(now_ns)
            if len(self._ends) >= rule.ends:
                if now_ns - self._ends[0] <= rule.within_s * NS_PER_S:
                    self.gave_up = True
                    return None
                del self._ends[0]
        # No pause is longer than the longest, however often it was doubled.
        pause_s = rule.first_s * 2.0 ** min(self._pauses - 1, 64) if self._pauses else 0.0
        self._pauses += 1
        return now_ns + round(min(pause_s, rule.longest_s) * NS_PER_S)

    def describe(self) -> str:
        """Why it was given up."""
        within_min = self._rule.within_s / 60
        return f"it ended {self._rule.ends} times within {within_min:g} min and is not started again"

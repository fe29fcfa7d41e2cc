"""`--load-list`: what there is to run, a sentence each, without running anything."""

from __future__ import annotations

import sys
import textwrap

from pytest_rustide_load.scenarios import load_scenarios, load_suites

__all__ = ["print_scenarios", "render_scenarios"]


def render_scenarios(width: int = 80) -> str:
    """The suites and scenarios as text, at most `width` columns wide."""
    scenarios = load_scenarios()
    suites = load_suites()
    indent = max(len(name) for name in (*scenarios, *suites)) + 4

    def entry(name: str, text: str) -> str:
        head = f"  {name}".ljust(indent)
        return textwrap.fill(text, width, initial_indent=head, subsequent_indent=" " * indent)

    lines = ["suites (pytest --load-scenario=NAME):"]
    lines += [entry(name, ", ".join(members)) for name, members in suites.items()]
    lines += ["", "scenarios:"]
    lines += [entry(name, scenario.description) for name, scenario in scenarios.items()]
    return "\n".join(lines)


def print_scenarios() -> int:
    sys.stdout.write(render_scenarios() + "\n")
    return 0

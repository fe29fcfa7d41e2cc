"""The lines above the tests: what runs on which backend, on which codebase and machine.

Knows nothing of how any of it is run.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from pytest_rustide_load.monitor import short_hash
from pytest_rustide_load.plugin.options import selected_names
from pytest_rustide_load.stats.compare import GateRule

if TYPE_CHECKING:
    from pytest_rustide_load.plugin.runtime import Runtime

__all__ = ["header_lines"]


def header_lines(runtime: Runtime) -> list[str]:
    """What is asked for on the command line, as this session will run it."""
    info = runtime.launcher.info
    path = runtime.settings.budgets_path
    budgets = "built-in" if path is None else path.name
    backend = f"{info.name} {info.version}".rstrip()
    machine = runtime.fingerprint
    hardware = f"{machine['cores']} cores, {machine['cpu']}, {machine['memory_gb']} GB"
    lines = [
        f"{', '.join(selected_names(runtime.config))} on {backend} ({shlex.join(info.command)})",
        f"seed {runtime.settings.seed}, {_codebases_text(runtime)}, budgets {budgets}",
        _left_out(runtime),
        f"machine {short_hash(machine)}: {hardware}",
        info.note,
        _too_few_pairs(runtime),
    ]
    return [f"rustide-load: {line}" for line in lines if line]


def _too_few_pairs(runtime: Runtime) -> str:
    """That a comparison in pairs will tell nothing, which nobody wants to hear afterwards; empty where it
    may."""
    pairs, needed = runtime.settings.repetitions, GateRule().min_pairs
    if runtime.settings.baseline is None or pairs >= needed:
        return ""
    few = f"{pairs} pair{' is' if pairs == 1 else 's are'} too few to tell whether anything got slower"
    return f"{few}: that takes --load-repetitions={needed}"


def _left_out(runtime: Runtime) -> str:
    """Of which matrices the suites that were asked for run not every cell; empty for none."""
    named = selected_names(runtime.config)
    members = dict.fromkeys(member for name in named for member in runtime.suites.get(name, ()))
    scenarios = [runtime.scenarios[member] for member in members if member not in named]
    parts = [
        f"{len(one.in_suite)} of {len(one.cells)} cells of {one.name}"
        for one in scenarios
        if one.cells and len(one.in_suite) < len(one.cells)
    ]
    return f"in the profile smoke {', '.join(parts)}: each value once" if parts else ""


def _codebases_text(runtime: Runtime) -> str:
    """The codebases of the built-in scenarios that were asked for."""
    repository = runtime.codebases.repository
    if repository is not None:
        return f"codebase {repository.root.name} (your own: no answer is known, so few are checked)"
    names = [
        member for name in selected_names(runtime.config) for member in runtime.suites.get(name, (name,))
    ]
    specs = [runtime.scenarios[name].codebase for name in names if name in runtime.scenarios]
    texts = dict.fromkeys(", ".join(f"{key} {value}" for key, value in spec.items()) for spec in specs)
    return f"codebase {' and '.join(texts)}" if texts else "codebases of the tests"

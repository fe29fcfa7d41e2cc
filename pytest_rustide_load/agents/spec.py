"""What the user wrote about agents, in pytest-xdist's syntax of `--tx`.

Knows execnet's specifications, and starts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from execnet.xspec import XSpec

from pytest_rustide_load.errors import ConfigError, Problem, did_you_mean

__all__ = ["AgentSpec", "parse_agent_specs"]

_MOST = 1_000
# What a specification may say; `socket` would need an open port, `via` and `vagrant_ssh` nobody has asked
# for.
_KEYS = ("chdir", "execmodel", "id", "nice", "popen", "python", "ssh", "ssh_config", "dont_write_bytecode")
_HOW = "write it like '4*popen' or 'ssh=user@host//python=python3'"


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """One agent: `text` is what execnet reads. `ssh` are the arguments to ssh, empty for a process of this
    host; `python` is the interpreter there, empty for the usual one."""

    text: str
    ssh: str = ""
    python: str = ""

    @property
    def host(self) -> str:
        """The host, for people; empty for this one."""
        return self.ssh.split()[-1] if self.ssh else ""


def parse_agent_specs(texts: Sequence[str], source: str = "") -> tuple[AgentSpec, ...]:
    """All agents that `texts` ask for: `N*SPEC`, or a SPEC. Raises ConfigError with every problem."""
    problems: list[Problem] = []
    found: list[AgentSpec] = []
    for text in texts:
        count, star, rest = text.partition("*")
        if not star or not count.strip().isdecimal():
            count, rest = "1", text
        try:
            spec = _parse(rest.strip())
        except ValueError as error:
            problems.append(Problem(f"{text!r}: {error}; {_HOW}", source))
            continue
        if int(count) == 0:
            problems.append(Problem(f"{text!r}: no agent at all", source))
        # Counted before they are made.
        elif len(found) + int(count) > _MOST:
            problems.append(Problem(f"{text!r}: more than {_MOST:,} agents", source))
        else:
            found += [spec] * int(count)
    if problems:
        raise ConfigError(problems)
    return tuple(found)


def _parse(text: str) -> AgentSpec:
    """Raises ValueError with what is wrong."""
    keys = [part.partition("=")[0] for part in text.split("//")]
    if not text or not all(keys):
        raise ValueError("names no way to start an agent")
    for key in keys:
        if key == "socket":
            raise ValueError("agents are started over a pipe or ssh, and open no port")
        if key not in _KEYS and not key.startswith("env:"):
            raise ValueError(f"unknown key {key!r}: {did_you_mean(key, _KEYS)}")
    try:
        spec = XSpec(text)
    except (ValueError, AttributeError) as error:
        raise ValueError(str(error)) from None
    if bool(spec.popen) == bool(spec.ssh):
        raise ValueError("must be either popen or ssh=HOST")
    if isinstance(spec.ssh, bool):
        raise ValueError("ssh needs a host")
    if isinstance(spec.python, bool):
        raise ValueError("python needs a command")
    if spec.id is not None:
        raise ValueError("agents are numbered, and have no id")
    return AgentSpec(text, ssh=spec.ssh or "", python=spec.python or "")

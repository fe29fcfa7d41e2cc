"""Writes docs/reference.md from the code: `python docs/generate_reference.py`; a test holds one against the
other."""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import re
from pathlib import Path
from typing import Any

from _pytest.config.argparsing import Parser

from pytest_rustide_load import plugin
from pytest_rustide_load.__main__ import COMMANDS
from pytest_rustide_load.budgets import METRICS
from pytest_rustide_load.plugin import options
from pytest_rustide_load.report import json_schema
from pytest_rustide_load.report.live import live_schema
from pytest_rustide_load.workload.parse import SCENARIO_KEYS

TARGET = Path(__file__).with_name("reference.md")
_INTRODUCTION = """\
# Reference

Written from the code by `python docs/generate_reference.py`; do not edit it by hand. What things are for and
how they work together stands in the [README](../README.md) and on the other pages.
"""


def render() -> str:
    """The whole page."""
    parts = [
        _INTRODUCTION,
        _options(),
        _ini_keys(),
        _markers(),
        _fixtures(),
        _budget_keys(),
        _scenario_keys(),
        _exit_statuses(),
        _commands(),
        _schema("Results as JSON", "What `--load-json` writes.", json_schema()),
        *_live(),
    ]
    return "\n".join(parts)


def _parser() -> Parser:
    """With our options only."""
    parser = Parser(_ispytest=True)
    options.add_options(parser)
    # The terminal that was kept for progress lines is none of ours.
    os.close(options._terminal_fds.pop())
    return parser


def found_options() -> dict[str, str]:
    """Each option as it is written, and its help."""
    [group] = [one for one in _parser()._groups if one.name == "rustide-load"]
    found = {}
    for option in group.options:
        told = option.attrs()
        value = told.get("metavar")
        name = option.names()[0]
        written = (
            name if not value else f"{name}[={value}]" if told.get("nargs") == "?" else f"{name}={value}"
        )
        found[written] = " ".join(str(told.get("help", "")).replace("%%", "%").split())
    return found


def _options() -> str:
    return _section(
        "Options",
        _table(("option", "meaning"), [(f"`{name}`", text) for name, text in found_options().items()]),
    )


def found_ini_keys() -> dict[str, str]:
    """Each ini key and its help."""
    return {name: help_ for name, (help_, *_) in _parser()._inidict.items()}


def _ini_keys() -> str:
    return _section(
        "Ini keys",
        _table(("key", "meaning"), [(f"`{name}`", text) for name, text in found_ini_keys().items()]),
    )


def _markers() -> str:
    rows = []
    for text in options.MARKERS:
        written, _, means = text.partition(": ")
        rows.append((f"`{written}`", means))
    return _section("Markers", _table(("marker", "meaning"), rows))


def found_fixtures() -> dict[str, str]:
    """Each fixture and its docstring."""
    found = {}
    for name, one in vars(plugin).items():
        if type(one).__name__ == "FixtureFunctionDefinition":
            found[name] = inspect.getdoc(one._get_wrapped_function()) or ""
    return found


def _fixtures() -> str:
    rows = [(f"`{name}`", " ".join(text.split())) for name, text in found_fixtures().items()]
    return _section("Fixtures", _table(("fixture", "gives"), rows))


def _budget_keys() -> str:
    rows = [
        (
            f"`{key}`",
            "at least" if metric.is_floor else "at most",
            f"{metric.means}{', of the backend as a whole' if metric.of_backend else ''}",
            metric.unit.value,
        )
        for key, metric in METRICS.items()
    ]
    return _section("Budget keys", _table(("key", "limit", "of", "written"), rows))


def _scenario_keys() -> str:
    names = ", ".join(f"`{name}`" for name in ("extends", *SCENARIO_KEYS, "profiles", "matrix"))
    return _section("Scenario keys", f"{names}: see [scenarios](scenarios.md#all-keys).")


def _exit_statuses() -> str:
    return _section(
        "Exit statuses",
        "Of `pytest`: its own, see [what ends how](gate.md#what-ends-how). Of `python -m pytest_rustide_load "
        "COMMAND`: 0 done, 1 the command failed or a check did, 2 wrong usage, 130 interrupted.",
    )


def found_arguments() -> dict[str, dict[str, str]]:
    """The arguments of each command, and their help."""
    return {name: dict(_arguments(_parser_of(name), "")) for name in COMMANDS}


def _parser_of(command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=command, add_help=False)
    importlib.import_module(f"pytest_rustide_load.cli.{command}").add_arguments(parser)
    return parser


def _commands() -> str:
    parts = ["`python -m pytest_rustide_load COMMAND`\n"]
    arguments = found_arguments()
    for name, text in COMMANDS.items():
        parts.append(f"### `{name}`\n\n{text[0].upper()}{text[1:]}.\n")
        if arguments[name]:
            parts.append(_table(("argument", "meaning"), list(arguments[name].items())))
        epilog = _parser_of(name).epilog
        if epilog:
            parts.append(f"{epilog[0].upper()}{epilog[1:]}.\n")
    return _section("Commands", "\n".join(parts))


def _arguments(parser: argparse.ArgumentParser, before: str) -> list[tuple[str, str]]:
    rows = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {one.dest: one.help for one in action._choices_actions}
            for name, inner in action.choices.items():
                rows.append((f"`{before}{name}`", str(helps.get(name) or "")))
                rows += _arguments(inner, f"{before}{name} ")
            continue
        if "--help" in action.option_strings:
            continue
        written = action.option_strings[0] if action.option_strings else str(action.metavar or action.dest)
        if action.option_strings and action.nargs != 0:
            value = action.metavar or (
                "{" + ",".join(map(str, action.choices)) + "}" if action.choices else action.dest.upper()
            )
            written += f"[={value}]" if action.nargs == "?" else f"={value}"
        text = (action.help or "").replace("%(default)s", str(action.default)).replace("%%", "%")
        rows.append((f"`{before}{written}`", " ".join(text.split())))
    return rows


def _live() -> list[str]:
    """The addresses of the live view; what all of them have in common is there once."""
    found = [_section("Live view", "What `--load-live` answers; see [live view](live.md).")]
    seen: set[str] = set()
    for path, schema in live_schema().items():
        if path != "/events":
            found.append(_definitions(f"`{path}`", schema, seen))
    return found


def _schema(title: str, text: str, schema: dict[str, Any]) -> str:
    return _section(title, f"{text}\n\n{_definitions('', schema, set())}")


def _definitions(title: str, schema: dict[str, Any], seen: set[str]) -> str:
    parts = [f"### {title}\n"] if title else []
    for name, one in schema.get("$defs", {}).items():
        if name in seen:
            continue
        seen.add(name)
        parts.append(f"#### {name}\n")
        if one.get("description"):
            parts.append(" ".join(one["description"].split()) + "\n")
        required = set(one.get("required", ()))
        if "properties" in one:
            rows = [
                (f"`{key}`", _kind(value), "" if key in required else "optional")
                for key, value in one["properties"].items()
            ]
            parts.append(_table(("field", "type", ""), rows))
        elif "prefixItems" in one:
            parts.append("A list: " + ", ".join(_kind(item) for item in one["prefixItems"]) + ".\n")
    return "\n".join(parts)


def _kind(schema: dict[str, Any]) -> str:
    """A type in words."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    kind = schema.get("type")
    if kind == "array":
        if "prefixItems" in schema:
            return "[" + ", ".join(_kind(one) for one in schema["prefixItems"]) + "]"
        items = schema.get("items")
        return f"list of {_kind(items)}" if isinstance(items, dict) else "list"
    if kind == "object":
        more = schema.get("additionalProperties")
        return f"object of {_kind(more)}" if isinstance(more, dict) else "object"
    if isinstance(kind, list):
        return " or ".join(kind)
    return str(kind or "anything")


def _section(title: str, text: str) -> str:
    return f"## {title}\n\n{text.rstrip()}\n"


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(_cell(text) for text in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|")


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
    print(f"{TARGET} written")

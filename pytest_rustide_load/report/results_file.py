"""A results file: the results of a session as JSON, and the schema of that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from pytest_rustide_load.errors import ConfigError
from pytest_rustide_load.report.compared import ComparisonReport
from pytest_rustide_load.report.results import SCHEMA_VERSION, LoadTestResults

__all__ = ["ResultsFile", "decode_results", "encode_results", "json_schema"]

# A list of numbers as `indent` writes it. No text can hold it: a line break in one is escaped.
_NUMBERS = re.compile(rb"\[\n\s+(?:-?[0-9.e+-]+|null)(?:,\n\s+(?:-?[0-9.e+-]+|null))*\n\s+\]")


class ResultsFile(msgspec.Struct, frozen=True, kw_only=True):
    """What `--load-json` writes: the results of a session, in the order the scenarios ran, and what came of
    comparing them."""

    schema_version: int
    results: tuple[LoadTestResults, ...]
    comparisons: tuple[ComparisonReport, ...] = ()


def encode_results(results: Sequence[LoadTestResults], comparisons: Sequence[ComparisonReport] = ()) -> bytes:
    """The content of a results file: indented JSON, UTF-8, a list of numbers on one line."""
    document = ResultsFile(
        schema_version=SCHEMA_VERSION, results=tuple(results), comparisons=tuple(comparisons)
    )
    indented = msgspec.json.format(msgspec.json.encode(document), indent=2)
    return _NUMBERS.sub(lambda found: b" ".join(found[0].split()), indented) + b"\n"


def decode_results(data: bytes, source: str) -> tuple[LoadTestResults, ...]:
    """The results in the content of a results file. ConfigError where it is none, or of another version."""
    try:
        version = msgspec.json.decode(data, type=_Versioned).schema_version
        if version != SCHEMA_VERSION:
            raise ConfigError(f"{source}: schema version {version}; this version reads {SCHEMA_VERSION}")
        return msgspec.json.decode(data, type=ResultsFile).results
    except msgspec.MsgspecError as error:
        raise ConfigError(f"{source}: not a results file: {error}") from error


class _Versioned(msgspec.Struct, frozen=True, kw_only=True):
    schema_version: int


def json_schema() -> dict[str, Any]:
    """The JSON schema of a results file."""
    schema = msgspec.json.schema(ResultsFile)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}

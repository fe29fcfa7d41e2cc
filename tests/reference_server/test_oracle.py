"""The server, a real process, agrees with the generated codebases' oracle on every symbol."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_rustide_load.codebase import Codebase, CodebaseSpec, generate_codebase

Place = tuple[str, int, int, int]


def _write(codebase: Codebase, root: Path) -> None:
    for path in codebase.paths:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(codebase.text(path), encoding="utf-8", newline="")


def _places(root: Path, answer: list[dict[str, Any]]) -> list[Place]:
    base = f"{root.as_uri()}/"
    return sorted(
        (
            one["uri"].removeprefix(base),
            one["range"]["start"]["line"],
            one["range"]["start"]["character"],
            one["range"]["end"]["character"] - one["range"]["start"]["character"],
        )
        for one in answer
    )


def _expected(locations: Any) -> list[Place]:
    return sorted((one.path, one.line, one.column, one.length) for one in locations)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_definition_and_references_agree_with_the_oracle_on_every_symbol(
    seed: int, tmp_path: Path, connect: Callable[..., Any]
) -> None:
    codebase = generate_codebase(CodebaseSpec(seed=seed, loc=3000))
    _write(codebase, tmp_path)
    client = connect(tmp_path)
    client.initialize()
    client.wait_ready()
    wrong: list[str] = []
    asked = 0
    first_use: dict[int, Any] = {}
    for landmark in codebase.oracle.landmarks():
        first_use.setdefault(landmark.symbol, landmark)
        uri = (tmp_path / landmark.path).as_uri()
        answer = client.at("definition", uri, landmark.line, landmark.column)
        asked += 1
        if _places(tmp_path, answer) != _expected(codebase.oracle.definition(landmark)):
            wrong.append(f"definition of {landmark}: {_places(tmp_path, answer)}")
    for landmark in first_use.values():
        uri = (tmp_path / landmark.path).as_uri()
        context = {"includeDeclaration": False}
        answer = client.at("references", uri, landmark.line, landmark.column, context=context)
        asked += 1
        if _places(tmp_path, answer) != _expected(codebase.oracle.references(landmark)):
            wrong.append(f"references of {landmark}: {_places(tmp_path, answer)}")
    assert asked > 1000
    assert not wrong, f"{len(wrong)} of {asked} wrong:\n" + "\n".join(wrong[:10])


def test_hover_and_completion_hold_what_the_oracle_asks_for(
    tmp_path: Path, connect: Callable[..., Any]
) -> None:
    codebase = generate_codebase(CodebaseSpec(seed=4, loc=2000))
    _write(codebase, tmp_path)
    client = connect(tmp_path)
    client.initialize()
    client.wait_ready()
    wrong: list[str] = []
    offered = hovered = 0
    for landmark in list(codebase.oracle.landmarks())[::3]:
        uri = (tmp_path / landmark.path).as_uri()
        parts = codebase.oracle.hover(landmark)
        if parts:
            hovered += 1
            answer = client.at("hover", uri, landmark.line, landmark.column)
            text = answer["contents"]["value"] if answer is not None else ""
            wrong += [f"hover of {landmark} lacks {part!r}" for part in parts if part not in text]
        labels = codebase.oracle.completions(landmark)
        if labels:
            offered += 1
            answer = client.at("completion", uri, landmark.line, landmark.column)
            have = {item["label"] for item in answer["items"]}
            wrong += [f"completion at {landmark} lacks {label}" for label in labels if label not in have]
    assert hovered
    assert offered
    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong[:10])

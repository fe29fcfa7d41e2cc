"""Answers to what a server asks its client: every request gets one, as from an editor.

Pure decisions; the session writes the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from pytest_rustide_load.lsp.messages import METHOD_NOT_FOUND, encode_error, encode_result

__all__ = ["answer_server_request", "setting"]

_REFRESHES = frozenset(
    f"workspace/{what}/refresh"
    for what in ("semanticTokens", "codeLens", "inlayHint", "diagnostic", "foldingRange")
)
_FIXED_ANSWERS: dict[str, Any] = {
    "client/registerCapability": None,
    "client/unregisterCapability": None,
    "window/workDoneProgress/create": None,
    "window/showMessageRequest": None,
    "window/showDocument": {"success": False},
    "workspace/workspaceFolders": None,
    # The documents belong to the scenario; a server that edits on its own is told that it did not.
    "workspace/applyEdit": {"applied": False, "failureReason": "not asked for"},
}
# Error code of JSON-RPC for parameters that are not what the method takes.
_INVALID_PARAMS = -32602


def answer_server_request(
    request_id: int | str | None, method: str, params: msgspec.Raw, settings: Mapping[str, Any]
) -> tuple[bytes, bool]:
    """The body of the answer, and whether the request was a refresh."""
    if method == "workspace/configuration":
        return _configuration(request_id, params, settings), False
    if method in _REFRESHES or method in _FIXED_ANSWERS:
        return encode_result(request_id, _FIXED_ANSWERS.get(method)), method in _REFRESHES
    return encode_error(request_id, METHOD_NOT_FOUND, f"unknown method {method}"), False


def _configuration(request_id: int | str | None, params: msgspec.Raw, settings: Mapping[str, Any]) -> bytes:
    decoded = msgspec.json.decode(params)
    items = decoded.get("items") if isinstance(decoded, dict) else None
    if not isinstance(items, list):
        return encode_error(request_id, _INVALID_PARAMS, "workspace/configuration needs items")
    sections = [item.get("section") if isinstance(item, dict) else None for item in items]
    return encode_result(request_id, [setting(settings, section) for section in sections])


def setting(settings: Mapping[str, Any], section: object) -> Any:
    """The value at a dotted path, or None. The first part may be the server's own name, under which
    editors keep its settings; `settings` are those of one server already."""
    if not isinstance(section, str) or not section:
        return dict(settings)
    parts = section.split(".")
    if parts[0] not in settings:
        parts = parts[1:]
    value: Any = settings
    for part in parts:
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value

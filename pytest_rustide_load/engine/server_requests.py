"""Answers to what a server asks its client: every request gets one, as from an editor.

Decides only; the session writes the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from pytest_rustide_load.lsp.messages import (
    METHOD_NOT_FOUND,
    MalformedMessage,
    decode_value,
    encode_error,
    encode_result,
)

__all__ = ["REFRESHES", "ServerRequests", "setting"]

REFRESHES = frozenset(
    f"workspace/{what}/refresh"
    for what in ("semanticTokens", "codeLens", "inlayHint", "diagnostic", "foldingRange")
)
_FIXED_ANSWERS: dict[str, Any] = {
    **dict.fromkeys(sorted(REFRESHES)),
    "client/registerCapability": None,
    "client/unregisterCapability": None,
    "window/workDoneProgress/create": None,
    "window/showMessageRequest": None,
    "window/showDocument": {"success": False},
}
# The documents belong to the scenario; a server that edits on its own is told that it did not.
_NOT_APPLIED = {"applied": False, "failureReason": "not asked for"}
# Error code of JSON-RPC for parameters that are not what the method takes.
_INVALID_PARAMS = -32602
# No server has more settings; each costs an answer that may be large.
_MAX_ITEMS = 1_000


class _Item(msgspec.Struct):
    section: str | None = None


class _ConfigurationParams(msgspec.Struct):
    items: list[_Item]


@dataclass(slots=True)
class ServerRequests:
    """What the answers depend on.

    `settings` are those of one server. `folders` are the open workspace folders as LSP writes them.
    `apply_edit` gets the undecoded parameters of `workspace/applyEdit` and says whether it was done.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    folders: Sequence[Mapping[str, str]] = ()
    apply_edit: Callable[[msgspec.Raw], bool] | None = None

    def answer(self, request_id: int | str | None, method: str, params: msgspec.Raw) -> bytes:
        """The body of the answer to one request."""
        if method in _FIXED_ANSWERS:
            return encode_result(request_id, _FIXED_ANSWERS[method])
        if method == "workspace/configuration":
            return self._configuration(request_id, params)
        if method == "workspace/workspaceFolders":
            return encode_result(request_id, self.folders or None)
        if method == "workspace/applyEdit":
            applied = self.apply_edit is not None and self.apply_edit(params)
            return encode_result(request_id, {"applied": True} if applied else _NOT_APPLIED)
        return encode_error(request_id, METHOD_NOT_FOUND, f"unknown method {method}")

    def _configuration(self, request_id: int | str | None, params: msgspec.Raw) -> bytes:
        try:
            items = decode_value(params, _ConfigurationParams).items
        except MalformedMessage:
            return encode_error(request_id, _INVALID_PARAMS, "workspace/configuration needs items")
        if len(items) > _MAX_ITEMS:
            return encode_error(request_id, _INVALID_PARAMS, f"more than {_MAX_ITEMS} items")
        return encode_result(request_id, [setting(self.settings, item.section) for item in items])


def setting(settings: Mapping[str, Any], section: str | None) -> Any:
    """The value at a dotted path, or None. The first part may be the server's own name, under which
    editors keep its settings; `settings` are those of one server already."""
    if not section:
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

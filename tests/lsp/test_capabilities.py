"""What is announced is what LSP knows, and nothing that we would not do."""

from __future__ import annotations

import msgspec
import pytest
from lsprotocol import converters, types

from pytest_rustide_load.engine.server_requests import REFRESHES
from pytest_rustide_load.lsp.capabilities import client_capabilities


def known(model: object, prefix: str = "") -> set[str]:
    """Every key that survives the reading of LSP's own types, as dotted paths."""
    if isinstance(model, dict):
        return {
            path for key, value in model.items() for path in {prefix + key, *known(value, f"{prefix}{key}.")}
        }
    return set()


def test_every_key_is_one_of_lsp_and_every_value_of_its_type():
    announced = client_capabilities(("utf-8", "utf-16"), refresh_support=True)
    converter = converters.get_converter()
    model = converter.structure(announced, types.ClientCapabilities)
    understood = converter.unstructure(model, types.ClientCapabilities)
    assert known(announced) - known(understood) == set()


@pytest.mark.parametrize("wanted", [True, False])
def test_refreshes_are_announced_exactly_where_they_are_answered(wanted):
    workspace = client_capabilities(("utf-16",), refresh_support=wanted)["workspace"]
    announced = {
        name for name, value in workspace.items() if isinstance(value, dict) and "refreshSupport" in value
    }
    # In the capabilities the one for diagnostics is in the plural.
    answered = {method.split("/")[1] for method in REFRESHES} - {"diagnostic"} | {"diagnostics"}
    assert announced == answered
    assert {workspace[name]["refreshSupport"] for name in announced} == {wanted}


def test_it_is_json_with_the_encodings_offered_in_their_order():
    announced = msgspec.json.decode(
        msgspec.json.encode(client_capabilities(("utf-16",), refresh_support=True))
    )
    assert announced["general"]["positionEncodings"] == ["utf-16"]
    assert announced["experimental"]["serverStatusNotification"] is True

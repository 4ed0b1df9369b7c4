"""The registry of kinds."""

from __future__ import annotations

from types import ModuleType

import pytest

from probes.registry import KindError, kind_of, kinds


def test_every_kind_is_found_by_its_modules_name() -> None:
    assert {"http", "tcp", "dns", "smtp", "sip_options", "radius", "ping"} <= set(kinds())
    assert all(name == kind.name for name, kind in kinds().items())


def test_kinds_are_looked_for_once() -> None:
    assert kinds() is kinds()


def test_a_kind_with_another_name_than_its_module_is_refused_by_name() -> None:
    module = ModuleType("probes.kinds.htp")
    module.KIND = kinds()["http"]  # type: ignore[attr-defined]
    with pytest.raises(KindError, match=r"probes\.kinds\.htp: KIND.name is 'http', expected 'htp'"):
        kind_of(module, "htp")


def test_a_module_without_a_kind_is_refused() -> None:
    with pytest.raises(KindError, match="ends with KIND = Kind"):
        kind_of(ModuleType("probes.kinds.empty"), "empty")

"""Compiles the translations into a wheel: `.po` files become `.mo` files beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds a compiled catalogue for each translation."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Compile every catalogue into the build's own folder and ship it from there."""
        root = Path(self.root)
        for source in sorted((root / "status" / "translations").glob("*/LC_MESSAGES/*.po")):
            compiled = root / "build" / "translations" / source.relative_to(root).with_suffix(".mo")
            compiled.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as text, compiled.open("wb") as binary:
                write_mo(binary, read_po(text))
            build_data["force_include"][str(compiled)] = str(source.relative_to(root).with_suffix(".mo"))

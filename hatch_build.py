"""Puts into a wheel what a checkout holds elsewhere: templates, the example configuration, compiled translations."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MOVED = {"templates": "status/templates", "config.example.toml": "status/config.example.toml"}


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs for each wheel; what it makes lies in a temporary folder, so a build writes nothing into the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Tell hatchling what to add. An editable installation reads the checkout itself and needs nothing."""
        self.folder = TemporaryDirectory(prefix="travaux-build-")
        if version == "editable":
            return
        root = Path(self.root)
        shipped = {str(root / source): target for source, target in MOVED.items()}
        for source in sorted((root / "status" / "translations").glob("*/LC_MESSAGES/*.po")):
            target = source.relative_to(root).with_suffix(".mo")
            shipped[str(self._compile(source, target))] = str(target)
        build_data["force_include"].update(shipped)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 - its signature
        """Remove what was compiled: it is in the wheel now."""
        self.folder.cleanup()

    def _compile(self, source: Path, target: Path) -> Path:
        compiled = Path(self.folder.name) / target
        compiled.parent.mkdir(parents=True, exist_ok=True)
        with source.open("rb") as text, compiled.open("wb") as binary:
            write_mo(binary, read_po(text))
        return compiled

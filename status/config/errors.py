"""Faults of a configuration, told all at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the file and line it stands in (1-based; None when there is no line), whose it is, what is wrong."""

    file: Path
    line: int | None
    where: str
    message: str

    def __str__(self) -> str:
        """Give `config.toml:12: check 'web': kind: unknown kind 'htp', did you mean 'http'?`."""
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.where}: {self.message}" if self.where else f"{place}: {self.message}"


class ConfigError(Exception):
    """A configuration that can't be used; `faults` has every reason, in the order of the file."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults

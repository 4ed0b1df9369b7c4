"""What commands that take a file in do first: read it whole, and tell every fault before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from status.cli.context import fail
from status.services.import_file import Fault

SHOWN: Final = 200


def content_of(file: Path, most: int) -> bytes:
    """Read a file, or so much that it is seen to have more than `most` bytes; leave with 1 where that can't be."""
    try:
        with file.open("rb") as stream:
            return stream.read(most + 1)
    except OSError as error:
        fail(f"{file}: {error.strerror or error}", 1)


def tell_faults(file: Path, faults: Sequence[Fault]) -> NoReturn:
    """Tell what is wrong, and leave with 2: nothing was taken in."""
    told = [f"{file}: {fault.place}: {fault.message}" for fault in faults[:SHOWN]]
    left = len(faults) - len(told)
    told += [f"and {left} more"] if left else []
    fail("\n".join([*told, "nothing was taken in"]))

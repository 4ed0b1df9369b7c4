"""What the processes say on standard error: a constant event in snake case and its fields, one line each.

`log.warning("delivery_failed", extra=fields(delivery=17, reason="timeout"))` becomes a line for people on a terminal
and JSON elsewhere; `TRAVAUX_LOG=json` or `TRAVAUX_LOG=text` decides otherwise.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any, Final

from probes.trace import printable
from probes.types import Secret

FORM_VARIABLE: Final = "TRAVAUX_LOG"
HIDDEN: Final = "(hidden)"
SECRET_WORDS: Final = ("secret", "password", "token", "authorization", "cookie")
ORDINARY: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "fields", "color_message"}


def fields(**values: object) -> dict[str, object]:
    """Give the `extra` of a log call. Identifiers and plain values only; names of secrets hide their value."""
    return {"fields": values}


def configure(process: str) -> None:
    """Send every log line of this process to standard error, from `info` on, naming `process` in each."""
    form = os.environ.get(FORM_VARIABLE) or ("text" if sys.stderr.isatty() else "json")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(TextFormatter(process) if form == "text" else JSONFormatter(process))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for talkative in ("alembic", "apscheduler"):
        logging.getLogger(talkative).setLevel(logging.WARNING)


class TextFormatter(logging.Formatter):
    """`12:00:01 monitor WARNING delivery_failed delivery=17 reason=timeout`, in UTC; a traceback follows indented."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """Write one line; whatever a field holds, it stays on it."""
        at = datetime.fromtimestamp(record.created, UTC)
        said = " ".join(f"{name}={_quoted(value)}" for name, value in _values(record).items())
        line = f"{at:%H:%M:%S} {self._process} {record.levelname} {printable(record.getMessage())} {said}".rstrip()
        if record.exc_info:
            line += "".join(f"\n    {printable(part)}" for part in self.formatException(record.exc_info).splitlines())
        return line


class JSONFormatter(logging.Formatter):
    """One JSON object a line: at (UTC), level, process, logger, event, then the fields."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """Write one line; JSON escapes whatever would break it."""
        said: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "event": record.getMessage(),
        }
        said |= {name: value for name, value in _values(record).items() if name not in said}
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, default=str)


def _values(record: logging.LogRecord) -> dict[str, Any]:
    given = vars(record)
    values = {name: value for name, value in given.items() if name not in ORDINARY} | given.get("fields", {})
    return {name: _shown(name, value) for name, value in values.items()}


def _shown(name: str, value: object) -> object:
    hidden = any(word in name.lower() for word in SECRET_WORDS) and not isinstance(value, Secret)
    return HIDDEN if hidden else value


def _quoted(value: object) -> str:
    text = printable(str(value))
    return f'"{text}"' if " " in text or not text else text

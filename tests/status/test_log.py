"""Log lines: one each, whatever is in them."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

from probes.types import Secret
from status.log import JSONFormatter, TextFormatter, fields


def record(values: Mapping[str, object], event: str = "delivery_failed") -> logging.LogRecord:
    made = logging.makeLogRecord(
        {"msg": event, "levelno": 30, "levelname": "WARNING", "name": "status.x", "created": 0}
    )
    vars(made).update(values)
    return made


def test_a_line_for_people_names_process_event_and_fields() -> None:
    line = TextFormatter("publisher").format(record(fields(delivery=17, reason="not now")))
    assert line == '00:00:00 publisher WARNING delivery_failed delivery=17 reason="not now"'


def test_a_line_for_machines_is_one_json_object() -> None:
    said = json.loads(JSONFormatter("web").format(record(fields(delivery=17))))
    assert said["event"] == "delivery_failed"
    assert (said["process"], said["level"], said["delivery"]) == ("web", "warning", 17)
    assert said["at"] == "1970-01-01T00:00:00.000+00:00"


def test_what_a_target_sent_cannot_begin_a_line_or_colour_it() -> None:
    values = fields(banner="220 hi\r\n00:00:00 web INFO all_well\x1b[31m")
    for formatter in (TextFormatter("web"), JSONFormatter("web")):
        line = formatter.format(record(values))
        assert not {"\n", "\r", "\x1b"} & set(line)


def test_plain_extras_are_fields_too() -> None:
    assert TextFormatter("demo").format(record({"why": "port"})).endswith("delivery_failed why=port")


def test_a_secret_shows_as_its_reference_and_a_named_value_not_at_all() -> None:
    line = TextFormatter("web").format(record(fields(secret=Secret("env:KEY"), password="hunter2")))
    assert "secret=env:KEY" in line
    assert "hunter2" not in line


def test_a_traceback_follows_indented_and_escaped() -> None:
    error = ValueError("two\nlines\x1b")
    made = record({"exc_info": (ValueError, error, None)})
    first, *rest = TextFormatter("web").format(made).splitlines()
    assert first.endswith("delivery_failed")
    assert all(line.startswith("    ") for line in rest)
    assert "\x1b" not in "".join(rest)

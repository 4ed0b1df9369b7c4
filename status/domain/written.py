"""What people type, made fit to be kept: characters XML can't carry, lengths, and hours of the site's own zone."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from status.domain.refused import Refused

TEXT_LIMIT = 10_000
TITLE_LIMIT = 200
FARTHEST = timedelta(days=3653)
"""No event of ours begins, ends or is told of so far away: a mistyped year."""

_ILLEGAL_IN_XML = re.compile("[^\t\n\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")


def without_illegal_characters(text: str) -> str:
    """Drop what XML 1.0 §2.2 forbids or discourages (controls, lone surrogates) and marks that turn text around."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _DIRECTION.sub("", _ILLEGAL_IN_XML.sub("", text))


def clean_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """Give a text fit to be kept (NFC, trimmed); raise Refused when it is longer than `limit` characters."""
    text = unicodedata.normalize("NFC", without_illegal_characters(text)).strip()
    if len(text) > limit:
        raise Refused("too_long", f"the text has {len(text)} characters, at most {limit} are allowed: shorten it")
    return text


def clean_title(text: str) -> str:
    """Give a title fit to be kept: one line, at most `TITLE_LIMIT` characters; raise Refused when longer."""
    return re.sub(r"[ \t\n]+", " ", clean_text(text, TITLE_LIMIT))


def read_time(text: str, zone: str, now: datetime) -> datetime:
    """Read a time: ISO 8601 with its own zone, without one in `zone`; `14:05` is today's; `+45m`, `+2h` from now.

    An hour that occurs twice (end of summer time) is its first pass. Raise Refused for an hour that doesn't exist
    there, naming the two next to it, for one more than ten years away, and for anything that is not a time. Gives UTC.
    """
    try:
        at = _read(text.strip(), zone, now)
    except (ValueError, OverflowError) as error:
        raise Refused(
            "not_a_time", f"{text!r} is not a time; expected '2026-11-22 14:05', '14:05' or '+45m'"
        ) from error
    if abs(at - now) > FARTHEST:
        raise Refused("not_a_time", f"{text!r} is more than ten years away: a mistyped year?")
    return at


def in_utc(at: datetime) -> str:
    """Write a time for a message to an operator: `2026-11-22 13:05 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _read(text: str, zone: str, now: datetime) -> datetime:
    span = re.fullmatch(r"\+(\d{1,5})(m|min|h)", text)
    if span:
        return now + int(span[1]) * (timedelta(hours=1) if span[2] == "h" else timedelta(minutes=1))
    if re.fullmatch(r"\d{1,2}:\d{2}", text):
        text = f"{now.astimezone(ZoneInfo(zone)).date()}T{text.zfill(5)}"
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else from_local(at, zone)


def from_local(at: datetime, zone: str) -> datetime:
    """Turn a naive local time of `zone` into UTC; raise Refused when the clock skips it."""
    local = at.replace(tzinfo=ZoneInfo(zone), fold=0)
    back = local.astimezone(UTC).astimezone(ZoneInfo(zone))
    if back.replace(tzinfo=None) == at:
        return local.astimezone(UTC)
    before, after = sorted((local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)))
    choices = " or ".join(moment.astimezone(ZoneInfo(zone)).isoformat(" ", "minutes") for moment in (before, after))
    raise Refused(
        "no_such_hour",
        f"{at.isoformat(' ', 'minutes')} does not exist in {zone} (the clock skips it); did you mean {choices}?",
    )

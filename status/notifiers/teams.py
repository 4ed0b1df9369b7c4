"""News to a channel in Microsoft Teams, by a workflow's web-hook: an Adaptive Card in a message.

The connectors of before, with their MessageCard, are retired. Words stand in text runs, which read no Markdown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from status.config.model import Settings
from status.domain.refused import Refused
from status.domain.subscriptions import CONFIRM
from status.notifiers.addresses import read_url
from status.notifiers.cutting import in_bytes, shortened
from status.notifiers.posting import Postman, accepted, kept_target
from status.notifiers.types import Channel, Outgoing, Ways
from status.wording import mails

MOST_BYTES: Final = 28_000
"""A message has 28 KB at most (https://learn.microsoft.com/microsoftteams/limits-specifications-teams)."""

TITLE: Final = 250
MOST_LINES: Final = 120
RETIRED: Final = ".webhook.office.com"
REFUSED: Final = frozenset({400, 401, 403, 404, 405, 410, 413})
"""Answers that a further try does not better: the workflow is gone, off, or wants another caller."""


def canonical(text: str, settings: Settings) -> tuple[str, str]:
    """Give an address as it is kept, and its host. Raise Refused, also for a connector, which Teams has retired."""
    target = read_url(text, settings.notices.webhook_networks)
    if target.host.endswith(RETIRED) or target.host == "outlook.office.com":
        raise Refused("retired", f"found a connector at {target.host}: Teams has retired them, make a workflow")
    return target.url, target.host


@dataclass(frozen=True, slots=True)
class TeamsCarrier:
    """Posts to workflows; holds nothing open."""

    ways: Ways

    def send(self, outgoing: Outgoing) -> int:
        """Post a message. Raise NotSent; for good when the workflow is gone."""
        settings = self.ways.settings
        headers = {"Content-Type": "application/json", "X-Event-Id": outgoing.uid}
        target = kept_target(outgoing.address, settings)
        return accepted(Postman.of(settings).post(target, body_of(outgoing), headers), REFUSED)

    def close(self) -> None:
        """Do nothing."""


def body_of(outgoing: Outgoing) -> bytes:
    """Give the body; words that are too many are cut, and stand behind the link."""
    text = outgoing.words.text.strip()
    while len(body := _encoded(outgoing, text)) > MOST_BYTES:
        text = in_bytes(text, max(1, len(text.encode()) - (len(body) - MOST_BYTES)))
    return body


def _encoded(outgoing: Outgoing, text: str) -> bytes:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": outgoing.words.language,
        "msteams": {"width": "Full"},
        "body": [_title(outgoing), *_blocks(text)],
        "actions": list(_actions(outgoing)),
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    message = {"type": "message", "summary": shortened(outgoing.words.subject, TITLE), "attachments": [attachment]}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _title(outgoing: Outgoing) -> Mapping[str, Any]:
    run = {"type": "TextRun", "text": shortened(outgoing.words.subject, TITLE), "size": "Large", "weight": "Bolder"}
    return {"type": "RichTextBlock", "inlines": [run]}


def _blocks(text: str) -> Iterator[Mapping[str, Any]]:
    """Give a block for each line: a text run keeps no line break. A new paragraph stands apart from the one before."""
    is_apart = True
    lines = text.splitlines()
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], "…"]
    for line in lines:
        if not line.strip():
            is_apart = True
            continue
        spacing = "Medium" if is_apart else "None"
        yield {"type": "RichTextBlock", "spacing": spacing, "inlines": [{"type": "TextRun", "text": line}]}
        is_apart = False


def _actions(outgoing: Outgoing) -> Iterator[Mapping[str, str]]:
    words, links, language = outgoing.words, outgoing.links, outgoing.words.language
    if words.payload.get("kind") == CONFIRM:
        yield _open(mails.confirm_button(language), links.confirm)
        return
    if words.link:
        yield _open(mails.more(language), words.link)
    if words.is_alert:
        return
    yield _open(mails.change(language), links.manage)
    if links.stop:
        yield _open(mails.stop(language), links.stop)


def _open(title: str, url: str) -> Mapping[str, str]:
    return {"type": "Action.OpenUrl", "title": title, "url": url}


CHANNEL = Channel("teams", canonical, TeamsCarrier, threads=8, per_host=4, is_program=True)

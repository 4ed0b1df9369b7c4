"""News to a room in Slack, by one of its incoming web-hooks (Block Kit).

The words stand as plain text, so that nothing in them mentions people or hides a link; only our own links are links.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from status.config.model import Settings
from status.domain.subscriptions import CONFIRM
from status.notifiers.addresses import read_url
from status.notifiers.cutting import pieces, shortened
from status.notifiers.posting import Postman, accepted, kept_target
from status.notifiers.types import Channel, Outgoing, Ways
from status.wording import mails

HEADER, SECTION, FALLBACK = 150, 3_000, 3_000
"""Characters: https://docs.slack.dev/reference/block-kit/blocks (header and section); the fallback is our choice."""

MOST_SECTIONS: Final = 12
"""A message may have 50 blocks: nobody reads so many. What is left out stands behind the link."""

REFUSED: Final = frozenset({400, 401, 403, 404, 405, 410})
"""Answers that a further try does not better: no_service, invalid_token, channel_is_archived, action_prohibited …"""


def canonical(text: str, settings: Settings) -> tuple[str, str]:
    """Give an address as it is kept, and its host. Raise Refused."""
    target = read_url(text, settings.notices.webhook_networks)
    return target.url, target.host


@dataclass(frozen=True, slots=True)
class SlackCarrier:
    """Posts to incoming web-hooks; holds nothing open."""

    ways: Ways

    def send(self, outgoing: Outgoing) -> int:
        """Post a message. Raise NotSent; after a 429 when Slack says, for good when the room or the hook is gone."""
        settings = self.ways.settings
        body = json.dumps(body_of(outgoing), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json", "X-Event-Id": outgoing.uid}
        return accepted(Postman.of(settings).post(kept_target(outgoing.address, settings), body, headers), REFUSED)

    def close(self) -> None:
        """Do nothing."""


def body_of(outgoing: Outgoing) -> Mapping[str, Any]:
    """Give the body: a heading, the words, and the links."""
    words = outgoing.words
    texts = pieces(words.text.strip(), SECTION)
    if len(texts) > MOST_SECTIONS:
        texts = [*texts[: MOST_SECTIONS - 1], "…"]
    sections = [{"type": "section", "text": _plain(text)} for text in texts]
    return {
        "text": _escaped(shortened(words.short or words.subject, FALLBACK)),
        "blocks": [
            {"type": "header", "text": _plain(shortened(words.subject, HEADER))},
            *sections,
            {"type": "context", "elements": [{"type": "mrkdwn", "text": _links(outgoing)}]},
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _plain(text: str) -> Mapping[str, object]:
    return {"type": "plain_text", "text": text, "emoji": False}


def _links(outgoing: Outgoing) -> str:
    words, links, language = outgoing.words, outgoing.links, outgoing.words.language
    if words.payload.get("kind") == CONFIRM:
        shown: Sequence[tuple[str, str]] = [(links.confirm, mails.confirm_button(language))]
        return f"{_joined(shown)}\n{_escaped(mails.confirm_else(language))}"
    shown = [(words.link, mails.more(language))]
    if not words.is_alert:
        shown += [(links.manage, mails.change(language)), (links.stop, mails.stop(language))]
    return _joined([(url, label) for url, label in shown if url])


def _joined(shown: Sequence[tuple[str, str]]) -> str:
    return " · ".join(f"<{_escaped(url)}|{_escaped(label)}>" for url, label in shown)


def _escaped(text: str) -> str:
    """Escape Slack's three control characters (https://docs.slack.dev/messaging/formatting-message-text)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


CHANNEL = Channel("slack", canonical, SlackCarrier, threads=8, per_host=4, is_program=True)

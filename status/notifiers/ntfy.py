"""News to phones, by a topic of an ntfy server: title, words, priority by impact, a tap leads to the page.

An address is the server's with the topic behind it, `https://ntfy.example.net/topic`. The subscription's secret, where
there is one, is an access token of that server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from status.config.model import Settings
from status.domain.alerting import TryKind
from status.domain.refused import Refused
from status.domain.states import ENDED_STATES
from status.domain.subscriptions import CONFIRM
from status.notifiers.addresses import Target, read_url
from status.notifiers.cutting import in_bytes, shortened
from status.notifiers.posting import Postman, accepted, kept_target
from status.notifiers.types import Channel, Outgoing, Ways
from status.wording import mails

MESSAGE_BYTES: Final = 4_096
"""A longer one becomes an attachment, which many servers refuse (https://docs.ntfy.sh/publish/#limitations)."""

TITLE: Final = 200
USUAL: Final = 3
CALLS: Final = {TryKind.ALERT.value: 5, TryKind.RECOVERY.value: 2}
"""An alert is to be heard through the night, its end is not to be."""

PRIORITIES: Final = {"none": 2, "degraded": 3, "interruption": 3, "partial": 4, "full": 5}
"""By the worst impact, 1 to 5 (https://docs.ntfy.sh/publish/#message-priority); over is usual."""

OVER: Final = frozenset(state.value for state in ENDED_STATES)
REFUSED: Final = frozenset({400, 401, 403, 404, 405, 410, 413})
_TOPIC: Final = re.compile(r"/([-_A-Za-z0-9]{1,64})")


def canonical(text: str, settings: Settings) -> tuple[str, str]:
    """Give an address as it is kept, and its host. Raise Refused."""
    target = read_url(text, settings.notices.webhook_networks)
    if _TOPIC.fullmatch(target.path) is None:
        raise Refused("topic", f"found {text[:80]!r}, expected one topic like 'https://ntfy.example.net/my-topic'")
    return target.url, target.host


@dataclass(frozen=True, slots=True)
class NtfyCarrier:
    """Publishes to topics; holds nothing open."""

    ways: Ways

    def send(self, outgoing: Outgoing) -> int:
        """Publish a message. Raise NotSent; for good when the server forbids the topic."""
        settings = self.ways.settings
        target = kept_target(outgoing.address, settings)
        document = body_of(outgoing, target.path.removeprefix("/"))
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json", "X-Event-Id": outgoing.uid}
        if outgoing.secret:
            headers["Authorization"] = f"Bearer {outgoing.secret}"
        server = Target(target.scheme, target.host, target.port, "/")
        return accepted(Postman.of(settings).post(server, body, headers), REFUSED)

    def close(self) -> None:
        """Do nothing."""


def body_of(outgoing: Outgoing, topic: str) -> Mapping[str, Any]:
    """Give the document that is published (https://docs.ntfy.sh/publish/#publish-as-json)."""
    words, links, language = outgoing.words, outgoing.links, outgoing.words.language
    events: Sequence[Mapping[str, Any]] = words.payload.get("events", ())
    kind = str(words.payload.get("kind", ""))
    asks = kind == CONFIRM
    label, url = (mails.confirm_button(language), links.confirm) if asks else (mails.change(language), links.manage)
    if words.is_alert:
        label, url = mails.more(language), words.link
    return {
        "topic": topic,
        "title": shortened(words.subject, TITLE),
        "message": in_bytes(words.text.strip(), MESSAGE_BYTES),
        "priority": CALLS.get(kind, max((_priority(event) for event in events), default=USUAL)),
        "tags": list(dict.fromkeys(tag for event in events for tag in _tags(event))),
        "click": url if asks else words.link or links.manage,
        "actions": [{"action": "view", "label": label, "url": url}],
    }


def _priority(event: Mapping[str, Any]) -> int:
    return USUAL if event["state"] in OVER else PRIORITIES.get(event["impact"], USUAL)


def _tags(event: Mapping[str, Any]) -> Sequence[str]:
    """Give tags: the first is drawn (https://docs.ntfy.sh/emojis), areas are shown as words."""
    if event["state"] in OVER:
        shown = "white_check_mark"
    else:
        shown = "warning" if event["type"] == "incident" else "construction"
    return [shown, *event["areas"]]


CHANNEL = Channel("ntfy", canonical, NtfyCarrier, threads=8, per_host=4, is_program=True)

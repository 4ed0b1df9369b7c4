"""News to a program: one signed POST with the versioned payload of docs/subscriptions.md.

The signature is that of Standard Webhooks: HMAC-SHA256 with the subscription's secret over `id.timestamp.body`. The
timestamp is of this try, so that the receiver may refuse what is older than five minutes; the id is the same in every.
"""

from __future__ import annotations

import hmac
import json
import time
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256

from status.config.model import Settings
from status.domain.subscriptions import CONFIRM
from status.notifiers.addresses import read_url
from status.notifiers.posting import post
from status.notifiers.types import Channel, Outgoing, Ways


def canonical(text: str, _settings: Settings) -> tuple[str, str]:
    """Give an address as it is kept, and its host. Raise Refused."""
    return text.strip(), read_url(text).host


@dataclass(frozen=True, slots=True)
class HookCarrier:
    """Posts to web-hooks; holds nothing open."""

    ways: Ways

    def send(self, outgoing: Outgoing) -> None:
        """Post a message. Raise NotSent."""
        notices = self.ways.settings.notices
        body = body_of(outgoing)
        post(
            read_url(outgoing.address), body, signed(outgoing, body, int(time.time())), notices.webhook_timeout_s,
            notices.webhook_networks,
        )  # fmt: skip

    def close(self) -> None:
        """Do nothing."""


def body_of(outgoing: Outgoing) -> bytes:
    """Give the body: the frozen payload, with the id, when it was frozen, and the subscriber's own link."""
    document = {
        "id": outgoing.uid,
        "sent_at": outgoing.frozen_at.isoformat(),
        "manage_url": outgoing.links.manage,
        **outgoing.words.payload,
    }
    if outgoing.words.payload.get("kind") == CONFIRM:
        document["confirm_url"] = outgoing.links.confirm
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def signed(outgoing: Outgoing, body: bytes, timestamp: int) -> dict[str, str]:
    """Give the headers of a try at a time (Unix seconds)."""
    said = b".".join((outgoing.uid.encode(), str(timestamp).encode(), body))
    signature = b64encode(hmac.new(outgoing.secret.encode(), said, sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "X-Event-Id": outgoing.uid,
        "webhook-id": outgoing.uid,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }


CHANNEL = Channel("webhook", canonical, HookCarrier, threads=16, has_secret=True)

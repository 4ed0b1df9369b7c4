"""News to a program: one signed POST with the versioned payload of docs/subscriptions.md.

The signature is that of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, with the bytes that stand in Base64
behind `whsec_` in the subscription's secret. The timestamp is of this try, so that the receiver may refuse what is
older than five minutes; the id is the same in every.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from status.clock import system_clock
from status.config.model import Settings
from status.domain.subscriptions import CONFIRM
from status.notifiers.addresses import read_url
from status.notifiers.posting import Postman, accepted, kept_target
from status.notifiers.types import Channel, NotSent, Outgoing, Ways


def canonical(text: str, settings: Settings) -> tuple[str, str]:
    """Give an address as it is kept, and its host. Raise Refused."""
    target = read_url(text, settings.notices.webhook_networks)
    return target.url, target.host


@dataclass(frozen=True, slots=True)
class HookCarrier:
    """Posts to web-hooks; holds nothing open."""

    ways: Ways

    def send(self, outgoing: Outgoing) -> int:
        """Post a message. Raise NotSent, also when there is no secret to sign it with."""
        if not outgoing.secret:
            raise NotSent("its secret can't be read: make a new one on the page of this web-hook")
        body, settings = body_of(outgoing), self.ways.settings
        headers = signed(outgoing, body, int(system_clock().wall))
        return accepted(Postman.of(settings).post(kept_target(outgoing.address, settings), body, headers))

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
    """Give the headers of a try at a time (Unix seconds). A secret that was changed signs beside the new one."""
    said = b".".join((outgoing.uid.encode(), str(timestamp).encode(), body))
    keys = [b64decode(secret.removeprefix("whsec_")) for secret in (outgoing.secret, outgoing.former_secret) if secret]
    signatures = [b64encode(hmac.new(key, said, sha256).digest()).decode() for key in keys]
    return {
        "Content-Type": "application/json",
        "X-Event-Id": outgoing.uid,
        "webhook-id": outgoing.uid,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


CHANNEL = Channel("webhook", canonical, HookCarrier, threads=16, per_host=4, has_secret=True, is_program=True)

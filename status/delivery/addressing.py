"""Makes of a frozen message what a sender hands over: whom it is for, his own links, and the secrets that sign it."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from status.clock import utc
from status.domain.refused import Refused
from status.domain.subscriber_link import make_token
from status.log import fields
from status.models import Message, Subscription
from status.notifiers.types import Links, Outgoing, Words
from status.runtime import Runtime
from status.services import subscribing
from status.services.sealing import opened

log = logging.getLogger(__name__)


class Addresser:
    """Knows the key of the links and where the site is."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._key = subscribing.key_of(runtime.places.data)
        self._base = f"{runtime.settings.site.public_url.rstrip('/')}/s"

    def address(self, message: Message, subscription: Subscription, words: Words) -> Outgoing:
        """Give what a sender needs: the words, to whom, by which secrets, and the links of his own."""
        token = make_token(self._key, subscription.uid)
        own = f"{self._base}/{token}"
        return Outgoing(
            uid=message.uid,
            address=subscription.address,
            words=words,
            links=Links(f"{own}/confirm", own, f"{own}/stop"),
            frozen_at=message.frozen_at,
            attempt=message.attempts + 1,
            secret=self._opened(subscription.secret, subscription),
            former_secret=self._former(subscription),
            options=subscription.options,
        )

    def _opened(self, sealed: str, subscription: Subscription) -> str:
        """Open a secret; one of another key counts as none: nothing is signed with it, and the rest goes on."""
        try:
            return opened(self._runtime.places.data, sealed) if sealed else ""
        except Refused:
            log.error("subscription_secret_unreadable", extra=fields(subscription=subscription.id))  # noqa: TRY400 - no bug
            return ""

    def _former(self, subscription: Subscription) -> str:
        """Open the secret before, while it still signs."""
        lifetime = timedelta(hours=self._runtime.settings.notices.former_secret_h)
        try:
            former = subscription.former_secret
            return opened(self._runtime.places.data, former, self._now(), lifetime) if former else ""
        except Refused:
            return ""

    def _now(self) -> datetime:
        return utc(self._runtime.clock().wall)

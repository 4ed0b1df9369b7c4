"""Who wants to be told, of what, and what is on its way to him (SPEC §4; docs/subscriptions.md).

    notice ─fanned out─▶ delivery (this event's news for this subscription) ─frozen─▶ message (letter, key) ─▶ sent

Nothing here holds what a person said on an event: letters do, for as long as they are needed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.domain.subscriptions import ContactKind, FollowKind, MessageState, Pace, SubscriptionState
from status.models.base import Base, word


class Subscription(Base):
    """One address on one channel. `id` orders the fan-out; `uid` is what a signed link is made of.

    `address_hash` is keyed: it outlives the address. `types` is a sum of bits (domain.subscriptions), `least_impact` a
    rank. Minutes are of the local day in the site's time zone; `per_hour` None: no cap. `secret` is sealed, and so is
    `former_secret`, the one before, when it was changed: it signs beside the new one for a while. `consent`: how it
    said yes, "" by the link we sent. Bounces of what was frozen before `resumed_at` count no more. `contact` None: the
    address asked by itself; else a customer's contract names it.
    """

    __tablename__ = "subscription"

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    channel: Mapped[str] = mapped_column(sa.String(24))
    address: Mapped[str] = mapped_column(sa.Text)
    address_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    domain: Mapped[str] = mapped_column(sa.String(255), default="")
    language: Mapped[str] = mapped_column(sa.String(8))
    customer_uid: Mapped[str | None] = mapped_column(sa.ForeignKey("customer.uid"), index=True)
    contact: Mapped[ContactKind | None] = mapped_column(word(ContactKind))
    state: Mapped[SubscriptionState] = mapped_column(word(SubscriptionState), index=True)
    types: Mapped[int]
    least_impact: Mapped[int] = mapped_column(default=0)
    pace: Mapped[Pace] = mapped_column(word(Pace))
    digest_minute: Mapped[int]
    digest_weekday: Mapped[int]
    quiet_from: Mapped[int | None]
    quiet_to: Mapped[int | None]
    per_hour: Mapped[int | None]
    secret: Mapped[str] = mapped_column(sa.Text, default="")
    former_secret: Mapped[str] = mapped_column(sa.Text, default="")
    options: Mapped[dict[str, Any]]
    hard_bounces: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    consent: Mapped[str] = mapped_column(sa.String(300), default="")
    resumed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    @property
    def quiet(self) -> tuple[int, int] | None:
        """The minutes of the site's day between which nothing comes."""
        return None if self.quiet_from is None or self.quiet_to is None else (self.quiet_from, self.quiet_to)


class Follow(Base):
    """What a subscription follows; `key` is empty for all, a component's id, a place's slug or an event's uid."""

    __tablename__ = "follow"
    __table_args__ = (sa.Index("ix_follow_kind", "kind", "key", "subscription_id"),)

    subscription_id: Mapped[int] = mapped_column(sa.ForeignKey("subscription.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[FollowKind] = mapped_column(word(FollowKind), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(120), primary_key=True)


class Told(Base):
    """Up to which update of an event a subscription was told: frozen in a message, so it will be."""

    __tablename__ = "told"

    subscription_id: Mapped[int] = mapped_column(sa.ForeignKey("subscription.id", ondelete="CASCADE"), primary_key=True)
    event_uid: Mapped[str] = mapped_column(sa.ForeignKey("event.uid"), primary_key=True, index=True)
    upto_k: Mapped[int]
    at: Mapped[datetime] = mapped_column(index=True)


class Letter(Base):
    """What messages say, once for all that say the same: frozen words without anything personal.

    `digest` is the SHA-256 of what it says; `words` holds subject, text, html and the payload of web-hooks. They are
    empty once something they quote was taken back: then they are written anew from `made_from`, for who still waits.
    """

    __tablename__ = "letter"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    language: Mapped[str] = mapped_column(sa.String(8))
    words: Mapped[dict[str, Any]]
    made_from: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(index=True)


class LetterUpdate(Base):
    """An update a letter quotes, for words that are taken back."""

    __tablename__ = "letter_update"

    letter_id: Mapped[int] = mapped_column(sa.ForeignKey("letter.id", ondelete="CASCADE"), primary_key=True)
    update_id: Mapped[int] = mapped_column(sa.ForeignKey("event_update.id"), primary_key=True, index=True)


class Message(Base):
    """What goes to one address at once: frozen when claimed, sent again as it is until it is accepted.

    `uid` is its key, the same in every try. `error` says why the last try failed, in our own words; `answered` is the
    status of the last answer (HTTP), None where there was none. `bounced_at`: the address does not exist, as the relay
    or a mail that came back said.
    """

    __tablename__ = "message"
    __table_args__ = (sa.Index("ix_message_waiting", "state", "channel", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(36), unique=True)
    subscription_id: Mapped[int] = mapped_column(sa.ForeignKey("subscription.id", ondelete="CASCADE"), index=True)
    letter_id: Mapped[int] = mapped_column(sa.ForeignKey("letter.id"), index=True)
    channel: Mapped[str] = mapped_column(sa.String(24))
    state: Mapped[MessageState] = mapped_column(word(MessageState))
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    frozen_at: Mapped[datetime] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(sa.String(300), default="")
    answered: Mapped[int | None]


class ClosedChannel(Base):
    """A channel whose way out was found closed: since when, until when it is left alone, and why."""

    __tablename__ = "closed_channel"

    channel: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    since: Mapped[datetime]
    until: Mapped[datetime]
    why: Mapped[str] = mapped_column(sa.String(300))


class Delivery(Base):
    """The news of one event for one subscription, up to update `upto_k`; one that waits takes later news in.

    `reminder`: the latest word again, before a work begins.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        sa.Index(
            "uq_delivery_waiting", "subscription_id", "event_uid", unique=True,
            sqlite_where=sa.text("message_id IS NULL"), postgresql_where=sa.text("message_id IS NULL"),
        ),
        sa.Index("ix_delivery_due", "channel", "due_at", sqlite_where=sa.text("message_id IS NULL"),
                 postgresql_where=sa.text("message_id IS NULL")),
        # Of frozen ones only: SQLite would look through all that wait by it, for those of one subscription.
        sa.Index("ix_delivery_message_id", "message_id", sqlite_where=sa.text("message_id IS NOT NULL"),
                 postgresql_where=sa.text("message_id IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    subscription_id: Mapped[int] = mapped_column(sa.ForeignKey("subscription.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str] = mapped_column(sa.String(24))
    event_uid: Mapped[str] = mapped_column(sa.ForeignKey("event.uid"), index=True)
    upto_k: Mapped[int]
    reminder: Mapped[bool] = mapped_column(default=False)
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    message_id: Mapped[int | None] = mapped_column(sa.ForeignKey("message.id", ondelete="CASCADE"))


class SubscriptionAsk(Base):
    """That somebody asked to be told at an address, for the limits on asking; both as keyed hashes."""

    __tablename__ = "subscription_ask"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    address_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    client_hash: Mapped[str] = mapped_column(sa.String(64), index=True)


class EndedAddress(Base):
    """An address that said stop, or that bounced: its keyed hash, so that no import brings it back."""

    __tablename__ = "ended_address"

    address_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    why: Mapped[str] = mapped_column(sa.String(24))
    at: Mapped[datetime]

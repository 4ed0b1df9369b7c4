"""Asking to be told, saying yes, changing, and saying stop.

    ask ─▶ unconfirmed ─(the link in the mail, 48 h)─▶ active ─▶ stopped: the address goes, its keyed hash stays

The answer to asking is the same whether or not an address is known: nobody learns who is told what.
"""

from __future__ import annotations

import hmac
import json
import secrets
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import EventType
from status.domain.subscriptions import (
    ALL_TYPES,
    CONFIRM,
    TOKEN_CHANNELS,
    FollowKind,
    MessageState,
    Pace,
    SubscriptionState,
    bits_of,
)
from status.models import Delivery, EndedAddress, Follow, Message, Subscription, SubscriptionAsk, Told
from status.services.identifiers import new_uid
from status.services.letters import Written, keep_letter
from status.services.sealing import KEY_FILE, make_key
from status.wording import mails

CONFIRM_WITHIN: Final = timedelta(hours=48)
DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
MOST_FOLLOWS: Final = 500
MINUTES: Final = 24 * 60
WEEKDAYS: Final = 7
MOST_PER_HOUR: Final = 1_000
SECRET_BYTES: Final = 32
WHSEC: Final = "whsec_"
"""What a web-hook's secret begins with, as Standard Webhooks writes it; base64 follows."""

MAIL: Final = "email"
STOPPED: Final = "stopped"
INTO: Final = "into"
"""In the options of a subscription that is taken over: the uid of the one that goes on."""

ERASED: Final = "erased"
MAX_CONSENT: Final = 300
"""Characters that say how somebody said yes where it was not by our link."""

WISHED: Final = (
    "language", "types", "least_impact", "pace", "digest_minute", "digest_weekday", "quiet_from", "quiet_to",
    "per_hour", "options",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be told of, and when. No follow: everything."""

    follows: frozenset[tuple[FollowKind, str]] = frozenset()
    types: frozenset[EventType] = frozenset(EventType)
    least_impact: int = 0
    pace: Pace = Pace.AT_ONCE
    digest_minute: int = 8 * 60
    digest_weekday: int = 0
    quiet: tuple[int, int] | None = None
    per_hour: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """How often may be asked: a day for one address, an hour by one client."""

    per_address_day: int
    per_client_hour: int


@dataclass(frozen=True, slots=True)
class Address:
    """A canonical address on a channel. `counted_as`: what the limit on asking counts, "" the address itself."""

    channel: str
    text: str
    domain: str
    counted_as: str = ""


def key_of(data: Path) -> bytes:
    """Derive the key of addresses' hashes and of links from the installation's secret key. Raise OSError."""
    make_key(data)
    secret = (data / KEY_FILE).read_bytes().strip()
    return HKDF(SHA256(), 32, salt=None, info=b"travaux subscriptions").derive(secret)


def hash_of(key: bytes, channel: str, text: str) -> str:
    """Give the keyed hash of an address (or of a client): 64 hexadecimal characters."""
    return hmac.new(key, f"{channel}\n{folded(channel, text)}".encode(), sha256).hexdigest()


def folded(channel: str, text: str) -> str:
    """Give what an address is known by.

    Mail addresses that differ in their letters' case alone are one: nobody is told twice, or again after a stop.
    """
    return text.casefold() if channel == MAIL else text


def may_ask(  # noqa: PLR0917 - who asks, from where, how often, when
    session: Session, key: bytes, address: Address, client: str, limits: Limits, now: datetime
) -> bool:
    """Count an asking; False when this address or this client asked too often. Nothing is told to either."""
    of_address = asked_as(key, address)
    of_client = hash_of(key, "client", client)
    asked = SubscriptionAsk
    day = sa.select(sa.func.count()).where(asked.address_hash == of_address, asked.at > now - DAY)
    hour = sa.select(sa.func.count()).where(asked.client_hash == of_client, asked.at > now - HOUR)
    allowed = (session.scalar(day) or 0) < limits.per_address_day
    allowed &= (session.scalar(hour) or 0) < limits.per_client_hour
    if allowed:
        session.add(SubscriptionAsk(at=now, address_hash=of_address, client_hash=of_client))
        session.flush()
    return allowed


def asked_as(key: bytes, address: Address) -> str:
    """Give the keyed hash by which askings for an address are counted."""
    return hash_of(key, address.channel, address.counted_as or address.text)


def has_room(session: Session, channel: str, per_hour: int, now: datetime) -> bool:
    """Whether a channel whose messages cost money may ask one more address within an hour, whoever asks."""
    asked = sa.select(sa.func.count()).where(
        Message.channel == channel, Message.frozen_at > now - HOUR,
        ~sa.exists().where(Delivery.message_id == Message.id),
    )  # fmt: skip
    return (session.scalar(asked) or 0) < per_hour


def subscribe(  # noqa: PLR0917 - who, where, what, in which language, when
    session: Session, key: bytes, address: Address, wish: Wish, language: str, now: datetime,
    customer_uid: str | None = None, secret: str = "", is_token_of: Callable[[str], bool] | None = None,
) -> Subscription:  # fmt: skip
    """Take an asking in; it waits for its yes. One that waits already for the same is given again.

    Anybody may ask for any address: so each wish has a link of its own, and a later asking changes no earlier one.
    `secret` is sealed; one that waits keeps its own. `is_token_of` tells whether a sealed one holds the token that is
    given now. Raise Refused for a wish that can't be.
    """
    checked(wish)
    hashed = hash_of(key, address.channel, address.text)
    keeps_secret = secret == "" or address.channel not in TOKEN_CHANNELS
    row = next(
        (
            each
            for each in _waiting_for(session, hashed, customer_uid, wish, language)
            if keeps_secret or (is_token_of is not None and is_token_of(each.secret))
        ),
        None,
    )
    if row is None:
        row = Subscription(
            uid=new_uid(now), channel=address.channel, address=address.text, address_hash=hashed, domain=address.domain,
            language=language, customer_uid=customer_uid, state=SubscriptionState.UNCONFIRMED, types=ALL_TYPES,
            pace=Pace.AT_ONCE, digest_minute=0, digest_weekday=0, secret=secret, options={}, created_at=now,
        )  # fmt: skip
        session.add(row)
    row.created_at = now
    _write(session, row, wish)
    return row


def _waiting_for(
    session: Session, hashed: str, customer_uid: str | None, wish: Wish, language: str
) -> list[Subscription]:
    """Give what waits for the yes of an address to this very wish, the newest first. Two statements."""
    rows = session.scalars(_waiting(hashed, customer_uid).order_by(Subscription.id.desc())).all()
    follows: dict[int, set[tuple[FollowKind, str]]] = {row.id: set() for row in rows}
    for id_, kind, key in session.execute(
        sa.select(Follow.subscription_id, Follow.kind, Follow.key).where(Follow.subscription_id.in_(follows))
    ):
        follows[id_].add((kind, key))
    wanted = {**_values(wish), "language": language}
    return [
        row
        for row in rows
        if follows[row.id] == _followed(wish) and all(getattr(row, name) == value for name, value in wanted.items())
    ]


def _waiting(hashed: str, customer_uid: str | None) -> sa.Select[Subscription]:
    return (
        sa.select(Subscription)
        .where(Subscription.address_hash == hashed, Subscription.state == SubscriptionState.UNCONFIRMED)
        .where(Subscription.customer_uid.is_not_distinct_from(customer_uid))
    )


def ask(session: Session, row: Subscription, site: str, now: datetime) -> None:
    """Send the message that asks an address whether it wants to be told, unless one is on its way already."""
    on_way = sa.select(Message.id).where(Message.subscription_id == row.id, Message.state == MessageState.WAITING)
    if session.scalar(on_way) is not None:
        return
    text, subject = mails.confirm_text(row.language, site), mails.confirm_subject(row.language, site)
    send_alone(session, row, Said(CONFIRM, subject, text, mails.confirm_short(row.language, site)), now)


@dataclass(frozen=True, slots=True)
class Said:
    """What a message of its own kind says, that tells no news. `short` is one line for small screens."""

    kind: str
    subject: str
    text: str
    short: str


def send_alone(session: Session, row: Subscription, said: Said, now: datetime) -> Message:
    """Let a message of its own kind go out, beside the news."""
    words = {
        "language": row.language, "subject": said.subject, "text": said.text, "html": "", "short": said.short,
        "link": "", "payload": {"version": 1, "kind": said.kind, "language": row.language}, "thread": "",
    }  # fmt: skip
    digest = sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()
    letter_id = keep_letter(session, Written(digest, row.language, words, {}, ()), now)
    message = Message(
        uid=new_uid(now), subscription_id=row.id, letter_id=letter_id, channel=row.channel,
        state=MessageState.WAITING, attempts=0, due_at=now, frozen_at=now, settled_at=None, error="",
    )  # fmt: skip
    session.add(message)
    session.flush()
    return message


def confirm(session: Session, row: Subscription, now: datetime) -> Subscription:
    """Take a yes, and give the subscription it made or changed: an address has one, which takes the new wish over.

    Raise Refused when it comes too late, or after a stop; a second yes changes nothing.
    """
    if row.state is SubscriptionState.ACTIVE:
        return row
    if row.state is not SubscriptionState.UNCONFIRMED:
        raise Refused("stopped", "this subscription has ended: subscribe again")
    if now >= row.created_at + CONFIRM_WITHIN:
        raise Refused("expired", "this link has run out after 48 hours: subscribe again")
    session.execute(
        sa.delete(EndedAddress).where(EndedAddress.address_hash.in_(ended_as(row.address_hash, row.customer_uid)))
    )
    before = session.scalars(
        sa.select(Subscription)
        .where(Subscription.address_hash == row.address_hash, Subscription.id != row.id)
        .where(Subscription.state.in_((SubscriptionState.ACTIVE, SubscriptionState.PAUSED)))
        .where(Subscription.customer_uid.is_not_distinct_from(row.customer_uid))
        .limit(1)
    ).first()
    if before is not None:
        _take_over(session, before, row, now)
        return before
    row.state, row.confirmed_at = SubscriptionState.ACTIVE, now
    session.flush()
    return row


def _take_over(session: Session, before: Subscription, row: Subscription, now: datetime) -> None:
    """Let a subscription have what another one of its address wished.

    Links in messages of either stay good: what is left of the other one leads to this (`by_uid`).
    """
    for name in WISHED:
        setattr(before, name, getattr(row, name))
    if row.channel in TOKEN_CHANNELS and row.secret:
        before.secret = row.secret
    resume(before, now)
    session.flush()
    session.execute(sa.delete(Follow).where(Follow.subscription_id == before.id))
    for table in (Follow, Message):
        own = sa.update(table).where(table.subscription_id == row.id)
        session.execute(own.values(subscription_id=before.id))
    end(session, row, now)
    row.options = {INTO: before.uid}
    session.flush()


def resume(row: Subscription, now: datetime) -> bool:
    """Tell a paused address again, earlier bounces count no more; False for one that was not paused."""
    if row.state is not SubscriptionState.PAUSED:
        return False
    row.state, row.hard_bounces, row.ended_at, row.resumed_at = SubscriptionState.ACTIVE, 0, None, now
    return True


def alter(session: Session, row: Subscription, wish: Wish, language: str, now: datetime) -> None:
    """Write another wish. Raise Refused for one that can't be, or when the subscription has ended."""
    if row.state in (SubscriptionState.STOPPED, SubscriptionState.UNCONFIRMED):
        raise Refused("stopped", "this subscription has ended: subscribe again")
    checked(wish)
    row.language = language
    resume(row, now)
    _write(session, row, wish)


def stop(session: Session, row: Subscription, now: datetime, why: str = STOPPED) -> None:
    """Take a stop, before a yes too: nothing goes out any more; of the address its keyed hash is kept.

    What else waits for a yes of the address ends with it. A second stop does nothing.
    """
    if row.state is SubscriptionState.STOPPED:
        return
    for hashed in ended_as(row.address_hash, row.customer_uid):
        session.merge(EndedAddress(address_hash=hashed, why=why, at=now))
    waiting = session.scalars(_waiting(row.address_hash, row.customer_uid).where(Subscription.id != row.id))
    for each in [row, *waiting]:
        end(session, each, now)


def ended_as(address_hash: str, customer_uid: str | None) -> list[str]:
    """Give the hashes a stop is kept under: the address's, and of a customer's contact one beside it.

    A yes to public news takes back that the address ended, not that it wants nothing as somebody's contact.
    """
    contact = [] if customer_uid is None else [sha256(f"{customer_uid}\n{address_hash}".encode()).hexdigest()]
    return [address_hash, *contact]


def end(session: Session, row: Subscription, now: datetime) -> None:
    """End a subscription that its address did not end: nothing goes out any more, but the address may come back."""
    row.state, row.ended_at = SubscriptionState.STOPPED, now
    row.address, row.domain, row.secret, row.former_secret, row.options = "", "", "", "", {}
    row.consent = ""
    session.flush()
    for table in (Follow, Told):
        session.execute(sa.delete(table).where(table.subscription_id == row.id))
    session.execute(sa.delete(Delivery).where(Delivery.subscription_id == row.id, Delivery.message_id.is_(None)))
    waiting = sa.update(Message).where(Message.subscription_id == row.id, Message.state == MessageState.WAITING)
    session.execute(waiting.values(state=MessageState.STOPPED, settled_at=now))
    session.flush()


def erase(session: Session, address_hash: str, now: datetime, asked: Collection[str] = ()) -> None:
    """Take everything of an address away, what waits for it too, and what it asked and never confirmed (GDPR art. 17).

    `asked`: what its askings are counted by (`asked_as`). Its keyed hash is kept.
    """
    rows = session.scalars(sa.select(Subscription).where(Subscription.address_hash == address_hash)).all()
    ended = {address_hash, *(hashed for row in rows for hashed in ended_as(row.address_hash, row.customer_uid))}
    _delete(session, [row.id for row in rows])
    session.execute(sa.delete(SubscriptionAsk).where(SubscriptionAsk.address_hash.in_({address_hash, *asked})))
    for hashed in sorted(ended):
        session.merge(EndedAddress(address_hash=hashed, why=ERASED, at=now))
    session.flush()


def _delete(session: Session, ids: Collection[int]) -> None:
    session.execute(sa.delete(Delivery).where(Delivery.subscription_id.in_(ids)))
    for table in (Message, Follow, Told):
        session.execute(sa.delete(table).where(table.subscription_id.in_(ids)))
    session.execute(sa.delete(Subscription).where(Subscription.id.in_(ids)))


def has_ended(session: Session, key: bytes, address: Address) -> bool:
    """Whether this address said stop, or bounced, and has not said yes since."""
    return session.get(EndedAddress, hash_of(key, address.channel, address.text)) is not None


def by_uid(session: Session, uid: str) -> Subscription | None:
    """Find a subscription, or the one that took it over; None when it is forgotten."""
    row = session.scalars(sa.select(Subscription).where(Subscription.uid == uid)).one_or_none()
    into = row.options.get(INTO) if row is not None and row.state is SubscriptionState.STOPPED else None
    return row if into is None else by_uid(session, into) or row


def at_address(session: Session, key: bytes, addresses: Collection[Address]) -> Sequence[Subscription]:
    """Find the subscriptions of an address, whichever of these channels it may be on, without those that ended."""
    found = all_of_address(session, key, addresses)
    return [row for row in found if row.state is not SubscriptionState.STOPPED]


def all_of_address(session: Session, key: bytes, addresses: Collection[Address]) -> Sequence[Subscription]:
    """Find the subscriptions of an address, those that ended too: of these its keyed hash is left."""
    hashes = [hash_of(key, each.channel, each.text) for each in addresses]
    known = sa.select(Subscription).where(Subscription.address_hash.in_(hashes))
    return session.scalars(known.order_by(Subscription.id)).all()


def follows_of(session: Session, row: Subscription) -> frozenset[tuple[FollowKind, str]]:
    """Give what a subscription follows; empty: everything."""
    rows = session.execute(sa.select(Follow.kind, Follow.key).where(Follow.subscription_id == row.id))
    return frozenset((kind, key) for kind, key in rows if kind is not FollowKind.ALL)


def checked(wish: Wish) -> Wish:
    """Give the wish back. Raise Refused when it asks for nothing, or for what no clock shows."""
    if not wish.types:
        raise Refused("types", "choose at least one of incident, maintenance and upgrade")
    if len(wish.follows) > MOST_FOLLOWS:
        raise Refused("follows", f"found {len(wish.follows)} choices, expected at most {MOST_FOLLOWS}")
    minutes = (wish.digest_minute, *(wish.quiet or ()))
    if not all(0 <= minute < MINUTES for minute in minutes) or not 0 <= wish.digest_weekday < WEEKDAYS:
        raise Refused("times", "expected times of the day from 00:00 to 23:59, and a day from Monday to Sunday")
    if wish.per_hour is not None and not 1 <= wish.per_hour <= MOST_PER_HOUR:
        raise Refused("per_hour", f"found {wish.per_hour}, expected 1 to {MOST_PER_HOUR} messages an hour")
    return wish


def new_secret() -> str:
    """Give a fresh secret for a web-hook's signature, as Standard Webhooks writes them."""
    return f"{WHSEC}{b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def forget_old(session: Session, now: datetime, keep: timedelta, at_most: int) -> int:
    """Take away what nobody confirmed in 48 hours, and what ended longer ago than `keep`; give how many."""
    late = sa.select(Subscription.id).where(
        Subscription.state == SubscriptionState.UNCONFIRMED, Subscription.created_at < now - CONFIRM_WITHIN
    )
    ended = sa.select(Subscription.id).where(
        Subscription.state == SubscriptionState.STOPPED, Subscription.ended_at < now - keep
    )
    ids: Collection[int] = session.scalars(sa.union(late, ended).limit(at_most)).all()
    _delete(session, ids)
    session.execute(sa.delete(SubscriptionAsk).where(SubscriptionAsk.at < now - DAY))
    return len(ids)


def _write(session: Session, row: Subscription, wish: Wish) -> None:
    for name, value in _values(wish).items():
        setattr(row, name, value)
    session.flush()
    session.execute(sa.delete(Follow).where(Follow.subscription_id == row.id))
    rows = (Follow(subscription_id=row.id, kind=kind, key=key) for kind, key in sorted(_followed(wish), key=str))
    session.add_all(rows)
    session.flush()


def _values(wish: Wish) -> dict[str, Any]:
    begins, ends = wish.quiet or (None, None)
    return {
        "types": bits_of(wish.types), "least_impact": wish.least_impact, "pace": wish.pace,
        "digest_minute": wish.digest_minute, "digest_weekday": wish.digest_weekday, "quiet_from": begins,
        "quiet_to": ends, "per_hour": wish.per_hour, "options": dict(wish.options),
    }  # fmt: skip


def _followed(wish: Wish) -> frozenset[tuple[FollowKind, str]]:
    return wish.follows or frozenset({(FollowKind.ALL, "")})

"""Business customers: taken in from a list, kept as it says, retired.

    list ─read (customer_file)─▶ Listed ─take_in─▶ customer, its components with circuits, a subscription per contact

A contact is told because a contract says so: no mail asks him first. He may stop all the same, and stays stopped.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import EventType, Visibility
from status.domain.subscriptions import ContactKind, FollowKind, SubscriptionState, bits_of
from status.models import Actor, Component, Customer, CustomerComponent, EndedAddress, Follow, Subscription
from status.services import customer_tokens, subscribing
from status.services.auditing import record
from status.services.changing import line_up
from status.services.customer_file import Contact, Listed
from status.services.identifiers import new_uid
from status.services.publishing import raise_revision
from status.services.subscribing import Wish, ended_as

MAIL: Final = "email"
USUAL: Final = Wish()
WORKS: Final = frozenset(kind for kind in EventType if kind.is_work)
HELD: Final = (SubscriptionState.ACTIVE, SubscriptionState.PAUSED)
FIND_CHARACTERS: Final = 200
SLICE: Final = 20
"""So many customers are written in one transaction: some 30 ms, when all are new."""


@dataclass(slots=True)
class Taken:
    """What an import did, or would do. `stopped` are contacts that are not told as they said stop, by external_ref."""

    added: int = 0
    changed: int = 0
    revived: int = 0
    unchanged: int = 0
    retired: int = 0
    stopped: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class House:
    """What an import must know of the installation: the key of addresses' hashes, the language where none is given."""

    key: bytes
    language: str


def components(session: Session) -> dict[str, Visibility]:
    """Give the components in service, by slug."""
    rows = session.execute(sa.select(Component.slug, Component.visibility).where(Component.retired_at.is_(None)))
    return dict(rows.all())


def take_in(
    session: Session, customers: Sequence[Listed], house: House, taken: Taken, author: Actor, *, now: datetime
) -> None:
    """Make some customers as the list has them and add what that was to `taken`; others stay as they are.

    A long list is taken in by slices of `SLICE`, a transaction each, so that nobody waits for it; begun again, what is
    done already changes nothing.
    """
    line_up(session)
    keeper, before = _Keeper(session, customers, house, now), replace(taken)
    for each in customers:
        keeper.keep(each, taken)
    keeper.write()
    names = ("added", "changed", "revived")
    told = {name: getattr(taken, name) - getattr(before, name) for name in names}
    if any(told.values()):
        record(session, author, "customer.import", "customers", now, after=told)
        raise_revision(session)


def slices(customers: Sequence[Listed]) -> Iterator[Sequence[Listed]]:
    """Give a list in parts that are short enough for one transaction."""
    return (customers[at : at + SLICE] for at in range(0, len(customers), SLICE))


def missing(session: Session, customers: Collection[Listed]) -> list[Customer]:
    """Give the customers that are not in a list, and not retired."""
    named = {each.external_ref for each in customers}
    return [row for row in listed(session) if row.retired_at is None and row.external_ref not in named]


def retire(session: Session, customer: Customer, author: Actor, now: datetime) -> None:
    """Let a customer go: its tokens open nothing, its contacts and subscribers are told nothing.

    Doing so again does nothing.
    """
    line_up(session)
    if customer.retired_at is not None:
        return
    customer.retired_at = now
    for row in customer_tokens.live(session, customer.uid):
        customer_tokens.revoke(session, row, author, now)
    its = sa.select(Subscription).where(Subscription.customer_uid == customer.uid)
    for subscription in session.scalars(its.where(Subscription.state != SubscriptionState.STOPPED)).all():
        subscribing.end(session, subscription, now)
    session.execute(sa.delete(CustomerComponent).where(CustomerComponent.customer_uid == customer.uid))
    record(session, author, "customer.retired", f"customer:{customer.uid}", now)
    raise_revision(session)


def find(session: Session, name: str) -> Customer:
    """Find a customer by external_ref or uid, a retired one too. Raise Refused."""
    known = name.isprintable() and len(name) <= FIND_CHARACTERS  # PostgreSQL refuses NUL in a text
    wanted = sa.select(Customer).where(sa.or_(Customer.external_ref == name, Customer.uid == name.lower()))
    row = session.scalars(wanted.order_by(Customer.external_ref != name)).first() if known else None
    if row is None:
        raise Refused("no_such_customer", f"there is no customer {name[:80]!r}; `travaux customer list` has all")
    return row


def listed(session: Session) -> Sequence[Customer]:
    """Give all customers by external_ref, retired ones too."""
    return session.scalars(sa.select(Customer).order_by(Customer.external_ref)).all()


def contacts_of(session: Session, customer_uid: str) -> Sequence[Subscription]:
    """Give the contacts of a customer that are told, or were until their mails came back."""
    return session.scalars(_contacts(Subscription.customer_uid == customer_uid)).all()


def circuits_of(session: Session, customer_uid: str) -> dict[str, list[str]]:
    """Give a customer's components with their circuits, by slug."""
    rows = session.execute(
        sa.select(Component.slug, CustomerComponent.circuits)
        .join(CustomerComponent, CustomerComponent.component_id == Component.id)
        .where(CustomerComponent.customer_uid == customer_uid)
        .order_by(Component.slug)
    )
    return {slug: list(circuits) for slug, circuits in rows}


class _Keeper:
    """Makes a slice of customers as a list has them, one after another."""

    def __init__(self, session: Session, customers: Sequence[Listed], house: House, now: datetime) -> None:
        self._session = session
        self._house = house
        self._now = now
        refs = [each.external_ref for each in customers]
        rows = session.scalars(sa.select(Customer).where(Customer.external_ref.in_(refs))).all()
        self._known = {row.external_ref: row for row in rows}
        uids = [row.uid for row in rows]
        self._ids: Mapping[str, int] = dict(session.execute(sa.select(Component.slug, Component.id)).all())
        self._has: dict[str, dict[int, CustomerComponent]] = defaultdict(dict)
        for each in session.scalars(sa.select(CustomerComponent).where(CustomerComponent.customer_uid.in_(uids))):
            self._has[each.customer_uid][each.component_id] = each
        self._contacts: dict[str, dict[str, Subscription]] = defaultdict(dict)
        self._others: dict[tuple[str | None, str], Subscription] = {}
        for held in session.scalars(_held(Subscription.customer_uid.in_(uids))):
            if held.contact is None:
                self._others[held.customer_uid, held.address_hash] = held
            else:
                self._contacts[held.customer_uid or ""][held.address_hash] = held
        hashes = {
            hashed
            for each in customers
            for contact in each.contacts
            for hashed in ended_as(self._hash(contact), self._uid_of(each))
        }
        stopped = sa.select(EndedAddress.address_hash).where(EndedAddress.address_hash.in_(hashes))
        self._ended = frozenset(session.scalars(stopped))
        self._new: list[Subscription] = []

    def keep(self, each: Listed, taken: Taken) -> None:
        """Make one as listed, and count what that was."""
        row = self._known.get(each.external_ref)
        language = each.language or (row.language if row is not None else self._house.language)
        if row is None:
            row = Customer(
                uid=new_uid(self._now), external_ref=each.external_ref, name=each.name, language=language,
                retired_at=None,
            )  # fmt: skip
            self._session.add(row)
            self._fill(row, each, taken)
            taken.added += 1
            return
        was_retired, differs = row.retired_at is not None, (row.name, row.language) != (each.name, language)
        row.name, row.language, row.retired_at = each.name, language, None
        differs = self._fill(row, each, taken) or differs
        taken.revived += was_retired
        taken.changed += differs and not was_retired
        taken.unchanged += not differs and not was_retired

    def _fill(self, row: Customer, each: Listed, taken: Taken) -> bool:
        """Bring components and contacts to what is listed; tell whether anything was different."""
        wanted = {self._ids[slug]: list(circuits) for slug, circuits in each.circuits.items()}
        has = self._has[row.uid]
        differs = {id_: known.circuits for id_, known in has.items()} != wanted
        for component_id, known in has.items():
            if component_id in wanted:
                known.circuits = wanted[component_id]
            else:
                self._session.delete(known)
        for component_id in wanted.keys() - has.keys():
            made = CustomerComponent(
                customer_uid=row.uid, component_id=component_id, circuits=wanted[component_id]
            )  # fmt: skip
            self._session.add(made)
        return self._tell(row, each.contacts, taken) or differs

    def _tell(self, row: Customer, contacts: Sequence[Contact], taken: Taken) -> bool:
        before, wanted = self._contacts[row.uid], {self._hash(contact): contact for contact in contacts}
        gone = [known for hashed, known in before.items() if hashed not in wanted]
        for known in gone:
            subscribing.end(self._session, known, self._now)
        changes = [
            self._contact(row, contact, before.get(hashed) or self._others.get((row.uid, hashed)), taken)
            for hashed, contact in wanted.items()
        ]
        return bool(gone) or any(changes)

    def _contact(self, row: Customer, contact: Contact, known: Subscription | None, taken: Taken) -> bool:
        """Make a contact be told as listed; what he chose himself stays, unless his kind is another now.

        Who was a subscriber of this customer, as a file of subscribers said, becomes his contact: nobody is told twice.
        """
        types = bits_of(WORKS if contact.kind is ContactKind.MAINTNOTE else EventType)
        if known is not None:
            if known.contact is contact.kind:
                return False
            known.contact, known.types = contact.kind, types
            return True
        hashed = self._hash(contact)
        if not self._ended.isdisjoint(ended_as(hashed, row.uid)):
            taken.stopped[row.external_ref] = taken.stopped.get(row.external_ref, 0) + 1
            return False
        made = Subscription(
            uid=new_uid(self._now), channel=MAIL, address=contact.address, address_hash=hashed, domain=contact.domain,
            language=row.language, customer_uid=row.uid, contact=contact.kind, state=SubscriptionState.ACTIVE,
            types=types, pace=USUAL.pace, digest_minute=USUAL.digest_minute, digest_weekday=USUAL.digest_weekday,
            options={}, created_at=self._now, confirmed_at=self._now,
        )  # fmt: skip
        self._new.append(made)
        return True

    def _uid_of(self, each: Listed) -> str | None:
        known = self._known.get(each.external_ref)
        return None if known is None else known.uid

    def _hash(self, contact: Contact) -> str:
        return subscribing.hash_of(self._house.key, MAIL, contact.address)

    def write(self) -> None:
        """Write what was made, all at once."""
        self._session.flush()
        self._session.add_all(self._new)
        self._session.flush()
        self._session.add_all(Follow(subscription_id=made.id, kind=FollowKind.ALL, key="") for made in self._new)
        self._session.flush()


def _contacts(of: sa.ColumnElement[bool]) -> sa.Select[Subscription]:
    return _held(of).where(Subscription.contact.is_not(None))


def _held(of: sa.ColumnElement[bool]) -> sa.Select[Subscription]:
    return sa.select(Subscription).where(of, Subscription.state.in_(HELD)).order_by(Subscription.address)

"""Business customers: what they have with us, whom to tell, their private addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from status.web.api.shapes.base import Shape


class ContactAnswer(Shape):
    """Whom to tell: `kind` is news, maintnote or both; `state` active, or paused after mails that came back."""

    address: str
    kind: str
    state: str


class CustomerTokenAnswer(Shape):
    """A token of a customer's private addresses; `start` is how it begins."""

    uid: str
    start: str
    created_at: datetime
    revoked_at: datetime | None


class CustomerAnswer(Shape):
    """A customer. `components` are its circuits by the slug of a component."""

    uid: str
    external_ref: str
    name: str
    language: str
    retired_at: datetime | None
    components: dict[str, list[str]]
    contacts: list[ContactAnswer]
    tokens: list[CustomerTokenAnswer]


class CustomerBrief(Shape):
    """A customer in a list."""

    uid: str
    external_ref: str
    name: str
    language: str
    retired_at: datetime | None


class CustomerPage(Shape):
    """Customers by external_ref, retired ones too."""

    items: list[CustomerBrief]
    next: str | None


class TakingCustomers(Shape):
    """A list as docs/customers.md describes it, of at most 200 customers. `dry_run`: only say what would be done."""

    csv: Annotated[str, StringConstraints(min_length=1, max_length=1_000_000)]
    dry_run: bool = False


class TakenCustomers(Shape):
    """What a list did, or would do. `stopped`: contacts that said stop and are told nothing, by external_ref."""

    added: int
    changed: int
    revived: int
    unchanged: int
    stopped: dict[str, int]


class MakingCustomerToken(Shape):
    """A private address to make. `rotate`: those before answer no more."""

    rotate: bool = False


class MadeCustomerToken(Shape):
    """The private address made: shown this once, and null where the request is repeated."""

    token: CustomerTokenAnswer
    address: str | None

"""Business customers: the list taken in, one of them, its private addresses."""

from __future__ import annotations

from typing import Final

from status.domain.permissions import Deed
from status.models import Customer, CustomerToken
from status.notifiers.email import canonical
from status.services import customer_tokens, customers, subscribing
from status.services.customer_file import Listed, read_customers
from status.services.customers import House, Taken
from status.web.api.paging import page_of
from status.web.api.problems import Problem, of_field
from status.web.api.route import PREFIX, Call, Route, Told
from status.web.api.shapes.base import Fault, PageQuery
from status.web.api.shapes.customers import (
    ContactAnswer,
    CustomerAnswer,
    CustomerBrief,
    CustomerPage,
    CustomerTokenAnswer,
    MadeCustomerToken,
    MakingCustomerToken,
    TakenCustomers,
    TakingCustomers,
)

MOST: Final = 200
"""So many customers are taken in by one request, which is one transaction: some 0.3 s, when all are new."""

FAULTS: Final = 200


def _list(call: Call) -> Told:
    page, more = page_of(customers.listed(call.session), lambda row: row.external_ref, call.asked(PageQuery))
    return Told(CustomerPage(items=[_brief(row) for row in page], next=more))


def _take_in(call: Call) -> Told:
    body, settings = call.given(TakingCustomers), call.runtime.settings
    listed = _read(call, body.csv)
    taken, house = Taken(), House(subscribing.key_of(call.runtime.places.data), settings.site.languages[0])
    trial = call.session.begin_nested()
    for some in customers.slices(listed):
        customers.take_in(call.session, some, house, taken, call.by, now=call.now)
    if body.dry_run:
        trial.rollback()
    else:
        trial.commit()
    return Told(
        TakenCustomers(
            added=taken.added, changed=taken.changed, revived=taken.revived, unchanged=taken.unchanged,
            stopped=taken.stopped,
        )
    )  # fmt: skip


def _read(call: Call, csv: str) -> tuple[Listed, ...]:
    """Read a list. Raise Problem with every line that is wrong."""
    settings = call.runtime.settings
    found = read_customers(csv.encode(), customers.components(call.session), lambda text: canonical(text, settings))
    if found.faults:
        errors = tuple(
            Fault(field=f"csv, {fault.place}", found="", expected=fault.message) for fault in found.faults[:FAULTS]
        )
        raise Problem(422, "invalid", f"{len(found.faults)} fault(s) in the list: nothing was taken in", errors=errors)
    if len(found.customers) > MOST:
        raise of_field("csv", f"{len(found.customers)} customers", f"at most {MOST}: send the list in parts")
    return found.customers


def _one(call: Call) -> Told:
    return Told(_whole(call, _named(call)))


def _retire(call: Call) -> Told:
    row = _named(call)
    customers.retire(call.session, row, call.by, call.now)
    return Told(_whole(call, row))


def _make_token(call: Call) -> Told:
    row = _named(call)
    make = customer_tokens.rotate if call.given(MakingCustomerToken).rotate else customer_tokens.make
    secret = make(call.session, row, call.by, call.now)
    call.session.flush()
    shape = next(_token(each) for each in customer_tokens.live(call.session, row.uid) if secret.startswith(each.start))
    address = f"{call.runtime.settings.site.public_url.rstrip('/')}/c/{secret}"
    return Told(
        MadeCustomerToken(token=shape, address=address), location=f"{PREFIX}/customers/{row.uid}",
        kept=MadeCustomerToken(token=shape, address=None),
    )  # fmt: skip


def _revoke(call: Call) -> Told:
    row = customer_tokens.find(call.session, _named(call), call.path["token"].lower())
    customer_tokens.revoke(call.session, row, call.by, call.now)
    return Told()


def _named(call: Call) -> Customer:
    return customers.find(call.session, call.path["customer"])


def _brief(row: Customer) -> CustomerBrief:
    return CustomerBrief(
        uid=row.uid, external_ref=row.external_ref, name=row.name, language=row.language, retired_at=row.retired_at
    )


def _whole(call: Call, row: Customer) -> CustomerAnswer:
    return CustomerAnswer(
        uid=row.uid, external_ref=row.external_ref, name=row.name, language=row.language, retired_at=row.retired_at,
        components=customers.circuits_of(call.session, row.uid),
        contacts=[
            ContactAnswer(address=each.address, kind=each.contact.value if each.contact else "", state=each.state.value)
            for each in customers.contacts_of(call.session, row.uid)
        ],
        tokens=[_token(each) for each in customer_tokens.listed(call.session, row.uid)],
    )  # fmt: skip


def _token(row: CustomerToken) -> CustomerTokenAnswer:
    return CustomerTokenAnswer(uid=row.uid, start=row.start, created_at=row.created_at, revoked_at=row.revoked_at)


KEEP: Final = Deed.KEEP_CUSTOMERS
ROUTES: Final = (
    Route("GET", "/customers", "list-customers", KEEP, _list, "Business customers by external_ref", CustomerPage,
          query=PageQuery),
    Route("POST", "/customers", "take-in-customers", KEEP, _take_in,
          "Take in a list of customers; others stay as they are", TakenCustomers, TakingCustomers),
    Route("GET", "/customers/{customer}", "get-customer", KEEP, _one, "One customer", CustomerAnswer),
    Route("POST", "/customers/{customer}/retire", "retire-customer", KEEP, _retire,
          "Let a customer go: its addresses answer no more, its contacts are told nothing", CustomerAnswer),
    Route("POST", "/customers/{customer}/tokens", "make-customer-token", KEEP, _make_token,
          "Make a private address; it is shown once", MadeCustomerToken, MakingCustomerToken, status=201),
    Route("DELETE", "/customers/{customer}/tokens/{token}", "revoke-customer-token", KEEP, _revoke,
          "Let a private address answer no more", status=204),
)  # fmt: skip

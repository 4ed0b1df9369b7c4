"""A day with one of everything the desk has an address for, and the addresses of all its views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from status.domain.permissions import Role, Scope
from status.domain.states import EventType, Impact, PlaceKind
from status.domain.subscriber_link import make_token
from status.models import (
    ApiToken,
    Customer,
    CustomerComponent,
    Event,
    EventComponent,
    EventUpdate,
    Subscription,
)
from status.models.engine import writing
from status.runtime import Runtime
from status.services import (
    accounts,
    acknowledging,
    actors,
    customer_tokens,
    drafts,
    kept_forms,
    notes,
    one_time_links,
    places,
    series,
    subscribing,
    tokens,
)  # fmt: skip
from status.services.identifiers import new_uid
from status.services.one_time_links import SET_UP
from status.web.scope import EXTENSION
from tests.status.web.builder import NOW, Story
from tests.status.web.days import one_incident
from tests.status.web.signing_in import account_of

SIP, SMTP, WORK = 1203, 1201, 1202
"""The open incident; the closed one (of e-mail); the confirmed work (of hosting)."""

REFERENCES = {
    "desk.new_times": WORK, "desk.send_new_times": WORK, "desk.post_mortem": SMTP, "desk.send_post_mortem": SMTP,
    "public.post_mortem": SMTP,
}  # fmt: skip
"""What is not asked of the open incident."""


@dataclass(frozen=True, slots=True)
class Day:
    """The values of addresses, by the names of their parts. `own`: those that differ by endpoint."""

    app: Flask
    values: dict[str, object]
    own: dict[str, dict[str, object]]

    @classmethod
    def make(cls, app: Flask, fill: Callable[[Callable[[Session], Story]], Story]) -> Day:
        """Fill the database."""
        fill(one_incident)
        runtime: Runtime = app.extensions[EXTENSION]
        with writing(runtime.sessions) as session:
            values, own = _rest(session)
            token = _subscriber(session, runtime.places.data)
            endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
            own |= {each: {"token": token} for each in endpoints if each.startswith("subscriptions.")}
            own["desk.resume_subscriber"] = {"uid": session.scalars(sa.select(Subscription.uid)).one()}
            return cls(app, values, own)

    def path(self, rule: Rule) -> str:
        """Give a rule's address in this day. Raise KeyError for a part without a value."""
        given = self.own.get(rule.endpoint, {})
        parts = {name: given.get(name, self.values.get(name)) for name in rule.arguments}
        missing = sorted(name for name, value in parts.items() if value is None)
        if missing:
            raise KeyError(f"{rule.endpoint}: no sample value for {missing}: add one here")
        method = "GET" if "GET" in (rule.methods or ()) else "POST"
        return str(self.app.url_map.bind("localhost").build(rule.endpoint, parts, method=method))


def _subscriber(session: Session, data: Path) -> str:
    """Let somebody be told, and give the token of his links."""
    key = subscribing.key_of(data)
    address = subscribing.Address("email", "sub@example.net", "example.net")
    row = subscribing.subscribe(session, key, address, subscribing.Wish(), "fr", NOW)
    subscribing.confirm(session, row, NOW)
    return make_token(key, row.uid)


def _customer(session: Session, component_id: int | None) -> str:
    """Make a business customer, and give the token of his pages."""
    row = Customer(uid=new_uid(NOW), external_ref="C1", name="Mairie", language="fr", retired_at=None)
    session.add(row)
    session.flush()
    session.add(CustomerComponent(customer_uid=row.uid, component_id=component_id, circuits=["L-1"]))
    return customer_tokens.make(session, row, actors.cli_user(session, "test"), NOW)


def _rest(session: Session) -> tuple[dict[str, object], dict[str, dict[str, object]]]:
    author, alice = actors.cli_user(session, "test"), account_of(session, "alice")
    event = session.scalars(sa.select(Event).where(Event.n == SIP)).one()
    update = session.scalars(sa.select(EventUpdate).where(EventUpdate.event_uid == event.uid)).all()[-1]
    drafts_ = [drafts.keep(session, event, {"texts": {"fr": f"Brouillon {n}."}}, author, NOW).uid for n in range(2)]
    dora = accounts.create(session, "dora", accounts.Details(Role.READER), author, NOW)
    tokens.make(session, alice, "sonde", {Scope.READ}, None, author, NOW)
    notes.add(session, event, "Une note interne.", author, NOW)
    sip = session.scalars(sa.select(EventComponent.component_id).where(EventComponent.event_uid == event.uid)).first()
    again = series.begin(
        session, series.Series("FREQ=WEEKLY", "Europe/Paris", datetime(2026, 12, 1, 2), timedelta(hours=1),  # noqa: DTZ001 - a local time
                               EventType.MAINTENANCE, {"fr": "Nuits"}, impacts={sip: Impact.NONE}), author, NOW,
    )  # fmt: skip
    kept = kept_forms.keep(session, alice.uid, f"/desk/events/{SIP}/notes", {"text": ["gardé"]}, NOW)
    own: dict[str, dict[str, object]] = {name: {"reference": number} for name, number in REFERENCES.items()}
    own |= {name: {"uid": again.uid} for name in ("desk.one_series", "desk.end_series", "desk.redact_series")}
    own |= {
        "desk.post_draft": {"uid": drafts_[0]}, "desk.discard_draft": {"uid": drafts_[1]},
        "desk.account": {"uid": dora.uid}, "desk.change_account": {"uid": dora.uid}, "desk.kept": {"uid": kept.uid},
        "desk.revoke_token": {"uid": session.scalars(sa.select(ApiToken.uid)).one()},
        "desk.link": {"token": one_time_links.make(session, SET_UP, dora, author, NOW)},
        "acknowledge.show": {"token": acknowledging.make_link(session, alice, event, author, NOW)},
        "desk.template": {"slug": "new"}, "desk.send_template": {"slug": "new"}, "public.post_mortem": {"n": SMTP},
        "public.department": {"slug": "59"}, "feeds.department": {"slug": "59"}, "feeds.type": {"slug": "incident"},
    }  # fmt: skip
    for kind in (PlaceKind.EXCHANGE, PlaceKind.RESOURCE):
        places.know(session, kind, ["LIL59"])
        own[f"public.{kind.name.lower()}"] = own[f"feeds.{kind.name.lower()}"] = {"slug": places.slug_of(kind, "LIL59")}
    private = {"token": _customer(session, sip)}
    own |= {f"customers.{name}": private for name in ("page", "event", "feed")}
    own["desk.link_step"], own["acknowledge.press"] = own["desk.link"], own["acknowledge.show"]
    return {
        "reference": SIP, "n": SIP, "update_id": update.id, "name": "sip-check", "slug": "sip", "lang": "fr",
        "symptom": "telephone", "feed": "feed.atom", "incident_id": SIP,
        "number": 7, "channel": "webhook",
    }, own  # fmt: skip

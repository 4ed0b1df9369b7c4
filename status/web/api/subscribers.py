"""Those who are told, for leads: listed, stopped, resumed, erased; and bounces, as a relay's web-hook tells them."""

from __future__ import annotations

import logging
from typing import Final

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.domain.subscriptions import WEEKDAYS, FollowKind, written_minute
from status.log import fields
from status.models import Subscription
from status.notifiers.registry import channels
from status.queries.subscribers import Sought, Subscriber, subscriber, subscribers
from status.services import auditing, bouncing, subscribing
from status.services.bouncing import Counted, Report
from status.services.subscribing import Address
from status.web.api.paging import cursor_of, key_after
from status.web.api.route import Call, Route, Told
from status.web.api.shapes.subscribers import (
    BounceReports,
    BouncesAnswer,
    FollowsAnswer,
    SubscriberAnswer,
    SubscriberPage,
    SubscribersQuery,
)

log = logging.getLogger(__name__)


def _list(call: Call) -> Told:
    query = call.asked(SubscribersQuery)
    after = key_after(query, int)
    states = frozenset({query.state}) if query.state is not None else None
    first = int(after[0]) if after is not None else 0
    found = subscribers(call.session, Sought(states, query.channel), first, query.limit + 1)
    page = found[: query.limit]
    more = cursor_of(page[-1].id) if len(found) > query.limit else None
    return Told(SubscriberPage(items=[_answer(each) for each in page], next=more))


def _one(call: Call) -> Told:
    return Told(_shown(call))


def _stop(call: Call) -> Told:
    row = _noted(call, "stop")
    subscribing.stop(call.session, row, call.now)
    return Told(_shown(call))


def _resume(call: Call) -> Told:
    row = _noted(call, "resume")
    if not subscribing.resume(row, call.now):
        raise Refused("not_paused", "this address is not paused")
    call.session.flush()
    shown = _shown(call)
    return Told(shown, kept=shown.model_copy(update={"address": "", "options": {}}))


def _erase(call: Call) -> Told:
    row, key = _noted(call, "erase"), subscribing.key_of(call.runtime.places.data)
    channel = channels().get(row.channel)
    address = Address(row.channel, row.address, row.domain, channel.counted_as(row.address) if channel else "")
    subscribing.erase(call.session, row.address_hash, call.now, [subscribing.asked_as(key, address)])
    return Told()


def _bounces(call: Call) -> Told:
    reports = (Report(each.message_id, each.address, each.code) for each in call.given(BounceReports).items)
    found = [bouncing.count(call.session, report, call.now) for report in reports]
    for each in found:
        if each.is_paused:
            log.info("subscription_paused", extra=fields(subscription=each.subscription))
    count = {counted: sum(each.counted is counted for each in found) for counted in Counted}
    return Told(
        BouncesAnswer(
            hard=count[Counted.HARD], soft=count[Counted.SOFT], known=count[Counted.KNOWN],
            unknown=count[Counted.UNKNOWN], paused=sum(each.is_paused for each in found),
        )
    )  # fmt: skip


def _noted(call: Call, action: str) -> Subscription:
    """Give the subscription of the path, the deed noted in the audit, which names no address."""
    row = subscribing.by_uid(call.session, call.path["subscriber"].lower())
    if row is None:
        raise _unknown()
    auditing.record(call.session, call.by, f"subscriber.{action}", f"subscriber:{row.uid}", call.now)
    return row


def _shown(call: Call) -> SubscriberAnswer:
    found = subscriber(call.session, call.path["subscriber"].lower())
    if found is None:
        raise _unknown()
    return _answer(found)


def _unknown() -> Refused:
    return Refused("no_such_subscriber", "there is no subscriber of this uid, or none any more")


def _answer(row: Subscriber) -> SubscriberAnswer:
    named = {kind: list(row.follows.get(kind, ())) for kind in FollowKind}
    begins, ends = map(written_minute, row.quiet) if row.quiet else (None, None)
    return SubscriberAnswer(
        uid=row.uid, channel=row.channel, address=row.address, language=row.language, state=row.state,
        customer=row.customer,
        follows=FollowsAnswer(
            components=named[FollowKind.COMPONENT], departments=named[FollowKind.DEPARTMENT],
            exchanges=named[FollowKind.EXCHANGE], resources=named[FollowKind.RESOURCE], events=named[FollowKind.EVENT],
        ),
        types=list(row.types), impact=row.impact, pace=row.pace, digest_at=written_minute(row.digest_minute),
        weekday=WEEKDAYS[row.digest_weekday], quiet_from=begins, quiet_to=ends, per_hour=row.per_hour,
        options=dict(row.options), hard_bounces=row.hard_bounces, created_at=row.created_at,
        confirmed_at=row.confirmed_at, consent=row.consent, ended_at=row.ended_at,
    )  # fmt: skip


LEADS: Final = Deed.SUBSCRIBERS
ROUTES: Final = (
    Route("GET", "/subscribers", "list-subscribers", LEADS, _list, "Those who are told, the first first",
          SubscriberPage, query=SubscribersQuery),
    Route("GET", "/subscribers/{subscriber}", "get-subscriber", LEADS, _one, "One of them", SubscriberAnswer),
    Route("POST", "/subscribers/{subscriber}/stop", "stop-subscriber", LEADS, _stop,
          "Send nothing more, as if they had said stop", SubscriberAnswer),
    Route("POST", "/subscribers/{subscriber}/resume", "resume-subscriber", LEADS, _resume,
          "Write to a paused address again", SubscriberAnswer),
    Route("DELETE", "/subscribers/{subscriber}", "erase-subscriber", LEADS, _erase,
          "Take away all that is kept of somebody, but for a keyed hash", status=204),
    Route("POST", "/bounces", "report-bounces", Deed.DELIVER, _bounces, "Count mails that came back", BouncesAnswer,
          BounceReports),
)  # fmt: skip

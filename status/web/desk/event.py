"""One event as the desk sees it: everything that is known, and what this person may do."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Blueprint, url_for

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.domain.states import ENDED_STATES, EventState, Publication
from status.models import Event
from status.models.engine import reading
from status.queries.desk_event import DeskEvent, DeskPost, read_assignable, read_desk_event
from status.web.desk.filled import Filled
from status.web.desk.finding import find_or_404
from status.web.desk.gate import allowed, person, runtime_of_app
from status.web.desk.showing import event_page
from status.web.desk.update_form import states_from
from status.web.language import gettext as _
from status.web.scope import settings_of_app

CLOSED: Final = (Publication.WITHDRAWN, Publication.MERGED)
DRAFT: Final = (Publication.DRAFT, Publication.SCHEDULED)
RARELY: Final = (EventState.ROLLED_BACK, EventState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Way:
    """Something this person may do: a page to go to, or (`posts`) a button that does it at once.

    The `main` one is what is done most, a `rare` one is folded away.
    """

    words: str
    href: str
    posts: bool = False
    main: bool = False
    rare: bool = False


def install(desk: Blueprint) -> None:
    """Add the view."""
    desk.add_url_rule("/events/<reference>", "event", show)


@allowed(Deed.READ)
def show(reference: str) -> tuple[str, int]:
    """Show the event."""
    return show_with(reference, Filled.from_values({}))


def show_with(reference: str, form: Filled, status: int = 200) -> tuple[str, int]:
    """Show the event, with a small form that was refused, filled."""
    with reading(runtime_of_app().sessions) as session:
        event = find_or_404(session, reference)
        found = read_desk_event(session, event)
        answer = event_page(
            "desk/event.html", found=found, event=event, people=found.people, form=form, ways=ways(found),
            may=_may_by_name(found), days=_by_day(found), assignable=read_assignable(session), hows=_hows(),
        )  # fmt: skip
    return answer, status


def refuse_on(reference: str, refused: Refused, form: Filled | None = None, **fields: str) -> tuple[str, int]:
    """Show the event again with what was refused."""
    form = form or Filled.from_request()
    form.refuse(refused, **fields)
    return show_with(reference, form, form.refused_status)


def may_do(found: DeskEvent, deed: Deed) -> bool:
    """Whether this person may do a deed on this event: role and areas."""
    return person().may(deed) and (not found.areas or person().covers(found.areas))


def ways(found: DeskEvent) -> list[Way]:
    """Give what he may do, the most likely first."""
    event = found.event
    redacting = [Way(_("Redact words"), _to("redact_event", event), rare=True)] if may_do(found, Deed.REDACT) else []
    if event.publication in CLOSED:
        return redacting
    return [*_posting(found, event), *_holding(found, event), *_rearranging(found, event), *redacting]


def _posting(found: DeskEvent, event: Event) -> list[Way]:
    said = []
    if event.publication in DRAFT and may_do(found, Deed.PUBLISH):
        said.append(Way(_("Publish now"), _to("publish_event", event), posts=True, main=True))
    if not may_do(found, Deed.POST):
        return said
    main = event.publication not in DRAFT and event.state not in ENDED_STATES
    said.append(Way(_("Post an update"), _to("post", event, template="auto"), main=main))
    words = _moves()
    if event.state is EventState.RESOLVED:
        words[EventState.INVESTIGATING] = _("Reopen")
    said += [
        Way(words[state], _to("post", event, state=state.value), rare=state in RARELY)
        for state in states_from(event)
        if state in words
    ]
    if event.type.is_work and event.state not in ENDED_STATES and event.state is not EventState.VERIFYING:
        said.append(Way(_("New times"), _to("new_times", event), rare=event.state is EventState.IN_PROGRESS))
    return said


def _holding(found: DeskEvent, event: Event) -> list[Way]:
    said = []
    is_open = not event.type.is_work and event.state not in ENDED_STATES
    if may_do(found, Deed.ACKNOWLEDGE) and event.acknowledged_at is None and event.state not in ENDED_STATES:
        said.append(Way(_("Acknowledge"), _to("acknowledge", event), posts=True))
    if may_do(found, Deed.POST) and is_open:
        if event.taken_by is None:
            said.append(Way(_("Take over from the robot"), _to("take", event), posts=True))
        else:
            said.append(Way(_("Hand back to the robot"), _to("hand_back", event), posts=True, rare=True))
    return said


def _rearranging(found: DeskEvent, event: Event) -> list[Way]:
    said = []
    is_open = not event.type.is_work and event.state not in ENDED_STATES
    if is_open and may_do(found, Deed.MERGE):
        said.append(Way(_("Merge into another"), _to("merge", event), rare=True))
        if sum(each.left_at is None for each in found.touched) > 1:
            said.append(Way(_("Split off components"), _to("split", event), rare=True))
    if not event.type.is_work and may_do(found, Deed.WITHDRAW):
        said.append(Way(_("Withdraw (false alarm)"), _to("withdraw", event), rare=True))
    if not event.type.is_work and event.state in ENDED_STATES and may_do(found, Deed.POST_MORTEM):
        said.append(Way(_("Post-mortem"), _to("post_mortem", event)))
    if may_do(found, Deed.POST):
        said.append(Way(_("Regulatory facts"), _to("facts", event), rare=True))
    return said


def _by_day(found: DeskEvent) -> list[list[DeskPost]]:
    """Put the posts (newest first) together by day, in the site's zone."""
    zone = ZoneInfo(settings_of_app().site.timezone)
    days = groupby(found.posts, key=lambda post: (post.published_at or post.written_at).astimezone(zone).date())
    return [list(posts) for _day, posts in days]


def _hows() -> dict[str, str]:
    return {
        "merged-into": _("merged into"), "work": _("during the work"), "split-from": _("split from"),
        "merged": _("took in"), "part": _("split off"), "incident": _("incident during it"), "linked": _("linked with"),
    }  # fmt: skip


def _moves() -> dict[EventState, str]:
    return {
        EventState.RESOLVED: _("Close"), EventState.CONFIRMED: _("Confirm"),
        EventState.IN_PROGRESS: _("Start the work"), EventState.VERIFYING: _("Verify"), EventState.DONE: _("Finish"),
        EventState.ROLLED_BACK: _("Roll back"), EventState.CANCELLED: _("Cancel the work"),
    }  # fmt: skip


def _may_by_name(found: DeskEvent) -> dict[str, bool]:
    return {deed.value: may_do(found, deed) for deed in Deed}


def _to(view: str, event: Event, **query: str) -> str:
    return url_for(f"desk.{view}", reference=event.n or event.uid, **dict[str, Any](query))

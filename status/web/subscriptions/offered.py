"""What a form offers: ways to be told, what to follow; and how it says that something in it can't be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from status.config.model import Settings
from status.domain.refused import Refused
from status.domain.subscriptions import TOKEN_CHANNELS
from status.notifiers.registry import channels
from status.notifiers.types import Channel
from status.queries.components import Place, Places
from status.services.subscribing import MOST_FOLLOWS
from status.web.language import gettext as _

DEEPEST: Final = 3
MAIL: Final = "email"
ORDER: Final = (MAIL, "sms", "ntfy", "slack", "teams", "webhook")
"""Of the ways as they are offered: those of most people first."""

MONDAY: Final = date(2024, 1, 1)
WEEK: Final = tuple(MONDAY + timedelta(days=n) for n in range(7))
"""Some week, for the names of its days."""

ADDRESS_REASONS: Final = frozenset({"address", "port", "retired", "topic", "number", "prefix"})
FIELD_REASONS: Final = frozenset({
    "token", "departments", "exchanges", "resources", "digest_at", "quiet_from", "quiet_to", "per_hour",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """A component in the list, with those below it; `holds_chosen`: one of these is chosen, so they are shown."""

    place: Place
    below: tuple[Choice, ...]
    holds_chosen: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A channel as a form offers it: its words, and what to write as its address. `takes_token`: one may be given."""

    name: str
    label: str
    hint: str
    takes_token: bool


def ways(settings: Settings, *, mail_last: bool) -> Sequence[Way]:
    """Give the channels anybody may choose here; mail is the last one where it may be what is down."""
    said = _words(settings)
    offered = sorted((name for name in channels() if is_offered(name, settings)), key=ORDER.index)
    if mail_last and MAIL in offered:
        offered = [*(name for name in offered if name != MAIL), MAIL]
    return [Way(name, *said[name], takes_token=name in TOKEN_CHANNELS) for name in offered]


def offered_channel(name: str, settings: Settings) -> Channel:
    """Give a channel people may choose. Raise Refused for another."""
    if not is_offered(name, settings):
        raise Refused("channel", f"{name[:20]!r} is not offered here")
    return channels()[name]


def is_offered(name: str, settings: Settings) -> bool:
    """Whether anybody may choose a channel here."""
    channel = channels().get(name)
    return channel is not None and channel.is_public and not channel.lacks(settings)


def _words(settings: Settings) -> Mapping[str, tuple[str, str]]:
    number = ", ".join(f"{prefix} …" for prefix in settings.sms.prefixes if prefix != "+") or "+33 6 12 34 56 78"
    return {
        "email": (_("By e-mail"), _("Your e-mail address: name@example.net")),
        "sms": (_("By SMS"), _("Your number, with its country's code: %(number)s", number=number)),
        "ntfy": (_("To a phone, by ntfy"), _("The topic's address: https://ntfy.sh/my-topic")),
        "slack": (_("To a room in Slack"), _("The incoming web-hook: https://hooks.slack.com/services/…")),
        "teams": (_("To a channel in Teams"), _("The workflow's web-hook: https://…logic.azure.com/workflows/…")),
        "webhook": (_("A program, by web-hook"), _("Its address, HTTPS and public: https://example.net/hook")),
    }


def may_be_down(places: Places, chosen: Collection[str], *, everything: bool) -> bool:
    """Whether what somebody wants to be told of is, or includes, the mail by which he would be told."""
    mail = next((area for area in places.areas if area.slug == MAIL), None)
    if mail is None:
        return False
    found = (places.by_slug(slug) for slug in chosen)
    return everything or any(place is not None and place.area == MAIL for place in found)


def choices(places: Places, chosen: Collection[str]) -> tuple[Choice, ...]:
    """Give what may be followed, by area; components deeper than a person would look for are left to their parents."""
    return tuple(_choice(places, area, chosen, 0) for area in places.areas)


def outside(places: Places, offered: Collection[Choice], chosen: Collection[str]) -> tuple[Place, ...]:
    """Give the chosen components that are not offered, so that they stand in the form too: saving would drop them."""
    left = set(chosen).difference(_slugs(offered))
    return tuple(place for place in places.by_id.values() if place.slug in left)


def _slugs(offered: Collection[Choice]) -> Iterator[str]:
    for choice in offered:
        yield choice.place.slug
        yield from _slugs(choice.below)


def refusal(refused: Refused) -> str:
    """Say in the reader's language what can't be."""
    known = {
        "address": _("This is no address we can write to. Please look at the example beside your choice."),
        "port": _("This address names a port that we do not write to. Please use the usual one."),
        "retired": _("Teams has retired its connectors. Please make a workflow, and give the address of its web-hook."),
        "topic": _("This is no topic of ntfy. It should look like https://ntfy.sh/my-topic."),
        "token": _("This is no token of ntfy. It should look like tk_…"),
        "number": _("This is no telephone number. It should look like +33 6 12 34 56 78."),
        "prefix": _("We send no SMS to this country."),
        "channel": _("This way is not offered here."),
        "what": _("Choose at least one thing to be told of."),
        "follows": _("Choose at most %(most)s things to be told of.", most=MOST_FOLLOWS),
        "quiet": _("Quiet hours have a beginning and an end. Please give both, or neither."),
        "types": _("Choose at least one of incidents, maintenance and upgrades."),
        "component": _("One of these services is not there any more. Please choose again."),
        "event": _("This event is not there any more. Please choose again."),
        "over": _("This event is over: there is nothing more to be told of it."),
        "departments": _("One of these departments is not known. Write their numbers: 59, 2A."),
        "exchanges": _("One of these exchanges is not known here."),
        "resources": _("One of these resources is not known here."),
        "stopped": _("This subscription has ended. Please subscribe again."),
        "expired": _("This link has run out after 48 hours. Please subscribe again."),
        "tests": _("A test is on its way, or there were enough of them within an hour. Please wait a little."),
    }
    return known.get(refused.reason, _("A number or a time is not as expected. Please check it."))


def wrong_field(refused: Refused | None) -> str:
    """Name the field that a refusal is about; "" where it is none, or several."""
    if refused is None:
        return ""
    if refused.reason in ADDRESS_REASONS:
        return "address"
    if refused.reason == "quiet":
        return "quiet_to"
    return refused.reason if refused.reason in FIELD_REASONS else ""


def _choice(places: Places, place: Place, chosen: Collection[str], depth: int) -> Choice:
    children = places.children.get(place.id, ()) if depth < DEEPEST else ()
    below = tuple(_choice(places, each, chosen, depth + 1) for each in children)
    return Choice(place, below, any(each.holds_chosen or each.place.slug in chosen for each in below))

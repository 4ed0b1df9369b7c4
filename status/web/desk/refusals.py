"""Why something was refused, in the words of the person at the desk. The services' own words are for operators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from status.domain.refused import Refused
from status.web.language import gettext as _

FIELDS: Final[Mapping[str, str]] = {
    "no_title": "title_fr",
    "no_component": "components",
    "no_reason": "text_fr",
    "nothing": "text_fr",
    "too_long": "text_fr",
    "move": "state",
    "progress": "progress",
    "impact": "impact",
    "no_such_component": "components",
    "nothing_public": "components",
    "area": "components",
    "times": "end_at",
    "past": "next_update_at",
    "future": "happened_at",
    "rule": "rule",
    "no_text": "text_fr",
    "never": "rule",
    "overlaps_itself": "rule",
    "lasts": "end_at",
}
"""The field an error's link leads to, where the page has it."""


def say_refused(refused: Refused) -> str:
    """Say a refusal; one the desk has no words for is said in the service's own."""
    return _sentences().get(refused.reason, refused.message)


def _sentences() -> dict[str, str]:
    return {
        "no_title": _("The title is empty: say what is touched and what happens."),
        "no_component": _("Choose at least one component."),
        "no_reason": _("Give the reason: those who were told will read it."),
        "nothing": _("This says nothing yet: give a text, a state, an impact or a time."),
        "too_long": _("The text is too long: shorten it."),
        "move": _("The event cannot go from its present state to this one."),
        "progress": _("Progress is a number from 0 to 100."),
        "not_open": _("The event is withdrawn, merged or closed: nothing can be added to it."),
        "nothing_public": _("The event touches only components that are hidden from customers: add a public one."),
        "area": _("This touches components outside your areas."),
        "forbidden": _("Your role does not allow this."),
        "future": _("It cannot have happened yet: this time is still to come."),
        "past": _("This time is past: give one that is still to come."),
        "times": _("These times do not fit: a coming work has a start and a later end, a running one an end."),
        "not_a_draft": _("It has been published already."),
        "conflict": _("Somebody else changed this event meanwhile. Look at what changed, then post again."),
        "not_an_incident": _("Only an incident can do this, not a work."),
        "not_a_work": _("Only a work can do this, not an incident."),
        "itself": _("Name another event, not this one itself."),
        "linked": _("They are linked already."),
        "not_linked": _("They are not linked."),
        "no_text": _("The words are empty."),
        "not_public": _("Only a public event can do this: publish it first."),
        "not_waiting": _("This draft was posted or discarded already."),
        "variable": _("A word in braces is no variable: use one of those below."),
        "slug": _("A short name has small letters, figures and hyphens."),
        "customers": _("This is no number of customers."),
        "redacted": _("These words were redacted: they cannot be written again. Post an update."),
        "in_hand": _("It is in those hands already: choose somebody else."),
        "draft": _("A public incident cannot be merged into a draft: publish that one first."),
        "no_such_event": _("There is no such event."),
        "rule": _("This rule cannot be used: write it as FREQ=WEEKLY;BYDAY=TU (RFC 5545)."),
        "never": _("This rule gives no start within ten years."),
        "overlaps_itself": _("Each work would begin before the one before it has ended."),
        "lasts": _("A work lasts from a minute to 31 days."),
        "no_such_account": _("Choose a colleague of the list."),
        "ended": _("These works have come to an end already."),
        "not_a_time": _("This is not a date and a time."),
    }

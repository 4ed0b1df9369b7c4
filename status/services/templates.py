"""Templates of words for posts: the shipped ones, the installation's own, and what fills them for an event."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import AREAS, EventState, EventType, Visibility
from status.domain.work import moves_of
from status.domain.written import clean_text, clean_title
from status.models import Actor, Component, Event, TextTemplate
from status.services.auditing import record
from status.services.events import components_of
from status.services.updating import check_words
from status.wording import templates
from status.wording.languages import LANGUAGES, join_names, pick
from status.wording.templates import VARIABLES, Template
from status.wording.times import date_and_time, duration

__all__ = [
    "VARIABLES", "Template", "all_templates", "fill", "find", "fitting", "retire", "save", "values_of", "version_of",
]  # fmt: skip

_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_LIMIT: Final = 80
NAMED: Final = 10
"""So many components are named; of more, the first ones and how many there are."""


def all_templates(session: Session) -> Sequence[Template]:
    """Give every template: the shipped ones, each in the installation's version where it has one, then its own."""
    rows = session.scalars(sa.select(TextTemplate).where(TextTemplate.retired_at.is_(None)).order_by(TextTemplate.slug))
    own = {row.slug: _template(row) for row in rows}
    ships = [own.pop(each.slug, each) for each in templates.shipped()]
    return [*ships, *own.values()]


def find(session: Session, slug: str) -> Template:
    """Give a template. Raise Refused for one there is not."""
    found = next((each for each in all_templates(session) if each.slug == slug), None)
    if found is None:
        raise Refused("no_such_template", f"there is no template {slug!r}")
    return found


def version_of(session: Session, slug: str) -> int | None:
    """Give how often a template was saved here: 0 for one as it ships, None where there is none of that name."""
    row = session.get(TextTemplate, slug)
    if row is not None and row.retired_at is None:
        return row.version
    return 0 if any(each.slug == slug for each in templates.shipped()) else None


def fitting(session: Session, type_: EventType, areas: Sequence[str], state: EventState | None) -> Sequence[Template]:
    """Give the templates for an event, those of its areas and state first; works of both types share theirs."""
    kinds = {EventType.INCIDENT} if type_ is EventType.INCIDENT else {EventType.MAINTENANCE, EventType.UPGRADE}
    fits = [each for each in all_templates(session) if each.type in {kind.value for kind in kinds}]
    wanted = state.value if state else ""
    return sorted(fits, key=lambda each: (each.area not in (*areas, ""), each.state != wanted))


def fill(template: Template, values: Mapping[str, str], language: str) -> tuple[str, str]:
    """Give title and text of a template in a language, filled; empty where it has none in it."""
    text = templates.fill(template.text.get(language, ""), values)
    return template.title.get(language, ""), text


def values_of(session: Session, event: Event, language: str, zone: str, now: datetime) -> dict[str, str]:
    """Give what fills the variables for an event in a language, times in `zone`; what is not known is empty.

    Components the public may not know are not named.
    """

    def written(at: datetime | None) -> str:
        return date_and_time(at, language, zone) if at else ""

    began = event.started_at or event.detected_at
    lasted = ((event.ended_at or now) - began).total_seconds() if began else None
    return {
        "components": _names(session, event, language),
        "since": written(began),
        "duration": duration(lasted, language) if lasted is not None else "",
        "expected_end": written(event.expected_end_at),
        "next_update": written(event.next_update_at),
        "planned_start": written(event.planned_start_at),
        "planned_end": written(event.planned_end_at),
        "cause": event.cause,
    }


def save(session: Session, what: Template, author: Actor, now: datetime) -> None:
    """Keep a template of the installation's own, or its version of a shipped one. Raise Refused for a faulty one."""
    what = _sound(what)
    row = session.get(TextTemplate, what.slug)
    before = _said(_template(row)) if row is not None else {}
    if row is None:
        row = TextTemplate(slug=what.slug, version=0)
        session.add(row)
    row.name, row.area, row.type, row.state = dict(what.name), what.area, what.type, what.state
    row.title, row.text, row.changed_at, row.changed_by = dict(what.title), dict(what.text), now, author.id
    row.retired_at, row.version = None, row.version + 1
    session.flush()
    record(session, author, "template.save", f"template:{what.slug}", now, before=before, after=_said(what))


def retire(session: Session, slug: str, author: Actor, now: datetime) -> None:
    """Take an own template away; a shipped one is as it ships again. Raise Refused where there is no own one."""
    row = session.get(TextTemplate, slug)
    if row is None or row.retired_at is not None:
        raise Refused("no_such_template", f"there is no template {slug!r} of your own")
    row.retired_at = now
    record(session, author, "template.retire", f"template:{slug}", now, before=_said(_template(row)))


def _sound(what: Template) -> Template:
    if not _SLUG.fullmatch(what.slug) or len(what.slug) > SLUG_LIMIT:
        raise Refused("slug", f"found {what.slug!r}, expected small letters, digits and single hyphens, at most 80")
    if what.type not in {kind.value for kind in EventType}:
        raise Refused("type", f"found {what.type!r}, expected incident, maintenance or upgrade")
    states = {state.value for state in moves_of(EventType(what.type))}
    if what.state not in states:
        raise Refused("state", f"found {what.state!r}, expected one of {', '.join(sorted(states))}")
    if what.area not in ("", *AREAS):
        raise Refused("area", f"found {what.area!r}, expected nothing or one of {', '.join(AREAS)}")
    check_words({**what.name, **what.title}, what.text)
    name = {key: words for key in LANGUAGES if (words := clean_title(what.name.get(key, "")))}
    text = {key: words for key in LANGUAGES if (words := clean_text(what.text.get(key, "")))}
    title = {key: words for key in LANGUAGES if (words := clean_title(what.title.get(key, "")))}
    if not name or not text:
        raise Refused("nothing", "a template needs a name and a text, in one language at least")
    sound = replace(what, name=name, title=title, text=text, own=True)
    templates.require_known_variables(sound)
    return sound


def _template(row: TextTemplate) -> Template:
    return Template(row.slug, row.name, row.area, row.type, row.state, row.title, row.text, own=True)


def _said(what: Template) -> dict[str, Any]:
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in asdict(what).items()}


def _names(session: Session, event: Event, language: str) -> str:
    ids = [row.component_id for row in components_of(session, event)]
    public = set(
        session.scalars(sa.select(Component.id).where(Component.id.in_(ids), Component.visibility == Visibility.PUBLIC))
    )
    names = [pick(row.name, language)[0] for row in components_of(session, event) if row.component_id in public]
    return join_names(names, language, NAMED)

"""Templates on the posting screen: which fit, and filling both languages with one, keeping what was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from status.domain.refused import Refused
from status.domain.states import EventState, EventType
from status.models import Event
from status.queries.desk_event import read_touching
from status.services import templates
from status.services.templates import Template
from status.web.desk.choosing import Chooser
from status.web.desk.filled import Filled, Wrong
from status.web.desk.gate import present
from status.web.desk.update_form import states_from
from status.web.language import gettext as _
from status.web.scope import settings_of_app
from status.wording.languages import LANGUAGES, join_names
from status.wording.times import date_and_time

AUTO: Final = "auto"
TIMES: Final = {"next_update": "next_update_at", "expected_end": "expected_end_at"}
PLANNED: Final = {"since": "happened_at", "planned_start": "start_at", "planned_end": "end_at", **TIMES}


def choices(session: Session, event: Event, form: Filled) -> Sequence[Template]:
    """Give the templates for an event, the fitting ones first."""
    return templates.fitting(session, event.type, _areas(session, event), _state(event, form))


def fill(session: Session, event: Event, form: Filled, slug: str) -> None:
    """Fill the form by a template; `auto` takes the one for its area and state, if there is one. '' does nothing.

    A state the template is made for is chosen too, where nobody chose another and the event may go there.
    """
    found = _find(session, form, slug) if slug != AUTO else _best(session, event, form)
    if found is None:
        return
    site = settings_of_app().site
    for language in LANGUAGES:
        values = templates.values_of(session, event, language, site.timezone, present())
        _put(form, found, {**values, **_times(form, language, TIMES)}, language)
    if not form.get("state") and found.state in {state.value for state in states_from(event)}:
        form.values["state"] = found.state
    form.values["template"] = found.slug


def choices_new(session: Session, chooser: Chooser, kind: EventType, state: EventState) -> Sequence[Template]:
    """Give the templates for what is not yet an event."""
    return templates.fitting(session, kind, [chooser.area] if chooser.area else [], state)


def fill_new(session: Session, form: Filled, chooser: Chooser) -> None:
    """Fill the form of what is not yet an event: its words, and its title where that is empty."""
    found = _find(session, form, form.get("template"))
    if found is None:
        return
    for language in LANGUAGES:
        names = [each.names.get(language) or each.name for each in chooser.chosen]
        now = date_and_time(present(), language, settings_of_app().site.timezone)
        values = {"components": join_names(names, language), "since": now, **_times(form, language, PLANNED)}
        _put(form, found, values, language)
        if not form.get(f"title_{language}").strip():
            form.values[f"title_{language}"] = found.title.get(language, "")


def _find(session: Session, form: Filled, slug: str) -> Template | None:
    if not slug:
        return None
    try:
        return templates.find(session, slug)
    except Refused:
        form.errors.append(Wrong("template", _("There is no such template any more.")))
        return None


def _best(session: Session, event: Event, form: Filled) -> Template | None:
    """Give the first one for this area and state, or for every area."""
    areas, state = _areas(session, event), _state(event, form)
    fits = (each for each in choices(session, event, form) if each.area in (*areas, "") and each.state == state.value)
    return next(fits, None)


def _put(form: Filled, found: Template, values: Mapping[str, str], language: str) -> None:
    """Put a template's words in, before what was typed; words of a template used before go."""
    name = f"text_{language}"
    _title, words = templates.fill(found, values, language)
    typed, before = _plain(form.get(name)), _plain(form.get(f"was_{name}"))
    rest = typed.removeprefix(before).strip("\n") if before else typed
    form.values[name] = f"{words}\n{rest}" if rest.strip() else words
    form.values[f"was_{name}"] = words


def _times(form: Filled, language: str, names: Mapping[str, str]) -> dict[str, str]:
    zone, quiet = settings_of_app().site.timezone, Filled(form.values)
    found = {name: quiet.time(field) for name, field in names.items()}
    return {name: date_and_time(at, language, zone) for name, at in found.items() if at is not None}


def _areas(session: Session, event: Event) -> list[str]:
    return list(dict.fromkeys(each.area for each in read_touching(session, event, {}) if each.left_at is None))


def _state(event: Event, form: Filled) -> EventState:
    known = {state.value: state for state in EventState}
    return known.get(form.get("state"), event.state)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")

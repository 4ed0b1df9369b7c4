"""The posting screen's form: what it begins with, and the update it asks for.

A field left as it was shown asks for nothing: so a form that lay open for a while takes nothing back.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from status.domain.event import INCIDENT_MOVES
from status.domain.next_word import preset_s
from status.domain.permissions import Person
from status.domain.personal import looks_personal
from status.domain.states import ENDED_STATES, EventState, EventType, Impact
from status.domain.work import WORK_MOVES
from status.models import Event
from status.queries.desk_changes import snapshot
from status.queries.desk_event import Touching
from status.services.updating import Update
from status.web.desk.filled import Filled, local
from status.web.scope import settings_of_app
from status.wording.languages import LANGUAGES

STEP: Final = timedelta(minutes=5)
TIMES: Final = ("expected_end_at", "next_update_at")


def beginning(session: Session, event: Event, now: datetime) -> Filled:
    """Give the form of an event as it now stands, "next update at" preset by its severity."""
    form, minutes = Filled.from_values({}), settings_of_app().desk.next_word_minutes
    look(session, event, form)
    if event.type is EventType.INCIDENT and event.state not in ENDED_STATES:
        form.values["next_update_at"] = local(rounded(now + timedelta(seconds=preset_s(event.severity, minutes))))
    return form


def look(session: Session, event: Event, form: Filled) -> None:
    """Show the event as it now stands in every field that nobody changed, and remember that it was seen so."""
    for name, value in _shown(event).items():
        if form.get(name) == form.get(f"was_{name}"):
            form.values[name] = value
        form.values[f"was_{name}"] = value
    form.values["version"] = str(event.version)
    form.values["seen"] = snapshot(session, event)


def read_update(form: Filled, event: Event, touched: Collection[Touching], person: Person) -> Update:
    """Read the update; faults are noted in the form. Impacts are those of components in his areas alone."""
    his = [each.component_id for each in touched if each.left_at is None and person.covers({each.area})]
    state, impact = form.choice("state", EventState), form.choice("impact", Impact)
    everywhere = dict.fromkeys(his, impact) if impact is not None else {}
    ended = (state or event.state) in ENDED_STATES
    return Update(
        texts=form.words("text"),
        state=state,
        impacts={**everywhere, **form.impacts(his)},
        title={key: form.get(f"title_{key}") for key in LANGUAGES if form.is_changed(f"title_{key}")},
        expected_end_at=form.coming("expected_end_at") if form.is_changed("expected_end_at") else None,
        next_update_at=form.coming("next_update_at") if form.is_changed("next_update_at") and not ended else None,
        progress=form.number("progress") if form.is_changed("progress") else None,
        happened_at=form.time("happened_at"),
        version=form.number("version") or 0,
        cleared=frozenset(name for name in TIMES if form.is_emptied(name)),
    )


def states_from(event: Event) -> tuple[EventState, ...]:
    """Give the states an event may be moved to; running works may be ended without being verified first."""
    moves = WORK_MOVES if event.type.is_work else INCIDENT_MOVES
    allowed = moves.get(event.state, ())
    if event.state is EventState.IN_PROGRESS:
        allowed = (*allowed, *WORK_MOVES[EventState.VERIFYING])
    return tuple(state for state in allowed if state is not EventState.POST_MORTEM)


def seems_personal(form: Filled) -> tuple[str, ...]:
    """Give what looks like somebody's own data in the texts, until the person has said that it may stand."""
    if form.get("sure"):
        return ()
    return tuple(dict.fromkeys(found for text in form.words("text").values() for found in looks_personal(text)))


def _shown(event: Event) -> dict[str, str]:
    titles = {f"title_{language}": event.title.get(language, "") for language in LANGUAGES}
    times = {name: local(getattr(event, name)) for name in TIMES}
    return {**titles, **times, "progress": str(event.progress)}


def rounded(at: datetime) -> datetime:
    """Give the next time with full five minutes."""
    return at + (STEP - timedelta(seconds=at.timestamp() % STEP.total_seconds()))

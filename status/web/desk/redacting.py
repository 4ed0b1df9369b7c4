"""Words of an event itself taken away for good, by a lead: title, advice, cause, measures, why it was withdrawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from flask import Blueprint, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.domain.written import clean_title
from status.models import Event, PostMortem
from status.models.engine import reading
from status.queries.desk_event import name_of
from status.services.changing import require_version
from status.services.correcting import OF_EVENT, POST_MORTEM, redact_event_words
from status.web.desk.deeds import deed
from status.web.desk.filled import Filled, Wrong
from status.web.desk.finding import find_for
from status.web.desk.gate import allowed, runtime_of_app
from status.web.desk.showing import event_page
from status.web.language import gettext as _

CHOSEN: Final = "what"
FIELDS: Final = {"no_reason": "reason", "no_title": "title_fr", "too_long": "title_fr", "conflict": CHOSEN}
NOTHING: Final = ("nothing", "field")
"""Refusals of what names no words that stand there."""


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/events/<reference>/redact", "redact_event", show)
    desk.add_url_rule("/events/<reference>/redact", "send_redact_event", send, methods=["POST"])


@allowed(Deed.REDACT)
def show(reference: str) -> tuple[str, int]:
    """Show the words that may go."""
    return _page(reference, Filled.from_values({}))


@allowed(Deed.REDACT)
def send(reference: str) -> Response | tuple[str, int]:
    """Take the chosen ones away."""
    form = Filled.from_request()
    try:
        with deed() as doing:
            event = doing.event(reference, Deed.REDACT)
            require_version(event, form.number("version"))
            instead = {key: said for key, text in form.words("title").items() if (said := clean_title(text))}
            chosen, why = form.all(CHOSEN), form.get("reason")
            redact_event_words(doing.session, event, chosen, why, doing.author, doing.now, instead=instead)
    except Refused as refused:
        if refused.reason in NOTHING:
            form.errors.append(Wrong(CHOSEN, _("Choose the words that go.")))
        else:
            form.refuse(refused, **FIELDS)
        return _page(reference, form)
    return redirect(url_for("desk.event", reference=reference), 303)


def _page(reference: str, form: Filled) -> tuple[str, int]:
    with reading(runtime_of_app().sessions) as session:
        event = find_for(session, reference, Deed.REDACT)
        form.values["version"] = str(event.version)
        answer = event_page(
            "desk/redact_event.html", event=event, name=name_of(event), form=form, chosen=form.all(CHOSEN),
            words_of=_words_of(session, event), labels=_labels(),
        )  # fmt: skip
    return answer, form.refused_status if form.errors else 200


def _words_of(session: Session, event: Event) -> dict[str, Mapping[str, str]]:
    """Give the words that stand there, by field and language ('': in whichever was typed)."""
    found: dict[str, Mapping[str, str]] = {name: _by_language(getattr(event, name)) for name in OF_EVENT}
    taught = session.get(PostMortem, event.uid)
    found[POST_MORTEM] = taught.text if taught is not None else {}
    return {name: texts for name, texts in found.items() if any(texts.values())}


def _by_language(value: str | Mapping[str, str]) -> Mapping[str, str]:
    return {"": value} if isinstance(value, str) else value


def _labels() -> dict[str, str]:
    return {
        "title": _("Title"), "advice": _("Advice"), "cause": _("Cause"), "measures": _("Measures"),
        "withdrawn_reason": _("Why it was withdrawn"), POST_MORTEM: _("Post-mortem"),
    }  # fmt: skip

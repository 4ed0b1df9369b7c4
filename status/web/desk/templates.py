"""The templates: those that ship, the installation's own; leads add, change and retire their own."""

from __future__ import annotations

import re
from typing import Final

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.domain.states import AREAS, EventState, EventType
from status.models.engine import reading
from status.services import templates
from status.web.desk.deeds import deed
from status.web.desk.filled import Filled, Wrong
from status.web.desk.gate import allowed, runtime_of_app
from status.web.desk.showing import event_page, stage_options
from status.web.language import gettext as _
from status.web.language import language
from status.wording import labels

SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
NEW: Final = "new"


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule("/templates", "templates", show)
    desk.add_url_rule("/templates/<slug>", "template", show_one)
    desk.add_url_rule("/templates/<slug>", "send_template", send, methods=["POST"])
    desk.add_url_rule("/templates/<slug>/retire", "retire_template", retire, methods=["POST"])


@allowed(Deed.READ)
def show() -> str:
    """List them by type, area and state."""
    with reading(runtime_of_app().sessions) as session:
        return event_page("desk/templates.html", templates=templates.all_templates(session), as_type=EventType)


@allowed(Deed.EDIT_TEMPLATE)
def show_one(slug: str) -> tuple[str, int]:
    """Show one to be changed; `new` an empty one."""
    if slug == NEW:
        return _page(slug, Filled.from_values({"type": EventType.INCIDENT.value}))
    with reading(runtime_of_app().sessions) as session:
        found = next((each for each in templates.all_templates(session) if each.slug == slug), None)
    if found is None:
        abort(404)
    fields = {"slug": found.slug, "area": found.area, "type": found.type, "state": found.state}
    for name, texts in (("name", found.name), ("title", found.title), ("text", found.text)):
        fields |= {f"{name}_{key}": words for key, words in texts.items()}
    return _page(slug, Filled.from_values(fields))


@allowed(Deed.EDIT_TEMPLATE)
def send(slug: str) -> Response | tuple[str, int]:
    """Keep a template of the installation's own, or its version of a shipped one."""
    form = Filled.from_request()
    wanted = form.get("slug").strip() if slug == NEW else slug
    if not SLUG.fullmatch(wanted):
        form.errors.append(Wrong("slug", _("A short name has small letters, figures and hyphens.")))
        return _page(slug, form)
    try:
        with deed() as doing:
            what = templates.Template(
                slug=wanted, name=form.words("name"), area=form.get("area"), type=form.get("type"),
                state=form.get("state"), title=form.words("title"), text=form.words("text"),
            )  # fmt: skip
            templates.save(doing.session, what, doing.author, doing.now)
    except Refused as refused:
        form.refuse(
            refused, nothing="text_fr", variable="text_fr", area="area", state="state", type="type", slug="slug"
        )
        return _page(slug, form)
    return redirect(url_for("desk.templates"), 303)


@allowed(Deed.EDIT_TEMPLATE)
def retire(slug: str) -> Response:
    """Take an own one out of the list; a shipped one is as it ships again."""
    try:
        with deed() as doing:
            templates.retire(doing.session, slug, doing.author, doing.now)
    except Refused:
        abort(404)
    return redirect(url_for("desk.templates"), 303)


def _page(slug: str, form: Filled) -> tuple[str, int]:
    answer = event_page(
        "desk/template.html", form=form, slug=slug, is_new=slug == NEW,
        types_=[(kind.value, labels.event_type(kind, language())) for kind in EventType],
        states_=stage_options(EventState), area_choices=[("", _("every area"))] + [
            (area, labels.area(area, language())) for area in AREAS
        ],
        variables=templates.VARIABLES, asked=request.path,
    )  # fmt: skip
    return answer, 422 if form.errors else 200

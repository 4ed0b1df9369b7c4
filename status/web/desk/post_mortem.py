"""What an incident taught: written, looked at as customers will see it, published. For leads."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from werkzeug.wrappers import Response

from status.domain.permissions import Deed
from status.domain.refused import Refused
from status.models import PostMortem
from status.models.engine import reading
from status.queries.desk_event import name_of
from status.services import post_mortems
from status.web.desk.deeds import deed
from status.web.desk.filled import Filled
from status.web.desk.finding import find_for
from status.web.desk.gate import allowed, runtime_of_app
from status.web.desk.showing import event_page
from status.web.desk.update_form import seems_personal

PATH = "/events/<reference>/post-mortem"


def install(desk: Blueprint) -> None:
    """Add the views."""
    desk.add_url_rule(PATH, "post_mortem", show)
    desk.add_url_rule(PATH, "send_post_mortem", send, methods=["POST"])


@allowed(Deed.POST_MORTEM)
def show(reference: str) -> tuple[str, int]:
    """Show what is written."""
    with reading(runtime_of_app().sessions) as session:
        row = session.get(PostMortem, find_for(session, reference, Deed.POST_MORTEM).uid)
        texts = {f"text_{key}": text for key, text in row.text.items()} if row else {}
        form = Filled.from_values({**texts, "version": str(row.version) if row else ""})
    return _page(reference, form)


@allowed(Deed.POST_MORTEM)
def send(reference: str) -> Response | tuple[str, int]:
    """Keep it, publish it, or show it as it will be read."""
    form = Filled.from_request()
    do = form.get("do")
    personal = seems_personal(form)
    if personal or do not in ("keep", "publish"):
        return _page(reference, form, personal, shown=do == "preview")
    try:
        with deed() as doing:
            event = doing.event(reference, Deed.POST_MORTEM)
            version = form.number("version")
            row = post_mortems.write(doing.session, event, form.words("text"), doing.author, doing.now, version=version)
            if do == "publish" and row.published_at is None:
                post_mortems.publish(doing.session, event, doing.author, doing.now)
    except Refused as refused:
        form.refuse(refused)
        return _page(reference, form)
    return redirect(url_for("desk.event", reference=reference), 303)


def _page(reference: str, form: Filled, personal: tuple[str, ...] = (), *, shown: bool = False) -> tuple[str, int]:
    with reading(runtime_of_app().sessions) as session:
        event = find_for(session, reference, Deed.POST_MORTEM)
        row = session.get(PostMortem, event.uid)
        answer = event_page(
            "desk/post_mortem.html", event=event, name=name_of(event), form=form, personal=personal, shown=shown,
            published_at=row.published_at if row else None,
        )  # fmt: skip
    return answer, 422 if form.errors or personal else 200

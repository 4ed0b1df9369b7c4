"""What the public reads of incidents that became one, and of one that became two."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from status.domain.states import EventState, Impact, Publication
from status.domain.subscriptions import FollowKind
from status.models import Event, Follow, Installation
from status.models.engine import Sessions, writing
from status.services import actors, incidents, merging
from status.services.events import find
from tests.status.web.builder import NOW, Story, ago
from tests.status.web.days import quiet

NBSP = "\u00a0"


@pytest.fixture
def page(app: Flask) -> Callable[[str], str]:
    client: FlaskClient = app.test_client()

    def read(path: str) -> str:
        answer = client.get(path)
        assert answer.status_code == 200
        return answer.text

    return read


@pytest.fixture
def webmail_and_servers(sessions: Sessions, fill) -> Story:
    """FS#1301 on webmail (down) and FS#1302 on the servers (degraded), opened by Anne."""
    story = fill(quiet)
    with writing(sessions) as session:
        session.get(Installation, 1).next_event_number = 1301
        anne = actors.cli_user(session, "anne")
        named = (
            ("Webmail coupé", {story.ids["webmail"]: Impact.FULL}),
            ("Lenteurs", {story.ids["vps"]: Impact.DEGRADED}),
        )
        for title, impacts in named:
            incidents.open_incident(session, incidents.Opening(impacts, {"fr": title}), anne, ago(minutes=20))
    return story


@pytest.fixture
def merged(sessions: Sessions, webmail_and_servers: Story) -> None:
    with writing(sessions) as session:
        into, event = (find(session, n) for n in ("1301", "1302"))
        merging.merge(session, [event], into, actors.cli_user(session, "anne"), NOW, texts={"fr": "Même panne."})


def test_a_merged_incident_keeps_its_page_and_leads_to_the_other(merged, page):
    said = page("/fr/travaux/1302")
    assert 'Regroupé dans <a href="/fr/travaux/1301">FS#1301</a>.' in said
    assert "La suite est dans FS#1301." in said
    assert "regroupé avec un autre incident" in said
    assert "état actuel" not in said


def test_the_target_names_what_came_in(merged, page):
    said = page("/fr/travaux/1301")
    assert f"Désormais suivi ici{NBSP}: FS#1302" in said
    assert '<dt>Regroupés ici</dt><dd><a href="/fr/travaux/1302">FS#1302</a></dd>' in said


def test_the_list_and_the_front_call_it_merged_not_resolved(merged, page):
    assert page("/fr/travaux").count("regroupé avec un autre incident") == 1
    front = page("/fr")
    assert "<span>FS#1302</span></span></li>" in front[front.index("regroupé avec un autre incident") :]


def test_followers_get_one_item_of_each(merged, page):
    feed = page("/fr/feed.rss")
    assert feed.count("[Regroupé avec un autre incident] FS#1302") == 1
    assert feed.count("event/1302/update/") == 2
    assert feed.count("event/1301/update/") == 2


def test_a_component_is_what_the_target_says(merged, page, app):
    states = {row["slug"]: row["state"] for row in app.test_client().get("/status.json").json["components"]}
    assert states["webmail"] == "down"


def test_both_parts_of_a_split_lead_to_each_other(sessions, merged, webmail_and_servers, page):
    with writing(sessions) as session:
        part = merging.Part([webmail_and_servers.ids["webmail"]], {"fr": "Webmail"})
        merging.split(session, find(session, "1301"), part, actors.cli_user(session, "anne"), NOW)
    assert '<dt>Suivi à part</dt><dd><a href="/fr/travaux/1303">FS#1303</a></dd>' in page("/fr/travaux/1301")
    assert f"Désormais suivi dans FS#1303{NBSP}: Webmail" in page("/fr/travaux/1301")
    assert '<dt>Séparé de</dt><dd><a href="/fr/travaux/1301">FS#1301</a></dd>' in page("/fr/travaux/1303")


def asking(**more) -> dict[str, object]:
    return {"channel": "webhook", "address": "https://example.org/hook", "what": "some", "type": "incident",
            "impact": "0", "pace": "at-once", "digest_at": "08:00", "weekday": "0", **more}  # fmt: skip


@pytest.mark.usefixtures("merged")
def test_who_wants_to_follow_a_merged_incident_follows_what_it_went_into(page, app, sessions):
    form = page("/fr/subscribe?event=1302")
    assert ('name="event" value="1301" checked' in form, 'value="1302"' in form) == (True, False)
    assert app.test_client().post("/fr/subscribe", data=asking(event=["1302"])).status_code == 200
    with sessions() as session:
        followed = session.scalars(sa.select(Follow.key).where(Follow.kind == FollowKind.EVENT)).all()
        assert followed == [session.scalar(sa.select(Event.uid).where(Event.n == 1301))]


@pytest.mark.usefixtures("merged")
def test_a_merge_is_followed_down_to_its_last_event(sessions, webmail_and_servers, page):
    with writing(sessions) as session:
        anne = actors.cli_user(session, "anne")
        opening = incidents.Opening({webmail_and_servers.ids["webmail"]: Impact.FULL}, {"fr": "Tout"})
        into = incidents.open_incident(session, opening, anne, NOW)
        merging.merge(session, [find(session, "1301")], into, anne, NOW, texts={})
    assert 'name="event" value="1303" checked' in page("/fr/subscribe?event=1302")


ENDS = [(EventState.RESOLVED, Publication.PUBLIC), (EventState.INVESTIGATING, Publication.WITHDRAWN)]


@pytest.mark.usefixtures("merged")
@pytest.mark.parametrize(("state", "publication"), ENDS)
def test_an_event_that_is_over_is_not_offered_and_that_is_said(sessions, page, app, state, publication):
    with writing(sessions) as session:
        event = find(session, "1301")
        event.state, event.publication = state, publication
    form = page("/fr/subscribe?event=1301")
    assert ("FS#1301 est terminé" in form, 'name="event"' in form) == (True, False)
    answer = app.test_client().post("/fr/subscribe", data=asking(event=["1301"]))
    assert (answer.status_code, "Cet événement est terminé" in answer.text) == (422, True)

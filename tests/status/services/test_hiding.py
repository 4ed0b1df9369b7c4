"""A component that the public may no longer know: its name leaves what was told of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from status.domain.decisions import Action
from status.domain.states import Impact, Visibility
from status.models import Component, EventUpdate, Installation
from status.services import actors, merging
from status.services.events import find
from status.services.hiding import hide_names
from status.services.robot import apply_decision
from status.services.updating import Update, update
from tests.status.services.conftest import NOW


@pytest.fixture
def anne(session):
    return actors.cli_user(session, "anne")


@pytest.fixture
def event(session, decide, anne):
    """FS#42 touches sip and fax, with a title that names neither."""
    apply_decision(session, decide(Action.OPEN, 0, (2, Impact.FULL), (3, Impact.FULL)), NOW)
    event = find(session, "42")
    update(session, event, Update(title={"fr": "Appels coupés", "en": "Calls fail"}), anne, NOW)
    return event


@pytest.fixture
def hide(session):
    def hide_(component_id: int = 2) -> tuple[str, ...]:
        component = session.get_one(Component, component_id)
        component.visibility = Visibility.INTERNAL
        session.flush()
        return hide_names(session, [component])

    return hide_


def told(session) -> list[list[str]]:
    session.expire_all()
    posts = session.scalars(sa.select(EventUpdate).order_by(EventUpdate.id))
    return [[name["en"] for name in post.generated["components"]] for post in posts]


@pytest.mark.usefixtures("event")
def test_its_name_leaves_the_facts_of_every_post(session, hide):
    assert told(session) == [["sip en", "fax en"], ["sip en", "fax en"]]
    assert hide() == ()
    assert told(session) == [["fax en"], ["fax en"]]
    assert session.get_one(Installation, 1).redactions == 1


@pytest.mark.usefixtures("event")
def test_the_name_of_that_day_leaves_after_a_renaming(session, hide):
    session.get_one(Component, 2).name = {"fr": "voix", "en": "voice"}
    hide()
    assert told(session) == [["fax en"], ["fax en"]]


@pytest.mark.usefixtures("event")
def test_a_name_that_another_public_component_bears_stays(session, hide, event):
    rows = {row.component_id: row for row in event_rows(session, event)}
    rows[3].name = rows[2].name
    hide()
    assert told(session)[0] == ["sip en", "fax en"]


def event_rows(session, event):
    from status.services.events import components_of

    return components_of(session, event)


def test_events_whose_words_still_say_it_are_told_with_the_place(session, event, hide, anne):
    merging.split(session, event, merging.Part([2], title={"en": "The SIP EN trunk"}), anne, NOW)
    update(session, event, Update(texts={"en": "The gossip ended."}), anne, NOW)
    assert hide() == ("FS#42 (post 3)", "FS#43 (title)")


def test_what_touched_nothing_public_counts_no_redaction(session, hide):
    assert hide() == ()
    assert session.get_one(Installation, 1).redactions == 0

"""What a subscriber's own page says and keeps of what he follows: also what the form would not offer."""

from __future__ import annotations

import re
import uuid

import pytest
import sqlalchemy as sa
from werkzeug.test import Client

from status.clock import utc
from status.domain.states import Publication, Visibility
from status.domain.subscriber_link import make_token
from status.domain.subscriptions import FollowKind
from status.models import Component, Customer, CustomerComponent, Event, Subscription
from status.models.engine import writing
from status.services import subscribing
from status.services.subscribing import Address, Wish
from tests.status.web.days import one_incident

ANNE = Address("email", "anne@example.org", "example.org")


@pytest.fixture
def story(fill):
    return fill(one_incident)


@pytest.fixture
def client(app, story) -> Client:
    return app.test_client()


@pytest.fixture
def own(runtime, story, sessions):
    """Subscribe somebody, and give the address of his page."""

    def subscribe(*follows: tuple[FollowKind, str], customer_uid: str | None = None, **wish) -> str:
        key, now = subscribing.key_of(runtime.places.data), utc(runtime.clock().wall)
        with writing(sessions) as session:
            asked = Wish(frozenset(follows), **wish)
            row = subscribing.subscribe(session, key, ANNE, asked, "en", now, customer_uid)
            return f"/s/{make_token(key, subscribing.confirm(session, row, now).uid)}"

    return subscribe


@pytest.fixture
def deep(story, sessions) -> int:
    """A component four levels below its area, and its id."""
    with writing(sessions) as session:
        story.session = session
        for slug, parent in (("web-a", "hosting"), ("web-a-1", "web-a"), ("web-a-1-x", "web-a-1")):
            story.component(slug, parent, slug, watched=False)
        return story.component("web-a-1-x-y", "web-a-1-x", "Y", watched=False)


@pytest.fixture
def follows(sessions):
    def read() -> frozenset[tuple[FollowKind, str]]:
        with sessions() as session:
            return subscribing.follows_of(session, session.scalars(sa.select(Subscription)).one())

    return read


@pytest.fixture
def save(client):
    """Press the button of a page as a browser does: with what is ticked on it."""

    def press(page: str) -> int:
        shown = client.get(page).text
        ticked = re.findall(r'type="(?:checkbox|radio)" name="([\w-]+)" value="([^"]*)" checked', shown)
        values: dict[str, list[str]] = {}
        for name, value in ticked:
            values.setdefault(name, []).append(value)
        return client.post(page, data={**values, "impact": "0", "digest_at": "08:00", "weekday": "0"}).status_code

    return press


def test_a_component_deeper_than_the_form_goes_is_ticked(client, deep):
    assert 'value="web-a-1-x-y" checked> Y' in client.get("/fr/subscribe?component=web-a-1-x-y").text


def test_saving_keeps_a_component_deeper_than_the_form_goes(own, save, follows, deep):
    page = own((FollowKind.COMPONENT, str(deep)))
    assert save(page) == 303
    assert follows() == {(FollowKind.COMPONENT, str(deep))}


@pytest.fixture
def retired(story, sessions) -> int:
    with sessions.begin() as session:
        session.get_one(Component, story.ids["sip"]).retired_at = utc(0)
    return story.ids["sip"]


def test_saving_keeps_a_component_that_was_retired(own, save, follows, retired):
    page = own((FollowKind.COMPONENT, str(retired)))
    assert (save(page), follows()) == (303, {(FollowKind.COMPONENT, str(retired))})


@pytest.mark.usefixtures("retired")
def test_a_retired_component_is_followed_by_nobody_anew(client):
    assert 'value="sip"' not in client.get("/fr/subscribe?component=sip").text


@pytest.fixture
def for_customers(story, sessions) -> int:
    """A component only customers may know, and one of them."""
    with sessions.begin() as session:
        session.get_one(Component, story.ids["sip"]).visibility = Visibility.CUSTOMERS
        session.add(Customer(uid="018f", external_ref="A1", name="Adele", language="en"))
        session.flush()
        session.add(CustomerComponent(customer_uid="018f", component_id=story.ids["sip"], circuits=[]))
    return story.ids["sip"]


def test_a_customers_contact_sees_and_keeps_what_only_customers_may_know(client, own, save, follows, for_customers):
    page = own((FollowKind.COMPONENT, str(for_customers)), customer_uid="018f")
    assert 'value="sip" checked' in client.get(page).text
    assert (save(page), follows()) == (303, {(FollowKind.COMPONENT, str(for_customers))})
    assert 'value="sip"' not in client.get("/fr/subscribe").text


def test_saving_keeps_a_channels_own_settings(own, save, sessions):
    assert save(own(options={"room": "x"})) == 303
    with sessions() as session:
        assert session.scalars(sa.select(Subscription)).one().options == {"room": "x"}


@pytest.mark.parametrize("n", [1201, 1203])
def test_an_event_stands_on_the_page_and_is_kept_also_when_it_is_over(client, own, save, follows, n):
    page = own((FollowKind.EVENT, str(uuid.UUID(int=n))))
    assert f'value="{n}" checked' in client.get(page).text
    assert (save(page), follows()) == (303, {(FollowKind.EVENT, str(uuid.UUID(int=n)))})


def test_of_a_merged_event_the_page_shows_the_one_it_went_into(client, own, sessions):
    page = own((FollowKind.EVENT, str(uuid.UUID(int=1201))))
    with sessions.begin() as session:
        merged = session.get_one(Event, str(uuid.UUID(int=1201)))
        merged.publication, merged.merged_into = Publication.MERGED, str(uuid.UUID(int=1203))
    shown = client.get(page).text
    assert ('value="1203" checked' in shown, 'value="1201"' in shown) == (True, False)


def test_saving_after_a_stop_says_that_it_stopped(client, own):
    page = own()
    client.post(f"{page}/stop")
    answer = client.post(page, data={"what": "some"})
    assert (answer.status_code, "Nothing is sent any more" in answer.text, "<form" in answer.text) == (200, True, False)


@pytest.mark.parametrize("path", ["/s/x/", "/s/x/y/z", "/s/x/test", "/c/x/", "/c/x/y/z", "/s/x", "/c/x"])
def test_whatever_is_answered_below_a_token_is_kept_by_nobody_and_told_to_nobody(client, path):
    for answer in (client.get(path), client.put(path)):
        said = answer.headers["Cache-Control"], answer.headers["Referrer-Policy"]
        assert ("no-store" in said[0], said[1]) == (True, "no-referrer")

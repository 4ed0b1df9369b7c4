"""`travaux subscription add`: what the operator lets be told."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from status.domain.subscriptions import SubscriptionState
from status.models import Follow, Subscription
from status.models.engine import make_engine, make_sessions


@pytest.fixture
def sessions(travaux, config):
    """The installation's database."""
    engine = make_engine(f"sqlite:///{config.parent}/var/travaux.db")
    yield make_sessions(engine)
    engine.dispose()


def test_a_room_of_one_s_own_is_told_at_once(travaux, sessions):
    result = travaux("subscription", "add", "https://hooks.slack.com/services/x", "--channel", "slack", "--json")
    [told] = json.loads(result.stdout)
    assert "/s/" in told["manage_url"]
    with sessions() as session:
        [row] = session.scalars(sa.select(Subscription))
        assert (row.channel, row.state, row.secret) == ("slack", SubscriptionState.ACTIVE, "")


@pytest.mark.parametrize(("options", "words"), [
    (("mail@example.net", "--channel", "email"), "email"),
    (("json://127.0.0.1", "--channel", "slack"), "expected an address"),
    (("https://10.0.0.1/", "--channel", "webhook"), "public"),
    (("https://example.net/", "-c", "nowhere"), "no component"),
    (("https://example.net/", "--language", "xx"), "--language"),
])  # fmt: skip
def test_what_cannot_be_is_said(travaux, sessions, options, words):
    result = travaux("subscription", "add", *options)
    assert result.exit_code != 0
    assert words in result.stderr
    with sessions() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Subscription)) == 0


def test_a_second_one_of_an_address_changes_the_first(travaux, sessions):
    first = travaux("subscription", "add", "https://example.net/hook").stdout
    assert travaux("subscription", "add", "https://example.net/hook", "--language", "en").stdout == first
    with sessions() as session:
        assert session.scalar(sa.select(Subscription.language)) == "en"
        assert session.scalar(sa.select(sa.func.count()).select_from(Follow)) == 1

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from status.domain.permissions import Role
from status.domain.refused import Refused
from status.domain.states import Impact
from status.models import Account, OneTimeLink
from status.services import acknowledging, actors, incidents
from status.services.identifiers import new_uid
from tests.status.services.conftest import NOW


@pytest.fixture
def anne(session):
    return actors.cli_user(session, "anne")


@pytest.fixture
def bob(session) -> Account:
    account = Account(
        uid=new_uid(NOW), name="bob", display_name="Bob", email="bob@example.net", language="fr", role=Role.RESPONDER,
        areas=[], created_at=NOW, password_set_at=None, totp_confirmed_at=None, signed_in_at=None, disabled_at=None,
    )  # fmt: skip
    session.add(account)
    session.flush()
    return account


@pytest.fixture
def event(session, anne):
    opening = incidents.Opening(impacts={2: Impact.PARTIAL}, title={"fr": "Appels coupés"})
    return incidents.open_incident(session, opening, anne, NOW)


@pytest.fixture
def link(session, bob, event, anne) -> str:
    return acknowledging.make_link(session, bob, event, anne, NOW)


def refusal(session, token: str, at=NOW) -> str:
    with pytest.raises(Refused) as refused:
        acknowledging.press(session, token, at)
    return refused.value.reason


def test_the_first_press_acknowledges_and_the_second_tells_who_has(session, link, event):
    first, second = acknowledging.press(session, link, NOW), acknowledging.press(session, link, NOW)
    assert (first.by.name, second.by.name) == ("account:bob", "account:bob")
    assert event.acknowledged_at == NOW


def test_looking_changes_nothing(session, link, event):
    assert acknowledging.find(session, link, NOW).by is None
    session.flush()
    assert (event.acknowledged_at, session.scalars(sa.select(OneTimeLink)).one().used_at) == (None, None)


def test_of_a_link_only_its_hash_is_kept(session, link):
    row = session.scalars(sa.select(OneTimeLink)).one()
    assert link not in (row.token_hash, row.purpose)


def test_a_link_lasts_an_hour(session, link):
    assert refusal(session, link, NOW + timedelta(hours=1)) == "link_expired"


def test_a_link_that_was_never_made_does_nothing(session, event):
    assert refusal(session, "x" * 32) == "link_unknown"


def test_a_link_ends_with_its_account(session, link, bob):
    bob.disabled_at = NOW
    assert refusal(session, link) == "link_unknown"


def test_a_link_does_no_more_than_its_person_may(session, link, bob):
    bob.role = Role.READER
    assert refusal(session, link) == "forbidden"


def test_no_link_is_made_for_who_may_not_acknowledge(session, bob, event, anne):
    bob.areas = ["email"]
    with pytest.raises(Refused):
        acknowledging.make_link(session, bob, event, anne, NOW)

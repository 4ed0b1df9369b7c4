from __future__ import annotations

from datetime import timedelta

import pytest

from status.domain.permissions import Deed, Role, Scope
from status.domain.refused import Refused
from status.models import ApiToken
from status.services import accounts, actors, tokens
from tests.status.web.builder import NOW


@pytest.fixture
def session(sessions):
    with sessions() as session:
        yield session


@pytest.fixture
def author(session):
    return actors.cli_user(session, "test")


@pytest.fixture
def bob(session, author):
    details = accounts.Details(Role.RESPONDER, areas=("email",))
    return accounts.create(session, "bob", details, author, NOW)


def made(session, bob, author, **more) -> str:
    given = {"scopes": {Scope.READ}, "expires_at": NOW + timedelta(days=1), **more}
    return tokens.make(session, bob, "script", given["scopes"], given["expires_at"], author, NOW)


def test_a_token_leads_to_its_account_and_does_what_both_allow(session, bob, author):
    row, account = tokens.of_token(session, made(session, bob, author, scopes={Scope.READ, Scope.ADMIN}), NOW)
    person = tokens.person_of_token(row, account)
    assert (person.name, person.areas, person.scopes) == ("bob", {"email"}, {Scope.READ, Scope.ADMIN})
    assert [deed for deed in Deed if person.may(deed)] == [Deed.READ]


def test_an_unknown_token_leads_nowhere(session, bob, author):
    made(session, bob, author)
    assert tokens.of_token(session, "trv_\udcff", NOW) is None


def test_a_token_ends_at_its_hour(session, bob, author):
    token = made(session, bob, author)
    assert tokens.of_token(session, token, NOW + timedelta(hours=23)) is not None
    assert tokens.of_token(session, token, NOW + timedelta(hours=24)) is None


def test_a_revoked_token_leads_nowhere(session, bob, author):
    token = made(session, bob, author)
    tokens.revoke(session, tokens.find(session, token[:8]), author, NOW)
    assert tokens.of_token(session, token, NOW) is None


def test_the_token_of_a_disabled_account_leads_nowhere_also_after_enabling(session, bob, author):
    token = made(session, bob, author)
    accounts.disable(session, bob, author, NOW)
    assert tokens.of_token(session, token, NOW) is None
    accounts.enable(session, bob, author, NOW)
    assert tokens.of_token(session, token, NOW) is None


def test_use_is_noted_once_a_minute(session, bob, author):
    made(session, bob, author)
    row = session.query(ApiToken).one()
    for seconds, noted in ((0, 0), (59, 0), (60, 60)):
        tokens.note_used(session, row, NOW + timedelta(seconds=seconds))
        session.refresh(row)
        assert row.used_at == NOW + timedelta(seconds=noted)


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"scopes": set()}, "scopes"),
        ({"expires_at": NOW}, "expires_at"),
        ({"expires_at": NOW.replace(year=2099)}, "expires_at"),
    ],
)
def test_a_token_that_cannot_be_is_refused(session, bob, author, more, reason):
    with pytest.raises(Refused) as refused:
        made(session, bob, author, **more)
    assert refused.value.reason == reason

"""The link that `travaux run` prints while nobody has an account (ASVS 5.0.0 6.3.2)."""

from __future__ import annotations

import stat
from datetime import UTC, datetime

import pytest

from probes.types import Instant
from status.cli.first_link import first_link
from status.config.model import Demo, Server, Settings, Site
from status.domain.permissions import Role
from status.models import Account, Installation, OneTimeLink
from status.models.engine import reading, writing
from status.places import Places
from status.runtime import Runtime
from status.services import accounts, actors

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def runtime(engine, sessions, tmp_path):
    with writing(sessions) as session:
        session.add(
            Installation(id=1, authority="a", year=2026, demonstration=False, created_at=NOW, next_event_number=1)
        )
    places = Places(tmp_path, tmp_path, tmp_path, tmp_path, tmp_path)

    def make(**settings) -> Runtime:
        return Runtime(Settings(**settings), places, engine, sessions, lambda: Instant(0.0, NOW.timestamp()))

    return make


def test_there_is_no_account_at_first_but_a_link_to_make_one(runtime, sessions, tmp_path):
    link = first_link(runtime())
    assert link is not None
    assert link.path.startswith("/desk/link/")
    with reading(sessions) as session:
        assert session.query(Account).count() == 0
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_each_start_prints_another_one_and_the_earlier_ends(runtime, sessions):
    assert first_link(runtime()) != first_link(runtime())
    with reading(sessions) as session:
        assert sorted(row.used_at is None for row in session.query(OneTimeLink)) == [False, True]


def test_once_somebody_has_an_account_there_is_no_link(runtime, sessions):
    with writing(sessions) as session:
        accounts.create(session, "ada", accounts.Details(Role.ADMIN), actors.robot(session), NOW)
    assert first_link(runtime()) is None


@pytest.mark.parametrize(("public_url", "base"), [("https://a.example", "https://a.example"), ("http://a.example", "")])
def test_the_link_is_over_https_where_the_site_is(runtime, public_url, base):
    link = first_link(runtime(site=Site(public_url=public_url)))
    assert link is not None
    assert link.base == base


def test_a_demonstration_has_a_lead_and_a_link_that_signs_him_in(runtime, sessions):
    assert first_link(runtime(demo=Demo())) is not None
    assert first_link(runtime(demo=Demo())) is not None
    with reading(sessions) as session:
        [lead] = session.query(Account)
    assert (lead.role, lead.demonstration, lead.password_hash) == (Role.LEAD, True, "")


def test_a_demonstration_that_others_can_reach_has_none(runtime):
    assert first_link(runtime(demo=Demo(), server=Server(listen="0.0.0.0:8080"))) is None

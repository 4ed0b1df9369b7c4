"""What is kept of sign-ins ends on schedule (ASVS 5.0.0 14.2.7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from status.config.model import Desk
from status.domain.permissions import Role
from status.models import DeskSession, KeptForm, OneTimeLink, SignInAttempt
from status.models.engine import reading, writing
from status.services import accounts, actors, kept_forms, one_time_links, sessions, signing_in
from status.services.forgetting import forget_sign_ins
from tests.status.services.test_accounts import PACE
from tests.status.web.builder import NOW


@pytest.mark.parametrize(
    ("model", "days"), [(SignInAttempt, 30), (KeptForm, 1), (DeskSession, 1.5), (OneTimeLink, 30 + 1 / 24)]
)
def test_it_stays_until_its_day_and_no_longer(sessions, model, days):
    fill(sessions)
    for late, left in ((-1, 1), (1, 0)):
        with writing(sessions) as session:
            forget_sign_ins(session, Desk(), NOW + timedelta(days=days, seconds=late))
        with reading(sessions) as session:
            assert session.query(model).count() == left


def fill(factory) -> None:
    with writing(factory) as session:
        author = actors.robot(session)
        account = accounts.create(session, "bob", accounts.Details(Role.READER), author, NOW)
        signing_in.begin(session, "bob", "203.0.113.7", NOW, PACE)
        sessions.begin(session, account, NOW)
        one_time_links.make(session, one_time_links.RESET, account, author, NOW)
        kept_forms.keep(session, account.uid, "/desk/tokens", {"name": ["x"]}, NOW)

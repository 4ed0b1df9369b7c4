"""Works that come again: listed, shown with what comes, ended, their words redacted."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from status.domain.states import EventState, EventType, Impact
from status.models import AuditEntry, Event, WorkSeries
from status.models.engine import writing
from status.services import actors, series
from tests.status.web.builder import NOW
from tests.status.web.days import quiet
from tests.status.web.signing_in import sign_in

LIST = "/desk/works/series"


@pytest.fixture
def page(app, fill, sessions) -> str:
    """Let work on SIP come every Tuesday, the first one announced; give the page of the series."""
    story = fill(quiet)
    nights = series.Series(
        rule="FREQ=WEEKLY", zone="Europe/Paris", starts=datetime(2026, 11, 24, 2, 30),  # noqa: DTZ001 - local, as the site says it
        lasts=timedelta(hours=2), type=EventType.MAINTENANCE, title={"fr": "Nuits SIP", "en": "SIP nights"},
        texts={"fr": "Chez Madame Durand."}, impacts={story.ids["sip"]: Impact.INTERRUPTION},
    )  # fmt: skip
    with writing(sessions) as session:
        row = series.begin(session, nights, actors.cli_user(session, "anne"), NOW)
        series.make_due(session, NOW, timedelta(days=7))
        return f"{LIST}/{row.uid}"


def test_they_are_listed_with_the_next_one_that_is_not_announced(app, page):
    listed = sign_in(app, "rita").get(LIST).text
    assert "Nuits SIP" in listed
    assert "chaque semaine" in listed
    assert "1er\u00a0déc.\u00a002:30" in listed


def test_one_is_shown_with_what_is_announced_and_what_comes(app, page):
    shown = sign_in(app, "rita").get(page).text
    for words in ("24\u00a0nov.\u00a002:30", "1er\u00a0déc.\u00a002:30", "Chez Madame Durand.", "Appels SIP"):
        assert words in shown
    assert "/end" not in shown


def test_ended_they_come_no_more_and_the_announced_one_is_cancelled(app, page, sessions):
    assert sign_in(app, "bob").post(f"{page}/end", {"text_fr": "Plus besoin."}).status_code == 303
    with sessions() as session:
        assert session.query(WorkSeries).one().ended_at is not None
        assert session.query(Event).filter(Event.series_uid.is_not(None)).one().state is EventState.CANCELLED
    assert sign_in(app, "bob").post(f"{page}/end").status_code == 422


def test_one_of_another_area_ends_nothing(app, page, sessions):
    assert sign_in(app, "carol").post(f"{page}/end").status_code == 403
    with sessions() as session:
        assert session.query(WorkSeries).one().ended_at is None


def test_a_lead_takes_their_words_away_and_the_audit_keeps_a_hash(app, page, sessions):
    alice = sign_in(app, "alice")
    assert alice.post(f"{page}/redact", {"title_fr": "Travaux", "reason": "un nom"}).status_code == 303
    shown = alice.get(page).text
    assert "Durand" not in shown
    assert "Nuits SIP" not in shown.partition('class="side-column"')[2]
    with sessions() as session:
        told = session.query(AuditEntry).filter_by(action="series.redact").one().after
        assert told["redacted"][0].startswith("sha256:")
        assert series.due(session.query(WorkSeries).one(), NOW + timedelta(days=20))


def test_a_redaction_without_a_reason_or_by_a_responder_changes_nothing(app, page, sessions):
    assert sign_in(app, "alice").post(f"{page}/redact", {}).status_code == 422
    assert sign_in(app, "bob").post(f"{page}/redact", {"reason": "x"}).status_code == 403
    with sessions() as session:
        assert session.query(WorkSeries).one().data["texts"] == {"fr": "Chez Madame Durand."}


def test_a_work_that_was_planned_again_and_again_leads_to_its_series(app, page):
    rita = sign_in(app, "rita")
    assert page in rita.get("/desk/events/1").text
    assert LIST in rita.get("/desk/events?shelf=scheduled").text


@pytest.mark.parametrize("uid", ["nowhere", "é", "%00", "x" * 5000])
def test_there_is_no_page_of_a_series_that_is_not(app, fill, uid):
    fill(quiet)
    alice = sign_in(app, "alice")
    assert [alice.get(f"{LIST}/{uid}").status_code, alice.post(f"{LIST}/{uid}/end").status_code] == [404, 404]

"""Every kind of public page, each in its own words: a day that has something to say on all of them, and their paths."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from status.domain.states import SYMPTOMS, EventState, Publication, Verdict
from status.models import Event, PostMortem
from status.services.indexing import index_missing
from tests.status.web.builder import NOW, Story, ago
from tests.status.web.days import very_bad_day
from tests.status.web.placing import locate, put

VIEWS: Final = (
    "", "/live", *(f"/help/{symptom}" for symptom in SYMPTOMS), "/about", "/legal", "/accessibility",
    "/travaux", "/travaux?q=gravelines&type=incident&from=2026-11-01", "/travaux?department=59&area=xdsl&year=2020",
    "/travaux/1201", "/travaux/1202", "/travaux/1203", "/travaux/1215", "/travaux/1220", "/travaux/1201/post-mortem",
    "/components/telephony", "/components/sip", "/components/vieux-fax", "/components/sip/measures",
    "/components/sip/measures?period=90d", "/map", "/departments/59", "/departments/2a", "/exchanges/lil59",
    "/exchanges/none", "/resources/lim0313a03b", "/calendar", "/calendar?month=2026-12", "/history",
    "/history?month=2026-10", "/availability", "/availability?period=2026&component=email",
    "/availability?period=2026-11-19", "/subscribe", "/subscribe?component=sip", "/nope",
)  # fmt: skip
"""What stands after the language; the last ones of a kind are its odd cases."""


def every_kind(session: Session) -> Story:
    """Tell a very bad day on which every kind of page says something."""
    story = very_bad_day(session)
    put(story, "collecte", departments=("59", "2A"), exchanges=("LIL59",), resources=("LIM0313A03B",))
    locate(session, "LIL59", "Lille Sud", "59350", "59")
    story.verdict("collecte", Verdict.DOWN, ago(minutes=27))
    story.event(
        ("Fausse alerte", "False alarm"), ["dns"], state=EventState.RESOLVED, began=ago(hours=9), ended=ago(hours=8),
        publication=Publication.WITHDRAWN, withdrawn_reason="",
    )  # fmt: skip
    taught = session.query(Event).filter_by(n=1201).one()
    session.add(
        PostMortem(
            event_uid=taught.uid, text={"fr": "La file était pleine.", "en": "The queue was full."}, author_id=1,
            created_at=NOW, changed_at=NOW + timedelta(hours=1), published_at=NOW,
        )
    )  # fmt: skip
    index_missing(session)
    return story

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from status.domain.decisions import Action, Decision
from status.domain.states import Impact, Policy, Visibility
from status.models import Component, Installation
from status.models.engine import writing

NOW = datetime(2026, 11, 22, 13, 7, tzinfo=UTC)


def component(id_: int, slug: str, parent: int | None = None, visibility: Visibility = Visibility.PUBLIC) -> Component:
    return Component(
        id=id_, slug=slug, parent_id=parent, name={"fr": f"{slug} fr", "en": f"{slug} en"}, description={}, symptoms=[],
        resources=[f"rack-{slug}"], departments=["59"], exchanges=[], operators=[], depends_on=[], redundant_with=[],
        needs=None, position=0, merge_label=slug, visibility=visibility, legacy_project=None,
        policy_down=Policy.PUBLISH, policy_degraded=Policy.DRAFT, retired_at=None,
    )  # fmt: skip


@pytest.fixture
def world(sessions):
    """Telephony with two public components and a secret one; an installation whose next number is 42."""
    with writing(sessions) as session:
        session.add(
            Installation(
                id=1, authority="status.example", year=2026, demonstration=False, created_at=NOW,
                next_event_number=42, revision=0, verified_at=None,
            )
        )  # fmt: skip
        session.add(component(1, "telephony"))
        session.flush()
        session.add_all([component(2, "sip", 1), component(3, "fax", 1)])
        session.add(component(4, "canary-core", 1, Visibility.INTERNAL))
    return sessions


@pytest.fixture
def session(world) -> Iterator[Session]:
    with world() as session:
        session.connection(execution_options={"travaux_writing": True})
        yield session
        session.rollback()


@pytest.fixture
def decide():
    def make(action: Action, at: float = 0, *components: tuple[int, Impact], **rest) -> Decision:
        began = rest.pop("began", NOW.timestamp() + at)
        return Decision(
            action, rest.pop("uid", "0197-event"), components or ((2, Impact.FULL),), "4", began,
            NOW.timestamp() + at, reason=rest.pop("reason", "timeout"), merge_label="sip", evidence=((1, "here", 7),),
            **rest,
        )  # fmt: skip

    return make

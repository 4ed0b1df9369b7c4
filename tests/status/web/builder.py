"""Fills a database with a provider's day, for the tests of pages and for the screenshots."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from status.domain.states import (
    ActorType,
    EventState,
    EventType,
    Impact,
    Origin,
    Policy,
    Publication,
    Verdict,
    Visibility,
)
from status.models import (
    Actor,
    Check,
    Component,
    ComponentAlias,
    Event,
    EventComponent,
    EventUpdate,
    Installation,
    UpdateComponent,
    UpdateText,
    VerdictInterval,
)
from status.services.events import path_of
from status.wording.sentences import Facts

NOW = datetime(2026, 11, 22, 13, 32, 7, tzinfo=UTC)
AREAS = {
    "hosting": ("Hébergement", "Hosting"),
    "email": ("E-mail", "E-mail"),
    "telephony": ("Téléphonie", "Telephony"),
    "xdsl": ("xDSL", "xDSL"),
}


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


@dataclass
class Story:
    """Writes rows; ids are the database's own."""

    session: Session
    ids: dict[str, int] = field(default_factory=dict)
    number: int = 1200

    def begin(self, verified_at: datetime | None = NOW) -> Story:
        self.session.add(
            Installation(
                id=1,
                authority="example.net",
                year=2026,
                demonstration=False,
                created_at=ago(days=400),
                next_event_number=1,
                revision=7,
                verified_at=verified_at,
            )
        )
        for type_, name in ((ActorType.ROBOT, "robot"), (ActorType.CLI, "cli:anne")):
            self.session.add(Actor(type=type_, name=name))  # 1 and 2, by the database's own counting
            self.session.flush()
        for slug, (french, english) in AREAS.items():
            self.component(slug, None, french, english, watched=False)
        return self

    def component(
        self,
        slug,
        parent,
        french,
        english="",
        *,
        watched=True,
        visibility=Visibility.PUBLIC,
        since=None,
        description="",
    ) -> int:
        row = Component(
            slug=slug,
            parent_id=self.ids[parent] if parent else None,
            name={"fr": french, "en": english or french},
            description={"fr": description} if description else {},
            symptoms=[],
            resources=[],
            departments=[],
            exchanges=[],
            operators=[],
            depends_on=[],
            redundant_with=[],
            needs=None,
            position=len(self.ids),
            merge_label=parent or slug,
            visibility=visibility,
            legacy_project=None,
            policy_down=Policy.PUBLISH,
            policy_degraded=Policy.DRAFT,
            retired_at=None,
        )
        self.session.add(row)
        self.session.flush()
        self.ids[slug] = row.id
        if watched:
            self._check(slug)
            self.verdict(slug, Verdict.OPERATIONAL, since or ago(days=200))
        return row.id

    def alias(self, old: str, slug: str) -> None:
        self.session.add(ComponentAlias(slug=old, component_id=self.ids[slug]))

    def _check(self, slug: str) -> None:
        self.session.add(
            Check(
                name=f"{slug}-check",
                component_id=self.ids[slug],
                kind="http",
                interval_s=30,
                timeout_s=10,
                options={},
                detection={},
                phase=0.5,
                retired_at=None,
            )
        )

    def verdict(self, slug, verdict, began, ended=None, reason="") -> None:
        open_row = (
            self.session.query(VerdictInterval).filter_by(component_id=self.ids[slug], ended_at=None).one_or_none()
        )
        if open_row is not None:
            open_row.ended_at = began
        self.session.add(self._interval(slug, verdict, began, ended, reason))
        if ended is not None:
            self.session.add(self._interval(slug, Verdict.OPERATIONAL, ended, None, ""))
        self.session.flush()

    def _interval(self, slug, verdict, began, ended, reason) -> VerdictInterval:
        return VerdictInterval(
            component_id=self.ids[slug],
            verdict=verdict,
            reason=reason,
            began_at=began,
            decided_at=began,
            ended_at=ended,
            origin="probe",
            rule_point="4",
            superseded_by=None,
        )

    def event(
        self,
        title,
        components,
        *,
        kind=EventType.INCIDENT,
        state=EventState.INVESTIGATING,
        impact=Impact.FULL,
        began=None,
        ended=None,
        planned=None,
        publication=Publication.PUBLIC,
        progress=0,
        expected_end=None,
        next_update=None,
        posts=(),
        by=1,
        advice=None,
        departments=(),
        exchanges=(),
        withdrawn_reason="",
    ) -> Event:
        shown = publication is not Publication.DRAFT
        self.number += 1
        texts = title if isinstance(title, dict) else {"fr": title[0], "en": title[1]}
        event = Event(
            uid=str(uuid.UUID(int=self.number)),
            n=self.number if shown else None,
            type=kind,
            title=texts,
            advice=advice or {},
            state=state,
            impact=impact,
            severity=3,
            departments=list(departments),
            exchanges=list(exchanges),
            operators=[],
            resources=[],
            planned_start_at=planned[0] if planned else None,
            planned_end_at=planned[1] if planned else None,
            planned_history=[],
            announced_at=None,
            started_at=began,
            detected_at=began,
            expected_end_at=expected_end,
            ended_at=ended,
            next_update_at=next_update,
            progress=progress,
            reason="timeout",
            customers_touched=None,
            emergency_calls=None,
            occurrence_at=None,
            acknowledged_by=None,
            acknowledged_at=None,
            assigned_to=None,
            origin=Origin.PROBE if by == 1 else Origin.PERSON,
            opened_by=by,
            publication=publication,
            publish_at=None,
            published_at=(began or NOW) if shown else None,
            merged_into=None,
            work_uid=None,
            taken_by=None,
            set_by={},
            created_at=began or NOW,
            withdrawn_reason=withdrawn_reason,
        )
        self.session.add(event)
        self.session.flush()
        for slug in components:
            self._touch(event, slug, impact, by)
        for k, post in enumerate(posts, 1):
            self._post(event, k, post, components)
        self.session.flush()
        return event

    def _touch(self, event, slug, impact, by) -> None:
        component = self.session.get(Component, self.ids[slug])
        self.session.add(
            EventComponent(
                event_uid=event.uid,
                component_id=component.id,
                impact=impact,
                set_by=by,
                name=component.name,
                path=path_of(self.session, component),
                joined_at=event.created_at,
                left_at=None,
            )
        )

    def _post(self, event, k, post, components) -> None:
        at, state, texts, *rest = post
        by = rest[0] if rest else 1
        facts = Facts(
            type=event.type,
            state=state,
            impact=event.impact,
            components=tuple(self.session.get(Component, self.ids[slug]).name for slug in components),
            at=at,
            since=event.started_at,
            ended=event.ended_at,
            expected_end=event.expected_end_at,
            next_update=event.next_update_at,
            planned_start=event.planned_start_at,
            planned_end=event.planned_end_at,
        )
        update = EventUpdate(
            event_uid=event.uid,
            k=k,
            author_id=by,
            written_at=at,
            published_at=at,
            happened_at=None,
            action="open",
            state=state,
            impact=event.impact,
            expected_end_at=None,
            next_update_at=None,
            progress=event.progress,
            generated=facts.as_data(),
        )
        self.session.add(update)
        self.session.flush()
        for slug in components:
            self.session.add(UpdateComponent(update_id=update.id, component_id=self.ids[slug], impact=event.impact))
        for language, text in texts.items():
            self.session.add(
                UpdateText(
                    update_id=update.id,
                    language=language,
                    text=text,
                    uid=f"tag:example.net,2026:event/{event.n or event.uid}/update/{k}/{language}",
                    published_at=at,
                    modified_at=None,
                )
            )

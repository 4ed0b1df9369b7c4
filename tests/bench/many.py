"""A large provider in a database: 2,000 components, 20,000 past events, the same rows for the same arguments.

For benches and tests of lists, feeds and the publication. Rows are written in bulk, past every service: it takes
some seconds.
"""

from __future__ import annotations

import random
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.states import (
    AREAS,
    ActorType,
    EventState,
    EventType,
    Impact,
    Origin,
    PlaceKind,
    Policy,
    Publication,
    Verdict,
    Visibility,
)
from status.models import (
    Actor,
    Base,
    Check,
    Component,
    Event,
    EventComponent,
    EventPlace,
    EventUpdate,
    EventWords,
    Installation,
    Place,
    UpdateText,
    VerdictInterval,
)
from status.wording.sentences import Facts

YEARS = 8
PRODUCTS_AN_AREA = 12
OPEN, COMING = 6, 20
DEPARTMENTS = ("59", "62", "75", "13", "69", "33", "2A", "971")
WORDS = (
    "Réception retardée", "Coupure électrique", "Lenteurs", "Liens saturés", "Panne de commutateur", "Lignes perdues",
    "Mise à jour des routeurs", "Remplacement d'une baie", "Connexions refusées", "Voix hachée", "Serveur injoignable",
)  # fmt: skip
ENGLISH = "Delayed"
TEXTS = (
    ("Nous recherchons la cause.", "We are looking for the cause.", EventState.INVESTIGATING),
    ("Un équipement de Gravelines ne répond plus ; il est remplacé.", "A device in Gravelines is being replaced.",
     EventState.IDENTIFIED),
    ("Tout est rétabli. Merci de votre patience.", "All is well again. Thank you for your patience.",
     EventState.RESOLVED),
)  # fmt: skip
BULK = 5_000


@dataclass
class Many:
    """What was seeded: component ids by slug, and the rows on their way."""

    session: Session
    at: datetime
    chance: random.Random
    ids: dict[str, int] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    rows: dict[type[Base], list[dict[str, Any]]] = field(default_factory=dict)

    @cached_property
    def leaves(self) -> list[str]:
        """Give the slugs of components without children."""
        above = set(self.parents.values())
        return [slug for slug in self.ids if slug not in above]

    def add(self, table: type[Base], **values: Any) -> None:
        """Keep a row; rows are written in bulk."""
        self.rows.setdefault(table, []).append(values)

    def write(self) -> None:
        """Write the rows kept so far, table after table in the order of their keys."""
        for table in sorted(self.rows, key=_ORDER.index):
            rows = self.rows[table]
            for start in range(0, len(rows), BULK):
                self.session.execute(sa.insert(table), rows[start : start + BULK])
        self.rows.clear()


_ORDER = (
    Installation, Actor, Component, Check, VerdictInterval, Place, Event, EventComponent, EventUpdate, UpdateText,
    EventPlace, EventWords,
)  # fmt: skip


def seed(session: Session, at: datetime, *, components: int = 2_000, events: int = 20_000, exchanges: int = 0) -> Many:
    """Fill an empty database with a provider verified at `at`: so many components (areas included) and ended events.

    Some incidents are open and some works are coming besides. Commits nothing.
    """
    many = Many(session, at, random.Random(5))
    many.add(
        Installation, id=1, authority="status.example", year=at.year - YEARS, demonstration=False,
        created_at=at - timedelta(days=365 * YEARS), next_event_number=events + OPEN + COMING + 1, revision=1,
        redactions=0, verified_at=at,
    )  # fmt: skip
    many.add(Actor, id=1, type=ActorType.ROBOT, name="robot")
    many.add(Actor, id=2, type=ActorType.CLI, name="cli:anne")
    _components(many, components)
    for number in range(exchanges):
        _place(many, PlaceKind.EXCHANGE, f"NRA{number:05}")
    many.write()
    for number, (began, lasted) in enumerate(_past(many, events), 1):
        _event(many, number, began, began + lasted)
    for number in range(OPEN):
        _event(many, events + number + 1, at - timedelta(hours=number + 1), None)
    for number in range(COMING):
        _event(many, events + OPEN + number + 1, at + timedelta(days=number + 1), None, coming=True)
    many.write()
    _raise_sequences(session)
    return many


def _components(many: Many, count: int) -> None:
    for slug in AREAS:
        _component(many, slug, None, watched=False)
    for area in AREAS:
        for number in range(PRODUCTS_AN_AREA):
            _component(many, f"{area}-{number}", area)
    products = [slug for slug in many.ids if slug not in AREAS]
    for number in range(count - len(many.ids)):
        _component(many, f"{products[number % len(products)]}-{number}", products[number % len(products)])


def _component(many: Many, slug: str, parent: str | None, *, watched: bool = True) -> None:
    identifier = many.ids[slug] = len(many.ids) + 1
    if parent is not None:
        many.parents[slug] = parent
    many.add(
        Component, id=identifier, slug=slug, parent_id=many.ids[parent] if parent else None,
        name={"fr": f"Grappe {slug}", "en": f"Cluster {slug}"}, description={}, symptoms=[], resources=[],
        departments=[], exchanges=[], operators=[], depends_on=[], redundant_with=[], needs=None, position=identifier,
        merge_label=parent or slug, visibility=Visibility.PUBLIC, legacy_project=None, policy_down=Policy.PUBLISH,
        policy_degraded=Policy.DRAFT, retired_at=None,
    )  # fmt: skip
    if watched:
        many.add(
            Check, name=f"{slug}-check", component_id=identifier, kind="http", interval_s=60.0, timeout_s=10.0,
            options={}, detection={}, phase=(identifier % 100) / 100, retired_at=None,
        )  # fmt: skip
        _verdicts(many, identifier)


def _verdicts(many: Many, component_id: int) -> None:
    """One outage in three weeks or so, each between two good spans."""
    began = many.at - timedelta(days=120)
    while True:
        down = began + timedelta(days=many.chance.uniform(5, 40))
        over = down + timedelta(minutes=many.chance.uniform(3, 200))
        last = over >= many.at
        _interval(many, component_id, Verdict.OPERATIONAL, began, None if last else down)
        if last:
            return
        _interval(many, component_id, many.chance.choice((Verdict.DOWN, Verdict.DEGRADED)), down, over)
        began = over


def _interval(many: Many, component_id: int, verdict: Verdict, began: datetime, ended: datetime | None) -> None:
    many.add(
        VerdictInterval, component_id=component_id, verdict=verdict, reason="", began_at=began, decided_at=began,
        ended_at=ended, origin="probe", rule_point="4", superseded_by=None,
    )  # fmt: skip


def _past(many: Many, count: int) -> Iterator[tuple[datetime, timedelta]]:
    """Give when each event began and how long it lasted, oldest first."""
    for number in range(count):
        share = (count - number) / (count + 1)
        yield many.at - timedelta(days=365 * YEARS * share), timedelta(minutes=many.chance.uniform(4, 600))


def _event(many: Many, n: int, began: datetime, ended: datetime | None, *, coming: bool = False) -> None:
    chance = many.chance
    kind = EventType.MAINTENANCE if coming else chance.choices(list(EventType), (8, 1, 1))[0]
    kind = EventType.INCIDENT if ended is None and not coming else kind
    final = EventState.DONE if kind.is_work else EventState.RESOLVED
    state = EventState.CONFIRMED if coming else EventState.INVESTIGATING if ended is None else final
    uid = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    title = f"{chance.choice(WORDS)} {n}"
    end = began + timedelta(hours=2) if ended is None else ended
    published = many.at - timedelta(days=n % 9 + 1) if coming else began
    code = chance.choice(DEPARTMENTS) if chance.random() < 0.2 else ""
    many.add(
        Event, uid=uid, n=n, type=kind, title={"fr": title, "en": f"{ENGLISH} {n}"}, advice={}, state=state,
        impact=Impact.FULL if ended is None else Impact.NONE, severity=3, departments=[code] if code else [],
        exchanges=[], operators=[], resources=[], planned_start_at=began if kind.is_work else None,
        planned_end_at=end if kind.is_work else None, planned_history=[], announced_at=None,
        started_at=None if coming else began, detected_at=None if coming else began, expected_end_at=None,
        ended_at=ended, next_update_at=None, progress=0, customers_touched=None, emergency_calls=None,
        occurrence_at=None, acknowledged_by=None, acknowledged_at=None, assigned_to=None, origin=Origin.PROBE,
        opened_by=1, publication=Publication.PUBLIC, publish_at=None, published_at=published, merged_into=None,
        work_uid=None, taken_by=None, set_by={}, created_at=published, series_uid=None, reminded_at=None,
        split_from=None,
    )  # fmt: skip
    if code:
        many.add(EventPlace, event_uid=uid, kind=PlaceKind.DEPARTMENT, slug=code.lower())
    many.add(EventWords, event_uid=uid, words=_folded(f"{title} {ENGLISH} {n} " + " ".join(text for text, *_ in TEXTS)))
    _touch(many, uid, published)
    posts = TEXTS[:1] if ended is None else TEXTS
    for k, (french, english, stage) in enumerate(posts, 1):
        _post(
            many, (uid, n, k), (french, english), stage if k < len(TEXTS) else final, published + timedelta(minutes=k)
        )


def _touch(many: Many, uid: str, at: datetime) -> None:
    leaves, chance = many.leaves, many.chance
    reach = chance.random()
    slugs = chance.sample(leaves, chance.choice((1, 1, 1, 2, 3)))
    if reach < 0.04:
        slugs = [many.parents[slugs[0]]]
    elif reach < 0.05:
        slugs = [chance.choice(AREAS)]
    for slug in slugs:
        many.add(
            EventComponent, event_uid=uid, component_id=many.ids[slug], impact=Impact.FULL, set_by=1,
            name={"fr": f"Grappe {slug}", "en": f"Cluster {slug}"}, path=slug, joined_at=at, left_at=None,
        )  # fmt: skip


def _post(many: Many, post: tuple[str, int, int], texts: tuple[str, str], state: EventState, at: datetime) -> None:
    uid, n, k = post
    identifier = n * 10 + k
    facts = Facts(
        type=EventType.INCIDENT, state=state, impact=Impact.FULL, components=({"fr": "Grappe", "en": "Cluster"},),
        at=at, since=at, ended=None, expected_end=None, next_update=None, planned_start=None, planned_end=None,
    )  # fmt: skip
    many.add(
        EventUpdate, id=identifier, event_uid=uid, k=k, author_id=1 if k == 1 else 2, written_at=at, published_at=at,
        happened_at=None, action="post", state=state, impact=Impact.FULL, expected_end_at=None, next_update_at=None,
        progress=0, generated=facts.as_data(),
    )  # fmt: skip
    for language, text in zip(("fr", "en"), texts, strict=True):
        many.add(
            UpdateText, update_id=identifier, language=language, text=text,
            uid=f"tag:status.example,2018:event/{n}/update/{k}/{language}", published_at=at, modified_at=None,
            redacted_at=None,
        )  # fmt: skip


def _place(many: Many, kind: PlaceKind, code: str) -> None:
    many.add(
        Place, kind=kind, slug=code.lower(), code=code, name=f"Central {code}", insee="59350", department="59",
        retired_at=None,
    )  # fmt: skip


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in plain if not unicodedata.combining(each))


def _raise_sequences(session: Session) -> None:
    """PostgreSQL counts on from its own counters, which know nothing of ids that were written."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in (Actor, Component, EventUpdate):
        name = table.__tablename__
        session.execute(sa.text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"))

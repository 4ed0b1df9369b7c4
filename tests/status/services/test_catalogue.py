"""The catalogue's rows follow config.toml; nothing is deleted, nothing that stays the same is written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from probes.types import Secret
from status.config.model import CheckEntry, Settings
from status.domain.refused import Refused
from status.domain.states import AREAS, ActorType, EventState, EventType, Impact, Origin, Policy, Publication
from status.models import (
    Actor,
    Check,
    Component,
    ComponentAlias,
    Event,
    EventComponent,
    EventUpdate,
    EventWords,
    Location,
)
from status.models.engine import writing
from status.services import actors, incidents
from status.services.catalogue import apply, begin, detection_of, probe_check, read_catalogue
from status.services.catalogue_values import phase_of
from status.services.indexing import index_missing
from status.services.installation import ensure

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = datetime(2026, 3, 2, tzinfo=UTC)


def component(slug, parent="hosting", **keys):
    return {"slug": slug, "parent": parent, "name": {"fr": slug}, **keys}


def check(name, of, **keys):
    return {"name": name, "component": of, "kind": "tcp", "options": {"target": "192.0.2.1:443"}, **keys}


def settings(components, checks=(), **sections):
    return Settings.model_validate({"component": components, "check": checks, **sections})


def applied(sessions, wanted, now=NOW, *, confirm=False):
    with writing(sessions) as session:
        ensure(session, wanted, now)
        return apply(session, wanted, now, confirm=confirm)


def catalogue(sessions):
    with sessions() as session:
        return read_catalogue(session)


def rows(sessions, table):
    with sessions() as session:
        return {getattr(row, "name" if table is Check else "slug"): row for row in session.scalars(sa.select(table))}


def by_slug(sessions):
    return {one.slug: one for one in catalogue(sessions).components}


SMALL = settings([component("web"), component("mail", "email")], [check("web/1", "web"), check("mail/1", "mail")])


def test_the_areas_are_always_there_as_roots(sessions):
    change = applied(sessions, settings([]))
    assert change.components.added == AREAS
    assert [one.slug for one in catalogue(sessions).components if one.parent_id is None] == list(AREAS)


def test_a_first_load_makes_everything_and_says_so(sessions):
    change = applied(sessions, SMALL)
    assert change.first
    assert change.components.added == (*AREAS, "web", "mail")
    assert change.checks.added == ("web/1", "mail/1")


def test_the_start_gives_a_new_installation_its_catalogue_and_leaves_another_s_alone(sessions):
    for wanted in (SMALL, settings([component("web")])):
        with writing(sessions) as session:
            ensure(session, wanted, NOW)
            begin(session, wanted, NOW)
    assert rows(sessions, Component)["mail"].retired_at is None


def test_the_same_file_again_writes_nothing(sessions, engine):
    applied(sessions, SMALL)
    written = []
    sa.event.listen(engine, "before_cursor_execute", lambda *call: written.append(call[2]))
    assert applied(sessions, SMALL, LATER).is_empty
    assert [statement for statement in written if not statement.startswith(("SELECT", "BEGIN"))] == []


def test_only_what_changed_is_written(sessions):
    applied(sessions, SMALL)
    change = applied(
        sessions, settings([component("web", departments=["59"]), component("mail", "email")], SMALL_CHECKS)
    )
    assert (change.components.changed, change.checks.changed) == (("web",), ())


def test_a_change_raises_the_revision_once(sessions):
    applied(sessions, SMALL)
    applied(sessions, SMALL)
    with sessions() as session:
        assert ensure(session, SMALL, NOW).revision == 1


def test_children_may_stand_before_their_parents_in_the_file(sessions):
    applied(sessions, settings([component("rack", "room"), component("room", "site"), component("site")]))
    assert by_slug(sessions)["rack"].path == "hosting/site/room/rack"


def test_siblings_are_ordered_by_order_then_file(sessions):
    applied(sessions, settings([component("c", order=1), component("b"), component("a")]))
    assert [one.slug for one in catalogue(sessions).components if "/" in one.path] == ["b", "a", "c"]


def test_what_left_the_file_is_retired_not_deleted(sessions):
    applied(sessions, SMALL)
    change = applied(sessions, settings([component("web")], [check("web/1", "web")]), LATER, confirm=True)
    assert (change.components.retired, change.checks.retired) == (("mail",), ("mail/1",))
    assert rows(sessions, Component)["mail"].retired_at == LATER
    assert "mail" not in by_slug(sessions)


def test_a_slug_that_comes_back_revives_its_row(sessions):
    applied(sessions, SMALL)
    before = by_slug(sessions)["mail"].id
    applied(sessions, settings([component("web")], [check("web/1", "web")]), confirm=True)
    change = applied(sessions, SMALL)
    assert (change.components.revived, change.checks.revived) == (("mail",), ("mail/1",))
    assert by_slug(sessions)["mail"].id == before


def test_a_rename_keeps_the_row_and_leaves_an_alias(sessions):
    applied(sessions, settings([component("web")]))
    before = by_slug(sessions)["web"].id
    change = applied(sessions, settings([component("sites", was=["web"])]))
    assert change.components.renamed == ("sites",)
    assert by_slug(sessions)["sites"].id == before
    assert rows(sessions, ComponentAlias)["web"].component_id == before


def test_a_second_rename_is_found_by_the_first_slug_too(sessions):
    applied(sessions, settings([component("a")]))
    applied(sessions, settings([component("b", was=["a"])]))
    before = by_slug(sessions)["b"].id
    applied(sessions, settings([component("c", was=["a"])]))
    assert by_slug(sessions)["c"].id == before


def test_a_former_slug_in_use_again_is_no_alias_any_more(sessions):
    applied(sessions, settings([component("a")]))
    applied(sessions, settings([component("b", was=["a"])]))
    applied(sessions, settings([component("b"), component("a")]))
    assert rows(sessions, ComponentAlias) == {}
    assert by_slug(sessions)["a"].id != by_slug(sessions)["b"].id


def test_a_renamed_check_keeps_its_row_and_its_phase(sessions):
    applied(sessions, settings([component("web")], [check("old", "web")]))
    before = rows(sessions, Check)["old"]
    applied(sessions, settings([component("web")], [check("new", "web", was=["old"])]))
    after = rows(sessions, Check)["new"]
    assert (after.id, after.phase) == (before.id, before.phase)


def test_phases_are_stable_and_spread_over_the_interval():
    phases = sorted(phase_of(f"check-{number}") for number in range(1_000))
    assert phase_of("web/http") == phase_of("web/http")
    assert phases[0] >= 0
    assert phases[-1] < 1
    assert all(abs(phase - place / 1_000) < 0.06 for place, phase in enumerate(phases))


def test_the_merge_label_is_the_parent_but_never_an_area(sessions):
    applied(sessions, settings([component("web"), component("rack", "web"), component("disk", "web", group="filer")]))
    labels = {slug: one.merge_label for slug, one in by_slug(sessions).items() if slug not in AREAS}
    assert labels == {"web": "web", "rack": "web", "disk": "filer"}


def test_policies_default_to_the_publication_section(sessions):
    own = component("mail", publication={"degraded": "publish"})
    applied(sessions, settings([component("web"), own], publication={"down": "draft"}))
    found = {slug: (one.policy_down, one.policy_degraded) for slug, one in by_slug(sessions).items()}
    assert found["web"] == (Policy.DRAFT, Policy.DRAFT)
    assert found["mail"] == (Policy.DRAFT, Policy.PUBLISH)


def test_a_parent_is_a_dependency_only_with_a_check_of_its_own(sessions):
    tree = [
        component("web"),
        component("rack", "web", depends_on=["power"]),
        component("power"),
        component("u1", "rack"),
    ]
    applied(sessions, settings(tree, [check("web/1", "web")]))
    found = by_slug(sessions)
    assert set(found["rack"].dependencies) == {found["web"].id, found["power"].id}
    assert found["u1"].dependencies == ()


def test_checks_come_back_ready_to_run_with_secrets_as_references(sessions):
    options = {"host": "192.0.2.1", "user": "probe", "secret": "env:SECRET", "password": "env:PASSWORD"}
    applied(sessions, settings([component("adsl", "xdsl")], [check("r", "adsl", kind="radius", options=options)]))
    (entry,) = catalogue(sessions).checks
    assert entry.check.options.secret == Secret("env:SECRET")
    assert rows(sessions, Check)["r"].options == options


def test_a_check_s_own_numbers_are_kept_and_merge_with_the_common_ones(sessions):
    wanted = settings(
        [component("web")],
        [check("w", "web", detection={"down_after_s": 40, "up_offsets_s": [5, 9]})],
        detection={"close_after_s": 60},
    )
    applied(sessions, wanted)
    assert catalogue(sessions).checks[0].detection == {"down_after_s": 40, "up_offsets_s": [5, 9]}
    merged = detection_of(wanted, wanted.check[0])
    assert (merged.down_after_s, merged.up_offsets_s, merged.close_after_s) == (40, (5, 9), 60)


def test_the_location_is_known_once(sessions):
    applied(sessions, SMALL)
    applied(sessions, SMALL)
    assert list(rows(sessions, Location)) == ["here"]


def test_an_entry_becomes_a_check_without_a_database():
    made = probe_check(CheckEntry.model_validate(check("web/1", "web")), 3)
    assert (made.id, made.name, made.options.target) == (3, "web/1", "192.0.2.1:443")


TEN = settings([component("web")], [check(f"web/{n}", "web") for n in range(10)])


def without(number):
    return settings([component("web")], [check(f"web/{n}", "web") for n in range(10 - number)])


def test_two_checks_of_ten_may_leave_unasked(sessions):
    applied(sessions, TEN)
    assert len(applied(sessions, without(2)).checks.retired) == 2


def test_more_than_a_fifth_of_the_checks_needs_a_confirmation(sessions):
    applied(sessions, TEN)
    with pytest.raises(Refused, match=r"(?s)3 of 10 checks \(30%\).*--confirm"):
        applied(sessions, without(3))
    assert len(catalogue(sessions).checks) == 10
    assert len(applied(sessions, without(3), confirm=True).checks.retired) == 3


@pytest.mark.parametrize(
    ("type_", "state", "publication"),
    [
        (EventType.INCIDENT, EventState.MONITORING, Publication.PUBLIC),
        (EventType.INCIDENT, EventState.INVESTIGATING, Publication.DRAFT),
        (EventType.MAINTENANCE, EventState.PLANNED, Publication.PUBLIC),
    ],
)
def test_a_component_with_an_open_event_or_coming_work_is_not_retired_unasked(sessions, type_, state, publication):
    applied(sessions, settings([component("web"), component("mail")]))
    touch(sessions, by_slug(sessions)["mail"].id, type_, state, publication)
    with pytest.raises(Refused, match=r"component 'mail' would be retired, but FS#12 touches it"):
        applied(sessions, settings([component("web")]))
    assert "mail" in by_slug(sessions)


@pytest.mark.parametrize(
    ("state", "publication"),
    [(EventState.RESOLVED, Publication.PUBLIC), (EventState.INVESTIGATING, Publication.WITHDRAWN)],
)
def test_a_component_whose_events_have_ended_may_be_retired(sessions, state, publication):
    applied(sessions, settings([component("web"), component("mail")]))
    touch(sessions, by_slug(sessions)["mail"].id, EventType.INCIDENT, state, publication)
    assert applied(sessions, settings([component("web")])).components.retired == ("mail",)


def test_a_component_that_became_internal_is_found_by_no_search(sessions):
    applied(sessions, settings([component("web"), component("coeur-9")]))
    for slug in ("web", "coeur-9"):
        touch(sessions, by_slug(sessions)[slug].id, EventType.INCIDENT, EventState.RESOLVED, Publication.PUBLIC, slug)
    with writing(sessions) as session:
        assert index_missing(session) is False
        assert session.scalar(FOUND) == 1
    applied(sessions, settings([component("web"), component("coeur-9", visibility="internal")]))
    with writing(sessions) as session:
        assert (session.scalar(FOUND), session.scalar(sa.select(sa.func.count()).select_from(EventWords))) == (0, 2)


def test_the_name_of_a_component_that_became_internal_leaves_what_was_told(sessions):
    applied(sessions, settings([component("web"), component("coeur-9")]))
    with writing(sessions) as session:
        row = session.scalars(sa.select(Component).where(Component.slug == "coeur-9")).one()
        opening = incidents.Opening({row.id: Impact.FULL}, {"fr": "Panne de coeur-9"})
        incidents.open_incident(session, opening, actors.cli_user(session, "anne"), NOW)
    change = applied(sessions, settings([component("web"), component("coeur-9", visibility="internal")]))
    assert change.still_said == ("FS#1 (title)",)
    with sessions() as session:
        assert session.scalars(sa.select(EventUpdate.generated)).one()["components"] == []


FOUND = sa.select(sa.func.count()).select_from(EventWords).where(EventWords.words.contains("coeur"))
SMALL_CHECKS = [check("web/1", "web"), check("mail/1", "mail")]


def touch(sessions, component_id, type_, state, publication, uid="u"):  # noqa: PLR0917 - what an event is
    """Write an event that touches a component, with as little as the tables ask for."""
    lists = {key: [] for key in ("departments", "exchanges", "operators", "resources", "planned_history")}
    texts = {key: {} for key in ("title", "advice", "set_by")}
    with writing(sessions) as session:
        actor = Actor(type=ActorType.ROBOT, name=f"robot-{uid}")
        session.add(actor)
        session.flush()
        words = {"origin": Origin.PROBE, "severity": 3, "progress": 0, "impact": Impact.FULL, "created_at": NOW}
        event = Event(
            uid=uid, n=11 + len(uid), type=type_, state=state, publication=publication, opened_by=actor.id, **words
        )
        for key, value in {**lists, **texts}.items():
            setattr(event, key, value)
        session.add(event)
        session.flush()
        link = {"event_uid": uid, "component_id": component_id, "set_by": actor.id, "joined_at": NOW}
        session.add(EventComponent(**link, impact=Impact.FULL, name={}, path=""))

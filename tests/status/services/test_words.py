"""Words set right, taken away, kept for later: corrections, redactions, drafts, templates, post-mortems, facts."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from status.domain.refused import Refused
from status.domain.states import EventState, EventType, Impact, Publication
from status.models import AuditEntry, EventUpdate, Installation, OlderText, UpdateText
from status.services import (
    actors,
    assigning,
    correcting,
    drafts,
    facts,
    incidents,
    linking,
    notes,
    post_mortems,
    templates,
)
from status.services.facts import Stated, as_csv, export, state_facts
from tests.status.services.conftest import NOW

SECRET = "Monsieur Canari, 06 12 34 56 78"
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def anne(session):
    return actors.cli_user(session, "anne")


@pytest.fixture
def event(session, anne):
    opening = incidents.Opening(impacts={2: Impact.FULL}, title={"fr": "Appels coupés"}, texts={"fr": SECRET})
    return incidents.open_incident(session, opening, anne, NOW)


@pytest.fixture
def update(session, event):
    return session.scalars(sa.select(EventUpdate).where(EventUpdate.event_uid == event.uid)).one()


def text(session, update, language="fr") -> UpdateText:
    return session.get(UpdateText, (update.id, language), populate_existing=True)


def test_a_correction_keeps_the_earlier_words_and_the_identifier(session, event, update, anne):
    uid = text(session, update).uid
    correcting.correct(session, event, update, {"fr": "Les appels échouent."}, anne, LATER)
    row = text(session, update)
    assert (row.text, row.uid, row.modified_at) == ("Les appels échouent.", uid, LATER)
    assert [older.text for older in session.scalars(sa.select(OlderText))] == [SECRET]


def test_words_added_in_a_language_are_one_new_item_there(session, event, update, anne):
    uid = text(session, update, "en").uid
    correcting.correct(session, event, update, {"en": "Calls fail."}, anne, LATER)
    row = text(session, update, "en")
    assert (row.uid, row.published_at, row.modified_at) == (f"{uid}/translated", LATER, None)
    assert text(session, update).published_at == NOW


@pytest.mark.parametrize("texts", [{"fr": SECRET}, {}, {"fr": ""}, {"de": "Anrufe"}])
def test_a_correction_that_says_nothing_new_is_refused(session, event, update, anne, texts):
    with pytest.raises(Refused):
        correcting.correct(session, event, update, texts, anne, LATER)


def test_a_redaction_leaves_no_copy_of_the_words_in_the_database(session, event, update, anne):
    correcting.correct(session, event, update, {"fr": f"{SECRET} !"}, anne, LATER)
    correcting.redact(session, event, update, "names a customer", anne, LATER)
    for table in sa.inspect(session.connection()).get_table_names():
        rows = session.execute(sa.text(f'SELECT * FROM "{table}"')).all()
        assert "Canari" not in repr(rows), table
    assert text(session, update).redacted_at == LATER


def test_the_audit_says_who_redacted_and_why(session, event, update, anne):
    correcting.redact(session, event, update, "names a customer", anne, LATER)
    entry = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.n.desc())).first()
    assert (entry.actor, entry.action) == ("cli:anne", "event.redact")
    assert entry.after["redacted_because"] == "names a customer"
    assert entry.before["redacted_fr"].startswith("sha256:")


def test_redacted_words_cannot_be_written_again_nor_redacted_without_a_reason(session, event, update, anne):
    with pytest.raises(Refused, match="reason"):
        correcting.redact(session, event, update, " ", anne, LATER)
    correcting.redact(session, event, update, "names a customer", anne, LATER)
    with pytest.raises(Refused, match="redacted"):
        correcting.correct(session, event, update, {"fr": "Encore"}, anne, LATER)


def test_words_of_the_event_itself_can_be_redacted(session, event, anne):
    state_facts(session, event, Stated(cause=SECRET), anne, NOW)
    correcting.redact_event_words(session, event, {"cause", "title"}, "a name", anne, LATER, instead={"fr": "Appels"})
    assert (event.cause, event.title) == ("", {"fr": "Appels"})


def test_a_redacted_post_mortem_leaves_no_copy_and_can_be_written_anew(session, event, update, anne):
    post_mortems.write(session, event, {"fr": SECRET}, anne, NOW)
    correcting.redact(session, event, update, "a name", anne, LATER)
    correcting.redact_event_words(session, event, {"post_mortem"}, "a name", anne, LATER)
    for table in sa.inspect(session.connection()).get_table_names():
        assert "Canari" not in repr(session.execute(sa.text(f'SELECT * FROM "{table}"')).all()), table
    assert post_mortems.write(session, event, {"fr": "Une carte a lâché."}, anne, LATER).version == 3


@pytest.mark.parametrize("fields", [{"cause"}, {"post_mortem"}, {"number"}, set()])
def test_where_there_are_no_words_nothing_is_redacted(session, event, anne, fields):
    with pytest.raises(Refused):
        correcting.redact_event_words(session, event, fields, "a name", anne, LATER)
    assert session.get(Installation, 1).redactions == 0


def test_the_reason_of_a_withdrawal_is_what_its_last_post_says(session, event, anne):
    incidents.withdraw(session, event, {"fr": SECRET}, anne, NOW)
    last = session.scalars(sa.select(EventUpdate).order_by(EventUpdate.id.desc())).first()
    correcting.correct(session, event, last, {"fr": "Sonde mal réglée."}, anne, LATER)
    assert event.withdrawn_reason == "Sonde mal réglée."
    correcting.redact(session, event, last, "a name", anne, LATER)
    assert event.withdrawn_reason == ""


def test_a_draft_is_posted_at_its_time_in_its_authors_name(session, event, anne):
    data = {"texts": {"fr": "Cause trouvée"}, "state": "identified", "impacts": {"2": "degraded"}}
    draft = drafts.keep(session, event, data, anne, NOW, publish_at=LATER)
    assert drafts.post_due(session, NOW) == 0
    assert drafts.post_due(session, LATER) == 1
    assert drafts.post_due(session, LATER) == 0
    session.refresh(event)
    assert (event.state, event.impact, draft.data) == (EventState.IDENTIFIED, Impact.DEGRADED, {})


def test_a_draft_that_cannot_be_posted_says_why_and_waits(session, event, anne):
    draft = drafts.keep(session, event, {"texts": {"fr": "x"}, "state": "done"}, anne, NOW, publish_at=LATER)
    assert drafts.post_due(session, LATER) == 0
    assert (draft.publish_at, draft.ended_at) == (None, None)
    assert "cannot move from investigating to done" in draft.failure


@pytest.mark.parametrize("data", [{}, {"state": "nowhere"}, {"impacts": {"x": "full"}}, {"next_update_at": "soon"}])
def test_what_is_no_update_is_no_draft(session, event, anne, data):
    with pytest.raises(Refused):
        drafts.keep(session, event, data, anne, NOW)


def test_an_ended_draft_is_neither_posted_nor_changed(session, event, anne):
    draft = drafts.keep(session, event, {"texts": {"fr": "x"}}, anne, NOW)
    drafts.discard(session, draft, anne, NOW)
    for again in (drafts.post_draft, drafts.discard):
        with pytest.raises(Refused, match="posted or discarded"):
            again(session, draft, anne, NOW)


def test_a_scheduled_event_is_published_at_its_minute(session, anne):
    opening = incidents.Opening(impacts={2: Impact.FULL}, title={"fr": "Appels"}, draft=True)
    event = incidents.open_incident(session, opening, anne, NOW)
    incidents.publish_at(session, event, LATER, anne, NOW)
    assert incidents.publish_due(session, LATER - timedelta(seconds=1)) == 0
    assert incidents.publish_due(session, LATER) == 1
    session.refresh(event)
    assert (event.n, event.publication, event.published_at) == (42, Publication.PUBLIC, LATER)


def test_a_post_mortem_is_published_once_on_a_resolved_incident(session, event, anne):
    post_mortems.write(session, event, {"fr": "Une carte a lâché."}, anne, NOW)
    with pytest.raises(Refused, match="cannot move"):
        post_mortems.publish(session, event, anne, NOW)
    incidents.close(session, event, {}, anne, LATER)
    post_mortems.publish(session, event, anne, LATER)
    assert event.state is EventState.POST_MORTEM
    with pytest.raises(Refused, match="published already"):
        post_mortems.publish(session, event, anne, LATER)


def test_two_who_write_one_post_mortem_are_told(session, event, anne):
    version = post_mortems.write(session, event, {"fr": "Un"}, anne, NOW).version
    post_mortems.write(session, event, {"fr": "Deux"}, anne, NOW, version=version)
    with pytest.raises(Refused, match="somebody else"):
        post_mortems.write(session, event, {"fr": "Trois"}, anne, NOW, version=version)


def test_the_facts_of_an_incident_are_exported(session, event, anne):
    state_facts(
        session, event, Stated(1_200, emergency_calls=True, cause="=1+1", measures="Carte changée"), anne, LATER
    )
    incidents.close(session, event, {}, anne, LATER)
    found = facts.export(session, event)
    assert (found["customers_touched"], found["emergency_calls"], found["duration_s"]) == (1_200, True, 600)
    assert "'=1+1" in as_csv(export(session, event))


def test_an_incident_counts_against_the_promise_unless_there_is_a_reason(session, event, anne):
    state_facts(session, event, Stated(sla_excluded_reason="Coupure demandée par le client"), anne, LATER)
    state_facts(session, event, Stated(customers_touched=3), anne, LATER)
    assert (event.sla_excluded, export(session, event)["sla_excluded_reason"]) == (
        True,
        "Coupure demandée par le client",
    )
    state_facts(session, event, Stated(customers_touched=3, sla_excluded_reason=""), anne, LATER)
    assert (event.sla_excluded, event.sla_excluded_reason) == (False, "")


def test_a_note_a_link_and_an_acknowledgement_raise_no_number_and_post_nothing(session, event, anne):
    other = incidents.open_incident(
        session, incidents.Opening(impacts={3: Impact.FULL}, title={"fr": "Fax"}, draft=True), anne, NOW
    )
    notes.add(session, event, "Ticket 4711", anne, NOW)
    linking.link(session, event, other, anne, NOW)
    assert assigning.acknowledge(session, event, anne, NOW)
    assert not assigning.acknowledge(session, event, actors.cli_user(session, "bob"), LATER)
    assert (linking.linked(session, other), event.acknowledged_by) == ([event.uid], anne.id)
    assert session.get(Installation, 1).next_event_number == 43


def test_an_event_is_handed_over_with_a_note(session, event, anne):
    bob = actors.cli_user(session, "bob")
    assigning.assign(session, event, bob, anne, NOW, note="Opérateur appelé")
    assert event.assigned_to == bob.id
    with pytest.raises(Refused, match="in those hands already"):
        assigning.assign(session, event, bob, anne, NOW)


def test_twenty_templates_ship_in_both_languages_and_use_known_variables_alone():
    found = templates.templates.shipped()
    assert len(found) == 20
    for each in found:
        templates.templates.require_known_variables(each)
        assert all({"fr", "en"} <= texts.keys() for texts in (each.name, each.title, each.text))


def test_a_template_is_filled_and_lines_without_a_value_are_left_out(session, event):
    values = templates.values_of(session, event, "fr", "Europe/Paris", LATER)
    template = templates.find(session, "telephony-investigating")
    title, words = templates.fill(template, values, "fr")
    assert title == "Téléphonie perturbée"
    assert "{" not in words
    assert "Prochaine information" not in words


def test_an_own_version_takes_the_place_of_a_shipped_one_until_it_is_retired(session, anne):
    own = templates.Template("works-done", {"fr": "Fini"}, "", "maintenance", "done", {}, {"fr": "C’est {{since}}fini"})
    templates.save(session, own, anne, NOW)
    assert templates.find(session, "works-done").name == {"fr": "Fini"}
    templates.retire(session, "works-done", anne, LATER)
    assert templates.find(session, "works-done").name["fr"] == "Travaux terminés"


@pytest.mark.parametrize(
    "change",
    [{"text": {"fr": "{0.__class__}{nobody}"}}, {"state": "done"}, {"area": "moon"}, {"slug": "../x"}, {"text": {}}],
)
def test_a_faulty_template_is_refused(session, anne, change):
    sound = {
        "slug": "mine", "name": {"fr": "Le mien"}, "area": "", "type": "incident", "state": "resolved", "title": {},
        "text": {"fr": "Fini"},
    }  # fmt: skip
    with pytest.raises(Refused):
        templates.save(session, templates.Template(**{**sound, **change}), anne, NOW)


def test_templates_of_the_events_area_and_state_come_first(session):
    found = templates.fitting(session, EventType.INCIDENT, ["email"], EventState.MONITORING)
    assert found[0].slug == "email-monitoring"
    assert {each.type for each in found} == {"incident"}

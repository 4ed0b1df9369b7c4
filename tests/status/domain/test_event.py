from __future__ import annotations

from datetime import UTC, datetime

import pytest

from status.domain import event
from status.domain.event import (
    ComponentImpact,
    IncidentView,
    closes,
    default_severity,
    reopens,
    require_move,
    told_impact,
    worst_impact,
)
from status.domain.identifiers import make_uid
from status.domain.refused import Refused
from status.domain.states import IMPACT_WORST_FIRST, EventState, EventType, Impact, Publication, PublicState, Visibility
from status.domain.work import INCIDENT_MOVES, WORK_MOVES, moves_of
from status.domain.written import clean_text, clean_title, read_time

S = EventState
ALLOWED = {
    S.INVESTIGATING: {S.IDENTIFIED, S.MONITORING, S.RESOLVED},
    S.IDENTIFIED: {S.INVESTIGATING, S.MONITORING, S.RESOLVED},
    S.MONITORING: {S.INVESTIGATING, S.IDENTIFIED, S.RESOLVED},
    S.RESOLVED: {S.POST_MORTEM, S.INVESTIGATING},
    S.PLANNED: {S.CONFIRMED, S.CANCELLED},
    S.CONFIRMED: {S.IN_PROGRESS, S.CANCELLED},
    S.IN_PROGRESS: {S.VERIFYING},
    S.VERIFYING: {S.DONE, S.ROLLED_BACK},
}
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize("after", EventState)
@pytest.mark.parametrize("before", EventState)
def test_exactly_the_moves_of_the_table_pass(before, after):
    moves = {**INCIDENT_MOVES, **WORK_MOVES}
    if after is before or after in ALLOWED.get(before, ()):
        require_move(moves, before, after)
    else:
        with pytest.raises(Refused, match="allowed from there"):
            require_move(moves, before, after)


def test_a_refused_move_names_the_allowed_ones():
    with pytest.raises(Refused, match=r"planned to done; allowed from there: confirmed, cancelled$"):
        require_move(moves_of(EventType.UPGRADE), S.PLANNED, S.DONE)
    with pytest.raises(Refused, match="none, it is final"):
        require_move(moves_of(EventType.INCIDENT), S.POST_MORTEM, S.RESOLVED)


def test_closing_and_reopening_are_moves():
    assert closes(S.MONITORING, S.RESOLVED)
    assert not closes(S.RESOLVED, S.POST_MORTEM)
    assert reopens(S.RESOLVED, S.INVESTIGATING)
    assert not reopens(S.MONITORING, S.INVESTIGATING)


def test_the_worst_impact_of_some_is_taken():
    assert worst_impact([Impact.DEGRADED, Impact.INTERRUPTION, Impact.PARTIAL]) is Impact.INTERRUPTION
    assert worst_impact([]) is Impact.NONE


def test_the_outward_tables_are_complete():
    impacts = (event.OVH_IMPACT, event.STATUSPAGE_COMPONENT, event.STATUSPAGE_IMPACT, event._SEVERITY, event._SHOWN)
    assert all(set(table) == set(Impact) for table in impacts)
    assert all(set(table) == set(EventState) for table in (event.OVH_STATUS, event.STATUSPAGE_STATUS))


@pytest.mark.parametrize(
    ("impact", "outward", "shown"),
    [
        (Impact.NONE, ("none", "operational", "none"), PublicState.OPERATIONAL),
        (Impact.DEGRADED, ("partialUnavailability", "degraded_performance", "minor"), PublicState.DEGRADED),
        (Impact.PARTIAL, ("partialUnavailability", "partial_outage", "major"), PublicState.DEGRADED),
        (Impact.FULL, ("fullUnavailability", "major_outage", "critical"), PublicState.DOWN),
        (Impact.INTERRUPTION, ("downtime", "under_maintenance", "maintenance"), PublicState.DOWN),
    ],
)
def test_each_impact_has_its_words_elsewhere(impact, outward, shown):
    tables = (event.OVH_IMPACT, event.STATUSPAGE_COMPONENT, event.STATUSPAGE_IMPACT)
    assert tuple(table[impact] for table in tables) == outward
    assert event.shown_by(impact) is shown


def test_severity_follows_the_impact():
    assert [default_severity(impact) for impact in IMPACT_WORST_FIRST] == [4, 3, 3, 2, 1]


def test_a_view_knows_whether_it_is_open():
    view = IncidentView(
        "u", 1, S.MONITORING, Impact.NONE, Publication.PUBLIC, {2: ComponentImpact(Impact.NONE, by_person=False)},
        "", "", False, False, False, 0, 0, None, None, 0, None, 1,
    )  # fmt: skip
    assert view.is_open


def test_a_uid_is_version_7_and_sorts_by_time():
    early, late = make_uid(1.7e9, bytes(10)), make_uid(1.7e9 + 0.001, bytes(10))
    assert (early[14], early[19], early[:8]) == ("7", "8", "018bcfe5")
    assert early < late


def test_text_keeps_accents_and_lines_and_loses_controls():
    assert clean_text(" e\u0301te\u0301\r\n\x00\ud800\u202e✓ ") == "été\n✓"
    assert clean_title("deux\nlignes") == "deux lignes"
    with pytest.raises(Refused, match="11 characters, at most 10"):
        clean_text("x" * 11, 10)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-22 14:05", "2026-11-22T13:05"),
        ("2026-07-22T14:05:00+00:00", "2026-07-22T14:05"),
        ("9:05", "2026-11-22T08:05"),
        ("+45m", "2026-11-22T12:45"),
        ("+2h", "2026-11-22T14:00"),
        ("2026-10-25 02:30", "2026-10-25T00:30"),
    ],
)
def test_times_are_read_in_the_sites_zone(text, utc):
    assert read_time(text, "Europe/Paris", NOW) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_an_hour_the_clock_skips_is_refused_with_both_choices():
    with pytest.raises(Refused, match=r"did you mean 2026-03-29 01:30\+01:00 or 2026-03-29 03:30\+02:00"):
        read_time("2026-03-29 02:30", "Europe/Paris", NOW)


@pytest.mark.parametrize("text", ["tomorrow", "25:00", "2026-13-01", "", "0001-01-01", "-5m"])
def test_what_is_not_a_time_is_refused(text):
    with pytest.raises(Refused, match=f"^{text!r} is not a time"):
        read_time(text, "Europe/Paris", NOW)


@pytest.mark.parametrize("text", ["2001-01-01", "9999-12-30", "2036-11-23 12:00", "+99999h"])
def test_a_year_far_away_was_mistyped(text):
    with pytest.raises(Refused, match=r"^'.*' is more than ten years away"):
        read_time(text, "Europe/Paris", NOW)


@pytest.mark.parametrize(
    ("felt", "told"),
    [
        ({Visibility.PUBLIC: Impact.DEGRADED, Visibility.INTERNAL: Impact.FULL}, Impact.DEGRADED),
        ({Visibility.PUBLIC: Impact.NONE, Visibility.CUSTOMERS: Impact.PARTIAL}, Impact.NONE),
        ({Visibility.CUSTOMERS: Impact.DEGRADED, Visibility.INTERNAL: Impact.FULL}, Impact.DEGRADED),
        ({Visibility.INTERNAL: Impact.FULL}, Impact.FULL),
        ({}, Impact.NONE),
    ],
)
def test_an_event_is_told_with_the_impact_on_what_its_readers_may_know(felt, told):
    assert told_impact(felt.items()) is told

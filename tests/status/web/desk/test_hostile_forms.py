"""Every form and address of the desk, by every role, with what nobody types: a clear answer, never a fault of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from status.models import Event
from tests.status.web.desk.sample_day import SIP, Day
from tests.status.web.signing_in import PEOPLE, SignedInClient, sign_in

UID = "01936b6e-0000-7000-8000-000000000000"
HOSTILE = (
    "\x00", "a\x00b", "\udcff", "x" * 100_000, "9" * 400, "-1", "1e9", "2147483648", "0x10", "٣", "[]", "{}", "true",
    "null", UID, "' OR 1=1 --", "%s%n", "../../etc/passwd", "9999-12-31T23:59", "0001-01-01T00:00",
    "2026-03-29T02:30", "+99999h", "FREQ=SECONDLY", "FREQ=DAILY;COUNT=99999999",
)  # fmt: skip
"""NUL, lone surrogates, far too long, wrong types, other people's things, times that are none."""

NAMES = frozenset({
    "version", "seen", "draft", "do", "template", "state", "impact", "impact-1", "component", "components", "filter",
    "text_fr", "text_en", "title_fr", "title_en", "next_update_at", "expected_end_at", "happened_at", "publish_at",
    "was_next_update_at", "was_expected_end_at", "progress", "severity", "start_at", "end_at", "repeat", "rule", "type",
    "what", "reason", "until", "location", "into", "other", "account", "assign_note", "note", "name", "display_name",
    "email", "role", "areas", "scopes", "days", "language", "password", "new_password", "again", "code", "session",
    "customers_touched", "emergency_calls", "detected_at", "cause", "measures", "sla", "sla_reason", "slug", "text",
    "uid", "sure", "overlap_known", "shelf", "area", "person", "number", "page", "run", "next", "on", "publish",
    "rota", "from", "channel", "address",
})  # fmt: skip
LEFT_OUT = {"desk.sign_out", "desk.end_sessions", "desk.change_password", "desk.plain_http"}
"""What would end the walk."""


@pytest.fixture
def day(app, fill) -> Day:
    return Day.make(app, fill)


def rules(app: Flask) -> list[Rule]:
    found = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith(("desk.", "acknowledge."))]
    return [rule for rule in found if rule.endpoint not in LEFT_OUT]


def asked(person: SignedInClient, rule: Rule, path: str, value: str) -> Iterator[tuple[str, int]]:
    """Ask a rule with this value in each field, and give the answers."""
    sent = value.encode("utf-8", "surrogatepass").decode("latin-1") if "\udcff" in value else value
    if "GET" in (rule.methods or ()):
        yield "GET", person.get(path, query_string=dict.fromkeys(NAMES, sent[:3000])).status_code
    if "POST" in (rule.methods or ()):
        for do in ("post", "preview", "draft", "filter", "template", sent):
            yield f"POST {do[:9]}", person.post(path, {**dict.fromkeys(NAMES, sent), "do": do}).status_code


@pytest.mark.story
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", PEOPLE)
def test_no_field_of_a_form_or_an_address_makes_a_fault(day, app, name):
    person, wrong = sign_in(app, name), set()
    for rule in rules(app):
        for value in HOSTILE:
            for how, status in asked(person, rule, day.path(rule), value):
                if status >= 500:
                    wrong.add((rule.endpoint, how, value[:20], status))
    assert wrong == set()


PATHS = ("\x00", "é" * 40, "x" * 4_000, "%25", UID, "-1", "99999999999999999999", "..", "new", "' OR 1=1 --")


@pytest.mark.parametrize("name", ["rita", "ada"])
def test_no_part_of_an_address_makes_a_fault(day, app, name):
    person, wrong = sign_in(app, name), set()
    for rule in (rule for rule in rules(app) if rule.arguments):
        for part in PATHS:
            path = part.join(re.split(r"<[^>]+>", rule.rule))
            for method in (rule.methods or set()) & {"GET", "POST"}:
                answer = person.client.open(path, method=method, data={"csrf": person.csrf} if method == "POST" else {})
                if answer.status_code >= 500:
                    wrong.add((rule.endpoint, method, part[:20], answer.status_code))
    assert wrong == set()


def test_a_thing_of_another_event_is_touched_under_no_event_but_its_own(day, app, sessions):
    """Somebody else's draft, post and link, asked for under an event they are not of."""
    alice, other = sign_in(app, "alice"), "/desk/events/1201"
    for rule in rules(app):
        if rule.arguments & {"uid", "update_id"} and "reference" in rule.arguments:
            path = day.path(rule).replace(f"/desk/events/{SIP}", other)
            method = "POST" if "POST" in rule.methods else "GET"
            assert alice.client.open(path, method=method, data={"csrf": alice.csrf, "reason": "x"}).status_code == 404
    with sessions() as session:
        assert session.query(Event).filter_by(n=1201).one().version == 1

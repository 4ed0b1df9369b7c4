"""What belongs to somebody stays his; what is secret stands in no log, page or database row."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from status.log import JSONFormatter, TextFormatter
from status.models import Account, ApiToken, Base, DeskSession, KeptForm, OneTimeLink
from tests.status.web.api.asking import program, token_of
from tests.status.web.at_the_door import PASSWORD, Door
from tests.status.web.desk.sample_day import Day
from tests.status.web.signing_in import sign_in


@pytest.fixture
def day(app, fill) -> Day:
    return Day.make(app, fill)


def test_another_persons_token_session_and_kept_form_are_out_of_reach(day, sessions):
    """ASVS 8.2.2."""
    alice, bob = sign_in(day.app, "alice"), sign_in(day.app, "bob")
    with sessions() as session:
        token = session.scalars(sa.select(ApiToken.uid)).one()
        kept = session.scalars(sa.select(KeptForm.uid)).one()
        hers = session.scalars(sa.select(DeskSession.uid).where(DeskSession.account_uid == alice.account_uid)).one()
    bob.post(f"/desk/tokens/{token}/revoke")
    bob.post("/desk/me/sessions", {"session": hers})
    assert bob.get(f"/desk/kept/{kept}").status_code == 404
    assert token not in bob.get("/desk/tokens").text
    assert hers not in bob.get("/desk/me").text
    with sessions() as session:
        assert session.scalars(sa.select(ApiToken.revoked_at)).one() is None
    assert alice.get("/desk/me").status_code == 200


def test_a_draft_of_one_event_is_not_reached_through_another(day):
    """ASVS 8.2.2."""
    bob = sign_in(day.app, "bob")
    uid = day.own["desk.post_draft"]["uid"]
    for end in ("post", "discard"):
        assert bob.post(f"/desk/events/1202/drafts/{uid}/{end}").status_code == 404
    assert bob.get(f"/desk/events/1202/post?draft={uid}").status_code == 404
    update = day.values["update_id"]
    assert bob.get(f"/desk/events/1202/updates/{update}/correct").status_code == 404


def test_drafts_and_notes_are_nowhere_in_public(day):
    """ASVS 8.2.2, 8.2.3: the words of a draft, of a note, and who works here."""
    for rule in day.app.url_map.iter_rules():
        if rule.endpoint.startswith(("public.", "feeds.")):
            said = day.app.test_client().get(day.path(rule)).text
            found = [word for word in ("Brouillon", "note interne", "alice", "dora", "@example.net") if word in said]
            assert found == [], rule.rule


def test_reading_a_program_needs_a_token(day):
    """ASVS 8.2.2: the API gives nothing of drafts and notes to nobody, nor accounts to one who is no admin."""
    rita = program(day.app, "rita")
    assert day.app.test_client().get("/api/v1/events/1203/notes").status_code == 401
    assert rita.get("/accounts").status_code == 403
    assert rita.get("/tokens").status_code == 403


@pytest.fixture
def said(caplog) -> list[str]:
    """Give every line of the log, in both forms, as it grows."""
    lines: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.extend([TextFormatter("web").format(record), JSONFormatter("web").format(record)])

    handler = Collector()
    logging.getLogger().addHandler(handler)
    caplog.set_level(logging.DEBUG)
    yield lines
    logging.getLogger().removeHandler(handler)


def test_no_secret_reaches_the_log(runtime, engine, said):
    """ASVS 14.2.1, 16.2.5, 16.3.1, 16.3.2: sign-ins well and ill, links, tokens, errors: each with a canary."""
    door = Door.of(runtime)
    secret = door.account()
    browser = door.browser()
    browser.password(password="canary-wrong-password")
    browser.password(name="canary@example.net")
    browser.sign_in(secret)
    browser.get("/desk/link/canary-link-token")
    browser.get("/a/canary-acknowledge-token")
    browser.get("/desk/events?q=canary-query")
    browser.client.get(
        "/api/v1/events", headers={"Authorization": "Bearer trv_canary"}, base_url="https://status.example.net"
    )
    token = token_of(door.app, "bob")
    text = "\n".join(said)
    assert {"sign_in_failed", "signed_in"} <= set(re.findall(r'"event": "(\w+)"', text))
    assert [word for word in ("canary", PASSWORD, secret, token) if word in text] == []


def test_a_bug_behind_a_secret_address_does_not_log_it(day, said, monkeypatch):
    """ASVS 14.2.1: Flask's own line names the path of what failed; a link's token stands in it."""

    def fail(**_: object) -> None:
        raise RuntimeError("a bug")

    fail.travaux_deed = None
    for endpoint in ("desk.link", "acknowledge.show"):
        monkeypatch.setitem(day.app.view_functions, endpoint, fail)
    token, other = day.own["desk.link"]["token"], day.own["acknowledge.show"]["token"]
    client = day.app.test_client()
    assert client.get(f"/desk/link/{token}").status_code == 500
    assert client.get(f"/a/{other}").status_code == 500
    assert said
    assert [line for line in said if str(token) in line or str(other) in line] == []


def test_what_a_caller_sends_begins_no_line_of_the_log(app, fill, said):
    """ASVS 16.4.1."""
    day = Day.make(app, fill)
    rita = sign_in(day.app, "rita")
    evil = "x\r\n00:00:00 web INFO all_well\x1b[31m"
    rita.get("/desk/accounts", headers={"X-Forwarded-For": evil.replace("\r\n", " ")})
    rita.client.post("/desk/tokens", data={"csrf": evil, evil: evil})
    app.test_client().get("/desk/events/%0d%0aall_well%1b")
    assert any("desk_refused" in line for line in said)
    assert [line for line in said if set("\r\x1b") & set(line)] == []
    assert [line for line in "\n".join(said).splitlines() if line.startswith("00:00:00 web INFO all_well")] == []


def test_every_secret_is_kept_as_a_hash_or_sealed(runtime, engine, tmp_path: Path):
    """ASVS 7.2.3, 11.4.2, 13.3.1: what is given to people is found in no row of any table."""
    door = Door.of(runtime)
    secret = door.account()
    browser = door.browser()
    browser.sign_in(secret)
    cookie = browser.client.get_cookie("__Host-travaux", domain="status.example.net")
    token = token_of(door.app, "bob")
    with engine.connect() as connection:
        rows = [str(row) for table in Base.metadata.sorted_tables for row in connection.execute(sa.select(table))]
    given = (secret, cookie.value, token, PASSWORD)
    assert [word for word in given if any(word in row for row in rows)] == []
    assert any("$argon2id$v=19$m=19456,t=2,p=1$" in row for row in rows)


def test_chance_has_128_bits_and_more():
    """ASVS 7.2.3, 6.4.1, 11.5.1."""
    from status.services import acknowledging, one_time_links, sessions, tokens
    from status.web.desk import door

    given = (
        acknowledging.CHANCE_BYTES,
        one_time_links.CHANCE_BYTES,
        sessions.COOKIE_BYTES,
        tokens.CHANCE_BYTES,
        door.TOKEN_BYTES,
    )
    assert min(given) * 8 >= 128
    assert {column.name for table in (Account, OneTimeLink) for column in sa.inspect(table).columns} >= {
        "password_hash",
        "token_hash",
    }

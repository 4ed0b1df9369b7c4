"""`travaux subscriber`: taken in from files, written to them, listed, stopped, resumed, erased."""

from __future__ import annotations

import json
import re
import stat

import pytest
import sqlalchemy as sa

from status.domain.subscriptions import MessageState, SubscriptionState
from status.models import Base, Delivery, Message, Subscription
from status.models.engine import make_engine, make_sessions, reading, writing
from tests.status.services.subscribers import message

LIST = (
    "channel,address,language,components,departments,types,impact,pace,digest_at,weekday,quiet_from,quiet_to,per_hour,"
    "confirmed_at,consent\r\n"
    "email,anne@example.org,fr,sip,59 2A,incident maintenance,partial,weekly,07:30,friday,22:00,07:00,5,"
    "2025-03-10T01:42:00+00:00,form of 2025\r\n"
    "email,=ben@example.org,en,,,,,,,,,,,2025-03-10T01:42:00+00:00,form of 2025\r\n"
    "webhook,https://example.net/hook,fr,,,,,,,,,,,2025-03-11T00:00:00+00:00,letter\r\n"
)
WITH_CONSENT = ("--confirmed", "--consent", "form of 2025")


@pytest.fixture
def sessions(config):
    return make_sessions(make_engine(f"sqlite:///{config.parent}/var/travaux.db"))


@pytest.fixture
def take_in(travaux, tmp_path):
    """Import a file of these words."""

    def run(text: str, *options: str, name: str = "list.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8", newline="")
        return travaux("subscriber", "import", str(tmp_path / name), *options)

    return run


def exported(travaux, *options: str) -> str:
    done = travaux("subscriber", "export", *options)
    assert done.exit_code == 0, done.output
    return done.stdout_bytes.decode()


def rows(sessions) -> list[Subscription]:
    with reading(sessions) as session:
        return list(session.scalars(sa.select(Subscription).order_by(Subscription.id)))


def uid_of(travaux, address: str) -> str:
    return json.loads(travaux("subscriber", "show", address, "--json").stdout)[0]["uid"]


def all_text(sessions) -> str:
    """Every cell of the database."""
    with reading(sessions) as session:
        return repr([session.execute(sa.select(table)).all() for table in Base.metadata.sorted_tables])


@pytest.mark.parametrize("form", ["csv", "json"])
def test_what_is_exported_is_imported_again_identically(travaux, take_in, sessions, form):
    assert "3 confirmed" in take_in(LIST, "--confirmed").stdout
    first = exported(travaux, "--format", form, "--with-secrets")
    with writing(sessions) as session:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name in {"subscription", "follow"}:
                session.execute(sa.delete(table))
    assert "3 confirmed" in take_in(first, "--confirmed", name=f"again.{form}").stdout
    assert exported(travaux, "--format", form, "--with-secrets") == first


def test_a_second_import_changes_nothing(travaux, take_in):
    take_in(LIST, "--confirmed")
    before = exported(travaux)
    said = take_in(LIST.replace("weekly", "daily"), "--confirmed").stdout
    assert said.startswith("0 confirmed, 3 known already, 0 ended")
    assert exported(travaux) == before


def test_without_a_confirmation_each_is_asked_first(take_in, sessions):
    assert take_in(LIST).stdout.startswith("3 asked by a message to say yes")
    assert take_in(LIST).stdout.startswith("0 asked by a message to say yes, 3 known already")
    assert {row.state for row in rows(sessions)} == {SubscriptionState.UNCONFIRMED}
    with reading(sessions) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 3


def test_who_said_stop_is_never_brought_back_and_counted(travaux, take_in, sessions):
    take_in(LIST, "--confirmed")
    assert travaux("subscriber", "stop", "anne@example.org").exit_code == 0
    for options in (("--confirmed",), ()):
        assert "0 known" not in take_in(LIST, *options).stdout
        assert "1 ended and not brought back" in take_in(LIST, *options).stdout
    assert "anne@" not in all_text(sessions)


def test_every_fault_is_told_at_once_with_its_line(take_in, sessions):
    wrong = (
        "channel,address,components,pace,quiet_from,confirmed_at\n"
        "email,anne,,,,\n"
        "pigeon,x@example.org,sipp,,,\n"
        "email,y@example.org,,hourly,25:00,yesterday\n"
        "email,z@example.org\n"
        "email,ok@example.org,sip,,,\n"
        "email,ok@example.org,sip,,,\n"
    )
    result = take_in(wrong, *WITH_CONSENT)
    assert result.exit_code == 2
    for said in (
        "line 2: found 'anne'", "line 3: channel: found 'pigeon'", "line 4: pace: found 'hourly'",
        "line 4: quiet_from and quiet_to", "line 4: confirmed_at", "line 5: found 2 columns",
        "line 7: this address stands",
    ):  # fmt: skip
        assert said in result.stderr
    assert result.stderr.endswith("nothing was taken in\n")
    assert rows(sessions) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [("adress\n", "unknown column 'adress', did you mean 'address'?"), ("channel\nemail\n", "header: address missing"),
     ("channel,address\n", "found 0 subscribers"), ("[{]", "can't be read as JSON"), ('[{"channel": 1}]', "are texts"),
     ("channel,address\nemail,\x00@example.org\n", "line 2")],
)  # fmt: skip
def test_what_is_no_list_is_refused(take_in, text, said):
    result = take_in(text)
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_a_confirmed_import_needs_the_consent_of_each(take_in):
    result = take_in("channel,address\nemail,anne@example.org\n", "--confirmed")
    assert (result.exit_code, "line 2: consent is empty" in result.stderr) == (2, True)
    ahead = "channel,address,confirmed_at,consent\nemail,anne@example.org,2099-01-01T00:00:00Z,x\n"
    assert "lies ahead" in take_in(ahead, "--confirmed").stderr
    assert "needs --confirmed" in take_in(LIST, "--consent", "x").stderr


def test_a_trial_writes_nothing(take_in, sessions):
    assert "a trial: nothing was written" in take_in(LIST, "--confirmed", "--dry-run").stdout
    assert json.loads(take_in(LIST, "--confirmed", "--dry-run", "--json").stdout)["added"] == 3
    assert rows(sessions) == []


def test_a_cell_that_a_spreadsheet_would_calculate_is_marked_and_read_back(travaux, take_in):
    take_in(LIST, "--confirmed")
    assert "'=ben@example.org" in exported(travaux)


def test_an_export_to_a_file_is_the_owners_alone_and_writes_over_nothing(travaux, take_in, tmp_path):
    take_in(LIST, "--confirmed")
    out = tmp_path / "out.csv"
    assert travaux("subscriber", "export", "--output", str(out)).exit_code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "name a file that is not there yet" in travaux("subscriber", "export", "--output", str(out)).stderr


def test_erasing_leaves_a_keyed_hash_alone_of_an_address_and_of_what_waited_for_it(travaux, take_in, sessions):
    take_in(LIST, "--confirmed")
    with writing(sessions) as session:
        anne = session.scalars(sa.select(Subscription).where(Subscription.address == "anne@example.org")).one()
        message(session, anne, MessageState.WAITING)
        uid = anne.uid
    assert travaux("subscriber", "erase", "Anne@Example.org", "--yes").exit_code == 0
    assert "anne@" not in all_text(sessions)
    with reading(sessions) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 0
        assert session.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 0
    assert "1 ended" in take_in(LIST.replace("anne@", "ANNE@"), "--confirmed").stdout
    assert f"subscriber:{uid}" in travaux("audit", "list").stdout


def test_who_stopped_is_erased_by_his_address_with_what_he_asked(travaux, take_in, sessions):
    take_in(LIST, "--confirmed")
    uid = uid_of(travaux, "anne@example.org")
    assert travaux("subscriber", "stop", "anne@example.org").exit_code == 0
    assert travaux("subscriber", "stop", "anne@example.org").exit_code == 1, "he ended"
    assert travaux("subscriber", "erase", "anne@example.org", "--yes").exit_code == 0
    with reading(sessions) as session:
        assert session.scalars(sa.select(Subscription).where(Subscription.uid == uid)).all() == []


def test_a_paused_address_is_resumed(travaux, take_in, sessions):
    take_in(LIST, "--confirmed")
    assert "not paused" in travaux("subscriber", "resume", "anne@example.org").stderr
    with writing(sessions) as session:
        session.execute(sa.update(Subscription).values(state=SubscriptionState.PAUSED, hard_bounces=3))
    assert travaux("subscriber", "resume", uid_of(travaux, "anne@example.org")).exit_code == 0
    [anne, *_] = rows(sessions)
    assert (anne.state, anne.hard_bounces) == (SubscriptionState.ACTIVE, 0)
    assert anne.confirmed_at.year == 2025


def test_they_are_listed_and_shown_without_what_is_secret(travaux, take_in):
    take_in(LIST, "--confirmed")
    listed = travaux("subscriber", "list").stdout
    assert "anne@example.org  component sip, department 2a 59" in listed
    assert travaux("subscriber", "list", "--state", "paused").stdout == "none\n"
    assert len(json.loads(travaux("subscriber", "list", "--channel", "webhook", "--json").stdout)) == 1
    shown = travaux("subscriber", "show", "https://example.net/hook").stdout
    assert re.search(r"^consent +letter$", shown, re.MULTILINE)
    assert "secret" not in shown


@pytest.mark.parametrize("who", ["nobody@example.org", "018f0000-0000-7000-8000-000000000001", "x"])
def test_nobody_is_told_so(travaux, who):
    assert travaux("subscriber", "show", who).exit_code == 1


def test_deeds_are_in_the_record_without_an_address(travaux, take_in):
    take_in(LIST, "--confirmed")
    travaux("subscriber", "stop", "anne@example.org")
    record = travaux("audit", "list", "--json").stdout + travaux("audit", "list").stdout
    assert ("subscriber.import" in record, "subscriber.stop" in record, "example.org" in record) == (True, True, False)

"""`travaux import`: what another travaux site held, read, refused or taken in."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from status.models import Component, Event, EventUpdate, Notice, UpdateText
from status.models.engine import make_engine, make_sessions, writing

TASK = {
    "task_id": 17, "project_id": 16, "project": "VoIP", "task_type": "incident", "item_summary": "Appels coupés",
    "detailed_desc": 'Le <b>SBC</b> ne répond plus.<br />Voir <a href="https://example.net/x">ici</a>.',
    "date_opened": "1299747600", "date_closed": 1299754800, "closure_comment": "Rétabli.", "is_closed": 1,
    "task_severity": 4, "mark_private": 0,
    "comments": [{"comment_id": 1, "date_added": 1299751200, "user": "anne", "comment_text": "Pièce *changée*."}],
}  # fmt: skip
CSV = (
    "number;type;title_fr;text_fr;begin;end;components;departments\n"
    "12;maintenance;Travaux à Lille;Baie déplacée.;2011-03-10 01:42;2011-03-10T04:00+01:00;sip;59\n"
)


@pytest.fixture
def take_in(travaux, tmp_path):
    """Import a file of these words."""

    def run(kind: str, content: object, *options: str):
        file = tmp_path / f"old.{kind}"
        written = content if isinstance(content, bytes | str) else json.dumps(content)
        file.write_bytes(written if isinstance(written, bytes) else written.encode())
        return travaux("import", kind, str(file), *options)

    return run


@pytest.fixture
def session(travaux, config):
    engine = make_engine(f"sqlite:///{config.parent}/var/travaux.db")
    with make_sessions(engine)() as session:
        yield session
    engine.dispose()


@pytest.fixture
def mapped(travaux, config):
    engine = make_engine(f"sqlite:///{config.parent}/var/travaux.db")
    with writing(make_sessions(engine)) as session:
        session.get_one(Component, 2).legacy_project = 16
    engine.dispose()


@pytest.mark.usefixtures("mapped")
def test_a_task_keeps_its_number_its_times_and_its_words(take_in, session):
    result = take_in("flyspray", [TASK])
    assert (result.exit_code, result.stdout) == (0, "1 events with 3 posts taken in\n")
    event = session.scalars(sa.select(Event)).one()
    assert (event.n, event.state.value, event.origin.value, event.title) == (
        17, "resolved", "import", {"fr": "Appels coupés"},
    )  # fmt: skip
    assert event.started_at.isoformat() == "2011-03-10T09:00:00+00:00"
    texts = session.scalars(sa.select(UpdateText.text).order_by(UpdateText.update_id)).all()
    assert texts == [
        "Le SBC ne répond plus.\nVoir ici (https://example.net/x).", "Pièce \\*changée\\*.", "Rétabli.",
    ]  # fmt: skip
    updates = session.execute(sa.select(EventUpdate.k, EventUpdate.impact, EventUpdate.published_at)).all()
    assert [(k, impact.value, at.hour) for k, impact, at in updates] == [
        (1, "full", 9),
        (2, "full", 10),
        (3, "none", 11),
    ]


def test_nobody_is_told_and_no_feed_holds_it(take_in, session):
    take_in("flyspray", [TASK])
    assert session.scalars(sa.select(Notice)).all() == []
    assert set(session.scalars(sa.select(UpdateText.uid))) == {None}


def test_one_task_a_line_is_read_too_and_private_ones_are_left_out(take_in, session):
    lines = "\n".join(json.dumps({**TASK, "task_id": n, "mark_private": int(n == 2)}) for n in (1, 2, 3))
    result = take_in("flyspray", lines)
    assert "2 events with 6 posts taken in\n1 private ones left out\n" in result.stdout
    assert "2 of project 16 touch no component: none has legacy_project = 16" in result.stdout
    assert session.scalars(sa.select(Event.n).order_by(Event.n)).all() == [1, 3]


def test_hostile_words_are_words(take_in, session):
    evil = "<script>alert(1)</script><img src=x onerror=y>[x](javascript:z) \x00 `<b>`"
    take_in("flyspray", [{**TASK, "detailed_desc": evil, "item_summary": "<i>A</i>\x00\nB"}])
    assert session.scalars(sa.select(Event.title)).one() == {"fr": "A B"}
    text = session.scalars(sa.select(UpdateText.text).order_by(UpdateText.update_id)).first()
    assert "alert" not in text
    assert "\\[x](javascript:z)" in text
    assert "\x00" not in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_closed": 0, "date_closed": 0}, "it is still open there"),
        ({"task_id": "x"}, "found number 'x', expected 1 to"),
        ({"task_id": 0}, "found number '0'"),
        ({"task_id": 10**30}, "expected 1 to"),
        ({"date_opened": None}, "date_opened is missing"),
        ({"date_opened": "hier"}, "date_opened: found 'hier', expected Unix seconds"),
        ({"date_opened": 10**15}, "expected Unix seconds"),
        ({"task_type": "panne"}, "task_type: found 'panne', expected one of amelioration"),
        ({"item_summary": " "}, "item_summary is empty"),
        ({"comments": {}}, "comments: found dict, expected a list"),
        ({"comments": ["x"]}, "found str, expected an object"),
    ],
)
def test_one_task_that_is_wrong_keeps_all_out(take_in, session, change, said):
    result = take_in("flyspray", [TASK, {**TASK, "task_id": 18, **change}])
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.endswith("nothing was taken in\n")
    assert session.scalars(sa.select(Event)).all() == []


def test_what_is_open_there_ends_with_its_last_word_where_that_is_asked_for(take_in, session):
    take_in("flyspray", [{**TASK, "is_closed": 0, "date_closed": 0, "closure_comment": ""}], "--close")
    assert session.scalars(sa.select(Event.ended_at)).one().hour == 10


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "there is no task in it"),
        ("[]", "there is no task in it"),
        ("{", "line 1 is no JSON"),
        ("3", "line 1: found int, expected an object"),
        ('{"a":1}\n["b"]', "line 2: found list"),
        ('{"title":"é"}\n'.encode("latin-1"), "line 1 is not UTF-8 (byte 0xe9); convert it to UTF-8"),
        ("[" * 100_000, "is no JSON"),
    ],
)
def test_a_file_that_is_none_is_told(take_in, content, said):
    result = take_in("flyspray", content)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


def test_numbers_that_are_taken_or_not_free_yet_are_listed_all_at_once(take_in):
    take_in("flyspray", [TASK])
    result = take_in("flyspray", [TASK, {**TASK, "task_id": 99}, {**TASK, "task_id": 5}, {**TASK, "task_id": 5}])
    assert result.exit_code == 2
    assert "go up to 99, and this site gives its own from 42 on: set [site] next_event_number to 100" in result.stderr
    assert "task 17: number 17 is taken by an event of this site" in result.stderr
    assert "task 5: number 5 stands at task 5 already" in result.stderr


def test_a_csv_line_is_an_event(take_in, session):
    result = take_in("csv", CSV)
    assert result.stdout == "1 events with 1 posts taken in\n"
    event = session.scalars(sa.select(Event)).one()
    assert (event.n, event.type.value, event.state.value, event.departments) == (12, "maintenance", "done", ["59"])
    assert (event.started_at.isoformat(), event.ended_at.isoformat()) == (
        "2011-03-10T00:42:00+00:00", "2011-03-10T03:00:00+00:00",
    )  # fmt: skip


@pytest.mark.parametrize("changed", [CSV.replace(";", ","), CSV.replace(";", "\t"), "\ufeff" + CSV])
def test_other_separators_and_a_mark_are_read(take_in, changed):
    assert take_in("csv", changed).exit_code == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "number, begin, end, title_fr or title_en missing"),
        (CSV.split("\n", maxsplit=1)[0], "there is no line below the header"),
        (CSV.replace("title_fr", "titel_fr"), "unknown column 'titel_fr', did you mean 'title_fr'?"),
        (CSV.replace("type;", "begin;"), "a column stands twice"),
        (CSV.replace(";sip", ";sip;x"), "line 2: found 9 columns, expected 8"),
        (CSV.replace(";sip;", ";sipp;"), "line 2: there is no component 'sipp'"),
        (CSV.replace("maintenance", "travaux"), "type: found 'travaux', expected one of incident"),
        (CSV.replace("2011-03-10 01:42", "hier"), "begin: found 'hier'"),
        (CSV.replace("01:42", "23:42"), "lies before begin"),
        (CSV.replace("Travaux à Lille", " "), "the title is empty"),
        (CSV + '13;"open', "line 3: the file can't be read as CSV"),
    ],
)
def test_a_csv_that_is_wrong_is_told_with_its_line(take_in, session, content, said):
    result = take_in("csv", content)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr
    assert session.scalars(sa.select(Event)).all() == []


def test_all_that_is_wrong_is_told_at_once(take_in, session):
    lines = (
        "no;2011-03-10 01:42;soon;incident; ;;;huge",
        "4;2011-03-10 01:42",
        "5;2011-03-10 01:42;2011-03-10 02:00;incident;Panne;;nowhere;full",
    )
    result = take_in("csv", "\n".join(("number;begin;end;type;title_fr;text_fr;components;impact", *lines)))
    told = [line.split(": ", 1)[1] for line in result.stderr.splitlines() if ": " in line]
    assert [line.split(", expected", maxsplit=1)[0] for line in told[:6]] == [
        "line 2: found number 'no'", "line 2: the title is empty", "line 2: end: found 'soon'",
        "line 2: impact: found 'huge'", "line 3: found 2 columns", "line 4: there is no component 'nowhere'",
    ]  # fmt: skip
    assert (result.exit_code, session.scalars(sa.select(Event)).all()) == (2, [])


def test_a_trial_writes_nothing_and_an_import_is_in_the_record(travaux, take_in, session):
    assert json.loads(take_in("csv", CSV, "--dry-run", "--json").stdout)[0] == {
        "events": 1, "posts": 1, "private": 0, "dry_run": True, "without_component": {},
    }  # fmt: skip
    assert session.scalars(sa.select(Event)).all() == []
    session.rollback()
    take_in("csv", CSV)
    assert "event.import" in travaux("audit", "list").stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (CSV.replace("2011-03-10T04:00", "2999-03-10T04:00"), "line 2: it ends on 2999-03-10: only what is over"),
        (CSV.replace("2011-03-10 01:42", "1969-03-10 01:42"), "line 2: it begins on 1969-03-10: list and history show"),
        (CSV.replace(";sip;", ";si\x00p;"), "line 2: components: found a control character"),
        (CSV.encode("latin-1"), "line 2 is not UTF-8 (byte 0xe0)"),
    ],
)
def test_what_is_not_over_too_old_or_no_text_is_refused(take_in, content, said):
    result = take_in("csv", content)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


def test_a_long_text_is_cut_and_no_comments_are_none(take_in, session):
    assert take_in("csv", CSV.replace("Baie déplacée.", "x" * 200_000)).exit_code == 0
    assert take_in("flyspray", [{**TASK, "comments": None}]).exit_code == 0
    texts = session.scalars(sa.select(UpdateText.text)).all()
    assert max(map(len, texts)) == 50_000

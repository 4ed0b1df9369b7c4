"""What else can be done to an event from the command line, at home and at a server."""

from __future__ import annotations

import json
import sqlite3

import pytest


@pytest.fixture
def opened(travaux):
    """The command line with one public incident, FS#42."""
    travaux("incident", "open", "-c", "sip", "--title", "Appels coupés", "--text", "Chez M. Canari.")
    return travaux


def rows(config, statement: str) -> list[tuple]:
    with sqlite3.connect(config.parent / "var/travaux.db") as database:
        return database.execute(statement).fetchall()


def test_a_note_is_kept_and_posts_nothing(opened, config):
    assert opened("incident", "note", "42", "-", stdin="Ticket 4711\n").exit_code == 0
    assert rows(config, "SELECT text FROM note") == [("Ticket 4711",)]
    assert len(json.loads(opened("incident", "show", "42", "--json").stdout)["updates"]) == 1


def test_an_event_is_acknowledged_and_handed_over(opened, config):
    opened("account", "add", "bob", "--role", "responder")
    assert opened("incident", "ack", "42").exit_code == 0
    done = opened("incident", "assign", "42", "--to", "bob", "--note", "Opérateur appelé")
    assert (done.exit_code, rows(config, "SELECT text FROM note")) == (0, [("Opérateur appelé",)])
    assert opened("incident", "assign", "42", "--nobody").exit_code == 0


@pytest.mark.parametrize("how", [(), ("--to", "bob", "--nobody"), ("--to", "nobody-of-that-name")])
def test_handing_over_names_one_person_or_nobody(opened, how):
    assert opened("incident", "assign", "42", *how).exit_code == 1


def test_events_are_linked_and_unlinked(opened):
    opened("incident", "open", "-c", "sip", "--title", "Fax")
    assert opened("incident", "link", "42", "FS#43").exit_code == 0
    assert "linked already" in opened("incident", "link", "43", "42").stderr
    assert opened("incident", "unlink", "42", "43").exit_code == 0


def test_a_correction_names_the_update_as_show_does(opened, config):
    assert opened("incident", "show", "42").stdout.splitlines()[-2].split()[0] == "1"
    assert opened("incident", "correct", "42", "1", "--text", "Nous cherchons.").exit_code == 0
    assert rows(config, "SELECT text FROM older_text") == [("Chez M. Canari.",)]
    assert "no update 7" in opened("incident", "correct", "42", "7", "--text", "x").stderr


def test_a_redaction_needs_its_reason_and_leaves_no_word(opened, config):
    assert opened("incident", "redact", "42", "1").exit_code == 2
    assert opened("incident", "redact", "42", "1", "--reason", "a name").exit_code == 0
    assert "Canari" not in "".join(sqlite3.connect(config.parent / "var/travaux.db").iterdump())


def test_words_of_the_event_are_redacted_by_their_names(opened):
    assert (
        opened("incident", "redact", "42", "--reason", "a name", "--words", "title", "--title", "Appels").exit_code == 0
    )
    assert json.loads(opened("incident", "show", "42", "--json").stdout)["title"] == {"fr": "Appels"}
    assert "say which words go" in opened("incident", "redact", "42", "--reason", "a name").stderr


def test_a_draft_is_kept_listed_posted_and_discarded(opened):
    for text in ("Trouvé.", "Presque."):
        opened("incident", "draft", "keep", "42", "--text", text, "--state", "identified", "--at", "+2h")
    first, second = (line.split()[0] for line in opened("incident", "draft", "list").stdout.splitlines())
    assert opened("incident", "draft", "post", "42", first).exit_code == 0
    assert opened("incident", "draft", "discard", "42", second).exit_code == 0
    assert opened("incident", "draft", "list", "42").stdout == "none\n"
    assert json.loads(opened("incident", "show", "42", "--json").stdout)["state"] == "identified"


def test_a_draft_of_another_event_is_not_found(opened):
    assert "no draft" in opened("incident", "draft", "post", "42", "0199-nothing").stderr


def test_an_event_is_published_at_a_time(travaux):
    uid = json.loads(travaux("incident", "open", "-c", "sip", "--draft", "--json").stdout)["uid"]
    assert json.loads(travaux("incident", "publish", uid, "--at", "+2h", "--json").stdout)["publication"] == "scheduled"
    assert json.loads(travaux("incident", "publish", uid, "--not-yet", "--json").stdout)["publication"] == "draft"
    assert travaux("incident", "publish", uid).stdout.startswith("FS#42  https://")


def test_facts_are_stated_and_printed_as_json_and_csv(opened):
    done = opened(
        "incident", "facts", "42", "--customers", "1200", "--emergency-calls", "yes", "--cause", "=1+1", "--json"
    )
    assert json.loads(done.stdout)["customers_touched"] == 1200
    assert "'=1+1" in opened("incident", "facts", "42", "--csv").stdout
    assert opened("incident", "facts", "42", "--sla-excluded", "À la demande du client").exit_code == 0
    assert "sla_excluded: True" in opened("incident", "facts", "42").stdout


def test_a_post_mortem_is_written_shown_and_published(opened):
    write = opened("incident", "post-mortem", "write", "42", "--text", "-", stdin="# Chronologie\n")
    assert write.exit_code == 0
    opened("incident", "post-mortem", "write", "42", "--text-en", "# Timeline")
    assert "[en]\n# Timeline" in opened("incident", "post-mortem", "show", "42").stdout
    assert "cannot move" in opened("incident", "post-mortem", "publish", "42").stderr
    opened("incident", "close", "42")
    assert opened("incident", "post-mortem", "publish", "42").exit_code == 0

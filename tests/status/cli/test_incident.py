from __future__ import annotations

import io
import json
import sqlite3

import pytest
from click.testing import CliRunner

from status.cli import main


def shown(travaux, event: str = "42") -> dict:
    return json.loads(travaux("incident", "show", event, "--json").stdout)


def test_opening_prints_number_and_page(travaux):
    result = travaux("incident", "open", "-c", "sip", "--text-fr", "Nous cherchons.")
    assert (result.exit_code, result.stdout) == (0, "FS#42  https://status.example/fr/travaux/42\n")


def test_an_incident_without_title_is_named_by_its_components(travaux):
    travaux("incident", "open", "-c", "sip=full")
    assert shown(travaux)["title"] == {"fr": "Téléphonie SIP\u00a0: perturbation", "en": "SIP telephony: trouble"}
    assert shown(travaux)["components"] == {"telephony/sip": "full"}


def test_three_updates_and_the_end_are_five_updates_of_the_cli_user(travaux):
    travaux("incident", "open", "-c", "sip", "--title", "Appels coupés", "--text", "Nous cherchons.")
    travaux("incident", "update", "42", "--state", "identified", "--next-update", "+30m")
    travaux("incident", "update", "FS#42", "--text-en", "We found it.")
    travaux("incident", "update", "42", "--text", "-", stdin="Le remplacement est en cours.\n")
    assert travaux("incident", "close", "42", "--text-fr", "Rétabli.").exit_code == 0
    updates = shown(travaux)["updates"]
    assert [update["k"] for update in updates] == [1, 2, 3, 4, 5]
    assert {update["author"] for update in updates} == {"cli:anne"}
    assert updates[3]["texts"] == {"fr": "Le remplacement est en cours."}


def test_an_unknown_component_is_answered_with_the_nearest(travaux):
    result = travaux("incident", "open", "-c", "sipp")
    assert (result.exit_code, result.stderr) == (1, "there is no component 'sipp', did you mean 'sip'?\n")


def test_what_is_refused_keeps_nothing(travaux):
    travaux("incident", "open", "-c", "sip")
    travaux("incident", "close", "42")
    result = travaux("incident", "close", "42")
    assert result.exit_code == 1
    assert "resolved already" in result.stderr
    assert len(shown(travaux)["updates"]) == 2


def test_a_draft_has_no_page_until_it_is_published(travaux):
    uid = json.loads(travaux("incident", "open", "-c", "sip", "--draft", "--json").stdout)["uid"]
    assert shown(travaux, uid)["url"] is None
    assert travaux("incident", "update", uid, "--publish").stdout.startswith("FS#42  https://")


def test_a_withdrawal_needs_its_reason(travaux):
    travaux("incident", "open", "-c", "sip")
    assert "needs its reason" in travaux("incident", "withdraw", "42").stderr
    assert travaux("incident", "withdraw", "42", "--text", "Sonde mal réglée.").exit_code == 0
    assert shown(travaux)["publication"] == "withdrawn"


def test_a_stale_version_is_refused(travaux):
    version = json.loads(travaux("incident", "open", "-c", "sip", "--json").stdout)["version"]
    travaux("incident", "update", "42", "--text", "x")
    result = travaux("incident", "update", "42", "--state", "identified", "--version", str(version))
    assert (result.exit_code, "changed by somebody else" in result.stderr) == (1, True)


def test_the_list_shows_open_ones_and_all(travaux):
    travaux("incident", "open", "-c", "sip")
    assert travaux("incident", "list").stdout.startswith("FS#42")
    travaux("incident", "close", "42")
    assert travaux("incident", "list").stdout == "none\n"
    assert [row["n"] for row in json.loads(travaux("incident", "list", "--all", "--json").stdout)] == [42]


def test_show_is_readable_without_json(travaux):
    travaux("incident", "open", "-c", "sip", "--text", "Nous cherchons.")
    assert "[fr] Nous cherchons." in travaux("incident", "show", "42").stdout


def test_handing_back_alone_is_no_post(travaux):
    travaux("incident", "open", "-c", "sip")
    assert travaux("incident", "update", "42", "--handback").exit_code == 0
    assert len(shown(travaux)["updates"]) == 1


def test_a_missing_database_is_said(config):
    result = CliRunner().invoke(main, ["--config", str(config), "incident", "list"])
    assert (result.exit_code, "has `travaux run` been started once?" in result.stderr) == (3, True)


def test_nobody_waits_while_a_text_is_typed(travaux, config):
    class Typing(io.BytesIO):
        def read(self, size=-1):
            with sqlite3.connect(config.parent / "var/travaux.db", timeout=0) as database:
                database.execute("UPDATE installation SET revision = revision + 1")
            database.close()
            return super().read(size)

    travaux("incident", "open", "-c", "sip")
    assert travaux("incident", "update", "42", "--text", "-", stdin=Typing(b"Nous cherchons.")).exit_code == 0
    assert shown(travaux)["updates"][1]["texts"] == {"fr": "Nous cherchons."}


def test_letters_of_another_encoding_are_refused_not_lost(travaux):
    travaux("incident", "open", "-c", "sip")
    result = travaux("incident", "update", "42", "--text", "-", stdin="Rétabli.".encode("latin-1"))
    assert (result.exit_code, "is not UTF-8" in result.stderr) == (2, True)


@pytest.mark.parametrize("event", ["", "FS#", "7", "é", "\udcff", "99999999999999999999", "FS#-1"])
def test_an_unknown_event_is_said(travaux, event):
    result = travaux("incident", "show", event)
    assert (result.exit_code, "there is no event" in result.stderr) == (1, True)


def test_nothing_is_written_into_a_database_of_a_newer_release(travaux, config):
    with sqlite3.connect(config.parent / "var/travaux.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    for deed in (("incident", "open", "-c", "sip"), ("config", "apply")):
        result = travaux(*deed)
        assert (result.exit_code, "is newer than this release" in result.stderr) == (1, True)


def test_a_file_that_is_no_database_is_said(config):
    (config.parent / "var").mkdir()
    (config.parent / "var/travaux.db").write_bytes(b"garbage" * 1000)
    result = CliRunner().invoke(main, ["--config", str(config), "incident", "list"])
    assert (result.exit_code, "not a database" in result.stderr) == (3, True)


def test_incidents_are_merged_and_the_old_one_leads_to_the_new(travaux):
    for _ in range(3):
        travaux("incident", "open", "-c", "sip")
    result = travaux("incident", "merge", "FS#43", "44", "--into", "FS#42", "--text", "Même fibre.")
    assert (result.exit_code, result.stdout) == (0, "FS#42  https://status.example/fr/travaux/42\n")
    assert shown(travaux, "43")["publication"] == "merged"
    assert shown(travaux, "43")["merged_into"] == shown(travaux, "42")["uid"]
    assert "\nmerged into FS#42\n" in travaux("incident", "show", "43").stdout
    assert [row["n"] for row in json.loads(travaux("incident", "list", "--json").stdout)] == [42]


def test_a_part_is_split_off_with_a_number_of_its_own(travaux):
    travaux("incident", "open", "-c", "sip", "-c", "telephony")
    assert travaux("incident", "split", "42", "-c", "sip", "--title", "SIP").stdout.startswith("FS#43  ")
    assert (shown(travaux, "43")["components"], shown(travaux, "43")["title"]) == (
        {"telephony/sip": "partial"},
        {"fr": "SIP"},
    )
    assert "\nsplit from FS#42\n" in travaux("incident", "show", "43").stdout
    assert "left" in shown(travaux, "42")["components"]["telephony/sip"]


def test_taking_over_and_handing_back_are_no_posts(travaux):
    travaux("incident", "open", "-c", "sip")
    for name in ("handback", "take", "hand-back"):
        assert travaux("incident", name, "42").exit_code == 0
    assert len(shown(travaux)["updates"]) == 1
    assert "hand-back" not in travaux("incident", "--help").stdout


def test_a_closed_incident_is_reopened(travaux):
    travaux("incident", "open", "-c", "sip")
    travaux("incident", "close", "42")
    assert travaux("incident", "reopen", "42", "--text", "De nouveau.").exit_code == 0
    assert shown(travaux)["state"] == "investigating"
    assert "it is open" in travaux("incident", "reopen", "42").stderr

"""`travaux --server …` against a real travaux over HTTP: the same verbs, one clear sentence where they are refused."""

from __future__ import annotations

import json
import socket
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from werkzeug.serving import make_server

from status.app import create_app
from status.cli import main
from status.cli.remote.server import Server, Unreachable
from status.clock import utc_now
from status.config.load import load
from status.domain.permissions import Role, Scope
from status.domain.refused import Refused
from status.models import Account, EventUpdate
from status.models.engine import reading, writing
from status.places import places_of
from status.runtime import make_runtime
from status.services import actors, tokens
from tests.lab.ca import Authority
from tests.servers.tls_front import tls_front

ALL = ["incident:write", "work:write", "probe:write", "read"]


@pytest.fixture
def runtime(travaux, config):
    settings = load(config)
    runtime = make_runtime(settings, places_of(settings, config, config.parent))
    yield runtime
    runtime.engine.dispose()


@pytest.fixture
def token(runtime):
    """Give Bob's token with these scopes and this role."""

    def make(role: Role = Role.LEAD, scopes=ALL) -> str:
        now = utc_now()
        bob = Account(
            uid="01a2035d-f920-72ae-8e62-9bd876d3489d", name="bob", display_name="Bob", email="", language="fr",
            role=role, areas=[], created_at=now, password_set_at=None, totp_confirmed_at=None, signed_in_at=None,
            disabled_at=None,
        )  # fmt: skip
        with writing(runtime.sessions) as session:
            session.add(bob)
            session.flush()
            return tokens.make(
                session, bob, "laptop", [Scope(scope) for scope in scopes], now + timedelta(days=1),
                actors.cli_user(session, "anne"), now,
            )  # fmt: skip

    return make


@pytest.fixture
def url(runtime):
    server = make_server("127.0.0.1", 0, create_app(runtime), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def far(url, token, monkeypatch):
    """The command line at the server, as Bob who leads."""
    monkeypatch.setenv("TRAVAUX_TOKEN", token())

    def run(*arguments: str, stdin: str | None = None):
        return CliRunner().invoke(main, ["--server", url, *arguments], input=stdin)

    return run


def updates(runtime) -> list[EventUpdate]:
    with reading(runtime.sessions) as session:
        return list(session.scalars(sa.select(EventUpdate).order_by(EventUpdate.id)))


def test_opening_prints_number_and_page_as_at_home(far, url):
    done = far("incident", "open", "-c", "sip", "--title-fr", "Appels coupés", "--text-fr", "Nous cherchons.")
    assert (done.exit_code, done.output) == (0, f"FS#42  {url}/fr/travaux/42\n")


def test_a_text_without_language_is_the_sites_first(far):
    far("incident", "open", "-c", "sip=full", "--title", "Appels coupés", "--text", "-", stdin="Nous cherchons.\n")
    assert "  [fr] Nous cherchons." in far("incident", "show", "42").output


def test_an_update_changes_what_it_says(far):
    far("incident", "open", "-c", "sip", "--title", "Appels coupés")
    done = far(
        "incident", "update", "FS#42", "--text", "Trouvé.", "--state", "identified", "--next-update", "+30m", "--json"
    )
    told = json.loads(done.output)
    assert (told["state"], told["n"], bool(told["next_update_at"])) == ("identified", 42, True)


def test_promised_and_expected_times_are_taken_back(far):
    far("incident", "open", "-c", "sip", "--title", "T", "--next-update", "+30m", "--expected-end", "+2h")
    done = far("incident", "update", "42", "--no-next-update", "--no-expected-end", "--json")
    told = json.loads(done.output)
    assert (told["next_update_at"], told["expected_end_at"]) == (None, None)
    both = far("incident", "update", "42", "--next-update", "+1h", "--no-next-update")
    assert (both.exit_code, "contradict" in both.stderr) == (1, True)


def test_a_draft_takes_a_promised_time_back_once_it_is_posted(far):
    far("incident", "open", "-c", "sip", "--title", "T", "--next-update", "+30m")
    uid = far("incident", "draft", "keep", "42", "--no-next-update").output.split()[0]
    assert json.loads(far("incident", "draft", "post", "42", uid, "--json").output)["next_update_at"] is None


def test_a_draft_is_updated_and_published_in_one_command(far):
    uid = json.loads(far("incident", "open", "-c", "sip", "--title", "T", "--draft", "--json").output)["uid"]
    done = far("incident", "update", uid, "--text", "Trouvé.", "--publish", "--handback", "--json")
    assert json.loads(done.output)["publication"] == "public"


def test_an_incident_is_taken_closed_reopened_and_withdrawn(far):
    far("incident", "open", "-c", "sip", "--title", "T")
    steps = [
        ("take",),
        ("handback",),
        ("hand-back",),
        ("close", "--text", "Rétabli."),
        ("reopen",),
        ("withdraw", "--text", "Rien."),
    ]
    assert [far("incident", verb, "42", *rest).exit_code for verb, *rest in steps] == [0] * 6


def test_incidents_are_merged_and_listed(far):
    for _ in range(2):
        far("incident", "open", "-c", "sip", "--title", "T")
    assert far("incident", "merge", "43", "--into", "42").exit_code == 0
    assert [line[:5] for line in far("incident", "list").output.splitlines()][-1] == "FS#42"


def test_a_work_goes_its_way(far):
    plan = ["work", "plan", "-c", "sip", "--start", "+1h", "--end", "+2h", "--title", "Mise à jour"]
    assert far(*plan).output.startswith("FS#42")
    steps = [("confirm",), ("start",), ("move", "--end", "+3h"), ("verify",), ("finish",)]
    assert [(verb, far("work", verb, "42", *rest).exit_code) for verb, *rest in steps] == [
        (verb, 0) for verb, *_ in steps
    ]


def test_the_version_looked_at_is_held_against_the_present_one(far):
    far("incident", "open", "-c", "sip", "--title", "T")
    done = far("incident", "update", "42", "--text", "x", "--version", "1")
    assert done.exit_code == 1
    assert "read it again, then repeat" in done.output


def test_a_field_that_cannot_be_is_named(far):
    done = far("incident", "open", "-c", "SIP", "--title", "T")
    assert done.exit_code == 1
    assert "impacts" in done.output


def test_a_reader_is_told_what_is_missing(url, token, monkeypatch):
    monkeypatch.setenv("TRAVAUX_TOKEN", token(Role.READER))
    done = CliRunner().invoke(main, ["--server", url, "incident", "open", "-c", "sip", "--title", "T"])
    assert (done.exit_code, "responder" in done.output) == (1, True)


def test_a_token_that_is_not_known_says_what_to_do(url, monkeypatch):
    monkeypatch.setenv("TRAVAUX_TOKEN", "trv_" + "x" * 43)
    done = CliRunner().invoke(main, ["--server", url, "incident", "list"])
    assert (done.exit_code, "ask an admin for a new token" in done.output) == (1, True)


def test_a_token_is_read_from_a_file(url, token, tmp_path, monkeypatch):
    monkeypatch.delenv("TRAVAUX_TOKEN", raising=False)
    (tmp_path / "token").write_text(token() + "\n")
    done = CliRunner().invoke(main, ["--server", url, "--token-file", str(tmp_path / "token"), "incident", "list"])
    assert (done.exit_code, done.output) == (0, "none\n")


@pytest.mark.parametrize("given", ["", "hunter2", "trv_", "trv_é"])
def test_what_is_no_token_is_refused_without_being_repeated(given, monkeypatch):
    monkeypatch.setenv("TRAVAUX_TOKEN", given)
    done = CliRunner().invoke(main, ["--server", "https://127.0.0.1:9", "incident", "list"])
    assert (done.exit_code, "hunter2" in done.output) == (1, False)


@pytest.mark.parametrize("url", ["http://status.example.net", "ftp://x", "https://u:p@x", ""])
def test_an_address_that_would_show_the_token_is_refused(url):
    with pytest.raises(Refused):
        Server(url, "trv_x")


def test_a_command_for_the_machine_itself_says_so(far):
    done = far("db", "status")
    assert (done.exit_code, "leave --server out" in done.output) == (2, True)


def test_a_server_that_is_away_is_told(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        server = Server(f"http://127.0.0.1:{taken.getsockname()[1]}", "trv_x", (0.0, 0.0))
        with pytest.raises(Unreachable, match="can't be reached"):
            server.get("/events")


def test_a_certificate_of_an_unknown_authority_is_refused_at_once(url, tmp_path):
    certificate = Authority(tmp_path).issue("localhost")
    front = tls_front(int(url.rpartition(":")[2]), certificate.server_context())
    with front as port, pytest.raises(Unreachable, match="certificate"):
        Server(f"https://127.0.0.1:{port}", "trv_x").get("/events")


def test_a_certificate_of_ones_own_authority_is_trusted_where_it_is_named(url, token, tmp_path, monkeypatch):
    authority = Authority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.pem))
    with tls_front(int(url.rpartition(":")[2]), authority.issue("localhost").server_context()) as port:
        assert Server(f"https://127.0.0.1:{port}", token()).get("/events").data["items"] == []


def test_a_post_whose_answer_was_lost_is_done_once(url, runtime, token):
    """A front that takes the first answer away: the second try carries the same Idempotency-Key."""
    lost = Front(url)
    body = {"impacts": {"sip": "full"}, "title": {"fr": "T"}}
    told = Server(lost.url, token(), (0.0,)).post("/events", body).data
    lost.close()
    assert (told["n"], lost.requests, len(updates(runtime))) == (42, 2, 1)


class Front:
    """Hands requests on, and closes the first connection instead of handing its answer back."""

    def __init__(self, url: str) -> None:
        self._port = int(url.rpartition(":")[2])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.requests = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        while self.requests < 2:
            connection, _ = self._listener.accept()
            self.requests += 1
            with connection, socket.create_connection(("127.0.0.1", self._port)) as behind:
                request = connection.recv(65_536)
                head, _, body = request.partition(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                while len(body) < length:
                    body += connection.recv(65_536)
                behind.sendall(head.replace(b"keep-alive", b"close") + b"\r\n\r\n" + body)
                answer = b"".join(iter(lambda: behind.recv(65_536), b""))
                if self.requests > 1:
                    connection.sendall(answer)


def test_words_are_corrected_and_redacted_by_their_number(far, runtime):
    far("incident", "open", "-c", "sip", "--title", "T", "--text", "Chez M. Canari.")
    assert far("incident", "correct", "42", "1", "--text", "Chez nous.").exit_code == 0
    assert far("incident", "redact", "FS#42", "1", "--reason", "a name").exit_code == 0
    assert "no update 9" in far("incident", "redact", "42", "9", "--reason", "a name").output
    assert far("incident", "redact", "42", "--words", "title", "--title", "Appels", "--reason", "x").exit_code == 0


def test_notes_links_and_hands_are_the_same_there(far):
    for title in ("Appels", "Fax"):
        far("incident", "open", "-c", "sip", "--title", title)
    steps = [
        ("note", "42", "Ticket 4711"), ("ack", "42"), ("assign", "42", "--to", "bob", "--note", "Vu"),
        ("link", "42", "FS#43"), ("unlink", "42", "43"),
    ]  # fmt: skip
    assert [(verb, far("incident", verb, *rest).exit_code) for verb, *rest in steps] == [
        (verb, 0) for verb, *_ in steps
    ]


def test_drafts_wait_and_are_posted_or_discarded_there(far):
    far("incident", "open", "-c", "sip", "--title", "T")
    for text in ("Trouvé.", "Presque."):
        far("incident", "draft", "keep", "42", "--text", text, "-c", "sip=full", "--at", "+2h")
    first, second = (line.split()[0] for line in far("incident", "draft", "list", "42").output.splitlines())
    assert far("incident", "draft", "post", "42", first).output.startswith("FS#42")
    assert far("incident", "draft", "discard", "42", second).exit_code == 0
    assert far("incident", "draft", "list", "42").output == "none\n"


def test_a_draft_event_is_published_at_a_time_there(far):
    uid = json.loads(far("incident", "open", "-c", "sip", "--title", "T", "--draft", "--json").output)["uid"]
    for how, expected in ((("--at", "+2h"), "scheduled"), (("--not-yet",), "draft"), ((), "public")):
        done = far("incident", "publish", uid, *how, "--json")
        assert json.loads(done.output)["publication"] == expected


def test_facts_and_a_post_mortem_are_the_same_there(far):
    far("incident", "open", "-c", "sip", "--title", "T")
    stated = far(
        "incident",
        "facts",
        "42",
        "--customers",
        "12",
        "--cause",
        "Une carte",
        "--detected-at",
        "2026-01-02 08:00",
        "--csv",
    )
    assert "Une carte" in stated.output
    far("incident", "close", "42")
    assert far("incident", "post-mortem", "write", "42", "--text", "# Un").exit_code == 0
    assert far("incident", "post-mortem", "write", "42", "--text-en", "# One").exit_code == 0
    assert "[fr]\n# Un" in far("incident", "post-mortem", "show", "42").output
    assert far("incident", "post-mortem", "publish", "42").exit_code == 0

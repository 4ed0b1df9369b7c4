"""News by SMS: cut to what fits, told the gateway as it is configured, and its answers understood."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from probes.types import Secret
from status.config.model import SMS
from status.domain.refused import Refused
from status.domain.short_text import length
from status.notifiers.registry import channels
from status.notifiers.sms import text_of
from status.notifiers.types import NotSent
from tests.status.notifiers import vendors
from tests.status.notifiers.conftest import ASKING, MESSAGE, NEWS, OWN

NUMBER = "+33612345678"


@pytest.fixture
def gateway(vendor, settings, monkeypatch):
    """Give a gateway's stub, and what makes settings that lead there."""
    monkeypatch.setenv("TRAVAUX_TEST_SMS", "k3y{to}")
    stub = vendor(vendors.anything)

    def _settings(**more):
        usual = {"fields": {"to": "{to}", "text": "{text}"}, "prefixes": ("+33",), "per_second": 1_000.0}
        sms = SMS.model_validate(
            {"url": f"{stub.url}/send", "password": Secret("env:TRAVAUX_TEST_SMS"), **usual, **more}
        )
        return settings.model_copy(update={"sms": sms})

    return stub, _settings


def test_a_gateway_that_takes_json_is_told_as_deep_as_it_likes(gateway, send):
    stub, configured = gateway
    fields = {"receivers": ["{to}"], "message": "{text}", "noStopClause": True, "tag": {"id": "{id}", "n": 1}}
    headers = {"Authorization": "Bearer {password}"}
    assert send(channels()["sms"], NUMBER, settings=configured(fields=fields, headers=headers)) == 200
    [(path, sent, body)] = stub.taken
    said = json.loads(body)
    assert (path, sent["Authorization"], sent["Content-Type"]) == ("/send", "Bearer k3y{to}", "application/json")
    assert (said["receivers"], said["noStopClause"], said["tag"]) == ([NUMBER], True, {"id": MESSAGE.uid, "n": 1})
    assert said["message"].endswith(f" {OWN}/stop")


def test_a_gateway_that_takes_forms_is_told_so(gateway, send):
    stub, configured = gateway
    send(channels()["sms"], NUMBER, settings=configured(format="form", user="sid"))
    [(_, sent, body)] = stub.taken
    assert parse_qs(body.decode())["to"] == [NUMBER]
    assert base64.b64decode(sent["Authorization"].removeprefix("Basic ")) == b"sid:k3y{to}"


def test_a_gateway_that_is_asked_by_its_address(gateway, send):
    stub, configured = gateway
    send(channels()["sms"], NUMBER, settings=configured(method="GET", url=f"{stub.url}/send?from=travaux"))
    [(path, _, body)] = stub.taken
    said = parse_qs(urlsplit(path).query)
    assert (said["from"], said["to"], body) == (["travaux"], [NUMBER], b"")
    assert said["text"][0].endswith("/stop")


def test_words_have_160_characters_with_their_link_and_no_letter_the_network_lacks():
    words = replace(NEWS, short="Œuvre « façade » – l’accès à l’hôpital est coupé… 🙂 €" * 9)
    text = text_of(replace(MESSAGE, words=words), 1)
    assert length(text) <= 160
    assert text.endswith(f" {OWN}/stop")
    assert text.startswith("OEuvre \" facade \" - l'accès à l'hopital est coupé... ")


def test_the_asking_is_said_whole_with_its_link():
    assert text_of(replace(MESSAGE, words=ASKING), 1) == f"{ASKING.short} {OWN}/confirm"


def test_more_parts_say_more():
    words = replace(NEWS, short="mot " * 200)
    lengths = [length(text_of(replace(MESSAGE, words=words), parts)) for parts in (1, 2, 3)]
    assert all(least < got <= most for least, got, most in zip((150, 290, 440), lengths, (160, 306, 459), strict=True))


@pytest.mark.parametrize(("status", "headers", "body", "outcome"), [
    (200, {}, b"accepted: 1", "sent"), (200, {}, b"error 7", "later"), (400, {}, b"", "gone"), (422, {}, b"", "gone"),
    (401, {}, b"", "all wait"), (402, {}, b"", "all wait"), (404, {}, b"", "all wait"), (500, {}, b"", "all wait"),
    (429, {"Retry-After": "20"}, b"", "all wait 20"),
])  # fmt: skip
def test_an_answer_is_understood(status, headers, body, outcome, gateway, send):  # noqa: PLR0917 - one for each column
    stub, configured = gateway
    stub.answer = (status, headers, body)
    assert told(lambda: send(channels()["sms"], NUMBER, settings=configured(expect="accepted"))) == (outcome, status)


def told(call) -> tuple[str, int | None]:
    try:
        return "sent", call()
    except NotSent as error:
        closed = "all wait" if error.after_s is None else f"all wait {error.after_s:g}"
        return closed if error.all_wait else "gone" if error.for_good else "later", error.answered


def test_while_the_gateway_is_away_all_wait(gateway, send):
    stub, configured = gateway
    away = configured(url="http://127.0.0.1:9/send")
    with pytest.raises(NotSent, match="the gateway: no answer") as caught:
        send(channels()["sms"], NUMBER, settings=away)
    assert caught.value.all_wait
    assert stub.taken == []


def test_without_its_password_nothing_is_sent(gateway, send, monkeypatch):
    stub, configured = gateway
    monkeypatch.delenv("TRAVAUX_TEST_SMS")
    with pytest.raises(NotSent, match="TRAVAUX_TEST_SMS"):
        send(channels()["sms"], NUMBER, settings=configured())
    assert stub.taken == []


@pytest.mark.parametrize(("written", "kept"), [
    ("+33 6 12 34 56 78", NUMBER), ("0033612345678", NUMBER), ("06.12.34.56.78", NUMBER),
    ("+33 (6) 12-34-56-78", NUMBER),
    ("+33\u00a06\u202f12 34 56 78", NUMBER),
])  # fmt: skip
def test_a_number_is_kept_as_e_164_writes_it(written, kept, gateway):
    _, configured = gateway
    assert channels()["sms"].canonical(written, configured(country="33")) == (kept, "")


@pytest.mark.parametrize(("written", "reason"), [
    ("+44 7911 123456", "prefix"), ("+882 16 1234 5678", "prefix"), ("0612345678", "number"), ("+33", "number"),
    ("+33612345678901234", "number"), ("+33\r\n612345678", "number"), ("+٣٣٦١٢٣٤٥٦٧٨", "number"),
    ("tel:+33612345678", "number"),
    ("", "number"), ("+33612345678,+33612345679", "number"),
])  # fmt: skip
def test_another_number_is_refused(written, reason, gateway):
    _, configured = gateway
    with pytest.raises(Refused) as caught:
        channels()["sms"].canonical(written, configured())
    assert caught.value.reason == reason


def test_without_a_gateway_it_is_not_offered(settings):
    assert channels()["sms"].lacks(settings)

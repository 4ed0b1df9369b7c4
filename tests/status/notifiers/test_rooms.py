"""Slack, Teams and ntfy: what they are sent is what their documents ask for, and their answers are understood."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from status.domain.refused import Refused
from status.notifiers.registry import channels
from status.notifiers.types import NotSent
from tests.status.notifiers import vendors
from tests.status.notifiers.conftest import ASKING, EVENT, MESSAGE, NEWS, OWN

ROOMS = {"slack": vendors.slack, "teams": vendors.teams, "ntfy": vendors.ntfy}
PATHS = {"slack": "/services/T0/B0/x", "teams": "/workflows/1/triggers/manual/paths/invoke?sig=x", "ntfy": "/travaux"}
LONG = replace(
    NEWS, subject="É" * 700, short="é" * 9_000,
    text="\n\n".join(f"{n:03}: " + "un mot, l’autre " * (n % 40) + "x" * (3_500 if n == 7 else 0) for n in range(300)),
)  # fmt: skip


@pytest.mark.parametrize("name", ROOMS)
@pytest.mark.parametrize("words", [NEWS, ASKING, LONG, replace(NEWS, text="é" * 100_000), replace(NEWS, link="")])
def test_whatever_is_said_the_vendor_takes_it(name, words, vendor, send):
    stub = vendor(ROOMS[name])
    assert send(channels()[name], stub.url + PATHS[name], words) == 200
    assert (len(stub.taken), stub.refused, stub.keys) == (1, [], [MESSAGE.uid])


@pytest.mark.parametrize("name", ROOMS)
def test_the_asking_has_the_link_to_say_yes_and_no_other(name, vendor, send):
    stub = vendor(ROOMS[name])
    send(channels()[name], stub.url + PATHS[name], ASKING)
    said = json.dumps(stub.taken)
    assert f"{OWN}/confirm" in said
    assert f"{OWN}/stop" not in said


@pytest.mark.parametrize("name", ["slack", "teams"])
def test_news_lead_to_the_page_to_changing_and_to_stopping(name, vendor, send):
    stub = vendor(ROOMS[name])
    send(channels()[name], stub.url + PATHS[name])
    said = json.dumps(stub.taken)
    assert [part in said for part in (NEWS.link, f"{OWN}/stop", f"{OWN}|" if name == "slack" else f'{OWN}"')] == [
        True
    ] * 3


def test_slack_is_told_plain_words_that_call_nobody(vendor, send):
    stub = vendor(vendors.slack)
    send(channels()["slack"], stub.url + PATHS["slack"])
    [said] = stub.taken
    assert all(block["text"]["type"] == "plain_text" for block in said["blocks"] if block["type"] != "context")
    assert "<!channel>" in said["blocks"][1]["text"]["text"]
    assert "<" not in said["text"]


def test_a_link_in_slack_can_t_be_broken_out_of(vendor, send):
    stub = vendor(vendors.slack)
    send(channels()["slack"], stub.url + PATHS["slack"], replace(NEWS, link="https://x.example/?a=1&b=<!here>|x"))
    assert "<!here>" not in stub.taken[0]["blocks"][-1]["elements"][0]["text"]


@pytest.mark.parametrize(("impact", "state", "priority", "tag"), [
    ("full", "investigating", 5, "warning"), ("partial", "identified", 4, "warning"),
    ("degraded", "monitoring", 3, "warning"), ("full", "resolved", 3, "white_check_mark"),
])  # fmt: skip
def test_ntfy_is_as_loud_as_the_impact(impact, state, priority, tag, vendor, send):  # noqa: PLR0917 - one for each column
    stub = vendor(vendors.ntfy)
    event = {**EVENT, "impact": impact, "state": state}
    send(channels()["ntfy"], stub.url + "/travaux", replace(NEWS, payload={**NEWS.payload, "events": [event]}))
    [said] = stub.taken
    assert (said["topic"], said["priority"], said["tags"]) == ("travaux", priority, [tag, "email"])
    assert (said["title"], said["click"]) == (NEWS.subject, NEWS.link)


def test_a_token_of_ntfy_goes_with_the_message_alone(vendor, send):
    stub = vendor(lambda _path, headers, body: (headers.get("Authorization"), b"tk_secret" in body))
    send(channels()["ntfy"], stub.url + "/travaux", secret="tk_secret")
    send(channels()["ntfy"], stub.url + "/travaux")
    assert stub.taken == [("Bearer tk_secret", False), (None, False)]


ANSWERS = [
    ("slack", 200, {}, b"ok", "sent"), ("slack", 404, {}, b"no_service", "gone"),
    ("slack", 403, {}, b"invalid_token", "gone"),
    ("slack", 410, {}, b"channel_is_archived", "gone"), ("slack", 400, {}, b"invalid_payload", "gone"),
    ("slack", 500, {}, b"rollup_error", "later"), ("slack", 429, {"Retry-After": "30"}, b"rate_limited", "after 30"),
    ("teams", 202, {}, b"", "sent"), ("teams", 404, {}, b'{"error":{"code":"WorkflowNotFound"}}', "gone"),
    ("teams", 400, {}, b'{"error":{"code":"WorkflowTriggerIsNotEnabled"}}', "gone"), ("teams", 410, {}, b"", "gone"),
    ("teams", 429, {"Retry-After": "9999999"}, b"", "after 3600"), ("teams", 502, {}, b"", "later"),
    ("ntfy", 200, {}, b'{"id":"x","event":"message","topic":"travaux"}', "sent"),
    ("ntfy", 403, {}, b'{"code":40301,"http":403,"error":"forbidden"}', "gone"),
    ("ntfy", 401, {}, b'{"code":40101}', "gone"),
    ("ntfy", 429, {}, b'{"code":42901,"http":429,"error":"limit reached"}', "later"), ("ntfy", 507, {}, b"", "later"),
    ("webhook", 204, {}, b"", "sent"), ("webhook", 410, {}, b"", "gone"), ("webhook", 404, {}, b"", "later"),
    ("webhook", 429, {"Retry-After": "7"}, b"", "after 7"), ("webhook", 503, {"Retry-After": "soon"}, b"", "later"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "status", "headers", "body", "outcome"), ANSWERS)
def test_an_answer_is_understood(name, status, headers, body, outcome, vendor, send):  # noqa: PLR0917 - one for each column
    stub = vendor(ROOMS.get(name, vendors.anything))
    stub.answer = (status, headers, body)
    assert told(lambda: send(channels()[name], stub.url + PATHS.get(name, "/hook"), secret="whsec_eA==")) == (
        outcome, status,
    )  # fmt: skip


def told(call) -> tuple[str, int | None]:
    try:
        return "sent", call()
    except NotSent as error:
        later = "later" if error.after_s is None else f"after {error.after_s:g}"
        return "gone" if error.for_good else later, error.answered


@pytest.mark.parametrize(("name", "address", "reason"), [
    ("ntfy", "https://ntfy.sh", "topic"), ("ntfy", "https://ntfy.sh/a/b", "topic"),
    ("ntfy", "https://ntfy.sh/a?x", "topic"),
    ("ntfy", "https://ntfy.sh/" + "a" * 65, "topic"), ("ntfy", "https://ntfy.sh/é", "topic"),
    ("teams", "https://outlook.office.com/webhook/x", "retired"),
    ("teams", "https://x.webhook.office.com/webhookb2/x", "retired"),
    ("slack", "hooks.slack.com/services/x", "address"),
])  # fmt: skip
def test_an_address_of_another_kind_is_refused(name, address, reason, settings):
    with pytest.raises(Refused) as caught:
        channels()[name].canonical(address, settings)
    assert caught.value.reason == reason

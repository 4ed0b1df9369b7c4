"""Host and proxy headers: ASVS 5.0.0 3.4.1, 4.1.3."""

from __future__ import annotations

from dataclasses import replace

import pytest

from status.app import create_app
from status.config.model import Server

AWAY = {"REMOTE_ADDR": "198.51.100.9"}
FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7", "Host": "status.example.net"}


def client(runtime, **server):
    settings = runtime.settings.model_copy(update={"server": Server(**server)})
    return create_app(replace(runtime, settings=settings)).test_client()


@pytest.mark.parametrize("path", ["/desk/sign-in", "/api/v1/components", "/a/poll"])
def test_an_unknown_host_is_refused(runtime, path):
    answer = client(runtime).get(path, headers={"Host": "evil.example"}, environ_overrides=AWAY)
    assert answer.status_code == 400


def test_public_pages_answer_under_any_name(runtime):
    assert client(runtime).get("/fr", headers={"Host": "evil.example"}, environ_overrides=AWAY).status_code == 200


def test_a_configured_host_is_answered(runtime):
    asked = {"base_url": "https://Desk.example.net:8443", "environ_overrides": AWAY}
    assert client(runtime, hosts=("desk.example.net",)).get("/desk/sign-in", **asked).status_code == 200
    assert client(runtime).get("/desk/sign-in", **asked).status_code == 400


def test_forged_headers_are_ignored_without_a_trusted_proxy(runtime):
    answer = client(runtime).get("/desk/sign-in", headers=FORWARDED, environ_overrides=AWAY)
    assert answer.location == "/desk/plain-http"


def test_one_trusted_proxy_is_believed(runtime):
    answer = client(runtime, trusted_proxies=1).get("/desk/sign-in", headers=FORWARDED, environ_overrides=AWAY)
    assert answer.status_code == 200
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_forged_hop_before_the_trusted_ones_is_not_believed(runtime):
    headers = {**FORWARDED, "X-Forwarded-Proto": "https, http"}
    answer = client(runtime, trusted_proxies=1).get("/desk/sign-in", headers=headers, environ_overrides=AWAY)
    assert answer.location == "/desk/plain-http"


def test_a_forged_host_header_of_a_proxy_is_not_believed(runtime):
    headers = {**FORWARDED, "X-Forwarded-Host": "evil.example"}
    answer = client(runtime, trusted_proxies=1).get("/desk/me", headers=headers, environ_overrides=AWAY)
    assert answer.location == "/desk/sign-in?next=/desk/me"


def test_what_came_through_a_proxy_is_not_from_this_machine(runtime):
    answer = client(runtime).get("/desk/sign-in", headers={"X-Forwarded-For": "203.0.113.7"})
    assert answer.status_code == 400


def test_https_is_asked_for_where_it_was_used_and_only_there(runtime):
    browser = client(runtime)
    assert (
        browser.get("/fr", base_url="https://status.example.net").headers["Strict-Transport-Security"]
        == "max-age=31536000"
    )
    assert "Strict-Transport-Security" not in browser.get("/fr").headers

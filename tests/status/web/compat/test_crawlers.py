"""What search engines and researchers are told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from status.app import create_app
from status.config.model import SecurityTxt, Settings, Site
from status.domain.states import Visibility
from tests.status.web.builder import ago
from tests.status.web.days import one_incident

LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"
CONTACT = SecurityTxt(contact="security@example.net", expires="2027-01-31", policy="https://example.net/policy")


def with_canary(session):
    story = one_incident(session)
    story.component("canari", "email", "Canari", visibility=Visibility.INTERNAL)
    story.event(("Panne canari", "Canary"), ["canari"], began=ago(hours=1))
    return story


def test_the_sitemap_names_pages_that_are_there_in_each_language(app, fill):
    fill(with_canary)
    client = app.test_client()
    answer = client.get("/sitemap.xml")
    addresses = [each.text for each in etree.fromstring(answer.data).iter(LOC)]
    base = "https://status.example.net"
    assert {f"{base}/fr", f"{base}/en/travaux/1203", f"{base}/fr/components/sip", f"{base}/en/help/fax"} <= {*addresses}
    assert len(addresses) == len(set(addresses))
    assert {client.get(address.removeprefix(base)).status_code for address in addresses} == {200}
    assert "canari" not in answer.text
    assert "1204" not in answer.text


def test_robots_are_kept_from_the_desk_and_led_to_the_sitemap(app, fill):
    fill(with_canary)
    answer = app.test_client().get("/robots.txt")
    assert "Disallow: /desk" in answer.text
    assert "Sitemap: https://status.example.net/sitemap.xml" in answer.text


@pytest.fixture
def client_of(runtime, fill):
    fill(with_canary)

    def make(said: SecurityTxt):
        settings = Settings(site=Site(name="x", public_url="https://status.example.net"), security_txt=said)
        return create_app(replace(runtime, settings=settings)).test_client()

    return make


def test_who_found_a_weakness_reads_whom_to_tell(client_of):
    said = client_of(CONTACT).get("/.well-known/security.txt")
    assert said.content_type == "text/plain; charset=utf-8"
    assert said.text.splitlines() == [
        "Contact: mailto:security@example.net",
        "Expires: 2027-01-31T23:59:59+00:00",
        "Preferred-Languages: fr, en",
        "Canonical: https://status.example.net/.well-known/security.txt",
        "Policy: https://example.net/policy",
    ]


@pytest.mark.parametrize("said", [SecurityTxt(), CONTACT.model_copy(update={"expires": "2026-11-21"})])
def test_without_a_contact_and_past_its_day_there_is_none(client_of, said):
    assert client_of(said).get("/.well-known/security.txt").status_code == 404

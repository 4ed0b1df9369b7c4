"""The hundred services of apprise, where that is installed: here its own JSON service, to a stub on loopback."""

from __future__ import annotations

import json

import pytest

from status.domain.refused import Refused
from status.notifiers import apprise as channel
from status.notifiers.registry import channels
from status.notifiers.types import NotSent
from status.web.subscriptions.offered import is_offered
from tests.status.notifiers import vendors
from tests.status.notifiers.conftest import NEWS

needs_apprise = pytest.mark.skipif(
    bool(channel.lacks(None)), reason="the extra apprise is not installed: pip install 'travaux[apprise]'"
)


@needs_apprise
def test_a_service_is_told(vendor, send):
    stub = vendor(lambda _path, _headers, body: json.loads(body))
    send(channels()["apprise"], stub.url.replace("http://", "json://") + "/x")
    [said] = stub.taken
    assert (said["title"], said["message"]) == (NEWS.subject, NEWS.text.strip())


@needs_apprise
def test_a_service_that_refuses_is_asked_again_later(vendor, send, caplog):
    stub = vendor(vendors.anything)
    stub.answer = (500, {}, b"no")
    with pytest.raises(NotSent) as caught:
        send(channels()["apprise"], stub.url.replace("http://", "json://secret:token@") + "/x?retry=0")
    assert (caught.value.for_good, caught.value.all_wait) == (False, False)
    assert "secret" not in caplog.text


@needs_apprise
@pytest.mark.parametrize("address", ["", "nonsense", "https://", "json://", "foo://x/y", "json://x\r\n/y", "x" * 1_001])
def test_what_no_service_knows_is_refused(address, settings):
    with pytest.raises(Refused):
        channels()["apprise"].canonical(address, settings)


def test_where_it_is_not_installed_that_is_said(send, settings, monkeypatch):
    monkeypatch.setattr(channel, "PACKAGE", "no_such_package_of_apprise")
    assert "pip install" in channels()["apprise"].lacks(settings)
    with pytest.raises(Refused, match="pip install"):
        channels()["apprise"].canonical("json://127.0.0.1/x", settings)


def test_the_form_offers_it_to_nobody(settings):
    assert not is_offered("apprise", settings)

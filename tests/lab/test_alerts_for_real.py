"""An alert by mail goes through a real Postfix; once that hangs, the next channel is told within a minute."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.installation import QUICK, Installation, until
from tests.faults.test_alerts import alerts, decided_at, installed
from tests.lab.ca import Authority
from tests.lab.servers import Lab
from tests.lab.test_mail_for_real import ANNE
from tests.status.alerting.hooks import Hooks

pytestmark = [pytest.mark.lab, pytest.mark.story, pytest.mark.timeout(600)]

RELAY = """[[relay]]
name = "lab"
host = "localhost"
port = {port}
ca_file = "{ca_file}"
timeout_s = 300.0"""


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with Hooks(answer=200) as hooks:
        yield hooks


@pytest.fixture
def travaux(tmp_path: Path, hooks: Hooks, delivering_postfix: Lab, authority: Authority) -> Iterator[Installation]:
    relay = RELAY.format(port=delivering_postfix.ports["smtp"], ca_file=authority.pem)
    made = installed(tmp_path, QUICK, hooks, relay, 60.0)
    made.tell("account", "contact", "set", "anne", "email", ANNE, "--first")
    try:
        yield made
    except BaseException:
        print(made.last_lines())
        raise
    finally:
        made.end()


def received(folder: Path) -> list[Path]:
    return [file for file in (folder / "dovecot" / "mail").rglob("new/*") if "FS#" in file.read_text()]


def test_an_alert_by_postfix_and_past_a_frozen_one(travaux, hooks, delivering_postfix, folder) -> None:
    travaux.tell("demo", "break", "sip")
    until(lambda: received(folder), 60, "alerted by Postfix")
    travaux.tell("demo", "heal", "sip")
    until(lambda: travaux.all_areas("operational"), 90, "well again")
    assert alerts(hooks) == []
    delivering_postfix.server.freeze()
    try:
        travaux.tell("demo", "break", "http")
        until(lambda: alerts(hooks), 120, "alerted by the web-hook")
        late_s = hooks.taken[-1].wall - decided_at(travaux)
    finally:
        delivering_postfix.server.thaw()
    print(f"  from the verdict to the web-hook, Postfix being frozen: {late_s:.2f} s")
    assert 50 < late_s <= 60

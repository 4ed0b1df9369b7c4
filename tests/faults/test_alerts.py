"""Alerts and the dead man's switch of a whole installation: how soon, by which channel, and when it falls silent."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.faults.installation import QUICK, SHIPPED, Installation, Settings, until
from tests.status.alerting.hooks import Frozen, Hooks

pytestmark = [pytest.mark.story, pytest.mark.timeout(600)]

ALERTS = """
[heartbeat]
url = "{beat}"
every_s = {every_s}

[mail]
address = "status@example.net"

[notices]
webhook_networks = ["127.0.0.0/8"]

{relay}

[[alert]]
name = "night"
accounts = ["anne"]
"""

FROZEN = """[[relay]]
name = "frozen"
host = "127.0.0.1"
port = {port}
tls = "none"
timeout_s = 300.0"""


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with Hooks(answer=200) as hooks:
        yield hooks


@pytest.fixture
def frozen() -> Iterator[Frozen]:
    frozen = Frozen()
    yield frozen
    frozen.close()


def installed(folder: Path, settings: Settings, hooks: Hooks, relay: str, every_s: float) -> Installation:
    """Start a demonstration with one person on duty, who has a web-hook, and mail before it unless taken away."""
    made = Installation(folder, settings)
    file = folder / "config.toml"
    text = file.read_text(encoding="utf-8")
    for section in ("heartbeat", "mail", "notices"):
        text = text.replace(f"\n[{section}]\n", "\n")
    alerts = ALERTS.format(beat=hooks.url("beat"), every_s=every_s, relay=relay)
    head, line, rest = text.partition("\n[demo]\n")
    file.write_text(head + alerts + line + rest, encoding="utf-8")
    made.start()
    until(lambda: made.all_areas("operational"), 90, "four areas operational")
    made.tell("account", "add", "anne", "--role", "responder", "--language", "en")
    made.tell("account", "contact", "set", "anne", "webhook", hooks.url("anne"))
    return made


def beats(hooks: Hooks) -> list[float]:
    return [taken.at for taken in hooks.taken if taken.path == "/beat"]


def alerts(hooks: Hooks) -> list[object]:
    return [taken for taken in hooks.taken if taken.path == "/anne"]


@pytest.fixture
def travaux(tmp_path: Path, hooks: Hooks, frozen: Frozen, request: pytest.FixtureRequest) -> Iterator[Installation]:
    settings, every_s = getattr(request, "param", (QUICK, 2.0))
    made = installed(tmp_path, settings, hooks, FROZEN.format(port=frozen.port), every_s)
    try:
        yield made
    except BaseException:
        print(made.last_lines())
        raise
    finally:
        made.end()


def decided_at(travaux: Installation) -> float:
    """Give when the latest event was opened, in Unix seconds."""
    [[text]] = travaux.ask("SELECT max(at) FROM step WHERE action = 'open'")
    return datetime.fromisoformat(f"{text}+00:00").timestamp()


def test_an_alert_is_sent_within_five_seconds_of_the_verdict(travaux: Installation, hooks: Hooks) -> None:
    travaux.tell("demo", "break", "sip")
    until(lambda: alerts(hooks), 60, "alerted")
    late_s = hooks.taken[-1].wall - decided_at(travaux)
    print(f"  from the verdict to the alert: {late_s:.2f} s")
    assert late_s <= 5


@pytest.mark.parametrize("name", ["publisher", "web"])
def test_a_hung_publisher_or_web_delays_no_alert(travaux: Installation, hooks: Hooks, name: str) -> None:
    travaux.strike(name, signal.SIGSTOP)
    travaux.tell("demo", "break", "sip")
    until(lambda: alerts(hooks), 60, "alerted")
    assert hooks.taken[-1].wall - decided_at(travaux) <= 5


def test_a_frozen_mail_server_is_passed_over_within_a_minute(travaux: Installation, hooks: Hooks) -> None:
    travaux.tell("account", "contact", "set", "anne", "email", "anne@example.net", "--first")
    travaux.tell("demo", "break", "sip")
    until(lambda: alerts(hooks), 120, "alerted by the next channel")
    late_s = hooks.taken[-1].wall - decided_at(travaux)
    print(f"  from the verdict to the web-hook, the mail server being frozen: {late_s:.2f} s")
    assert 50 < late_s <= 60


@pytest.mark.parametrize(
    ("travaux", "name", "most_s"),
    [((QUICK, 2.0), "publisher", 40), ((QUICK, 2.0), "monitor", 40), ((SHIPPED, 60.0), "publisher", 120)],
    indirect=["travaux"],
)
def test_the_heart_beat_stops_once_a_part_hangs_and_comes_back(travaux, hooks, name, most_s) -> None:
    until(lambda: len(beats(hooks)) >= 2, 200, "two beats")
    began = time.monotonic()
    while time.monotonic() - began < most_s + 30:
        stop_again(travaux, name)
        time.sleep(0.05)
    last = max(beats(hooks)) - began
    print(f"  last beat {last:.1f} s after the {name} hung")
    assert last <= most_s
    pid = travaux.pid(name)
    if pid:
        travaux.strike(name, signal.SIGCONT)
    until(lambda: max(beats(hooks)) > began + most_s + 30, 200, "beats again")


def stop_again(travaux: Installation, name: str) -> None:
    """Stop it, and the one the supervisor starts in its place."""
    pid = travaux.pid(name)
    if pid and Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        travaux.strike(name, signal.SIGSTOP)

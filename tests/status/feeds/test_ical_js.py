"""The calendar of works read by another family of programs: npm's ical.js, which Thunderbird reads calendars with."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from status.services import works
from tests.status.feeds.test_calendar import step
from tests.status.feeds.test_feeds import fetch

__all__ = ["fetch"]

PACKAGE = "ical.js@2.2.1"
READ = """
const ICAL = (await import(process.argv[2])).default;
let text = ""; for await (const part of process.stdin) text += part;
const calendar = new ICAL.Component(ICAL.parse(text));
for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(new ICAL.Timezone(zone));
console.log(JSON.stringify(calendar.getAllSubcomponents("vevent").map((each) => {
  const event = new ICAL.Event(each), alarm = each.getFirstSubcomponent("valarm");
  return {
    uid: event.uid, sequence: event.sequence, status: each.getFirstPropertyValue("status"),
    start: event.startDate.toUnixTime(), end: event.endDate.toUnixTime(),
    alarm: alarm && alarm.getFirstPropertyValue("trigger").toSeconds(),
  };
})));
"""


@pytest.fixture(scope="module")
def read(request):
    """Give what ical.js reads of a calendar."""
    if shutil.which("node") is None or shutil.which("npm") is None or request.config.cache is None:
        pytest.skip("ical.js needs Debian's nodejs and npm, and pytest's cache")
    folder = Path(request.config.cache.mkdir(f"npm-{PACKAGE}"))
    module = folder / "node_modules" / "ical.js" / "dist" / "ical.js"
    if not module.exists():
        install = ["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", PACKAGE]
        done = subprocess.run(install, check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"ical.js could not be installed, is there no npm registry? {done.stderr.strip()[-200:]}")
    script = folder / "read.mjs"
    script.write_text(READ, encoding="utf-8")

    def run(calendar: bytes) -> list[dict]:
        done = subprocess.run(["node", script, module], input=calendar, check=True, capture_output=True)
        return json.loads(done.stdout)

    return run


@pytest.mark.story
@pytest.mark.timeout(300)
def test_ical_js_reads_a_work_from_its_plan_to_its_end(provider, fetch, read):
    uid, start = provider.plan(), (provider.now + timedelta(days=2)).timestamp()
    (planned,) = read(fetch("/fr/calendar.ics"))
    assert planned == {
        "uid": uid, "sequence": 1, "status": "TENTATIVE", "start": start, "end": start + 3_600, "alarm": -3_600,
    }  # fmt: skip
    step(provider, uid, works.confirm)
    step(provider, uid, works.cancel)
    (cancelled,) = read(fetch("/fr/calendar.ics"))
    assert cancelled == {**planned, "sequence": 3, "status": "CANCELLED", "alarm": None}

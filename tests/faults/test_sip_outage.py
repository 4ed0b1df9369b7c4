"""An outage of telephony from the first failing check to its end on page and feed; runs in every tier.

The rule's spans are shortened here; `test_outages.py` plays the same with those of the demonstration.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.installation import QUICK, running, until

pytestmark = [pytest.mark.alone, pytest.mark.timeout(240)]


def test_a_sip_outage_opens_follows_and_closes_its_incident(tmp_path: Path) -> None:
    with running(tmp_path, QUICK) as travaux:
        seen = travaux.identifiers()
        new = lambda: [entry.title for entry in travaux.new_items(seen)]  # noqa: E731
        travaux.tell("demo", "break", "sip")
        until(lambda: travaux.states()["telephony"] == "down" and len(new()) == 1, 60, "incident")
        assert new()[0].startswith("[Investigating] FS#17 Telephony – IP telephony")
        assert "refuses connections" in travaux.new_items(seen)[0].summary
        assert b"FS#17" in travaux.get("/fr")[2]
        travaux.tell("demo", "heal", "sip")
        took_s = until(lambda: travaux.all_areas("operational") and "[Monitoring]" in new()[0], 60, "monitoring")
        until(lambda: "[Resolved]" in new()[0], 120 - took_s, "resolved")
        assert len(new()) == 3
        assert travaux.get("/en/travaux/17")[0] == travaux.get("/fr/travaux/17")[0] == 200

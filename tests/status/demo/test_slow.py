"""A slow service of the demonstration becomes a degraded incident by itself: a draft first, published later."""

from __future__ import annotations

from pathlib import Path

import pytest

from status.config.load import example_config, load
from status.demo.faults import SLOW_BY_S
from tests.faults.installation import running, until

SLUG = "hebergement-web"
DRAFT_FOR_S = 30
"""Ten minutes as it is shipped."""


def test_a_slow_service_is_over_the_limit_of_every_check() -> None:
    limits = {check.name: check.options.get("slow_ms", 0) / 1000 for check in load(example_config()).check}
    assert {name: limit for name, limit in limits.items() if not 0 < limit < SLOW_BY_S} == {}


@pytest.mark.story
@pytest.mark.alone
@pytest.mark.timeout(400)
def test_a_slow_service_is_an_anomaly_within_two_minutes_and_published_later(tmp_path: Path) -> None:
    with running(tmp_path, {"publication": {"draft_publish_after_s": DRAFT_FOR_S}}) as travaux:
        seen = travaux.identifiers()
        travaux.tell("demo", "slow", "http")
        until(lambda: travaux.component_states()[SLUG] == "degraded", 120, "degraded")
        until(lambda: b"anomaly detected" in travaux.get("/en")[2], 2, "said on the front page")
        until(lambda: b"anomaly detected" in travaux.get(f"/en/components/{SLUG}")[2], 30, "and on its own")
        assert travaux.new_items(seen) == []
        until(lambda: travaux.new_items(seen), DRAFT_FOR_S + 10, "published")
        assert "slow" in travaux.new_items(seen)[0].summary.lower()
        travaux.tell("demo", "heal", "http")
        until(lambda: travaux.component_states()[SLUG] == "operational", 150, "operational again")
        last = travaux.ask("SELECT verdict FROM verdict_interval ORDER BY id DESC LIMIT 3")
        assert last == [("operational",), ("degraded",), ("operational",)]

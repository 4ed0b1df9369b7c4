from __future__ import annotations

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from status.cli import main
from status.domain.states import Policy, Visibility
from status.models import Component, Installation
from status.models.engine import make_engine, make_sessions, writing
from status.models.migrate import upgrade

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CONFIG = """
[site]
name = "Exemple"
public_url = "https://status.example"
[[component]]
slug = "sip"
parent = "telephony"
name = { fr = "Téléphonie SIP", en = "SIP telephony" }
"""


def component(id_: int, slug: str, parent: int | None, name: dict[str, str]) -> Component:
    return Component(
        id=id_, slug=slug, parent_id=parent, name=name, description={}, symptoms=[], resources=[], departments=[],
        exchanges=[], operators=[], depends_on=[], redundant_with=[], needs=None, position=0, merge_label=slug,
        visibility=Visibility.PUBLIC, legacy_project=None, policy_down=Policy.PUBLISH, policy_degraded=Policy.DRAFT,
        retired_at=None,
    )  # fmt: skip


@pytest.fixture
def config(tmp_path):
    """A configuration without a database yet."""
    (tmp_path / "config.toml").write_text(CONFIG, encoding="utf-8")
    return tmp_path / "config.toml"


@pytest.fixture
def travaux(config, monkeypatch):
    """The command line on an installation with one component."""
    (config.parent / "var").mkdir()
    engine = make_engine(f"sqlite:///{config.parent}/var/travaux.db")
    upgrade(engine, config.parent / "var/backups")
    with writing(make_sessions(engine)) as session:
        session.add(
            Installation(id=1, authority="a", year=2026, demonstration=False, created_at=NOW, next_event_number=42)
        )
        session.add(component(1, "telephony", None, {"fr": "Téléphonie", "en": "Telephony"}))
        session.flush()
        session.add(component(2, "sip", 1, {"fr": "Téléphonie SIP", "en": "SIP telephony"}))
    engine.dispose()
    monkeypatch.setenv("LOGNAME", "anne")

    def run(*arguments: str, stdin: str | None = None):
        return CliRunner().invoke(main, ["--config", str(config), *arguments], input=stdin)

    return run

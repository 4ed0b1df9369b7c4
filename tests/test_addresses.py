"""`docs/addresses.md` and the URL map say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from status.app import create_app
from status.config.model import Settings, Site
from status.places import Places
from status.runtime import Runtime
from status.web.public.addresses import ALLOWED_QUERY

TEXT = (Path(__file__).parents[1] / "docs" / "addresses.md").read_text(encoding="utf-8")
CHANGING = ("/agent/v1/", "/desk", "/api/v1", "/a/", "/s/", "/<lang:lang>/subscribe")
ROWS = re.findall(r"^\| `(/[^`]*)` \|", TEXT, flags=re.MULTILINE)


@pytest.fixture
def app(engine, sessions, tmp_path) -> Flask:
    places = Places(tmp_path, tmp_path, tmp_path, tmp_path, tmp_path)
    settings = Settings(site=Site(name="Exemple", public_url="https://status.example.net"))
    return create_app(Runtime(settings, places, engine, sessions, lambda: pytest.fail("no clock is needed")))


def test_every_address_is_in_the_table_and_every_row_is_an_address(app):
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule) for rule in app.url_map.iter_rules()}
    routes = {route for route in routes if not route.startswith("/api/v1")}  # docs/api.md has their table
    assert sorted(routes) == sorted(ROWS)


def test_no_address_changes_anything(app):
    public = [rule for rule in app.url_map.iter_rules() if not rule.rule.startswith(CHANGING)]
    assert {method for rule in public for method in rule.methods or ()} == {"GET", "HEAD", "OPTIONS"}


def test_canonical_addresses_have_no_trailing_slash(app):
    assert [rule.rule for rule in app.url_map.iter_rules() if rule.rule != "/" and rule.rule.endswith("/")] == []


def test_every_parameter_of_a_page_is_told():
    asked = {name for names in ALLOWED_QUERY.values() for name in names}
    assert {name for name in asked if f"`{name}`" not in TEXT} == set()

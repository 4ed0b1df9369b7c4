"""config.example.toml: complete, valid, and fitting the demonstration's servers."""

from __future__ import annotations

import re
import tomllib

import pytest

from status.config.load import example_config, load
from status.config.model import Settings
from status.domain.states import AREAS


@pytest.fixture(scope="module")
def settings():
    return load(example_config())


@pytest.fixture(scope="module")
def text():
    return example_config().read_text(encoding="utf-8")


def test_it_is_a_demonstration_on_loopback(settings):
    assert settings.demo is not None
    assert settings.server.listen == "127.0.0.1:8080"


def test_every_area_has_a_watched_component(settings):
    parents = {component.slug: component.parent for component in settings.component}
    assert {parents[check.component] for check in settings.check} == set(AREAS)


def test_every_component_speaks_every_language_of_the_site(settings):
    assert all(set(component.name) == set(settings.site.languages) for component in settings.component)


def test_a_setting_in_comments_states_its_default(text):
    defaults = Settings().model_dump(mode="json")
    stated = [(section, one) for section, one in commented(text) if isinstance(defaults.get(section), dict)]
    assert len(stated) > 40
    for section, one in stated:
        ((key, value),) = tomllib.loads(one).items()
        assert value == defaults[section][key] or key.endswith("password"), f"[{section}] {key}"


def test_every_line_in_comments_is_valid_once_uncommented(text, tmp_path):
    path = tmp_path / "config.toml"
    kept = [line for line in text.splitlines() if 'password = "env:' not in line]
    path.write_text("\n".join(line.removeprefix("# ") if is_setting(line) else line for line in kept))
    assert "depends_on" in path.read_text()
    load(path)


def test_its_ports_are_the_demonstration_s(text, settings):
    services = pytest.importorskip("status.demo.services")
    first = settings.demo.ports_from
    ports = ["HTTP", "HTTPS", "DNS", "SMTP", "SIP", "RADIUS", "RESOLVER", "REFERENCE_HTTP", "REFERENCE_TCP"]
    assert all(str(first + getattr(services, port)) in text for port in [*ports, "REFERENCE_DNS"])


def test_its_account_is_the_demonstration_s(settings):
    radius = pytest.importorskip("status.demo.radius")
    users = [check.options["user"] for check in settings.check if check.kind == "radius"]
    assert users == [radius.ACCOUNT]


def commented(text):
    """Give (section, `key = value`) of every setting in comments."""
    section = ""
    for line in text.splitlines():
        bare = line.removeprefix("# ").split("#")[0].strip()
        if bare.startswith("["):
            section = bare.strip("[]")
        elif is_setting(line) and line.startswith("# "):
            yield section, bare


def is_setting(line):
    """Whether a line, its comment sign taken away, is a table's head or a setting."""
    return re.match(r"(?:# )?(?:\[|[a-z_]+ = )", line) is not None

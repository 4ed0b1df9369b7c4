"""Each setting stands in docs/configuration.md and config.example.toml, each kind and option in docs/probes.md."""

from __future__ import annotations

import re
from enum import Enum
from pathlib import Path

import pytest
from pydantic import BaseModel

from probes.registry import kinds
from status.config.load import example_config
from status.config.model import (
    AlertRule,
    CheckDetection,
    CheckEntry,
    Component,
    ComponentPublication,
    Mirror,
    Reference,
    RotaEntry,
    Settings,
)

DOCS = Path(__file__).parents[3] / "docs"
TABLES = {"component", "check", "mirror", "alert", "rota", "self_test.reference"}


def models():
    named = {name: field.annotation for name, field in Settings.model_fields.items()}
    plain = {name: kind for name, kind in named.items() if isinstance(kind, type) and issubclass(kind, BaseModel)}
    demo = Settings.model_fields["demo"].annotation.__args__[0]
    return {
        **plain,
        "demo": demo,
        "self_test.reference": Reference,
        "mirror": Mirror,
        "alert": AlertRule,
        "rota": RotaEntry,
        "component": Component,
        "component.publication": ComponentPublication,
        "check": CheckEntry,
        "check.detection": CheckDetection,
    }


SETTINGS = [(section, key) for section, model in models().items() for key in model.model_fields]


def headed(section):
    return f"[[{section}]]" if section in TABLES else f"[{section}]"


def part_of_docs(section):
    text = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert f"## {headed(section)}\n" in text, f"docs/configuration.md has no heading {headed(section)}"
    return text.split(f"## {headed(section)}\n")[1].split("\n## ")[0]


def parts_of_example(section):
    text = example_config().read_text(encoding="utf-8")
    parts = re.split(r"^(?:# )?(\[\[?[a-z_.]+\]\]?)", text, flags=re.MULTILINE)
    return "".join(body for head, body in zip(parts[1::2], parts[2::2], strict=True) if head == headed(section))


def written(default):
    if isinstance(default, Enum):
        default = default.value
    if isinstance(default, tuple):
        return "[" + ", ".join(written(one) for one in default) + "]"
    if isinstance(default, str):
        return f'"{default}"'
    return f"{default:_}" if isinstance(default, int) else str(default)


@pytest.mark.parametrize(("section", "key"), SETTINGS)
def test_a_setting_is_documented(section, key):
    assert f"\n| `{key}` | " in part_of_docs(section)


@pytest.mark.parametrize(("section", "key"), SETTINGS)
def test_a_setting_is_in_the_example(section, key):
    if headed(f"{section}.{key}") in example_config().read_text(encoding="utf-8"):
        return  # a table of its own
    if (section, key) == ("self_test", "reference"):
        return  # [[self_test.reference]]
    assert re.search(rf"^(?:# )?{key} = ", parts_of_example(section), re.MULTILINE)


@pytest.mark.parametrize(("section", "key"), SETTINGS)
def test_a_documented_default_is_the_real_one(section, key):
    field = models()[section].model_fields[key]
    default = field.get_default(call_default_factory=True)
    row = next(line for line in part_of_docs(section).splitlines() if line.startswith(f"| `{key}` | "))
    if field.is_required():
        assert "| **required** |" in row
    elif (
        default is not None
        and not isinstance(default, (BaseModel, dict))
        and (section, key)
        != (
            "self_test",
            "reference",
        )
    ):
        assert f"| `{written(default)}` |" in row


@pytest.mark.parametrize("name", sorted(kinds()))
def test_a_kind_has_a_heading_and_each_option_a_row(name):
    text = (DOCS / "probes.md").read_text(encoding="utf-8")
    assert f"\n## {name}\n" in text, f"docs/probes.md has no heading {name}"
    part = text.split(f"\n## {name}\n")[1].split("\n## ")[0]
    missing = [key for key in kinds()[name].options.model_fields if f"\n| `{key}` | " not in part]
    assert not missing


@pytest.mark.parametrize("name", sorted(kinds()))
def test_each_reason_of_a_kind_is_documented(name):
    part = (DOCS / "probes.md").read_text(encoding="utf-8").split(f"\n## {name}\n")[1].split("\n## ")[0]
    assert [reason for reason in kinds()[name].reasons if f"`{reason}`" not in part] == []

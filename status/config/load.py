"""Finds config.toml, reads it, and gives Settings or every fault at once.

text ─tomllib▶ document ─shape▶ each section, component, check ─sections, tree, checks▶ Settings │ ConfigError
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from status.config.checks import check_checks, check_needs, check_targets
from status.config.errors import ConfigError, Fault
from status.config.findings import NAMED_BY, Findings
from status.config.mirrors import check_mirrors
from status.config.model import AlertRule, CheckEntry, Component, Mirror, Relay, RotaEntry, Section, Settings
from status.config.on_call import check_alerts, check_rotas
from status.config.outgoing import check_relays
from status.config.sections import Sections, check_sections
from status.config.shape import validated
from status.config.thresholds import check_thresholds
from status.config.tree import check_components

FILE_NAME: Final = "config.toml"
EXAMPLE_NAME: Final = "config.example.toml"
MOST: Final = 20_000
"""Most checks and most components that one file may have."""

M = TypeVar("M", bound=BaseModel)


def find_config(option: Path | None, cwd: Path) -> tuple[Path, Path]:
    """Give the configuration file and the folder against which its relative paths stand.

    The file named by `option`, else ./config.toml, each with its own folder; else the example that travaux brings
    along (the demonstration), with the working folder.
    """
    if option is not None:
        return option, (cwd / option).parent
    local = cwd / FILE_NAME
    if local.exists():
        return local, cwd
    return example_config(), cwd


def example_config() -> Path:
    """Give the packaged config.example.toml: inside the package in a wheel, beside it in a checkout."""
    package = Path(str(files("status")))
    packaged = package / EXAMPLE_NAME
    return packaged if packaged.is_file() else package.parent / EXAMPLE_NAME


def load(path: Path) -> Settings:
    """Read `path`. Raise ConfigError with all its faults; nothing of a faulty file is used."""
    text = _read(path)
    findings = Findings(path, text, _parse(path, text))
    settings = _settings(findings)
    if settings is None or findings:
        raise findings.error()
    return settings


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise _fault(path, line, "expected UTF-8, found bytes of another encoding") from None
    except OSError as error:
        message = f"can't be read: {error.strerror or error}"
        raise _fault(path, None, f"{message}; `travaux init` writes one to begin with") from None


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \((?:at line (\d+), column (\d+)|at end of document)\)$", str(error))
        place = found.start() if found else None
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        column = f" (column {found[2]})" if found and found[2] else ""
        raise _fault(path, line, f"not TOML: {str(error)[:place]}{column}") from None
    except RecursionError:
        raise _fault(path, None, "not readable: tables or lists nested too deep") from None


def _fault(path: Path, line: int | None, message: str) -> ConfigError:
    return ConfigError((Fault(path, line, "", message),))


def _settings(findings: Findings) -> Settings | None:
    """Check everything, each part as far as it is valid in itself; None when a part is not."""
    document = findings.document
    _check_top(findings)
    sections = {
        key: _section(key, field.annotation, findings)
        for key, field in Settings.model_fields.items()
        if key not in NAMED_BY and key != "demo"
    }
    demo = _section("demo", _inner(Settings.model_fields["demo"].annotation), findings) if "demo" in document else None
    mirrors = _elements("mirror", Mirror, findings)
    relays = _elements("relay", Relay, findings)
    alerts, rotas = _elements("alert", AlertRule, findings), _elements("rota", RotaEntry, findings)
    components = _elements("component", Component, findings)
    checks = _elements("check", CheckEntry, findings)
    parts = Sections(**sections, demo=demo)  # type: ignore[arg-type]
    check_sections(parts, findings, demo="demo" in document)
    check_mirrors(mirrors, findings)
    slugs = _names("component", "slug", document)
    check_relays(relays, slugs, findings)
    check_alerts(alerts, slugs, _names("rota", "name", document), findings)
    check_rotas(rotas, findings)
    languages = parts.site.languages if parts.site is not None else ()
    check_components(components, slugs, languages, findings)
    check_needs(components, _names("check", "component", document), findings)
    check_checks(checks, _names("check", "name", document), findings)
    check_targets(_list("check", document), slugs, findings, demo="demo" in document)
    check_thresholds(parts.detection, checks, findings)
    if findings:
        return None
    tables: dict[str, list[tuple[int, Any]]] = {
        "mirror": [*mirrors], "relay": [*relays], "alert": [*alerts], "rota": [*rotas],
        "component": [*components], "check": [*checks],
    }  # fmt: skip
    elements = {key: tuple(one for _, one in found) for key, found in tables.items()}
    return Settings.model_validate({**sections, "demo": demo, **elements})


def _check_top(findings: Findings) -> None:
    for key in findings.document:
        if key not in Settings.model_fields:
            near = findings.nearest(key, Settings.model_fields)
            findings.add_at((key,), (), f"unknown section or key {key!r}{near}")


def _section(key: str, model: Any, findings: Findings) -> Section | None:
    raw = findings.document.get(key, {})
    if not isinstance(raw, dict):
        findings.add((key,), f"expected a table, written [{key}]")
        return None
    section: Section | None = validated(model, raw, (key,), findings)
    return section


def _inner(annotation: Any) -> Any:
    """Give X of `X | None`."""
    return next(part for part in annotation.__args__ if part is not type(None))


def _elements(key: str, model: type[M], findings: Findings) -> list[tuple[int, M]]:
    """Give the valid elements of an array of tables with their indices."""
    raw = findings.document.get(key, [])
    if not isinstance(raw, list):
        findings.add_at((key,), (), f"[{key}] is written with double brackets, [[{key}]], once for each {key}")
        return []
    if len(raw) > MOST:
        findings.add_at((key, MOST), (), f"found {len(raw)} {key}s, expected at most {MOST}; use a second installation")
        return []
    elements = ((index, validated(model, one, (key, index), findings)) for index, one in enumerate(raw))
    return [(index, one) for index, one in elements if one is not None]


def _names(key: str, field: str, document: Mapping[str, Any]) -> list[str]:
    """Give the names that the elements of an array of tables have, faulty elements too."""
    values = (one.get(field) for one in _list(key, document) if isinstance(one, dict))
    return [value for value in values if isinstance(value, str)]


def _list(key: str, document: Mapping[str, Any]) -> list[Any]:
    """Give an array of tables; nothing when it is none, or too long to look at each."""
    raw = document.get(key, [])
    return raw if isinstance(raw, list) and len(raw) <= MOST else []

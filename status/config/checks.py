"""Rules over all checks: names, components, kinds with their options, times, how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from probes.options import Options
from probes.registry import kinds
from probes.types import Secret
from status.config.findings import Findings
from status.config.lines import KeyPath
from status.config.model import CheckEntry
from status.config.shape import validated
from status.config.tree import Numbered
from status.domain.states import AREAS

NumberedChecks = Sequence[tuple[int, CheckEntry]]
"""The checks that are valid in themselves, each with its index in the file."""

FILE_SUFFIX: Final = "_file"


def check_checks(checks: NumberedChecks, names: Sequence[str], findings: Findings) -> None:
    """Note what is wrong with names and times. `names` are all that the file tries to define, faulty ones too."""
    _check_names(checks, names, findings)
    for index, entry in checks:
        if entry.timeout_s > entry.interval_s:
            found = f"found {entry.timeout_s:g}, expected at most interval_s ({entry.interval_s:g})"
            findings.add(("check", index, "timeout_s"), f"{found}: a run ends before the next one is due")


def check_targets(raw: Sequence[Any], slugs: Sequence[str], findings: Findings, *, demo: bool) -> None:
    """Note unknown components and kinds, and faults of options, of every [[check]], however faulty it is otherwise."""
    known = dict.fromkeys(slugs)
    for index, table in enumerate(raw):
        if not isinstance(table, dict):
            continue
        component, kind, options = table.get("component"), table.get("kind"), table.get("options", {})
        if isinstance(component, str) and component:
            _check_component(index, component, known, findings)
        if isinstance(kind, str) and isinstance(options, dict):
            _check_options(index, kind, options, findings, demo=demo)


def check_needs(components: Numbered, checked: Sequence[Any], findings: Findings) -> None:
    """Note components that need more checks than they have. `checked`: the component of every check, also faulty."""
    count = Counter(slug for slug in checked if isinstance(slug, str))
    for index, component in components:
        if component.needs is not None and component.needs > count[component.slug]:
            message = f"found {component.needs}, expected at most the number of its checks ({count[component.slug]})"
            findings.add(("component", index, "needs"), message)


def _check_names(checks: NumberedChecks, names: Sequence[str], findings: Findings) -> None:
    first: dict[str, int] = {}
    current = set(names)
    for index, entry in checks:
        if entry.name in first:
            message = f"{entry.name!r} is already the name of [[check]] number {first[entry.name] + 1}"
            findings.add(("check", index, "name"), message)
        first.setdefault(entry.name, index)
    owner: dict[str, str] = {}
    for index, entry in checks:
        for position, former in enumerate(entry.was):
            path: KeyPath = ("check", index, "was", position)
            if former in current:
                findings.add(path, f"{former!r} is still the name of a check; a former name is no longer in use")
            elif former in owner:
                findings.add(path, f"{former!r} is already a former name of check {owner[former]!r}")
            owner.setdefault(former, entry.name)


def _check_component(index: int, component: str, known: Mapping[str, object], findings: Findings) -> None:
    path: KeyPath = ("check", index, "component")
    if component in AREAS:
        findings.add(path, f"found {component!r}, a whole area, expected a component below it")
    elif component not in known:
        findings.add(path, f"unknown component {component!r}{findings.nearest(component, known)}")


def _check_options(index: int, word: str, raw: dict[str, Any], findings: Findings, *, demo: bool) -> None:
    kind = kinds().get(word)
    if kind is None:
        near = findings.nearest(word, kinds())
        known = "" if near else f", expected one of {', '.join(sorted(kinds()))}"
        findings.add(("check", index, "kind"), f"unknown kind {word!r}{near}{known}")
        return
    path: KeyPath = ("check", index, "options")
    options = validated(kind.options, raw, path, findings)
    if options is not None and not demo:
        _check_files(options, path, findings)


def _check_files(options: Options, path: KeyPath, findings: Findings) -> None:
    """Files of options are named absolutely: they are read by whichever process, on whichever machine, runs the check.

    Only a demonstration, which stays in its folder, may name them relatively.
    """
    for key in type(options).model_fields:
        value = getattr(options, key)
        if isinstance(value, Secret):
            check_secret_file(value, (*path, key), findings)
        elif _is_relative_file(key, value):
            findings.add((*path, key), f"found {str(value)!r}, expected an absolute path (/etc/…)")


def _is_relative_file(key: str, value: object) -> bool:
    named = isinstance(value, (str, Path)) and key.endswith(FILE_SUFFIX) and bool(str(value))
    return named and not Path(str(value)).is_absolute()


def check_secret_file(secret: Secret, path: KeyPath, findings: Findings) -> None:
    """Note a `file:` reference that is relative."""
    scheme, _, place = secret.reference.partition(":")
    if scheme == "file" and not Path(place).is_absolute():
        findings.add(path, f"found {secret.reference!r}, expected an absolute path (file:/etc/…)")

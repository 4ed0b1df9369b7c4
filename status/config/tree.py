"""Rules over all components: names, the tree, dependencies, loops, texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Final

from status.config.findings import Findings
from status.config.lines import KeyPath
from status.config.model import Component
from status.domain.states import AREAS

LOOPS_TOLD: Final = 20

Numbered = Sequence[tuple[int, Component]]
"""The components that are valid in themselves, each with its index in the file."""


def check_components(components: Numbered, slugs: Sequence[str], languages: Sequence[str], findings: Findings) -> None:
    """Note what is wrong between components. `slugs` are all that the file tries to define, faulty ones too."""
    known = dict.fromkeys(slugs)
    _check_slugs(components, findings)
    _check_former_slugs(components, known, findings)
    for index, component in components:
        _check_parent(index, component, known, findings)
        _check_relations(index, component, known, findings)
        _check_texts(index, component, languages, findings)
        if component.group in AREAS:
            message = f"found {component.group!r}, a whole area, expected a narrower label (default: the parent)"
            findings.add(("component", index, "group"), message)
    _check_loops(components, findings)


def _check_slugs(components: Numbered, findings: Findings) -> None:
    first: dict[str, int] = {}
    for index, component in components:
        path: KeyPath = ("component", index, "slug")
        if component.slug in AREAS:
            findings.add(path, f"{component.slug!r} is an area and always there; choose another slug")
        elif component.slug in first:
            number = first[component.slug] + 1
            findings.add(path, f"{component.slug!r} is already the slug of [[component]] number {number}")
        else:
            first[component.slug] = index


def _check_former_slugs(components: Numbered, known: Mapping[str, object], findings: Findings) -> None:
    owner: dict[str, str] = {}
    for index, component in components:
        for position, former in enumerate(component.was):
            path: KeyPath = ("component", index, "was", position)
            if former in AREAS:
                findings.add(path, f"{former!r} is an area; a component never had its slug")
            elif former in known:
                findings.add(path, f"{former!r} is still the slug of a component; a former slug is no longer in use")
            elif former in owner:
                findings.add(path, f"{former!r} is already a former slug of component {owner[former]!r}")
            else:
                owner[former] = component.slug


def _check_parent(index: int, component: Component, known: Mapping[str, object], findings: Findings) -> None:
    if component.parent in known or component.parent in AREAS:
        return
    near = findings.nearest(component.parent, (*known, *AREAS))
    expected = f"expected a component or an area ({', '.join(AREAS)})"
    findings.add(("component", index, "parent"), f"found {component.parent!r}, {expected}{near}")


def _check_relations(index: int, component: Component, known: Mapping[str, object], findings: Findings) -> None:
    for key in ("depends_on", "redundant_with"):
        for position, slug in enumerate(getattr(component, key)):
            path: KeyPath = ("component", index, key, position)
            if slug in AREAS:
                findings.add(path, f"found {slug!r}, a whole area, expected a component")
            elif slug not in known:
                findings.add(path, f"unknown component {slug!r}{findings.nearest(slug, known)}")
            elif key == "redundant_with" and slug == component.slug:
                findings.add(path, f"found {slug!r}, the component itself, expected another one")


def _check_texts(index: int, component: Component, languages: Sequence[str], findings: Findings) -> None:
    """Names need the site's first language; other languages fall back on it."""
    if languages and languages[0] not in component.name:
        found = ", ".join(component.name) or "nothing"
        message = f"found {found}, expected at least the site's first language, {languages[0]!r}"
        findings.add(("component", index, "name"), message)


def _check_loops(components: Numbered, findings: Findings) -> None:
    """Name every loop of parents and dependencies together, as `a → b → a`."""
    number = {component.slug: index for index, component in components}
    graph = {
        component.slug: {slug for slug in (component.parent, *component.depends_on) if slug in number}
        for _, component in components
    }
    for _ in range(LOOPS_TOLD):
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            loop = list(reversed(error.args[1]))
        else:
            return
        start = min(range(len(loop) - 1), key=lambda at: number[loop[at]])
        loop = [*loop[start:-1], *loop[: start + 1]]
        slug, needed = loop[0], loop[1]
        index = number[slug]
        component = next(component for at, component in components if at == index)
        key = "parent" if component.parent == needed else "depends_on"
        findings.add(("component", index, key), f"a loop: {' → '.join(loop)}; a component can't need itself")
        graph[slug].discard(needed)

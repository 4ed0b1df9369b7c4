"""Settings and catalogue turned into what the sans-IO core takes: rules, check views, places."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from status.config.model import Settings
from status.domain.check_state import CheckView
from status.domain.grouping import Place
from status.domain.rule import Rule, SelfTestRule
from status.domain.states import AREAS
from status.services.catalogue import Catalogue


def rule_of(settings: Settings) -> Rule:
    """Give the global numbers of the rule."""
    values = {
        field.name: getattr(settings.detection, field.name)
        for field in fields(Rule)
        if hasattr(settings.detection, field.name)
    }
    return replace(Rule(**values), draft_publish_after_s=settings.publication.draft_publish_after_s)


def self_test_rule(settings: Settings) -> SelfTestRule:
    """Give the numbers of the self-test."""
    tested = settings.self_test
    return SelfTestRule(
        bad_references=tested.bad_references, well_for_s=tested.well_for_s, void_before_s=tested.void_before_s
    )


def check_views(settings: Settings, catalogue: Catalogue) -> list[CheckView]:
    """Give each check with its own numbers: `[check.detection]` over `[detection]`."""
    common = rule_of(settings)
    needs = {component.id: component.needs for component in catalogue.components}
    views = []
    for entry in catalogue.checks:
        own: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in entry.detection.items()
        }
        views.append(
            CheckView(
                check_id=entry.check.id,
                component_id=entry.component_id,
                interval_s=entry.check.interval_s,
                timeout_s=entry.check.timeout_s,
                rule=replace(common, **own) if own else common,
                needs=needs[entry.component_id],
            )
        )
    return views


def places(settings: Settings, catalogue: Catalogue) -> list[Place]:
    """Give the tree as grouping takes it. The areas are nobody's ancestors: an area is never one trouble."""
    parents = {component.id: component.parent_id for component in catalogue.components}
    areas = {component.id for component in catalogue.components if component.slug in AREAS}
    common = rule_of(settings)
    found = []
    for component in catalogue.components:
        ancestors: list[int] = []
        parent = component.parent_id
        while parent is not None:
            ancestors.append(parent)
            parent = parents[parent]
        found.append(
            Place(
                component_id=component.id,
                ancestors=tuple(ancestors),
                merge_label=component.merge_label if component.id not in areas else component.slug,
                policy_down=component.policy_down,
                policy_degraded=component.policy_degraded,
                rule=common,
            )
        )
    return found

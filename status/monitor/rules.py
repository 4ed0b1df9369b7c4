"""Settings and catalogue turned into what the sans-IO core takes: rules, check views, places."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from probes.options import Options
from status.config.model import Settings
from status.domain.check_state import CheckView
from status.domain.grouping import Place
from status.domain.rule import Rule, SelfTestRule
from status.domain.states import AREAS
from status.services.catalogue import Catalogue


def rule_of(settings: Settings) -> Rule:
    """Give the global numbers of the rule: `[detection]`, and the policy's of `[publication]`."""
    values = {name: getattr(settings.detection, name) for name in type(settings.detection).model_fields}
    return Rule(**values, draft_publish_after_s=settings.publication.draft_publish_after_s)


def self_test_rule(settings: Settings) -> SelfTestRule:
    """Give the numbers of the self-test."""
    return SelfTestRule(**{field.name: getattr(settings.self_test, field.name) for field in fields(SelfTestRule)})


def check_views(settings: Settings, catalogue: Catalogue) -> list[CheckView]:
    """Give each check with its own numbers: `[check.detection]` over `[detection]`."""
    common = rule_of(settings)
    needs = {component.id: component.needs for component in catalogue.components}
    labels = {component.id: component.merge_label for component in catalogue.components}
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
                group=labels[entry.component_id],
                slow_s=_slow_s(entry.check.options),
            )
        )
    return views


def _slow_s(options: Options) -> float | None:
    """Give the limit of a kind that has one: over it a right answer is slow."""
    slow_ms: float | None = getattr(options, "slow_ms", None)
    return None if slow_ms is None else slow_ms / 1000


def places(catalogue: Catalogue) -> list[Place]:
    """Give the tree as grouping takes it. The areas are nobody's ancestors: an area is never one trouble."""
    parents = {component.id: component.parent_id for component in catalogue.components}
    areas = {component.id for component in catalogue.components if component.slug in AREAS}
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
                parents=component.dependencies,
            )
        )
    return found

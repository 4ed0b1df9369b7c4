"""The rules by which works come again, in a person's words where they have some."""

from __future__ import annotations

from typing import Final

from status.web.language import gettext as _

OTHER: Final = "other"
RULES: Final = ("FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2", "FREQ=MONTHLY")


def rule_options() -> list[tuple[str, str]]:
    """Give the choices of the field "comes again"."""
    return [("", _("no")), *_said().items(), (OTHER, _("by another rule"))]


def say_rule(rule: str) -> str:
    """Say a rule; one without words is said as it is written."""
    return _said().get(rule, rule)


def _said() -> dict[str, str]:
    said = (_("every day"), _("every week"), _("every two weeks"), _("every month"))
    return dict(zip(RULES, said, strict=True))

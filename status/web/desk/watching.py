"""Words of supervision for the desk's templates: verdicts, reasons, points of the rule, looks."""

from __future__ import annotations

from probes.types import Outcome
from status.domain.states import Verdict
from status.web.language import gettext as _
from status.web.language import language
from status.wording import labels
from status.wording.reasons import public_sentence

SHAPES = {
    Verdict.DOWN: "down", Verdict.UNREACHABLE: "down", Verdict.DEGRADED: "degraded", Verdict.LOCAL: "degraded",
    Verdict.MAINTENANCE: "maintenance", Verdict.UNKNOWN: "unknown", Verdict.OPERATIONAL: "operational",
}  # fmt: skip
"""The shape and colour a verdict is drawn with; its word tells down from unreachable."""


def context() -> dict[str, object]:
    """Give the templates their words."""
    return {
        "say_verdict": lambda verdict: labels.verdict(verdict, language()),
        "shape_of": SHAPES.get,
        "say_reason": lambda reason: public_sentence(reason, language()) if reason else "",
        "say_outcome": say_outcome,
        "say_step": say_step,
        "say_point": lambda point: points().get(point, ""),
    }


def say_outcome(outcome: Outcome | None) -> str:
    """Give the word for what a run saw; None: its row is no longer kept."""
    words = {
        Outcome.OK: _("well"), Outcome.SLOW: _("slow"), Outcome.FAILED: _("failed"), Outcome.BROKEN: _("our own fault"),
    }  # fmt: skip
    return words[outcome] if outcome is not None else _("no longer kept")


def say_step(action: str) -> str:
    """Say what the robot did: a change of verdict in the desk's words, a deed on an event by its own name."""
    before, _to, after = action.partition(" to ")
    verdicts = {verdict.value: labels.verdict(verdict, language()) for verdict in Verdict}
    return f"{verdicts[before]} → {verdicts[after]}" if before in verdicts and after in verdicts else action


def points() -> dict[str, str]:
    """Say in a sentence what each point of the rule says (docs/detection.md)."""
    return {
        "1": _("each location looks at its own places of a fixed grid"),
        "4": _("most healthy locations failed several times in a row, over long enough"),
        "5": _("most healthy locations succeeded several times in a row, over long enough"),
        "6": _("a share of the looks failed, or they were slow, for long enough"),
        "7": _("only one location sees it"),
        "8": _("our own line is in question"),
        "9": _("what fails together, or behind the same parent, is one incident"),
        "10": _("what comes and goes is one incident"),
        "11": _("planned work: what fails inside its window is expected"),
        "12": _("what a person wrote or holds is not changed"),
        "14": _("nothing was seen for too long"),
        "15": _("mass failure: members of a confirmed group need fewer looks"),
        "16": _("a check is muted or disabled"),
    }

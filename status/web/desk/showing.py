"""Pages about events: what their templates may call beside the desk's own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from status.domain.permissions import Deed
from status.domain.states import EventState, EventType, Impact
from status.queries.desk_event import DeskPost
from status.queries.desk_events import plain_name
from status.web.desk.gate import person
from status.web.desk.page import page
from status.web.desk.rule_words import say_rule
from status.web.language import gettext as _
from status.web.language import language
from status.web.scope import settings_of_app
from status.wording import labels
from status.wording.sentences import generated_sentence
from status.wording.times import duration

HASHED = ("title", "advice", "cause", "measures", "withdrawn_reason", "sla_excluded_reason", "text")
"""The audit keeps these as hashes, which say nothing to a reader."""


def event_page(template: str, **context: object) -> str:
    """Render a page about events."""
    given: dict[str, object] = {
        "may": {deed.value: person().may(deed) for deed in Deed},
        "impacts": tuple(Impact),
        "types": tuple(EventType),
        "as_state": EventState,
        "as_impact": Impact,
        "as_time": datetime.fromisoformat,
        "stage_options": stage_options,
        "impact_options": impact_options,
        "severity_options": severity_options,
        "say_severity": lambda value: labels.severity(value, language()),
        "sentence_of": sentence_of,
        "field_words": field_words(),
        "actions": say_actions(),
        "hashed": HASHED,
        "plain": plain_name,
        "say_rule": say_rule,
        "span": lambda lasts: duration(lasts.total_seconds(), language()),
    }
    return page(template, **{**given, **context})


def stage_options(states: Iterable[EventState]) -> list[tuple[str, str]]:
    """Give states as choices of a field."""
    return [(state.value, labels.event_state(state, language())) for state in states]


def impact_options() -> list[tuple[str, str]]:
    """Give impacts as choices of a field, the mildest first."""
    return [(impact.value, labels.impact(impact, language())) for impact in Impact]


def severity_options() -> list[tuple[str, str]]:
    """Give severities as choices of a field."""
    return [(str(value), words) for value in labels.SEVERITIES if (words := labels.severity(value, language()))]


def sentence_of(post: DeskPost) -> str:
    """Give a post's generated first sentence."""
    return generated_sentence(post.generated, language(), settings_of_app().site.timezone) if post.generated else ""


def field_words() -> Mapping[str, str]:
    """Name the fields of an event."""
    return {
        "title": _("Title"), "state": _("State"), "impact": _("Impact"), "severity": _("Severity"),
        "planned_start_at": _("Announced start"), "planned_end_at": _("Announced end"),
        "expected_end_at": _("Expected end"), "next_update_at": _("Next update"), "progress": _("Progress"),
        "publication": _("Publication"), "started_at": _("Began"), "ended_at": _("Ended"),
        "customers_touched": _("Customers touched"), "emergency_calls": _("Emergency calls touched"),
        "detected_at": _("Detected"),
    }  # fmt: skip


def say_actions() -> Mapping[str, str]:
    """Give the words for what was done, by the audit's name of it."""
    return {
        "open": _("opened it"), "plan": _("planned it"), "update": _("posted an update"), "close": _("closed it"),
        "reopen": _("reopened it"), "withdraw": _("withdrew it"), "publish": _("published it"),
        "take": _("took it over"), "hand_back": _("handed it back to the robot"), "merge": _("merged"),
        "split": _("split"), "confirm": _("confirmed it"), "work-start": _("started it"),
        "verify": _("began to verify"), "finish": _("finished it"), "roll-back": _("rolled it back"),
        "cancel": _("cancelled it"), "new-times": _("gave new times"), "correct": _("corrected a text"),
        "redact": _("redacted a text"), "note": _("wrote a note"), "acknowledge": _("acknowledged it"),
        "assign": _("handed it over"), "link": _("linked it"), "unlink": _("took a link away"),
        "write-post-mortem": _("wrote the post-mortem"),
        "post-mortem": _("published the post-mortem"), "facts": _("stated facts"), "draft": _("kept a draft"),
        "discard": _("discarded a draft"),
    }  # fmt: skip

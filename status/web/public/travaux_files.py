"""The travaux list as files: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from status.queries.cards import Card
from status.web.language import gettext as _
from status.web.scope import Scope
from status.wording import labels
from status.wording.languages import pick

BOM: Final = "\ufeff"
"""Without it spreadsheets take UTF-8 for something else."""

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be calculated by a spreadsheet."""


def as_csv(cards: Sequence[Card], lang: str, scope: Scope) -> str:
    """Write one row an event, after a row of headings in the reader's language; times are local, ISO 8601."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow([
        _("No."), _("Type"), _("Area"), _("Title"), _("State"), _("Impact"), _("Progress"), _("Start"), _("End"),
        _("Expected end"), _("Address"),
    ])  # fmt: skip
    for card in cards:
        areas = ", ".join(labels.area(area, lang) for area in card.areas)
        cells = (
            f"FS#{card.n}", labels.event_type(card.type, lang), areas, pick(card.title, lang)[0], _state(card, lang),
            labels.impact(card.worst_impact, lang), f"{card.progress} %", _local(card.began_at, scope),
            _local(None if card.is_called_off else card.ended_at, scope),
            _local(card.expected_end_at or card.planned_end_at, scope), _address(card, lang, scope),
        )  # fmt: skip
        rows.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])
    return BOM + out.getvalue()


def as_json(cards: Sequence[Card], total: int, lang: str, scope: Scope) -> str:
    """Write the events found. `total` may be more than are given."""
    verified_at = scope.moment.verified_at
    document = {
        "verified_at": _utc(verified_at), "total": total, "events": [_event(card, lang, scope) for card in cards],
    }  # fmt: skip
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _event(card: Card, lang: str, scope: Scope) -> dict[str, Any]:
    title, written_in = pick(card.title, lang)
    return {
        "n": card.n, "uid": card.uid, "type": card.type.value, "areas": list(card.areas), "title": title,
        "language": written_in, "state": card.state.value, "publication": card.publication.value,
        "impact": card.worst_impact.value, "progress": card.progress,
        "began_at": _utc(None if card.is_called_off else card.began_at),
        "ended_at": _utc(card.ended_at), "planned_start_at": _utc(card.planned_start_at),
        "planned_end_at": _utc(card.planned_end_at), "expected_end_at": _utc(card.expected_end_at),
        "components": [touched.slug for touched in card.touched], "url": _address(card, lang, scope),
    }  # fmt: skip


def _state(card: Card, lang: str) -> str:
    if card.publication.value == "withdrawn":
        return labels.withdrawn(lang)
    return labels.merged(lang) if card.publication.value == "merged" else labels.event_state(card.state, lang)


def _address(card: Card, lang: str, scope: Scope) -> str:
    return f"{scope.settings.site.public_url.rstrip('/')}/{lang}/travaux/{card.n}"


def _local(at: datetime | None, scope: Scope) -> str:
    return "" if at is None else at.astimezone(scope.zone).isoformat(timespec="minutes")


def _utc(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")

"""A form as a person filled it: what can be read of it, and what cannot, by field. Loses nothing that was typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from flask import request
from werkzeug.datastructures import MultiDict

from status.domain.refused import Refused
from status.domain.states import Impact
from status.domain.written import read_time
from status.web.desk.forms import NUL
from status.web.desk.gate import present
from status.web.desk.refusals import FIELDS, say_refused
from status.web.language import gettext as _
from status.web.scope import settings_of_app
from status.wording.languages import LANGUAGES

Choice = TypeVar("Choice", bound=Enum)
FAULTS: Final = "form"
STATUSES: Final = {"conflict": 409, "forbidden": 403, "area": 403}
"""What a page answers that shows a refusal; any other is 422."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with a field; `field` is its id on the page, '' where it is none's alone."""

    field: str
    message: str


@dataclass(slots=True)
class Filled:
    """The values by field name. Readers that find a fault note it and give None.

    `refused_status` is what the page answers with the last refusal.
    """

    values: MultiDict[str, str]
    errors: list[Wrong] = field(default_factory=list)
    refused_status: int = 422

    @classmethod
    def from_request(cls) -> Filled:
        """Take what was sent, without NUL characters: nobody types them, and PostgreSQL takes none."""
        return cls(MultiDict((name, value.replace(NUL, "")) for name, value in request.form.items(multi=True)))

    @classmethod
    def from_values(cls, values: Mapping[str, str] | Mapping[str, str | list[str]]) -> Filled:
        """Begin with some values."""
        return cls(MultiDict(values))

    def get(self, name: str) -> str:
        """Give a field's text as it was typed; '' when it was left out."""
        return self.values.get(name, "")

    def all(self, name: str) -> list[str]:
        """Give every value of a field that may come several times."""
        return self.values.getlist(name)

    def words(self, name: str) -> dict[str, str]:
        """Give the texts of `name_fr`, `name_en` that are not empty."""
        texts = {language: self.get(f"{name}_{language}") for language in LANGUAGES}
        return {language: text for language, text in texts.items() if text.strip()}

    def time(self, name: str) -> datetime | None:
        """Read a time of the site's zone; None when empty or when it cannot be read."""
        text = self.get(name).strip()
        if not text:
            return None
        zone = settings_of_app().site.timezone
        try:
            return read_time(text, zone, present())
        except Refused as refused:
            skipped = refused.reason == "no_such_hour"
            self.errors.append(Wrong(name, _skipped(text, zone) if skipped else say_refused(refused)))
            return None

    def coming(self, name: str) -> datetime | None:
        """Read a time that is still to come."""
        at = self.time(name)
        if at is not None and at <= present():
            self.errors.append(Wrong(name, _("This time is past: give one that is still to come.")))
            return None
        return at

    def number(self, name: str) -> int | None:
        """Read a whole number; None when empty or when it is none."""
        text = self.get(name).strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 10):  # noqa: PLR2004 - what a database holds
            self.errors.append(Wrong(name, _("This is not a whole number.")))
            return None
        return int(text)

    def choice(self, name: str, choices: type[Choice]) -> Choice | None:
        """Read one of a closed set; None when empty or unknown."""
        text = self.get(name)
        if not text:
            return None
        try:
            return choices(text)
        except ValueError:
            self.errors.append(Wrong(name, _("This choice is not known.")))
            return None

    def impacts(self, component_ids: Iterable[int]) -> dict[int, Impact]:
        """Read `impact-<id>` of these components; those left empty are left out."""
        found = {}
        for component_id in component_ids:
            impact = self.choice(f"impact-{component_id}", Impact)
            if impact is not None:
                found[component_id] = impact
        return found

    def refuse(self, refused: Refused, **fields: str) -> None:
        """Note what a service refused; `fields` leads a reason to another field than usual."""
        if refused.reason == FAULTS:
            return
        self.refused_status = STATUSES.get(refused.reason, 422)
        self.errors.append(Wrong(fields.get(refused.reason, FIELDS.get(refused.reason, "")), say_refused(refused)))

    def is_changed(self, name: str) -> bool:
        """Whether a field says something else than it was shown with (`was_<name>`), and not nothing."""
        return bool(self.get(name).strip()) and self.get(name) != self.get(f"was_{name}")

    def is_emptied(self, name: str) -> bool:
        """Whether a field that was shown with something (`was_<name>`) was sent with nothing."""
        return name in self.values and not self.get(name).strip() and bool(self.get(f"was_{name}").strip())

    def require(self) -> None:
        """Raise Refused when something could not be read; each fault is noted already."""
        if self.errors:
            raise Refused(FAULTS, "the form has faults")

    def error_of(self, name: str) -> str:
        """Give what is wrong with a field; '' when nothing is."""
        return next((wrong.message for wrong in self.errors if wrong.field == name), "")


def local(at: datetime | None) -> str:
    """Write a time as a form's field has it: the site's zone, to the minute, without zone."""
    return at.astimezone(ZoneInfo(settings_of_app().site.timezone)).strftime("%Y-%m-%dT%H:%M") if at else ""


def _skipped(text: str, zone: str) -> str:
    """Explain an hour that the clock skips."""
    at = datetime.fromisoformat(text)
    return _(
        "%(time)s does not exist that day: the clocks go forward by an hour (%(zone)s). Did you mean %(later)s?",
        time=f"{at:%H:%M}", zone=zone, later=f"{at + timedelta(hours=1):%H:%M}",
    )  # fmt: skip

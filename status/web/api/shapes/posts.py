"""Posts and notes on an event: as the API gives them, and as they are written."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from status.domain.states import EventState, Impact
from status.services.updating import CLEARABLE
from status.web.api.shapes.base import Impacts, Line, Shape, Texts, Time, Titles, Words


class Posting(Shape):
    """An update to post; what is left out stays. `impact` is for every component, `impacts` for some.

    `expected_end_at` and `next_update_at` are taken back by null.
    """

    texts: Texts = Field(default_factory=dict)
    state: EventState | None = None
    impact: Impact | None = None
    impacts: Annotated[Impacts, Field(max_length=500)] = Field(default_factory=dict)
    title: Titles = Field(default_factory=dict)
    expected_end_at: Time | None = None
    next_update_at: Time | None = None
    progress: Annotated[int, Field(ge=0, le=100)] | None = None
    happened_at: Time | None = None

    @property
    def cleared(self) -> frozenset[str]:
        """Give the times that are taken back: those sent as null."""
        return frozenset(name for name in CLEARABLE & self.model_fields_set if getattr(self, name) is None)


class NoteAnswer(Shape):
    """An internal word."""

    id: int
    event: str
    author: str
    at: datetime
    text: str


class NotePage(Shape):
    """Notes, the oldest first."""

    items: list[NoteAnswer]
    next: str | None


class Noting(Shape):
    """An internal word to add."""

    text: Annotated[Words, StringConstraints(min_length=1)]


class OlderTextAnswer(Shape):
    """Words before they were corrected."""

    language: str
    text: str
    replaced_at: datetime
    replaced_by: str


class WordsAnswer(Shape):
    """The words of an update in one language; `uid` is its identifier in the feed."""

    text: str
    uid: str | None
    published_at: datetime | None
    modified_at: datetime | None
    redacted_at: datetime | None


class UpdateAnswer(Shape):
    """A post. `k` counts the event's published ones; null while the event is a draft."""

    id: int
    event: str
    k: int | None
    author: str
    action: str
    written_at: datetime
    published_at: datetime | None
    happened_at: datetime | None
    state: EventState
    impact: Impact
    impacts: dict[str, Impact]
    expected_end_at: datetime | None
    next_update_at: datetime | None
    progress: int
    texts: dict[str, WordsAnswer]
    older: list[OlderTextAnswer]


class UpdatePage(Shape):
    """Updates, the oldest first."""

    items: list[UpdateAnswer]
    next: str | None


class Correcting(Shape):
    """The words as they should have been; the earlier ones stay visible as modified."""

    texts: Annotated[Texts, Field(min_length=1)]


class Redacting(Shape):
    """Why words are taken away for good."""

    reason: Annotated[Line, StringConstraints(min_length=1)]


class RedactingEvent(Shape):
    """Which words of the event go, and why; a title needs words in its place."""

    fields: Annotated[
        list[Literal["title", "advice", "cause", "measures", "withdrawn_reason", "post_mortem"]],
        Field(min_length=1, max_length=6),
    ]
    reason: Annotated[Line, StringConstraints(min_length=1)]
    title: Titles = Field(default_factory=dict)

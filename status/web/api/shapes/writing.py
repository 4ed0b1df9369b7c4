"""What is written before and after a post: drafts, templates, post-mortems."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from status.domain.states import EventState, EventType, Impact
from status.web.api.shapes.base import Shape, Texts, Time, Titles
from status.web.api.shapes.posts import Posting


class Drafting(Posting):
    """An update to keep; with `publish_at` it is posted at that time, else when a person says so."""

    publish_at: Time | None = None


class DraftAnswer(Shape):
    """An update that is not posted yet. `failure`: why a deferred one could not be; `cleared`: times it takes back."""

    uid: str
    event: str
    author: str
    origin: str
    created_at: datetime
    changed_at: datetime
    publish_at: datetime | None
    failure: str
    texts: dict[str, str]
    title: dict[str, str]
    state: EventState | None
    impact: Impact | None
    impacts: dict[str, Impact]
    progress: int | None
    expected_end_at: datetime | None
    next_update_at: datetime | None
    happened_at: datetime | None
    cleared: list[str]
    version: int


class DraftPage(Shape):
    """Drafts that wait, the oldest first."""

    items: list[DraftAnswer]
    next: str | None


class TemplateAnswer(Shape):
    """A template of words; `area` empty: every one."""

    slug: str
    name: dict[str, str]
    area: str
    type: str
    state: str
    title: dict[str, str]
    text: dict[str, str]


class TemplatePage(Shape):
    """Templates."""

    items: list[TemplateAnswer]
    next: str | None


class Templating(Shape):
    """A template of the installation's own, or its version of a shipped one."""

    name: Annotated[Titles, Field(min_length=1)]
    area: Annotated[str, StringConstraints(pattern=r"^(hosting|email|telephony|xdsl)?$")] = ""
    type: EventType
    state: EventState
    title: Titles = Field(default_factory=dict)
    text: Annotated[Texts, Field(min_length=1)]


class PostMortemAnswer(Shape):
    """What an incident taught; public once `published_at`."""

    event: str
    text: dict[str, str]
    author: str
    created_at: datetime
    changed_at: datetime
    published_at: datetime | None
    version: int


class PostMorteming(Shape):
    """What an incident taught, by language."""

    text: Annotated[Texts, Field(min_length=1)]

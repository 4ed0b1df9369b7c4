"""Places that customers name: exchanges (NRA) and resources; what makes events findable by place and by word."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from status.domain.states import PlaceKind
from status.models.base import Base, word


class Place(Base):
    """A known exchange or resource. `slug` is folded and unique in its kind and never changes; `code` is as written.

    Departments are not rows: France's are in the package. `insee` and `department` are an exchange's, '' when unknown.
    A place enters when the configuration, an event or an import first names it, and is retired, never deleted.
    """

    __tablename__ = "place"
    __table_args__ = (sa.UniqueConstraint("kind", "code"),)

    kind: Mapped[PlaceKind] = mapped_column(word(PlaceKind), primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(120))
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    insee: Mapped[str] = mapped_column(sa.String(5), default="")
    department: Mapped[str] = mapped_column(sa.String(3), default="", index=True)
    retired_at: Mapped[datetime | None]


class EventPlace(Base):
    """A place an event names, by its slug (a department's is its code in small letters)."""

    __tablename__ = "event_place"
    __table_args__ = (sa.Index(None, "kind", "slug"),)

    event_uid: Mapped[str] = mapped_column(sa.ForeignKey("event.uid"), primary_key=True)
    kind: Mapped[PlaceKind] = mapped_column(word(PlaceKind), primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), primary_key=True)


class EventWords(Base):
    """All public words of a public event, folded (no accents, small letters): what a search looks in."""

    __tablename__ = "event_words"

    id: Mapped[int] = mapped_column(primary_key=True)
    event_uid: Mapped[str] = mapped_column(sa.ForeignKey("event.uid"), unique=True)
    words: Mapped[str] = mapped_column(sa.Text)

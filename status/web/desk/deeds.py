"""What a form of the desk does: one write transaction, by the person who asks, allowed to him, at one time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from status.domain.permissions import Deed, Person
from status.models import Actor, Check, Event
from status.models.engine import writing
from status.services import actors, allowing
from status.services.changing import line_up
from status.services.events import find
from status.web.desk.gate import person, present, runtime_of_app


@dataclass(frozen=True, slots=True)
class Doing:
    """A deed under way. `author` is the person as the events' author."""

    session: Session
    person: Person
    author: Actor
    now: datetime

    def event(self, reference: str, deed: Deed) -> Event:
        """Give an event he may do this to. Raise Refused."""
        event = find(self.session, reference)
        allowing.require_on_event(self.session, self.person, deed, event)
        return event

    def may_state(self, component_ids: Iterable[int], deed: Deed = Deed.POST) -> None:
        """Raise Refused when he states the impact of a component that is not in an area of his."""
        allowing.require_on_components(self.session, self.person, deed, component_ids)

    def may_touch(self, check: Check, deed: Deed) -> None:
        """Raise Refused when a check is not in an area of his."""
        allowing.require_on_check(self.session, self.person, deed, check)


@contextmanager
def deed() -> Iterator[Doing]:
    """Open the transaction of a deed; commits at the end, rolls back when Refused is raised."""
    who = person()
    with writing(runtime_of_app().sessions) as session:
        line_up(session)
        author = actors.of_account(session, who.account_uid, who.name)
        yield Doing(session, who, author, present())

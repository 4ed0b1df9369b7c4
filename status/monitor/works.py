"""Works as detection needs them: which components are inside a running one, and which have just come out of it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from probes.types import Instant
from status.domain.states import RUNNING_WORK_STATES
from status.domain.work import WorkView, work_step
from status.queries.decider import work_views
from status.services.catalogue import Catalogue


class Works:
    """The works of now; read again whenever a person or the robot changed one."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._children: dict[int, list[int]] = {}
        for component in catalogue.components:
            if component.parent_id is not None:
                self._children.setdefault(component.parent_id, []).append(component.id)
        self._running: dict[str, frozenset[int]] = {}
        self.views: tuple[WorkView, ...] = ()

    @property
    def inside(self) -> frozenset[int]:
        """The components inside a running work, descendants included."""
        return frozenset().union(*self._running.values())

    def read(self, session: Session) -> list[tuple[str, frozenset[int]]]:
        """Read the works; give those that ran before and no longer do, with their components."""
        self.views = work_views(session)
        running = {
            view.uid: self._with_descendants(view.component_ids)
            for view in self.views
            if view.state in RUNNING_WORK_STATES
        }
        ended = [(uid, inside) for uid, inside in self._running.items() if uid not in running]
        self._running = running
        return ended

    def next_wake(self, now: Instant) -> float | None:
        """Give when the next work's hour comes (steady seconds)."""
        _, wake = work_step(self.views, now.wall)
        return None if wake is None else wake - now.wall + now.steady

    def _with_descendants(self, component_ids: tuple[int, ...]) -> frozenset[int]:
        found: set[int] = set()
        todo = list(component_ids)
        while todo:
            component_id = todo.pop()
            if component_id not in found:
                found.add(component_id)
                todo.extend(self._children.get(component_id, ()))
        return frozenset(found)

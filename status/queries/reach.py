"""Whom an update on an event reaches, counted (SPEC §4): who follows a touched component, one above or one below it.

Until there are subscriptions those are the customers that have such a component.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.models import Component, Customer, CustomerComponent, Event, EventComponent


def reach(session: Session, event: Event) -> int:
    """Count those whom the event concerns, the components it no longer touches included: they are told its end too."""
    touched = session.scalars(sa.select(EventComponent.component_id).where(EventComponent.event_uid == event.uid))
    return reach_of(session, touched.all())


def reach_of(session: Session, component_ids: Collection[int]) -> int:
    """Count those who follow one of these components, an ancestor or a descendant of one; each once."""
    if not component_ids:
        return 0
    below = sa.select(Component.id).where(Component.id.in_(component_ids)).cte("below", recursive=True)
    below = below.union(sa.select(Component.id).join(below, Component.parent_id == below.c.id))
    above = sa.select(Component.id, Component.parent_id).where(Component.id.in_(component_ids))
    tree = above.cte("above", recursive=True)
    tree = tree.union(sa.select(Component.id, Component.parent_id).join(tree, Component.id == tree.c.parent_id))
    concerned = sa.union(sa.select(below.c.id), sa.select(tree.c.id)).subquery()
    counted = (
        sa.select(sa.func.count(sa.distinct(CustomerComponent.customer_uid)))
        .join(Customer, Customer.uid == CustomerComponent.customer_uid)
        .where(Customer.retired_at.is_(None), CustomerComponent.component_id.in_(sa.select(concerned.c.id)))
    )
    return session.scalar(counted) or 0

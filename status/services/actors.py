"""Who does something: rows are made when first needed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from status.domain.states import ActorType
from status.models import Actor

ROBOT_NAME = "robot"


def robot(session: Session) -> Actor:
    """Give the robot."""
    return _ensure(session, ActorType.ROBOT, ROBOT_NAME)


def cli_user(session: Session, name: str) -> Actor:
    """Give a person at the command line, known as `cli:name`."""
    return _ensure(session, ActorType.CLI, f"cli:{name}"[:120])


def of_account(session: Session, account_uid: str, name: str) -> Actor:
    """Give a person with an account, known by the account; `name` is what it is called when first seen."""
    actor = _ensure(session, ActorType.ACCOUNT, f"account:{name}"[:120])
    if actor.account_uid is None:
        actor.account_uid = account_uid
        session.flush()
    return actor


def importer(session: Session, file: str) -> Actor:
    """Give the author of what a file brought in."""
    return _ensure(session, ActorType.IMPORT, f"import:{file}"[:120])


def _ensure(session: Session, type_: ActorType, name: str) -> Actor:
    """Find an actor or add it; another process may add it at the same moment."""
    wanted = sa.select(Actor).where(Actor.name == name)
    found = session.scalar(wanted)
    if found is not None:
        return found
    try:
        with session.begin_nested():
            session.add(Actor(type=type_, name=name))
    except IntegrityError:
        session.expire_all()
    return session.scalars(wanted).one()

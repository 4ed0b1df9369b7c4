"""Two real processes on the same events: a person through the services, the robot through its decisions."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.domain.decisions import Action, Decision
from status.domain.states import EventState, Impact
from status.models import Check, Event, EventComponent, Hold
from status.models.engine import Sessions, make_engine, make_sessions, reading, writing
from status.queries.decider import open_event_views
from status.services import actors, holds, incidents
from status.services.changing import line_up
from status.services.events import find
from status.services.robot import apply_decision
from status.services.updating import Update, update

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 11, 22, 13, 7, tzinfo=UTC)
SIP, FAX = 2, 3
MOVES = (Action.WORSE, Action.BETTER, Action.JOIN, Action.UNSTABLE, Action.RETURN, Action.CLOSE, Action.REOPEN)
STATES = (EventState.INVESTIGATING, EventState.IDENTIFIED)
IMPACTS = (Impact.DEGRADED, Impact.PARTIAL, Impact.FULL, Impact.NONE)


@dataclass
class Told:
    """What a process did: the versions it left behind, and what the person wrote last, by field."""

    versions: dict[str, list[int]] = field(default_factory=dict)
    written: dict[str, dict[str, Any]] = field(default_factory=dict)

    seen: int = 0

    def saw(self, event: Event) -> None:
        self.versions.setdefault(event.uid, []).append(event.version)


def decision(action: Action, uid: str, at: float, chance: random.Random) -> Decision:
    impact = Impact.NONE if action in (Action.RETURN, Action.CLOSE) else chance.choice(IMPACTS)
    began = NOW.timestamp() + at
    return Decision(action, uid, ((SIP, impact), (FAX, impact)), "4", began, began, "timeout", "sip")


def open_events(sessions: Sessions, uids: list[str]) -> None:
    for uid in uids:
        with writing(sessions) as session:
            apply_decision(session, decision(Action.OPEN, uid, 0, random.Random(1)), NOW)


def robot(sessions: Sessions, uids: list[str], count: int, seed: int) -> Told:
    """Apply `count` decisions, some of them in batches on several events; between two it looks, as the decider does."""
    chance, told, done = random.Random(seed), Told(), 0
    while done < count:
        batch = chance.sample(uids, chance.randint(1, len(uids)))
        with writing(sessions) as session:
            for uid in batch:
                moment = NOW + timedelta(seconds=done)
                apply_decision(session, decision(chance.choice(MOVES), uid, done, chance), moment)
                told.saw(session.get_one(Event, uid))
                done += 1
        with reading(sessions) as session:
            told.seen += len(open_event_views(session))
    return told


def person(sessions: Sessions, uids: list[str], count: int, seed: int) -> Told:
    """Take events over, write on them, mute a check, and close the last one; "held" is taken, its state left alone."""
    chance, told = random.Random(seed), Told()
    for number in range(count):
        uid = uids[number % len(uids)]
        with writing(sessions) as session:
            line_up(session)
            anne = actors.cli_user(session, "anne")
            event = find(session, uid)
            _write(session, event, anne, chance, number)
            told.saw(event)
            told.written[uid] = written(session, event)
    with writing(sessions) as session:
        line_up(session)
        event = find(session, uids[-1])
        incidents.close(session, event, {"fr": "Clos."}, actors.cli_user(session, "anne"), NOW)
        told.saw(event)
        told.written[event.uid] = written(session, event)
    return told


def _write(session: Session, event: Event, anne: Any, chance: random.Random, number: int) -> None:
    now = NOW + timedelta(seconds=number)
    incidents.take(session, event, anne, now)
    title = {"fr": f"Titre {number}"}
    if event.uid == "held":
        update(session, event, Update(title=title), anne, now)
        return
    state = STATES[0] if event.state is EventState.RESOLVED else chance.choice(STATES)
    impacts = {SIP: chance.choice(IMPACTS)}
    update(session, event, Update(title=title, state=state, impacts=impacts), anne, now)
    holds.mute(session, session.get_one(Check, 1), now + timedelta(hours=1), anne, now, reason=f"bruit {number}")


def written(session: Session, event: Event) -> dict[str, Any]:
    """Give everything a person wrote on an event, the state the robot may not move while he holds it, and the mute."""
    robot_id = actors.robot(session).id
    touched = sa.select(EventComponent).where(EventComponent.event_uid == event.uid, EventComponent.set_by != robot_id)
    mute = session.scalars(sa.select(Hold)).one_or_none()
    return {
        "fields": {
            name: str(getattr(event, name)) for name, actor in sorted(event.set_by.items()) if actor != robot_id
        },
        "taken_by": event.taken_by,
        "state": [event.state.value, str(event.ended_at)] if event.taken_by else None,
        "impacts": {str(row.component_id): row.impact.value for row in session.scalars(touched)},
        "mute": [str(mute.until), str(mute.ended_at)] if mute and event.uid == "last" else None,
    }  # fmt: skip


class Process:
    """One of them in a process of its own; it begins when it is told to."""

    def __init__(self, who: str, url: str, uids: list[str], count: int, seed: int) -> None:
        task = json.dumps({"who": who, "url": url, "uids": uids, "count": count, "seed": seed})
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.status.services.race", task],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n", self._process.communicate()[1]

    def begin(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def end(self, timeout_s: float) -> Told:
        out, errors = self._process.communicate(timeout=timeout_s)
        assert self._process.returncode == 0, errors
        return Told(**json.loads(out))


def race(url: str, sessions: Sessions, decisions: int, deeds: int, seed: int) -> Iterator[tuple[str, Any, Any]]:
    """Let both run at once; give each event's uid, what the person wrote last and what stands there in the end."""
    uids = ["held", "first", "second", "last"]
    open_events(sessions, uids)
    both = [Process("robot", url, uids, decisions, seed), Process("person", url, uids, deeds, seed)]
    for process in both:
        process.begin()
    by_robot, by_person = (process.end(100) for process in both)
    with writing(sessions) as session:
        for uid in uids:
            for versions in (by_robot.versions[uid], by_person.versions[uid]):
                assert versions == sorted(versions)
            assert len(set(by_person.versions[uid])) == len(by_person.versions[uid])
            yield uid, by_person.written[uid], written(session, find(session, uid))


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    engine = make_engine(given["url"])
    if engine.dialect.name == "sqlite":  # neither of them ever rests: one may be passed over longer than a person waits
        sa.event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA busy_timeout=60000"))
    own = make_sessions(engine)
    with own() as first:
        first.execute(sa.select(Event.uid)).all()
    print("ready", flush=True)
    sys.stdin.readline()
    who = {"robot": robot, "person": person}[given["who"]]
    done = who(own, given["uids"], given["count"], given["seed"])
    engine.dispose()
    print(json.dumps({"versions": done.versions, "written": done.written}))

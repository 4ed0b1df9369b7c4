"""What happened to Exemple Télécom in the last 90 days, and what it plans: the stories that `seed` tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from status.domain.decisions import Action
from status.domain.states import EventState, EventType, Impact

Texts = Mapping[str, str]

VERIFYING: Final[Texts] = {
    "fr": "L’intervention est terminée ; nous vérifions que tout fonctionne avant de clore.",
    "en": "The work itself is over; we are verifying that everything works before we close.",
}


@dataclass(frozen=True, slots=True)
class Post:
    """One public post, `minutes` after the story's start (below 0: announced before).

    `texts` are a person's words; without any the robot speaks, in the words of `action`.
    """

    minutes: int
    state: EventState
    impact: Impact
    texts: Texts | None = None
    action: Action | None = None


@dataclass(frozen=True, slots=True)
class Story:
    """One event. `day` counts from today (below 0: past), `at` is HH:MM in the provider's zone.

    `impact` is what it was at its worst, and `lasted_min` how long it was, or is planned to be. `title` None: the
    robot's, from `reason`.
    """

    component: str
    type: EventType
    day: int
    at: str
    lasted_min: int
    impact: Impact
    posts: tuple[Post, ...]
    reason: str = ""
    title: Texts | None = None


def outage(component: str, day: int, at: str, *, lasted_min: int, reason: str, cause: Texts | None = None) -> Story:
    """Tell an outage that the robot found and closed; `cause` is what the engineer on call said in between."""
    said = () if cause is None else (Post(max(4, lasted_min // 2), EventState.IDENTIFIED, Impact.FULL, cause),)
    posts = (
        Post(1, EventState.INVESTIGATING, Impact.FULL, action=Action.OPEN),
        *said,
        Post(lasted_min, EventState.MONITORING, Impact.NONE, action=Action.RETURN),
        Post(lasted_min + 5, EventState.RESOLVED, Impact.NONE, action=Action.CLOSE),
    )
    return Story(component, EventType.INCIDENT, day, at, lasted_min, Impact.FULL, posts, reason)


def trouble(
    component: str,
    day: int,
    at: str,
    *,
    impact: Impact,
    title: Texts,
    said: tuple[tuple[int, EventState, Texts], ...],
) -> Story:
    """Tell an incident that a person opened and closed: (minutes, state, words) of each post, the last one ends it."""
    posts = tuple(
        Post(
            minutes, state, impact if state in (EventState.INVESTIGATING, EventState.IDENTIFIED) else Impact.NONE, texts
        )
        for minutes, state, texts in said
    )
    return Story(component, EventType.INCIDENT, day, at, said[-1][0], impact, posts, title=title)


def work(
    component: str,
    type: EventType,  # noqa: A002 - the word of the table
    day: int,
    *,
    at: str,
    lasted_min: int,
    impact: Impact,
    title: Texts,
    announced: tuple[int, Texts],
    done: Texts | None,
) -> Story:
    """Tell a work: announced so many days before, begun by the robot, done; coming when `done` is None."""
    days, words = announced
    posts = [Post(-days * 1440, EventState.CONFIRMED if day < 2 else EventState.PLANNED, impact, words)]  # noqa: PLR2004
    if done is not None:
        posts.append(Post(0, EventState.IN_PROGRESS, impact, action=Action.WORK_START))
        posts.append(Post(lasted_min - 15, EventState.VERIFYING, impact, VERIFYING))
        posts.append(Post(lasted_min, EventState.DONE, Impact.NONE, done))
    return Story(component, type, day, at, lasted_min, impact, tuple(posts), title=title)

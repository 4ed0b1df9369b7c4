"""From transitions to events: which incident a failure belongs to, and what the robot does to it. Sans-IO.

    Book.step(now, transitions) ─▶ Booked(decisions, next_wake)

Points of the rule: 9 (the merge label), 11 (overrun of a work), 12 (a person opened first: the robot attaches), and
what the robot posts (SPEC §3): opening, components joined, better, return, closing, reopening.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from probes.types import Instant
from status.domain.decisions import Action, Decision
from status.domain.detection import Transition
from status.domain.rule import Rule
from status.domain.states import Impact, Policy, Verdict

BAD = {Verdict.DOWN: Impact.FULL, Verdict.DEGRADED: Impact.DEGRADED}


@dataclass(frozen=True, slots=True)
class Place:
    """A component as grouping needs it: its ancestors (nearest first), its label, its policies, its rule."""

    component_id: int
    ancestors: tuple[int, ...]
    merge_label: str
    policy_down: Policy
    policy_degraded: Policy
    rule: Rule


@dataclass(slots=True)
class Incident:
    """An incident of the last hours, as the book keeps it. Times are steady seconds, None where they don't apply.

    `hands_off`: a person opened it or took it over, and has not handed it back: the robot attaches and tells of the
    return, no more.
    """

    uid: str
    merge_label: str
    hands_off: bool
    draft: bool
    opened: float
    impacts: dict[int, Impact]
    bad: set[int] = field(default_factory=set)
    returned: float | None = None
    closed: float | None = None
    closed_by_person: bool = False
    joining: dict[int, Impact] = field(default_factory=dict)
    improved: dict[int, Impact] = field(default_factory=dict)
    gather_until: float | None = None
    last_gathered: float | None = None


@dataclass(frozen=True, slots=True)
class Booked:
    """What a step decided about events, and when it must be called again (steady seconds)."""

    decisions: tuple[Decision, ...]
    next_wake: float | None


class Book:
    """The incidents that failures may belong to."""

    def __init__(self, rule: Rule, new_uid: Callable[[Instant], str]) -> None:
        self._rule = rule
        self._new_uid = new_uid
        self._places: Mapping[int, Place] = {}
        self._incidents: dict[str, Incident] = {}
        self._overruns: dict[int, tuple[float, str]] = {}
        self._waiting: dict[int, Transition] = {}

    def places(self, places: Iterable[Place]) -> None:
        """Take in the tree."""
        self._places = {place.component_id: place for place in places}

    def sync(self, incidents: Iterable[Incident], bad: frozenset[int]) -> None:
        """Take in what the database says of the incidents; what was being gathered for them is kept."""
        fresh: dict[str, Incident] = {}
        for incident in incidents:
            known = self._incidents.get(incident.uid)
            if known is not None:
                incident.joining, incident.improved = known.joining, known.improved
                incident.gather_until, incident.last_gathered = known.gather_until, known.last_gathered
                incident.returned = known.returned if incident.returned is not None else None
                incident.opened = known.opened
            incident.bad = {component_id for component_id in incident.impacts if component_id in bad}
            fresh[incident.uid] = incident
        self._incidents = fresh

    def incidents(self) -> Sequence[Incident]:
        """Give the incidents in the book."""
        return tuple(self._incidents.values())

    def holds_open(self, component_id: int) -> bool:
        """Whether a component is in an open incident (one that was open before a work stays)."""
        return any(component_id in incident.impacts for incident in self._open())

    def work_ended(self, work_uid: str, component_ids: Iterable[int], now: Instant) -> None:
        """Start the grace after a work: what still fails when it is over becomes an overrun linked to the work."""
        for component_id in component_ids:
            self._overruns[component_id] = (now.steady + self._rule.work_overrun_s, work_uid)

    def in_grace(self) -> frozenset[int]:
        """Give the components whose work ended a moment ago."""
        return frozenset(self._overruns)

    def step(self, now: Instant, transitions: Iterable[Transition] = ()) -> Booked:
        """Decide what these transitions, and the time that passed, mean for events."""
        decisions: list[Decision] = []
        opening: dict[str, list[tuple[Transition, str | None]]] = {}
        for transition in transitions:
            if transition.after in BAD:
                self._bad(transition, None, now, decisions, opening)
            elif transition.after is Verdict.OPERATIONAL:
                self._overruns.pop(transition.component_id, None)
                self._well(transition, now, decisions)
        for label, found in opening.items():
            decisions.extend(self._open_new(label, found, now))
        decisions.extend(self._due(now))
        return Booked(tuple(decisions), self._next_wake())

    def expired_grace(self, now: Instant) -> dict[int, str]:
        """Take out the components whose grace is over, with the work they belong to."""
        over = {component_id: uid for component_id, (at, uid) in self._overruns.items() if at <= now.steady}
        for component_id in over:
            del self._overruns[component_id]
        return over

    def overrun(self, transitions: Iterable[tuple[Transition, str]], now: Instant) -> Booked:
        """Decide about components that still fail after their work: incidents linked to it (point 11)."""
        decisions: list[Decision] = []
        opening: dict[str, list[tuple[Transition, str | None]]] = {}
        for transition, work_uid in transitions:
            self._bad(transition, work_uid, now, decisions, opening)
        for label, found in opening.items():
            decisions.extend(self._open_new(label, found, now))
        return Booked(tuple(decisions), self._next_wake())

    # -- a component went bad -------------------------------------------------------------------------------------

    def _bad(
        self,
        transition: Transition,
        work_uid: str | None,
        now: Instant,
        decisions: list[Decision],
        opening: dict[str, list[tuple[Transition, str | None]]],
    ) -> None:
        place = self._places[transition.component_id]
        impact = BAD[transition.after]
        incident = self._holding(place)
        if incident is not None:
            self._again(incident, transition, impact, now, decisions)
            return
        incident = self._labelled(place, now)
        if incident is not None:
            incident.joining[transition.component_id] = impact
            self._gather(incident, now)
            incident.impacts[transition.component_id] = impact
            incident.bad.add(transition.component_id)
            incident.returned = None
            return
        incident = self._lately_closed(place, now)
        if incident is not None:
            incident.closed, incident.returned = None, None
            incident.bad.add(transition.component_id)
            incident.impacts[transition.component_id] = impact
            decisions.append(_decision(Action.REOPEN, incident, transition, ((transition.component_id, impact),), "10"))
            return
        opening.setdefault(place.merge_label, []).append((transition, work_uid))

    def _again(
        self, incident: Incident, transition: Transition, impact: Impact, now: Instant, decisions: list[Decision]
    ) -> None:
        before = incident.impacts.get(transition.component_id)
        touched = ((transition.component_id, impact),)
        first = transition.component_id not in incident.bad
        incident.bad.add(transition.component_id)
        if incident.hands_off:
            incident.returned = None
            if first:
                decisions.append(_decision(Action.ATTACH, incident, transition, touched, "12"))
            return
        incident.impacts[transition.component_id] = impact
        incident.improved.pop(transition.component_id, None)
        if incident.returned is not None:
            incident.returned = None
            decisions.append(_decision(Action.REOPEN, incident, transition, touched, "10"))
        elif before is Impact.DEGRADED and impact is Impact.FULL:
            decisions.append(_decision(Action.WORSE, incident, transition, touched, transition.rule_point))
        elif before is Impact.FULL and impact is Impact.DEGRADED:
            decisions.append(_decision(Action.BETTER, incident, transition, touched, transition.rule_point))
        elif before is Impact.NONE:
            incident.joining[transition.component_id] = impact
            self._gather(incident, now)

    def _open_new(self, label: str, found: list[tuple[Transition, str | None]], now: Instant) -> Iterable[Decision]:
        transitions = [transition for transition, _ in found]
        leading = min(transitions, key=lambda transition: transition.began)
        impacts = {transition.component_id: BAD[transition.after] for transition in transitions}
        public = any(self._publishes(transition) for transition in transitions)
        incident = Incident(
            uid=self._new_uid(now),
            merge_label=label,
            hands_off=False,
            draft=not public,
            opened=now.steady,
            impacts=impacts,
            bad=set(impacts),
        )
        self._incidents[incident.uid] = incident
        work_uid = next((work for _, work in found if work), None)
        yield Decision(
            action=Action.OPEN,
            event_uid=incident.uid,
            components=tuple(sorted(impacts.items())),
            rule_point="11" if work_uid else leading.rule_point,
            began=leading.began.wall,
            decided=now.wall,
            reason="overrun" if work_uid else leading.reason,
            merge_label=label,
            public=public,
            work_uid=work_uid,
            evidence=tuple(key for transition in transitions for key in transition.evidence),
        )

    def _publishes(self, transition: Transition) -> bool:
        place = self._places[transition.component_id]
        policy = place.policy_down if transition.after is Verdict.DOWN else place.policy_degraded
        return policy is Policy.PUBLISH

    # -- a component came back ------------------------------------------------------------------------------------

    def _well(self, transition: Transition, now: Instant, decisions: list[Decision]) -> None:
        for incident in self._open():
            if transition.component_id not in incident.bad:
                continue
            incident.bad.discard(transition.component_id)
            incident.joining.pop(transition.component_id, None)
            if not incident.hands_off:
                incident.impacts[transition.component_id] = Impact.NONE
            if incident.bad:
                incident.improved[transition.component_id] = Impact.NONE
                self._gather(incident, now)
                continue
            incident.returned = now.steady
            incident.joining.clear()
            incident.improved.clear()
            incident.gather_until = None
            touched = tuple((component_id, Impact.NONE) for component_id in sorted(incident.impacts))
            decisions.append(_decision(Action.RETURN, incident, transition, touched, "5"))

    # -- time -----------------------------------------------------------------------------------------------------

    def _due(self, now: Instant) -> Iterable[Decision]:
        rule = self._rule
        for incident in list(self._incidents.values()):
            if incident.closed is not None:
                if now.steady - incident.closed > rule.reopen_within_s:
                    del self._incidents[incident.uid]
                continue
            if incident.gather_until is not None and incident.gather_until <= now.steady:
                yield from self._gathered(incident, now)
            if incident.draft and not incident.hands_off and now.steady - incident.opened >= rule.draft_publish_after_s:
                incident.draft = False
                yield _timed(Action.PUBLISH, incident, now, tuple(sorted(incident.impacts.items())))
            if incident.hands_off or incident.returned is None:
                continue
            if now.steady - incident.returned >= rule.close_after_s:
                incident.closed = now.steady
                yield _timed(Action.CLOSE, incident, now, tuple((key, Impact.NONE) for key in sorted(incident.impacts)))

    def _gather(self, incident: Incident, now: Instant) -> None:
        if incident.gather_until is not None:
            return
        soonest = now.steady + self._rule.join_gather_s
        if incident.last_gathered is not None:
            soonest = max(soonest, incident.last_gathered + self._rule.join_post_every_s)
        incident.gather_until = soonest

    def _gathered(self, incident: Incident, now: Instant) -> Iterable[Decision]:
        incident.gather_until, incident.last_gathered = None, now.steady
        joining, improved = incident.joining, incident.improved
        incident.joining, incident.improved = {}, {}
        if joining:
            yield _timed(Action.JOIN, incident, now, tuple(sorted(joining.items())))
        elif improved:
            yield _timed(Action.BETTER, incident, now, tuple(sorted(improved.items())))

    def _next_wake(self) -> float | None:
        rule = self._rule
        wakes = [at for at, _ in self._overruns.values()]
        for incident in self._open():
            if incident.gather_until is not None:
                wakes.append(incident.gather_until)
            if incident.draft and not incident.hands_off:
                wakes.append(incident.opened + rule.draft_publish_after_s)
            if incident.returned is not None and not incident.hands_off:
                wakes.append(incident.returned + rule.close_after_s)
        return min(wakes) if wakes else None

    # -- which incident -------------------------------------------------------------------------------------------

    def _open(self) -> list[Incident]:
        return [incident for incident in self._incidents.values() if incident.closed is None]

    def _holding(self, place: Place) -> Incident | None:
        """Find the open incident that names this component; a person's may name an ancestor of it."""
        for incident in self._open():
            if place.component_id in incident.impacts:
                return incident
            if incident.hands_off and any(ancestor in incident.impacts for ancestor in place.ancestors):
                return incident
        return None

    def _labelled(self, place: Place, now: Instant) -> Incident | None:
        for incident in self._open():
            fresh = now.steady - incident.opened <= self._rule.group_within_s
            if incident.merge_label == place.merge_label and not incident.hands_off and fresh:
                return incident
        return None

    def _lately_closed(self, place: Place, now: Instant) -> Incident | None:
        for incident in self._incidents.values():
            if incident.closed is None or incident.closed_by_person or place.component_id not in incident.impacts:
                continue
            if now.steady - incident.closed <= self._rule.reopen_within_s:
                return incident
        return None


def _decision(
    action: Action,
    incident: Incident,
    transition: Transition,
    components: tuple[tuple[int, Impact], ...],
    rule_point: str,
) -> Decision:
    return Decision(
        action=action,
        event_uid=incident.uid,
        components=components,
        rule_point=rule_point,
        began=transition.began.wall,
        decided=transition.decided.wall,
        reason=transition.reason,
        merge_label=incident.merge_label,
        public=not incident.draft,
        evidence=transition.evidence,
    )


def _timed(action: Action, incident: Incident, now: Instant, components: tuple[tuple[int, Impact], ...]) -> Decision:
    return Decision(
        action=action,
        event_uid=incident.uid,
        components=components,
        rule_point={Action.JOIN: "9", Action.BETTER: "5", Action.CLOSE: "5"}.get(action, "policy"),
        began=now.wall,
        decided=now.wall,
        merge_label=incident.merge_label,
        public=not incident.draft,
    )

"""From transitions to events: which incident a failure belongs to, and what the robot does to it. Sans-IO.

    Book.step(now, transitions, situation) ─▶ Booked(decisions, next_wake)

A component that went bad joins the incident that names it, its dead parent's, or a fresh one of its merge label; else
one of the last minutes is reopened, or a new one opened (rule, points 7, 9-12, 16). It waits without an incident while
a parent is being confirmed, while it is muted, and after a person closed its incident.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from probes.types import Instant
from status.domain.component_state import BAD
from status.domain.decisions import Action, Decision
from status.domain.incidents import IMPACT, Incident, decided, opening, timed
from status.domain.register import Register
from status.domain.rule import Rule
from status.domain.states import Impact, Policy, Verdict
from status.domain.transition import Transition

__all__ = ["Book", "Booked", "Incident", "Place", "Situation"]

SILENT = frozenset({"timeout", "unreachable", "dns_timeout", "radius_silent"})
"""Reasons that are no answer at all: the target's silence or the path's, one location can't tell."""

LOCAL_LABEL = "location/"
"""Internal incidents are grouped by the location that alone sees the failures."""


@dataclass(frozen=True, slots=True)
class Place:
    """A component as grouping needs it: its ancestors (nearest first), those it depends on, its label, its policies."""

    component_id: int
    ancestors: tuple[int, ...]
    merge_label: str
    policy_down: Policy
    policy_degraded: Policy
    parents: tuple[int, ...] = ()


class Situation(Protocol):
    """What the book asks of detection."""

    def verdict(self, component_id: int) -> Verdict:
        """Give a component's verdict."""
        ...

    def unknown(self, component_id: int) -> bool:
        """Whether it has checks and its state is not known."""
        ...

    def muted(self, component_id: int) -> bool:
        """Whether nothing may be opened for it (point 16)."""
        ...

    def parent_confirming(self, component_id: int, now: Instant) -> bool:
        """Whether something it depends on may be about to be found down (point 9)."""
        ...

    def dead_parent(self, component_id: int) -> int | None:
        """Give something it depends on that is down, if any (point 9)."""
        ...


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
        self._register = Register()
        self._bad: dict[int, Transition] = {}
        self._waiting: dict[int, Transition] = {}
        self._orphans: dict[int, float] = {}
        self._alone: set[int] = set()
        self._decisions: list[Decision] = []
        self._synced = False

    # -- what it knows --------------------------------------------------------------------------------------------

    def places(self, places: Iterable[Place]) -> None:
        """Take in the tree."""
        self._places = {place.component_id: place for place in places}

    def rule(self, rule: Rule) -> None:
        """Take in other numbers."""
        self._rule = rule

    def sync(self, incidents: Iterable[Incident], situation: Situation) -> None:
        """Take in what the store says of the incidents; what was being gathered for them is kept.

        A component whose state is not known is not taken as well: its incident does not return by that.
        """
        self._register.fill(incidents)
        for component_id, transition in self._bad.items():
            place = self._places.get(component_id)
            held = self._holding(place) if place is not None else None
            if held is not None:
                self._register.attach(held, component_id)
            elif place is not None:
                self._waiting.setdefault(component_id, transition)
        for incident in self._register.all():
            for component_id, impact in incident.impacts.items() if incident.is_open else ():
                local = incident.internal and situation.verdict(component_id) is Verdict.LOCAL
                if local or (impact is not Impact.NONE and situation.unknown(component_id)):
                    self._register.attach(incident, component_id)
        self._synced = True

    def restore(self, transitions: Iterable[Transition]) -> None:
        """Put back which components were bad before a restart, as transitions into it."""
        self._bad = {transition.component_id: transition for transition in transitions}

    def incidents(self) -> Sequence[Incident]:
        """Give the incidents in the book."""
        return self._register.all()

    def holds_open(self, component_id: int) -> bool:
        """Whether a component fails in an open incident (one that was open before a work stays)."""
        return any(component_id in incident.bad for incident in self._register.naming(component_id))

    # -- the step -------------------------------------------------------------------------------------------------

    def step(self, now: Instant, transitions: Iterable[Transition], situation: Situation) -> Booked:
        """Decide what these transitions, and the time that passed, mean for events."""
        self._decisions = []
        for transition in transitions:
            self._take(transition, now, situation)
        if self._orphans:
            self._release_orphans(now, situation)
        if self._waiting:
            self._try_waiting(now, situation)
        if self._synced:
            self._return_what_is_well(now)
        self._due(now, situation)
        return Booked(tuple(self._decisions), self._next_wake(now))

    def _take(self, transition: Transition, now: Instant, situation: Situation) -> None:
        component_id, after = transition.component_id, transition.after
        if component_id not in self._places:
            return
        if after in BAD:
            self._bad[component_id] = transition if component_id not in self._bad else self._longer(transition)
            if transition.before is Verdict.UNREACHABLE and after is Verdict.DOWN:
                self._orphans[component_id] = now.steady + self._rule.child_after_parent_s
            elif after is Verdict.UNREACHABLE:
                self._orphans.pop(component_id, None)
            self._leave_internal(transition, now)
            incident = self._holding(self._places[component_id])
            if incident is not None:
                self._again(incident, transition, now)
            else:
                self._waiting[component_id] = transition
            return
        self._waiting.pop(component_id, None)
        self._orphans.pop(component_id, None)
        if after is not Verdict.UNKNOWN:
            self._bad.pop(component_id, None)
        if after in {Verdict.OPERATIONAL, Verdict.LOCAL}:
            self._well(transition, now, internal=after is Verdict.OPERATIONAL)
        if after is Verdict.LOCAL and not situation.muted(component_id):
            self._open_internal(transition, now)

    def _longer(self, transition: Transition) -> Transition:
        """Keep since when it has been bad: a change among bad verdicts is not a new run of failures."""
        return replace(transition, decided=self._bad[transition.component_id].decided)

    # -- a component in an open incident --------------------------------------------------------------------------

    def _again(self, incident: Incident, transition: Transition, now: Instant) -> None:
        component_id, impact = transition.component_id, IMPACT[transition.after]
        before, first = incident.impacts.get(component_id), component_id not in incident.bad
        was_returned, incident.returned = incident.returned is not None, None
        self._register.attach(incident, component_id)
        touched = ((component_id, impact),)
        if incident.hands_off:
            if first:
                self._decide(Action.ATTACH, incident, transition, touched, "12")
            return
        if transition.unstable:
            self._unstable(incident, transition)
            return
        incident.impacts[component_id] = impact
        incident.improved.pop(component_id, None)
        if was_returned:
            self._decide(Action.REOPEN, incident, transition, touched, "10")
        elif before is Impact.NONE:
            self._join(incident, component_id, impact, now)
        elif before in {Impact.DEGRADED, Impact.PARTIAL} and impact is Impact.FULL:
            self._decide(Action.WORSE, incident, transition, touched, transition.rule_point)
        elif before is Impact.FULL and impact is Impact.DEGRADED:
            self._decide(Action.BETTER, incident, transition, touched, transition.rule_point)
        self._publish(incident, transition)

    def _publish(self, incident: Incident, transition: Transition) -> None:
        """Publish a draft when what it now holds is to be shown at once."""
        if incident.draft and not incident.internal and not incident.hands_off and self._publishes(transition):
            incident.draft = False
            self._decide(Action.PUBLISH, incident, transition, tuple(sorted(incident.impacts.items())), "policy")

    def _unstable(self, incident: Incident, transition: Transition) -> None:
        """Tell once that it comes and goes; what comes after is the same trouble (point 10)."""
        component_id = transition.component_id
        touched = ((component_id, Impact.DEGRADED),)
        back = transition.after is Verdict.DEGRADED and incident.impacts.get(component_id) is Impact.FULL
        if not incident.unstable:
            incident.unstable = True
            incident.impacts[component_id] = Impact.DEGRADED
            self._decide(Action.UNSTABLE, incident, transition, touched, "10")
        elif back or component_id not in incident.impacts:
            incident.impacts[component_id] = Impact.DEGRADED
            self._decide(Action.BETTER, incident, transition, touched, "10")

    def _lasting(self, incident: Incident, now: Instant) -> None:
        """Tell when what comes and goes has stayed away for as long as it would have to be back to be green."""
        for component_id in sorted(incident.bad):
            transition = self._bad.get(component_id)
            if transition is None or transition.after is Verdict.DEGRADED:
                continue
            lasts_s = now.steady - transition.began.steady
            if incident.impacts.get(component_id) is Impact.DEGRADED and lasts_s >= self._rule.flap_green_after_s:
                incident.impacts[component_id] = Impact.FULL
                self._decide(Action.WORSE, incident, transition, ((component_id, Impact.FULL),), "10")

    def _well(self, transition: Transition, now: Instant, *, internal: bool) -> None:
        component_id = transition.component_id
        for incident in self._register.naming(component_id):
            if component_id not in incident.bad or (incident.internal and not internal):
                continue
            incident.bad.discard(component_id)
            incident.joining.pop(component_id, None)
            if not incident.hands_off:
                incident.impacts[component_id] = Impact.NONE
            if incident.bad:
                incident.improved[component_id] = Impact.NONE
                self._gather(incident, now)
            else:
                self._return(incident, transition, now)

    def _return(self, incident: Incident, transition: Transition, now: Instant) -> None:
        incident.came_back(now.steady)
        touched = tuple((component_id, Impact.NONE) for component_id in sorted(incident.impacts))
        self._decide(Action.RETURN, incident, transition, touched, "5")

    def _return_what_is_well(self, now: Instant) -> None:
        """Tell of the return of incidents that a person handed back after all was well."""
        self._synced = False
        for incident in self._register.all():
            over = not incident.is_open or incident.hands_off or incident.returned is not None
            if over or incident.bad or not any(impact is not Impact.NONE for impact in incident.impacts.values()):
                continue
            incident.came_back(now.steady)
            touched = tuple((component_id, Impact.NONE) for component_id in sorted(incident.impacts))
            self._decisions.append(timed(Action.RETURN, incident, now, touched))

    # -- a component without one ----------------------------------------------------------------------------------

    def _try_waiting(self, now: Instant, situation: Situation) -> None:
        """Find an incident for those that wait, parents before their dependants; open what is new."""
        new: dict[str, list[Transition]] = {}
        label_of: dict[int, str] = {}
        todo, left = dict(self._waiting), -1
        while todo and left != len(todo):
            left = len(todo)
            for component_id, transition in tuple(todo.items()):
                parent = situation.dead_parent(component_id)
                if parent is not None and parent in todo:
                    continue
                del todo[component_id]
                if self._place(transition, parent, now, situation, label_of):
                    self._waiting.pop(component_id, None)
                elif (label := self._may_open(transition, parent, now, situation, label_of)) is not None:
                    self._waiting.pop(component_id, None)
                    label_of[component_id] = label
                    new.setdefault(label, []).append(transition)
        for label, transitions in new.items():
            self._open(label, transitions, now)

    def _place(
        self,
        transition: Transition,
        parent: int | None,
        now: Instant,
        situation: Situation,
        opening_for: Mapping[int, str],
    ) -> bool:
        """Put a component into an incident there is; give whether one was found."""
        component_id = transition.component_id
        place, impact = self._places[component_id], IMPACT[transition.after]
        incident = self._holding(place)
        if incident is not None:
            self._again(incident, transition, now)
            return True
        if self._held_back(transition, now, situation) or (parent is not None and parent in opening_for):
            return False
        if component_id not in self._alone:
            incident = self._of_parent(parent) or self._fresh(place, transition)
            if incident is not None:
                self._bring_in(incident, transition, now)
                return True
            if parent is not None or situation.parent_confirming(component_id, now):
                return False
        incident = self._lately_closed(place, now)
        if incident is None:
            return False
        self._register.reopen(incident)
        incident.impacts[component_id] = impact
        self._register.attach(incident, component_id)
        if transition.unstable:
            self._unstable(incident, transition)
        else:
            self._decide(Action.REOPEN, incident, transition, ((component_id, impact),), "10")
        self._publish(incident, transition)
        return True

    def _bring_in(self, incident: Incident, transition: Transition, now: Instant) -> None:
        """Let a component join an open incident; on a person's it is only attached."""
        component_id, impact = transition.component_id, IMPACT[transition.after]
        if incident.hands_off:
            self._again(incident, transition, now)
            return
        incident.returned = None
        incident.impacts[component_id] = impact
        self._register.attach(incident, component_id)
        self._join(incident, component_id, impact, now)
        self._publish(incident, transition)

    def _may_open(
        self,
        transition: Transition,
        parent: int | None,
        now: Instant,
        situation: Situation,
        opening_for: Mapping[int, str],
    ) -> str | None:
        """Give the label under which a new incident may be opened for it; None: it waits."""
        component_id = transition.component_id
        if self._held_back(transition, now, situation):
            return None
        if component_id in self._alone:
            self._alone.discard(component_id)
            return self._places[component_id].merge_label
        if parent is not None:
            return opening_for.get(parent)  # its parent is held back: so is it
        waited = now.steady - transition.decided.steady
        if waited < self._rule.parent_wait_s and situation.parent_confirming(component_id, now):
            return None
        return self._places[component_id].merge_label

    def _held_back(self, transition: Transition, now: Instant, situation: Situation) -> bool:
        if situation.verdict(transition.component_id) not in BAD or transition.component_id in self._orphans:
            return True
        ends = (self._silent_until(transition), self._hushed_until(transition))
        held = any(until is not None and until > now.steady for until in ends)
        return held or situation.muted(transition.component_id)

    def _silent_until(self, transition: Transition) -> float | None:
        """Give until when nothing is opened because one location alone hears nothing: it may be the path between."""
        if not self._rule.silence_alone_s or transition.numbers.get("healthy") != 1 or transition.reason not in SILENT:
            return None
        return transition.began.steady + self._rule.silence_alone_s

    def _hushed_until(self, transition: Transition) -> float | None:
        """Give until when nothing is opened because a person closed the incident of this very failure (point 12)."""
        component_id = transition.component_id
        since = self._bad[component_id].decided.steady if component_id in self._bad else transition.decided.steady
        ends = [
            float("inf") if incident.withdrawn else incident.closed + self._rule.closed_by_person_s
            for incident in self._register.ended(component_id)
            if incident.closed is not None and incident.closed_by_person and since <= incident.closed
        ]
        return max(ends, default=None)

    def _open(self, label: str, transitions: list[Transition], now: Instant, *, internal: bool = False) -> None:
        public = not internal and any(self._publishes(transition) for transition in transitions)
        incident = Incident(
            uid=self._new_uid(now),
            merge_label=label,
            hands_off=False,
            draft=not public,
            opened=now.steady,
            impacts={transition.component_id: IMPACT[transition.after] for transition in transitions},
            bad={transition.component_id for transition in transitions},
            internal=internal,
        )
        self._register.add(incident)
        self._decisions.append(opening(incident, transitions, now))

    def _publishes(self, transition: Transition) -> bool:
        place = self._places[transition.component_id]
        degraded = transition.after is Verdict.DEGRADED
        return (place.policy_degraded if degraded else place.policy_down) is Policy.PUBLISH

    # -- seen from one location only (point 7) --------------------------------------------------------------------

    def _open_internal(self, transition: Transition, now: Instant) -> None:
        component_id, label = transition.component_id, LOCAL_LABEL + transition.location
        if self._register.naming(component_id):
            return
        for incident in self._register.labelled(label):
            if now.steady - incident.opened <= self._rule.group_within_s:
                incident.impacts[component_id] = Impact.PARTIAL
                incident.returned = None
                self._register.attach(incident, component_id)
                self._join(incident, component_id, Impact.PARTIAL, now)
                return
        self._open(label, [transition], now, internal=True)

    def _leave_internal(self, transition: Transition, now: Instant) -> None:
        """Take a component that is down everywhere out of the internal incident; alone in it, it grows into it."""
        component_id = transition.component_id
        for incident in self._register.naming(component_id):
            if not incident.internal or incident.hands_off:
                continue
            if len(incident.impacts) == 1:
                incident.internal = False
                self._register.relabel(incident, self._places[component_id].merge_label)
                continue
            self._drop(incident, component_id, now)
            if not incident.bad and incident.returned is None:
                self._return(incident, transition, now)

    # -- dependants of what came back (point 9) -------------------------------------------------------------------

    def _release_orphans(self, now: Instant, situation: Situation) -> None:
        """Give those that still fail a while after their parent came back an incident of their own."""
        for component_id, due in tuple(self._orphans.items()):
            if due > now.steady:
                continue
            del self._orphans[component_id]
            if situation.dead_parent(component_id) is not None or component_id not in self._bad:
                continue
            for incident in self._register.naming(component_id):
                if incident.hands_off or incident.impacts.keys() == {component_id}:
                    continue
                self._drop(incident, component_id, now)
                self._alone.add(component_id)
                self._waiting[component_id] = self._bad[component_id]
                if not incident.bad and incident.returned is None:
                    incident.came_back(now.steady)
                    touched = tuple((key, Impact.NONE) for key in sorted(incident.impacts))
                    self._decisions.append(timed(Action.RETURN, incident, now, touched))

    def _drop(self, incident: Incident, component_id: int, now: Instant) -> None:
        self._register.detach(incident, component_id)
        self._decisions.append(timed(Action.LEAVE, incident, now, ((component_id, Impact.NONE),)))

    # -- time -----------------------------------------------------------------------------------------------------

    def _due(self, now: Instant, situation: Situation) -> None:
        rule = self._rule
        for incident in self._register.all():
            if incident.closed is not None:
                still_told = incident.withdrawn and not incident.impacts.keys().isdisjoint(self._bad)
                kept_s = max(rule.reopen_within_s, rule.closed_by_person_s)
                if now.steady - incident.closed > kept_s and not still_told:
                    self._register.forget(incident)
                continue
            if incident.gather_until is not None and incident.gather_until <= now.steady:
                self._gathered(incident, now)
            old_enough = now.steady - incident.opened >= rule.draft_publish_after_s
            if incident.draft and not incident.internal and not incident.hands_off and old_enough:
                incident.draft = False
                self._decisions.append(timed(Action.PUBLISH, incident, now, tuple(sorted(incident.impacts.items()))))
            if incident.unstable and not incident.hands_off:
                self._lasting(incident, now)
            if incident.hands_off or incident.returned is None:
                continue
            known = not any(situation.unknown(component_id) for component_id in incident.impacts)
            if known and now.steady - incident.returned >= rule.close_after_s:
                self._close(incident, now)

    def _close(self, incident: Incident, now: Instant) -> None:
        self._register.close(incident, now.steady)
        touched = tuple((key, Impact.NONE) for key in sorted(incident.impacts))
        self._decisions.append(timed(Action.CLOSE, incident, now, touched))

    def _join(self, incident: Incident, component_id: int, impact: Impact, now: Instant) -> None:
        incident.joining[component_id] = impact
        self._gather(incident, now)

    def _gather(self, incident: Incident, now: Instant) -> None:
        if incident.gather_until is not None:
            return
        soonest = now.steady + self._rule.join_gather_s
        if incident.last_gathered is not None:
            soonest = max(soonest, incident.last_gathered + self._rule.join_post_every_s)
        incident.gather_until = soonest

    def _gathered(self, incident: Incident, now: Instant) -> None:
        joining, improved = dict(incident.joining), dict(incident.improved)
        incident.forget_gathered()
        incident.last_gathered = now.steady
        if joining:
            self._decisions.append(timed(Action.JOIN, incident, now, tuple(sorted(joining.items()))))
        elif improved and not incident.unstable:
            self._decisions.append(timed(Action.BETTER, incident, now, tuple(sorted(improved.items()))))

    def _next_wake(self, now: Instant) -> float | None:
        rule = self._rule
        wakes = list(self._orphans.values())
        for incident in self._register.all():
            if incident.closed is not None:
                continue
            if incident.gather_until is not None:
                wakes.append(incident.gather_until)
            if incident.draft and not incident.internal and not incident.hands_off:
                wakes.append(incident.opened + rule.draft_publish_after_s)
            if incident.returned is not None and not incident.hands_off:
                wakes.append(incident.returned + rule.close_after_s)
            if incident.unstable:
                bad = (self._bad[key] for key in incident.bad if key in self._bad)
                wakes.extend(transition.began.steady + rule.flap_green_after_s for transition in bad)
        for transition in self._waiting.values():
            wakes.append(transition.decided.steady + rule.parent_wait_s)
            ends = (self._silent_until(transition), self._hushed_until(transition))
            wakes.extend(until for until in ends if until is not None)
        return min((at for at in wakes if now.steady < at < float("inf")), default=None)

    # -- which incident -------------------------------------------------------------------------------------------

    def _decide(
        self,
        action: Action,
        incident: Incident,
        transition: Transition,
        components: tuple[tuple[int, Impact], ...],
        point: str,
    ) -> None:
        self._decisions.append(decided(action, incident, transition, components, point))

    def _holding(self, place: Place) -> Incident | None:
        """Find the open incident that names this component; a person's may name an ancestor of it."""
        for incident in self._register.naming(place.component_id):
            return incident
        for ancestor in place.ancestors:
            for incident in self._register.naming(ancestor):
                if incident.hands_off:
                    return incident
        return None

    def _of_parent(self, parent: int | None) -> Incident | None:
        held = self._register.naming(parent) if parent is not None else ()
        return next((incident for incident in held if not incident.internal), None)

    def _fresh(self, place: Place, transition: Transition) -> Incident | None:
        """Find the open incident of its label that was opened about when this failure began (point 9)."""
        for incident in self._register.labelled(place.merge_label):
            after_s = transition.began.steady - incident.opened
            if not incident.hands_off and after_s <= self._rule.group_within_s:
                return incident
        return None

    def _lately_closed(self, place: Place, now: Instant) -> Incident | None:
        for incident in self._register.ended(place.component_id):
            if incident.closed is None or incident.closed_by_person:
                continue
            if now.steady - incident.closed <= self._rule.reopen_within_s and not incident.internal:
                return incident
        return None

"""The incidents of the last hour, found by component and by merge label. Sans-IO."""

from __future__ import annotations

from collections.abc import Iterable

from status.domain.incidents import Incident


class Register:
    """Keeps incidents, open and lately closed, under the components and the labels they go by."""

    def __init__(self) -> None:
        self._by_uid: dict[str, Incident] = {}
        self._naming: dict[int, list[Incident]] = {}
        self._labelled: dict[str, list[Incident]] = {}
        self._ended: dict[int, list[Incident]] = {}

    def fill(self, incidents: Iterable[Incident]) -> None:
        """Take in all incidents there are; what only this process knows of those it had is kept."""
        before = self._by_uid
        self._by_uid, self._naming, self._labelled, self._ended = {}, {}, {}, {}
        for incident in incidents:
            if incident.uid in before:
                incident.keep_from(before[incident.uid])
            incident.bad = set()
            self.add(incident)

    def add(self, incident: Incident) -> None:
        """Enter an incident."""
        self._by_uid[incident.uid] = incident
        by_component = self._naming if incident.is_open else self._ended
        for component_id in incident.impacts:
            by_component.setdefault(component_id, []).append(incident)
        for label in incident.labels if incident.is_open else ():
            self._labelled.setdefault(label, []).append(incident)

    def all(self) -> tuple[Incident, ...]:
        """Give every incident."""
        return tuple(self._by_uid.values())

    def naming(self, component_id: int) -> tuple[Incident, ...]:
        """Give the open incidents a component is in."""
        return tuple(self._naming.get(component_id, ()))

    def labelled(self, label: str) -> tuple[Incident, ...]:
        """Give the open incidents of a merge label."""
        return tuple(self._labelled.get(label, ()))

    def ended(self, component_id: int) -> tuple[Incident, ...]:
        """Give the closed incidents a component was in."""
        return tuple(self._ended.get(component_id, ()))

    def attach(self, incident: Incident, component_id: int) -> None:
        """Note that a component fails in an open incident."""
        incident.bad.add(component_id)
        named = self._naming.setdefault(component_id, [])
        if incident not in named:
            named.append(incident)

    def detach(self, incident: Incident, component_id: int) -> None:
        """Take a component out of an open incident."""
        incident.bad.discard(component_id)
        incident.impacts.pop(component_id, None)
        incident.joining.pop(component_id, None)
        incident.improved.pop(component_id, None)
        self._naming[component_id].remove(incident)

    def relabel(self, incident: Incident, label: str) -> None:
        """Move an open incident to another merge label."""
        for before in incident.labels:
            self._labelled[before].remove(incident)
        incident.merge_label = label
        for now in incident.labels:
            self._labelled.setdefault(now, []).append(incident)

    def close(self, incident: Incident, at: float) -> None:
        """Close an incident at that time (steady seconds)."""
        incident.closed = at
        for component_id in incident.impacts:
            self._naming[component_id].remove(incident)
            self._ended.setdefault(component_id, []).append(incident)
        for label in incident.labels:
            self._labelled[label].remove(incident)

    def reopen(self, incident: Incident) -> None:
        """Open a closed incident again."""
        for component_id in incident.impacts:
            self._ended[component_id].remove(incident)
        incident.closed = incident.returned = None
        self.add(incident)

    def forget(self, incident: Incident) -> None:
        """Let go of a closed incident."""
        del self._by_uid[incident.uid]
        for component_id in incident.impacts:
            self._ended[component_id].remove(incident)

"""SQLAlchemy tables, one file per subject. UTC datetimes only."""

from status.models.actor import Actor
from status.models.agent import Inbox, OrderOut
from status.models.base import Base, UTCDateTime
from status.models.component import Check, Component, ComponentAlias, Hold, Location
from status.models.customer import Customer, CustomerComponent
from status.models.event import Event, EventComponent, EventUpdate, Note, UpdateComponent, UpdateText
from status.models.installation import Installation
from status.models.instruction import Instruction, Notice
from status.models.lease import Lease, LifeSign
from status.models.observation import Counter, Evidence, Observation, Reason
from status.models.verdict import ComponentState, DetectionState, LatencyHour, Step, VerdictInterval

__all__ = [
    "Actor",
    "Base",
    "Check",
    "Component",
    "ComponentAlias",
    "ComponentState",
    "Counter",
    "Customer",
    "CustomerComponent",
    "DetectionState",
    "Event",
    "EventComponent",
    "EventUpdate",
    "Evidence",
    "Hold",
    "Inbox",
    "Installation",
    "Instruction",
    "LatencyHour",
    "Lease",
    "LifeSign",
    "Location",
    "Note",
    "Notice",
    "Observation",
    "OrderOut",
    "Reason",
    "Step",
    "UTCDateTime",
    "UpdateComponent",
    "UpdateText",
    "VerdictInterval",
]

"""SQLAlchemy tables, one file per subject. UTC datetimes only."""

from status.models.account import (
    Account,
    ApiToken,
    DeskSession,
    IdempotencyKey,
    KeptForm,
    OneTimeLink,
    RecoveryCode,
    SignInAttempt,
)
from status.models.actor import Actor
from status.models.agent import Inbox, OrderOut
from status.models.alerting import Alert, AlertTry, ContactWay, Duty
from status.models.audit import AuditEntry
from status.models.base import Base, UTCDateTime
from status.models.component import Check, Component, ComponentAlias, Hold, Location
from status.models.customer import Customer, CustomerComponent, CustomerToken
from status.models.desk import (
    EventLink,
    OlderText,
    PostMortem,
    ReceivedMail,
    TextTemplate,
    UpdateDraft,
    WorkSeries,
)
from status.models.event import Event, EventComponent, EventUpdate, Note, UpdateComponent, UpdateText
from status.models.installation import Installation
from status.models.instruction import Instruction, Notice
from status.models.lease import Lease, LifeSign
from status.models.observation import Counter, Evidence, Observation, Reason
from status.models.place import EventPlace, EventWords, Place
from status.models.subscription import (
    ClosedChannel,
    Delivery,
    EndedAddress,
    Follow,
    Letter,
    LetterUpdate,
    Message,
    Subscription,
    SubscriptionAsk,
    Told,
)
from status.models.verdict import ComponentState, DetectionState, LatencyHour, Step, VerdictInterval

__all__ = [
    "Account",
    "Actor",
    "Alert",
    "AlertTry",
    "ApiToken",
    "AuditEntry",
    "Base",
    "Check",
    "ClosedChannel",
    "Component",
    "ComponentAlias",
    "ComponentState",
    "ContactWay",
    "Counter",
    "Customer",
    "CustomerComponent",
    "CustomerToken",
    "Delivery",
    "DeskSession",
    "DetectionState",
    "Duty",
    "EndedAddress",
    "Event",
    "EventComponent",
    "EventLink",
    "EventPlace",
    "EventUpdate",
    "EventWords",
    "Evidence",
    "Follow",
    "Hold",
    "IdempotencyKey",
    "Inbox",
    "Installation",
    "Instruction",
    "KeptForm",
    "LatencyHour",
    "Lease",
    "Letter",
    "LetterUpdate",
    "LifeSign",
    "Location",
    "Message",
    "Note",
    "Notice",
    "Observation",
    "OlderText",
    "OneTimeLink",
    "OrderOut",
    "Place",
    "PostMortem",
    "Reason",
    "ReceivedMail",
    "RecoveryCode",
    "SignInAttempt",
    "Step",
    "Subscription",
    "SubscriptionAsk",
    "TextTemplate",
    "Told",
    "UTCDateTime",
    "UpdateComponent",
    "UpdateDraft",
    "UpdateText",
    "VerdictInterval",
    "WorkSeries",
]

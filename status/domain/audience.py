"""For whom something is shown. Every query that feeds a page, feed, JSON or notice takes one; there is no default."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class AudienceType(Enum):
    """The three readers."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CUSTOMER = "customer"


@dataclass(frozen=True, slots=True)
class Audience:
    """A reader: everybody, the desk, or the customer with this uid. Never a token: a token resolves to one."""

    type: AudienceType
    customer_uid: str | None = None


PUBLIC: Final = Audience(AudienceType.PUBLIC)
INTERNAL: Final = Audience(AudienceType.INTERNAL)

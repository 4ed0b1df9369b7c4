"""What every body and answer is made of: words, times, slugs, and a page of a list."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from status.domain.states import Impact
from status.domain.written import TEXT_LIMIT, TITLE_LIMIT
from status.i18n import LANGUAGES

PAGE: Final = 50
LONGEST_PAGE: Final = 200
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
SLUG: Final = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"

_RFC_3339: Final = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)  # fmt: skip


def _time(value: object) -> object:
    """Let only RFC 3339 §5.6 through: pydantic alone takes numbers for times as well."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("a time of RFC 3339 with its zone, like 2026-11-22T14:05:00Z")
    try:
        at = datetime.fromisoformat(value.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError("a time that exists, like 2026-11-22T14:05:00Z") from error
    if not EARLIEST <= at < LATEST:
        raise ValueError(f"a time from {EARLIEST.year} to {LATEST.year - 1}")
    return at


def _digits(value: object) -> object:
    """Let a query's number be digits alone."""
    if isinstance(value, str):
        if not re.fullmatch(r"[0-9]{1,9}", value):
            raise ValueError("a whole number in digits")
        return int(value)
    return value


Time = Annotated[AwareDatetime, BeforeValidator(_time)]
Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=80)]
Language = Annotated[str, StringConstraints(pattern=f"^({'|'.join(LANGUAGES)})$")]
Words = Annotated[str, StringConstraints(max_length=TEXT_LIMIT)]
Title = Annotated[str, StringConstraints(min_length=1, max_length=TITLE_LIMIT)]
Line = Annotated[str, StringConstraints(max_length=TITLE_LIMIT)]
AccountName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9._-]{0,78}[a-z0-9])?$")]
Texts = dict[Language, Words]
Titles = dict[Language, Title]
Impacts = dict[Slug, Impact]
Limit = Annotated[int, Field(ge=1, le=LONGEST_PAGE), BeforeValidator(_digits)]


class Shape(BaseModel):
    """Base of all of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Query(BaseModel):
    """Base of what stands behind the `?`: each parameter once, none but these."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class NoQuery(Query):
    """Nothing may stand there."""


class PageQuery(Query):
    """One page of a list. `cursor` is the `next` of the page before."""

    limit: Limit = PAGE
    cursor: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,200}$")] | None = None


class Fault(Shape):
    """What is wrong with one field. `field` is its path with dots, `found` what stood there, shortened."""

    field: str
    found: str
    expected: str


class Problem(Shape):
    """An error by RFC 9457. `code` is a word a program may rely on; `errors` names the fields."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Fault]


class JSONDocument(BaseModel):
    """Any JSON object."""

    model_config = ConfigDict(frozen=True, extra="allow")

    @classmethod
    def of(cls, document: dict[str, Any]) -> JSONDocument:
        """Wrap a document."""
        return cls.model_validate(document)

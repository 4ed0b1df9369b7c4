"""Errors as `application/problem+json` (RFC 9457): which rule, which field, what was found, what was expected."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from flask import Response
from pydantic import ValidationError

from status.domain.refused import Refused
from status.services.changing import Conflict
from status.web.api.shapes.base import Fault
from status.web.api.shapes.base import Problem as ProblemShape

MEDIA_TYPE: Final = "application/problem+json"
LONGEST_FOUND: Final = 80

FORBIDDEN: Final = frozenset({"forbidden", "area"})
STATE: Final = frozenset({
    "move", "not_open", "not_a_draft", "nothing_public", "not_an_incident", "not_a_work", "draft", "retired",
    "not_held", "not_published", "conflict", "exists", "ended", "last_admin", "not_installed", "not_ended", "taken",
    "redacted", "posted", "linked", "name_taken", "account_disabled",
    "not_paused",
})  # fmt: skip
"""Refusals that come of how a thing stands now, not of what was sent: 409."""


class Problem(Exception):
    """An answer that is an error. `headers` go with it."""

    def __init__(
        self, status: int, code: str, detail: str, *,
        errors: tuple[Fault, ...] = (), headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Make the answer."""
        shape = ProblemShape(
            type="about:blank", title=HTTPStatus(self.status).phrase, status=self.status, detail=self.detail,
            code=self.code, errors=list(self.errors),
        )  # fmt: skip
        response = Response(shape.model_dump_json(), self.status, content_type=MEDIA_TYPE)
        response.headers.update(self.headers)
        return response


def of_field(field: str, found: object, expected: str) -> Problem:
    """Give the problem of one field whose value can't be."""
    fault = Fault(field=field, found=shortened(found), expected=expected)
    return Problem(422, "invalid", f"{field}: found {fault.found}, expected {expected}", errors=(fault,))


def of_refused(error: Refused) -> Problem:
    """Give the problem of a refusal by a service."""
    if isinstance(error, Conflict):
        return Problem(412, "conflict", error.message)
    if error.reason in FORBIDDEN:
        return Problem(403, error.reason, error.message)
    if error.reason.startswith("no_such_"):
        return Problem(404, error.reason, error.message)
    return Problem(409 if error.reason in STATE else 422, error.reason, error.message)


def of_validation(error: ValidationError, where: str) -> Problem:
    """Give the problem of a body or query: 400 when it is no JSON at all, else 422 with each field."""
    found = error.errors(include_url=False, include_context=False)
    if any(each["type"] == "json_invalid" for each in found):
        return Problem(400, "not_json", f"the body is not JSON: {found[0]['msg']}")
    faults = tuple(
        Fault(field=".".join(map(str, each["loc"])) or where, found=_found(each["type"], each["input"]),
              expected=each["msg"].removeprefix("Value error, "))
        for each in found
    )  # fmt: skip
    return Problem(422, "invalid", f"{len(faults)} fault(s) in the {where}: see errors", errors=faults)


def shortened(value: object) -> str:
    """Give a value as it may be repeated in an error."""
    text = repr(value)
    return text if len(text) <= LONGEST_FOUND else text[: LONGEST_FOUND - 1] + "…"


def _found(type_: str, value: object) -> str:
    return "nothing" if type_ == "missing" else shortened(value)

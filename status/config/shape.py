"""Checks a table of the file against a pydantic model and tells what is wrong in our own words.

Never repeats a value that may be a secret: what stands where a Secret is expected, anything in [database], the value
of an unknown key.
"""

from __future__ import annotations

import re
import types
import typing
from typing import Annotated, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from status.config.findings import Findings
from status.config.lines import KeyPath

SHOWN_LENGTH: Final = 60

M = TypeVar("M", bound=BaseModel)

_EXPECTED: Final = {
    "string_type": "a string in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "greater_than": "a number greater than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "a number less than {lt}",
    "less_than_equal": "at most {le}",
    "string_too_short": "at least {min_length} character(s)",
    "string_too_long": "at most {max_length} characters",
    "too_short": "at least {min_length} element(s)",
    "too_long": "at most {max_length} elements",
    "literal_error": "{expected}",
    "enum": "{expected}",
}

_TOML_TYPES: Final = {
    str: "a string",
    bool: "a boolean",
    int: "a whole number",
    float: "a number",
    list: "a list",
    dict: "a table",
}

_PATTERNS: Final = {
    r"^[a-z0-9]+(?:-[a-z0-9]+)*$": "lower-case letters, digits and single hyphens between them (like 'web-1')",
    r"^[a-zA-Z0-9][a-zA-Z0-9._/-]*$": "letters, digits and . _ / - (like 'web/https')",
}


def validated(model: type[M], raw: object, path: KeyPath, findings: Findings) -> M | None:
    """Give the table `raw`, which stands at `path`, as `model`.

    Faults are noted; then what is sound in the table is given, with defaults for the rest, so that the rules that
    follow can tell theirs as well. None when a required key is missing or faulty.
    """
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        _note(error, model, raw, path, findings)
        faulty = {details["loc"][0] for details in error.errors(include_url=False) if details["loc"]}
    if not isinstance(raw, dict):
        return None
    try:
        return model.model_validate({key: value for key, value in raw.items() if key not in faulty})
    except ValidationError:
        return None


def _note(error: ValidationError, model: type[BaseModel], raw: object, path: KeyPath, findings: Findings) -> None:
    messages: dict[KeyPath, str] = {}
    for details in error.errors(include_url=False):
        place = _place(details["loc"], raw)
        if _only_repeats(details):
            continue
        if details["type"] == "extra_forbidden":
            key = str(place[-1])
            near = findings.nearest(key, _keys(model, place[:-1]))
            findings.add_at((*path, *place), (*path, *place[:-1]), f"unknown key {key!r}{near}")
        elif place not in messages or details["type"] == "value_error":
            messages[place] = _message(details, path, findings)
    for place, message in messages.items():
        findings.add((*path, *place), message)


def _only_repeats(details: ErrorDetails) -> bool:
    """Whether a list is called too short only because pydantic left out elements whose own faults it told."""
    value = details["input"]
    return details["type"] == "too_short" and isinstance(value, list) and len(value) >= details["ctx"]["min_length"]


def _place(location: tuple[int | str, ...], raw: object) -> KeyPath:
    """Cut what pydantic adds to a location (members of a union, `[key]`): keep what exists, and one missing part."""
    place: list[int | str] = []
    for part in location:
        if isinstance(raw, dict) and isinstance(part, str):
            place.append(part)
            if part not in raw:
                break
            raw = raw[part]
        elif isinstance(raw, list) and isinstance(part, int):
            place.append(part)
            if part >= len(raw):
                break
            raw = raw[part]
        else:
            break
    return tuple(place)


def _message(details: ErrorDetails, path: KeyPath, findings: Findings) -> str:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind == "missing":
        return "missing, and it has no default"
    if kind in {"value_error", "assertion_error"}:
        return str(context.get("error", details["msg"]))
    secret = path[:1] == ("database",) or any("Secret" in str(part) for part in details["loc"])
    if kind == "string_pattern_mismatch":
        expected = _PATTERNS.get(str(context["pattern"]), f"text that matches {context['pattern']}")
    elif kind in _EXPECTED:
        expected = _EXPECTED[kind].format(**{key: _bound(value) for key, value in context.items()})
    else:
        expected = details["msg"].removeprefix("Input should be ")
    found = _type_of(value) if kind.endswith("_type") or secret else shown(value)
    near = ""
    if kind in {"literal_error", "enum"} and isinstance(value, str) and not secret:
        near = findings.nearest(value, re.findall(r"'([^']*)'", str(context["expected"])))
    return f"found {found}, expected {expected}{near}"


def shown(value: object) -> str:
    """Give a value as a message may show it: short, and without the user part of an address."""
    text = re.sub(r"//[^/@\s]*@", "//…@", value) if isinstance(value, str) else value
    written = repr(text)
    return written if len(written) <= SHOWN_LENGTH else written[: SHOWN_LENGTH - 1] + "…"


def _bound(limit: object) -> object:
    """Give a limit as the documentation writes it: 1, not 1.0."""
    return f"{limit:.10g}" if isinstance(limit, float) else limit


def _type_of(value: object) -> str:
    return _TOML_TYPES.get(type(value), "a date or time")


def _keys(model: type[BaseModel], place: KeyPath) -> list[str]:
    """Give the keys that the table at `place` inside `model` may have; none when it is no model."""
    inner: object = model
    for part in place:
        if isinstance(part, int):
            continue
        fields = inner.model_fields if isinstance(inner, type) and issubclass(inner, BaseModel) else {}
        if part not in fields:
            return []
        inner = _model_in(fields[part].annotation)
    return list(inner.model_fields) if isinstance(inner, type) and issubclass(inner, BaseModel) else []


def _model_in(annotation: object) -> object:
    """Find the model inside `X | None`, `tuple[X, ...]`, `Annotated[X, …]`."""
    origin = typing.get_origin(annotation)
    if origin is None:
        return annotation
    parts = typing.get_args(annotation)[: 1 if origin is Annotated else None]
    if origin in {types.UnionType, typing.Union, Annotated, tuple, list}:
        found = (_model_in(part) for part in parts)
        return next((part for part in found if isinstance(part, type) and issubclass(part, BaseModel)), None)
    return None

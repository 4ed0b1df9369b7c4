"""Templates of words: those that ship, and filling one. Names of VARIABLES are replaced, nothing is evaluated."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from status.domain.refused import Refused

VARIABLES: Final = (
    "components", "since", "duration", "expected_end", "next_update", "planned_start", "planned_end", "cause",
)  # fmt: skip

_VARIABLE: Final = re.compile(r"\{(\w{1,40})\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A text in every language. `area` is a slug or "" for every area; `type` and `state` are those of an event.

    `own`: the installation's, or its version of a shipped one. `title` names an event that is opened with it.
    """

    slug: str
    name: Mapping[str, str]
    area: str
    type: str
    state: str
    title: Mapping[str, str]
    text: Mapping[str, str]
    own: bool = False


@cache
def shipped() -> tuple[Template, ...]:
    """Give the templates that ship, in the order they are offered."""
    document = tomllib.loads((files("status") / "wording" / "templates.toml").read_text(encoding="utf-8"))
    return tuple(Template(**entry) for entry in document["template"])


def require_known_variables(template: Template) -> None:
    """Raise Refused for a word in braces that is no variable."""
    for text in (*template.title.values(), *template.text.values()):
        for name in _VARIABLE.findall(text):
            if name not in VARIABLES:
                known = ", ".join(f"{{{each}}}" for each in VARIABLES)
                raise Refused("variable", f"{{{name}}} is no variable; expected {known}")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Fill a text; a line with a variable that has no value is left out."""
    lines = [line for line in text.split("\n") if all(values.get(name) for name in _known(line))]
    return "\n".join(_VARIABLE.sub(lambda found: values.get(found[1], found[0]), line) for line in lines)


def _known(line: str) -> list[str]:
    return [name for name in _VARIABLE.findall(line) if name in VARIABLES]

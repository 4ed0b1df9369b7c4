"""One command at a remote travaux: what was typed made ready to be sent, and what came back told as at home."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import click

from status.cli.remote.server import Answer, Server, segment
from status.domain.refused import Refused
from status.domain.states import Impact
from status.domain.written import read_time

ANY: Final = "*"
"""If-Match of somebody who did not say which version he looked at."""

TOLD: Final = (
    "uid", "n", "url", "type", "title", "state", "impact", "severity", "publication", "progress", "version",
    "merged_into", "split_from", "started_at", "ended_at", "planned_start_at", "planned_end_at", "expected_end_at",
    "next_update_at",
)  # fmt: skip

Options = Mapping[str, Any]


@dataclass
class Far:
    """A command under way at a server. `now`: the time spans like +45m begin at."""

    server: Server
    now: datetime
    as_json: bool = False
    told: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def site(self) -> Mapping[str, Any]:
        """Give what the site says of itself: its languages and its zone."""
        found = self.server.public("/status.json")
        return found if isinstance(found, dict) else {}

    @property
    def language(self) -> str:
        """Give the site's first language. Raise Refused where it does not say."""
        languages = self.site.get("languages")
        if not languages:
            raise Refused("language", "the site does not say its first language: give --text-fr, --title-fr and so on")
        return str(languages[0])

    def words(self, options: Options, name: str) -> dict[str, str]:
        """Give the words typed as `--name…`, by language."""
        given = {"fr": options[f"{name}_fr"], "en": options[f"{name}_en"]}
        if options[name] is not None:
            given[self.language] = options[name]
        return {language: text for language, text in given.items() if text is not None}

    def time(self, text: str | None) -> str | None:
        """Give a typed time as RFC 3339; without a zone it is the site's."""
        if text is None:
            return None
        return read_time(text, str(self.site.get("timezone", "UTC")), self.now).isoformat()

    def impacts(self, named: Sequence[str], default: str | None) -> dict[str, str]:
        """Read `slug` or `slug=impact`, each."""
        found = {}
        for each in named:
            slug, _, impact = each.partition("=")
            if (impact or default) not in {known.value for known in Impact}:
                raise Refused("impact", f"{each!r}: give an impact, {slug}=partial, or --impact")
            found[slug] = str(impact or default)
        return found

    def event(self, reference: str) -> dict[str, Any]:
        """Read an event."""
        found: dict[str, Any] = self.server.get(f"/events/{event_segment(reference)}").data
        return found

    def step(self, path: str, body: Mapping[str, object] | None = None, version: int | None = None) -> Answer:
        """Do a step on an event that a version guards, and tell of the event it answers."""
        answer = self.server.post(path, body, match=f'"{version}"' if version is not None else ANY)
        self.told.append(answer.data)
        return answer

    def tell(self) -> None:
        """Print the events that were told of."""
        for event in self.told:
            self.print_event(event)

    def print_event(self, event: Mapping[str, Any]) -> None:
        """Print an event as the command line does at home."""
        page = self.page_of(event)
        if self.as_json:
            known = {**event, "url": page}
            click.echo(json.dumps({name: known[name] for name in TOLD}, ensure_ascii=False, indent=2))
        else:
            click.echo(f"{name_of(event)}  {page or 'draft: no public page until it is published'}")

    def page_of(self, event: Mapping[str, Any]) -> str | None:
        """Give the address of an event's page; None for a draft, and where the site does not say its language."""
        languages = self.site.get("languages")
        return f"{self.server.url}/{languages[0]}/travaux/{event['n']}" if event["n"] and languages else None

    def title_of(self, event: Mapping[str, Any]) -> str:
        """Give an event's title, in the site's first language where it has it."""
        first = (self.site.get("languages") or [""])[0]
        return str(event["title"].get(first) or next(iter(event["title"].values()), ""))


Way = Callable[[Far, Options], None]


def event_segment(reference: str) -> str:
    """Give an event's reference as the API's path has it: a number or a uid."""
    plain = reference.strip()
    return segment(plain[3:] if plain[:3].upper() == "FS#" else plain.lower())


def name_of(event: Mapping[str, Any]) -> str:
    """Give `FS#42`, a draft's uid."""
    return f"FS#{event['n']}" if event["n"] else str(event["uid"])


def without_nothing(values: Mapping[str, object]) -> dict[str, object]:
    """Leave out what was not typed."""
    return {name: value for name, value in values.items() if value is not None and value not in ({}, [])}

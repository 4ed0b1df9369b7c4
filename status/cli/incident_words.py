"""`travaux incident correct` and `redact`: words that were posted, set right or taken away."""

from __future__ import annotations

from typing import Any, Final

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from status.cli.posting import as_json_option, by_language, deed, event_argument, worded
from status.domain.refused import Refused
from status.models import Event, EventUpdate
from status.services import correcting
from status.services.events import find

WORDS: Final = click.Choice(["title", "advice", "cause", "measures", "withdrawn-reason", "post-mortem"])


@click.command()
@event_argument
@click.argument("number", metavar="K", type=click.IntRange(min=1))
@worded("text", "The words as they should have been")
@as_json_option
@click.pass_context
def correct(ctx: click.Context, /, event: str, number: int, *, as_json: bool, **options: Any) -> None:
    """Correct update K of an event, as `show` numbers them; the earlier words stay to be seen as modified."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        texts = doing.words(by_language("text", options))
        correcting.correct(doing.session, found, numbered(doing.session, found, number), texts, doing.author, doing.now)
        doing.told.append(found)


@click.command()
@event_argument
@click.argument("number", metavar="[K]", type=click.IntRange(min=1), required=False)
@click.option("--reason", required=True, help="Why; the audit keeps it, the public does not read it.")
@click.option("--words", "fields", multiple=True, type=WORDS, help="Words of the event itself, not of an update.")
@worded("title", "What takes the place of a redacted title")
@as_json_option
@click.pass_context
def redact(ctx: click.Context, /, event: str, number: int | None, *, as_json: bool, **options: Any) -> None:
    """Take the words of update K, or --words of the event, away for good: from page, feeds and kept publications."""
    with deed(ctx, as_json=as_json) as doing:
        fields, why = chosen(number, options["fields"]), options["reason"]
        found = find(doing.session, event)
        if number is not None:
            row = numbered(doing.session, found, number)
            correcting.redact(doing.session, found, row, why, doing.author, doing.now)
        else:
            instead = doing.words(by_language("title", options))
            correcting.redact_event_words(
                doing.session, found, fields, why, doing.author, doing.now, instead=instead
            )  # fmt: skip
        doing.told.append(found)


def chosen(number: int | None, fields: tuple[str, ...]) -> list[str]:
    """Give which words of an event go. Raise Refused unless either these or an update is named."""
    if (number is None) is not bool(fields):
        raise Refused("words", "say which words go: those of an update (its number), or --words of the event")
    return [field.replace("-", "_") for field in fields]


def numbered(session: Session, event: Event, number: int) -> EventUpdate:
    """Find a published update of an event by its number. Raise Refused."""
    wanted = sa.select(EventUpdate).where(EventUpdate.event_uid == event.uid, EventUpdate.k == number)
    row = session.scalar(wanted)
    if row is None:
        raise Refused("no_such_update", f"the event has no update {number}; `travaux incident show` numbers them")
    return row


POSTED = (correct, redact)

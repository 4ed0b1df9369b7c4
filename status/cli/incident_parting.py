"""`travaux incident merge` and `split`: several incidents that are one trouble, one that is two."""

from __future__ import annotations

from typing import Any

import click

from status.cli.posting import as_json_option, by_language, component_id, deed, event_argument, worded
from status.services import merging
from status.services.events import find


@click.command()
@click.argument("events", nargs=-1, required=True, metavar="EVENT...")
@click.option("--into", required=True, metavar="EVENT", help="The incident that goes on.")
@worded("text", "What customers of all of them should know")
@click.option("--version", type=int, help="The version of --into you looked at; another one since then is refused.")
@as_json_option
@click.pass_context
def merge(ctx: click.Context, /, events: tuple[str, ...], *, into: str, as_json: bool, **options: Any) -> None:
    """Make incidents part of another one: their pages stay and lead there."""
    with deed(ctx, as_json=as_json) as doing:
        target = find(doing.session, into)
        found = [find(doing.session, event) for event in events]
        texts = doing.words(by_language("text", options))
        version = options["version"]
        merging.merge(doing.session, found, target, doing.author, doing.now, texts=texts, version=version)
        doing.told.append(target)


@click.command()
@event_argument
@click.option("-c", "--component", "components", multiple=True, required=True, help="One that leaves; repeatable.")
@worded("title", "The new incident's title; left out, it is made from the components")
@worded("text", "What customers should know")
@click.option("--version", type=int, help="The version you looked at; another one since then is refused.")
@as_json_option
@click.pass_context
def split(ctx: click.Context, /, event: str, *, as_json: bool, **options: Any) -> None:
    """Let components leave to a new incident with its own number; prints that one."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        part = merging.Part(
            component_ids=[component_id(doing.session, slug) for slug in options["components"]],
            title=doing.words(by_language("title", options)),
            texts=doing.words(by_language("text", options)),
        )
        version = options["version"]
        doing.told.append(merging.split(doing.session, found, part, doing.author, doing.now, version=version))


PARTING = (merge, split)

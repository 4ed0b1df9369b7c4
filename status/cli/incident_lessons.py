"""`travaux incident facts` and `travaux incident post-mortem`: what the authority asks for, and what was learnt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import click

from status.cli.posting import TIME, as_json_option, by_language, deed, event_argument, looking, worded
from status.domain.refused import Refused
from status.models import PostMortem
from status.services import facts as service
from status.services import post_mortems
from status.services.events import find

ANSWERS: Final = {"yes": True, "no": False}


@click.command()
@event_argument
@click.option("--customers", type=click.IntRange(min=0), help="How many customers were touched.")
@click.option("--emergency-calls", type=click.Choice(list(ANSWERS)), help="Whether emergency calls were touched.")
@click.option("--detected-at", help=f"When it was detected. {TIME}")
@click.option("--cause", help="What it came from. Public.")
@click.option("--measures", help="What was and will be done. Public.")
@click.option("--sla-excluded", metavar="REASON", help="It does not count against what was promised; '' it does.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@as_json_option
@click.pass_context
def facts(ctx: click.Context, /, event: str, *, as_csv: bool, as_json: bool, **options: Any) -> None:
    """State facts of an event for the authority, where some are given; print them all."""
    given = given_facts(options)
    if given:
        with deed(ctx, as_json=as_json) as doing:
            found = find(doing.session, event)
            if "detected_at" in given:
                given["detected_at"] = doing.time(options["detected_at"])
            what = replace(service.stated(found), **given)
            service.state_facts(doing.session, found, what, doing.author, doing.now)
    with looking(ctx) as (_, session):
        told = service.export(session, find(session, event))
    print_facts(told, as_csv=as_csv, as_json=as_json)


def given_facts(options: Mapping[str, Any]) -> dict[str, Any]:
    """Give the facts that were typed, by the names they have in the API; times as they were typed."""
    calls = options["emergency_calls"]
    typed = {
        "customers_touched": options["customers"], "emergency_calls": ANSWERS[calls] if calls else None,
        "detected_at": options["detected_at"], "cause": options["cause"], "measures": options["measures"],
        "sla_excluded_reason": options["sla_excluded"],
    }  # fmt: skip
    return {name: value for name, value in typed.items() if value is not None}


def print_facts(told: dict[str, Any], *, as_csv: bool, as_json: bool) -> None:
    """Print facts as CSV, as JSON, or a line each."""
    if as_csv:
        click.echo(service.as_csv(told), nl=False)
    elif as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for name, value in told.items():
            click.echo(f"{name}: {'' if value is None else value}")


@click.group("post-mortem")
def post_mortem() -> None:
    """Write, show and publish what an incident taught."""


@post_mortem.command()
@event_argument
@worded("text", "What happened, why, and what is done about it, in Markdown")
@click.option("--version", type=int, help="The version you looked at; another one since then is refused.")
@as_json_option
@click.pass_context
def write(ctx: click.Context, /, event: str, *, as_json: bool, **options: Any) -> None:
    """Write it, or write it anew; a language that is left out stays as it is."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        before = doing.session.get(PostMortem, found.uid)
        texts = {**(before.text if before else {}), **doing.words(by_language("text", options))}
        post_mortems.write(doing.session, found, texts, doing.author, doing.now, version=options["version"])
        doing.told.append(found)


@post_mortem.command()
@event_argument
@as_json_option
@click.pass_context
def show(ctx: click.Context, event: str, *, as_json: bool) -> None:
    """Print what is written."""
    with looking(ctx) as (_, session):
        row = session.get(PostMortem, find(session, event).uid)
        if row is None:
            raise Refused("no_such_post_mortem", "no post-mortem is written of this event")
        published = row.published_at.isoformat() if row.published_at else None
        print_post_mortem({"version": row.version, "published_at": published, "text": row.text}, as_json=as_json)


def print_post_mortem(told: Mapping[str, Any], *, as_json: bool) -> None:
    """Print a post-mortem in every language it has."""
    if as_json:
        click.echo(json.dumps(dict(told), ensure_ascii=False, indent=2))
        return
    click.echo(f"version {told['version']}, {'published' if told['published_at'] else 'not published'}")
    for language, text in told["text"].items():
        click.echo(f"[{language}]\n{text}")


@post_mortem.command()
@event_argument
@as_json_option
@click.pass_context
def publish(ctx: click.Context, event: str, *, as_json: bool) -> None:
    """Publish it: the resolved incident moves to post-mortem, with a post that leads to its page."""
    with deed(ctx, as_json=as_json) as doing:
        found = find(doing.session, event)
        post_mortems.publish(doing.session, found, doing.author, doing.now)
        doing.told.append(found)


LESSONS = (facts, post_mortem)

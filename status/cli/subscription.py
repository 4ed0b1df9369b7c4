"""`travaux subscription`: what the operator himself lets be told, without a form and without a yes to wait for."""

from __future__ import annotations

from typing import Final, TextIO

import click

from status.cli.posting import Deed, as_json_option, component_id, deed, nearest
from status.domain.refused import Refused
from status.domain.subscriber_link import make_token
from status.domain.subscriptions import TOKEN_CHANNELS, FollowKind
from status.notifiers.registry import channels
from status.notifiers.types import Channel
from status.services import subscribing
from status.services.auditing import record
from status.services.sealing import seal
from status.services.subscribing import Address, Wish

PROGRAMS: Final = sorted(name for name, channel in channels().items() if channel.is_program)


@click.group()
def subscription() -> None:
    """Let programs and rooms of your own be told. People subscribe themselves, by the form."""


@subscription.command()
@click.argument("address")
@click.option("--channel", type=click.Choice(PROGRAMS), default="webhook", show_default=True, help="By which channel.")
@click.option("-c", "--component", "slugs", multiple=True, help="Only of this component; again for more of them.")
@click.option("--language", help="The language of the words. Default: the site's first one.")
@click.option(
    "--token-file", type=click.File(encoding="utf-8"), help="Read the channel's access token (ntfy) from here."
)
@as_json_option
@click.pass_context
def add(  # noqa: PLR0917 - one for each option
    ctx: click.Context, address: str, channel: str, slugs: tuple[str, ...], language: str | None,
    token_file: TextIO | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Let ADDRESS be told from now on, and print the link of its own page, where all can be changed and stopped."""
    with deed(ctx, as_json=as_json) as doing:
        languages = doing.runtime.settings.site.languages
        spoken = language or languages[0]
        if spoken not in languages:
            raise Refused("language", f"--language: found {spoken!r}{nearest(spoken, languages)}")
        follows = frozenset((FollowKind.COMPONENT, str(component_id(doing.session, slug))) for slug in slugs)
        token = token_file.read().strip() if token_file is not None else ""
        link = _added(doing, channels()[channel], address, Wish(follows=follows), spoken, token)
        doing.said.append((link, {"manage_url": link, "channel": channel}))


def _added(  # noqa: PLR0917 - as above
    doing: Deed, channel: Channel, given: str, wish: Wish, language: str, token: str
) -> str:
    settings, data, now = doing.runtime.settings, doing.runtime.places.data, doing.now
    if lacks := channel.lacks(settings):
        raise Refused("channel", f"{channel.name} can't be used here, it lacks {lacks}")
    text, domain = channel.canonical(given, settings)
    fresh = subscribing.new_secret() if channel.has_secret else token if channel.name in TOKEN_CHANNELS else ""
    key, address = subscribing.key_of(data), Address(channel.name, text, domain)
    secret = seal(data, fresh, now) if fresh else ""
    asked = subscribing.subscribe(doing.session, key, address, wish, language, now, secret=secret)
    row = subscribing.confirm(doing.session, asked, now)
    record(
        doing.session, doing.author, "subscription.add", f"subscription {row.uid}", now, after={"channel": row.channel}
    )
    return f"{settings.site.public_url.rstrip('/')}/s/{make_token(key, row.uid)}"
